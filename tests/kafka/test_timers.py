"""Timer rows: in the order of their times, and never due twice while a commit is on its way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rocksdict import WriteBatch

from streams.kafka.ledger import CHECKPOINT_KEY, LEDGER_KEY, Checkpoint, Ledger, decode_ledger
from streams.kafka.rows import Identity, RowCodec
from streams.kafka.table import Store, Stores
from streams.kafka.timers import Timers, parts_of, timer_key
from streams.kafka.unit import OpenPartition

CHECKPOINT = Checkpoint(cluster_id="c", changelog_topic_id="t", position=1, written_ms=1)
NOWHERE = Identity(cluster_id="", changelog_topic="", changelog_topic_id="", topic_ids={})
ANN, BOB, CAT = b"customer:ann", b"customer:bob", b"customer:cat"
ALL = 99


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with profiles, and the reserved rows on both sides of the timers."""
    stores = Stores(tmp_path, "app")
    opened = stores.open(0)
    batch = WriteBatch(raw_mode=True)
    for key in (ANN, BOB, LEDGER_KEY, b"\x00zebra"):
        batch.put(key, b"row")
    opened.write(batch, CHECKPOINT)
    yield opened
    stores.close_all()


@pytest.fixture
def timers(store: Store) -> Timers:
    """The timers of that store, which has none."""
    return Timers(store)


def commit(store: Store, timers: Timers) -> None:
    """Bring what was changed into the store, as a unit does."""
    write(store, timers.take())
    timers.settled()


def write(store: Store, rows: dict[bytes, bytes | None]) -> None:
    """What is written once the commit is through."""
    batch = WriteBatch(raw_mode=True)
    for key, value in rows.items():
        if value is None:
            batch.delete(key)
        else:
            batch.put(key, value)
    store.write(batch, CHECKPOINT)


def test_what_is_due_comes_in_the_order_of_time(store: Store, timers: Timers) -> None:
    """And no more of it than was asked for; what is due later stays."""
    timers.move(ANN, 0, 300)
    timers.move(BOB, 0, 20)
    timers.move(CAT, 0, 301)
    commit(store, timers)

    assert timers.due(300, ALL) == [(20, BOB), (300, ANN)]
    assert timers.due(300, 1) == [(20, BOB)]
    assert timers.due(19, ALL) == []
    assert timers.due(300, 0) == []
    assert timers.due(301, ALL) == [(20, BOB), (300, ANN), (301, CAT)]


def test_a_row_taken_away_by_the_open_unit_is_not_due_again(store: Store, timers: Timers) -> None:
    """Neither while the unit is open, nor while it is being committed, nor after."""
    timers.move(ANN, 0, 10)
    commit(store, timers)
    timers.move(ANN, 10, 0)

    assert timers.due(99, ALL) == []
    rows = timers.take()
    assert rows == {timer_key(10, ANN): None}
    assert timers.due(99, ALL) == []
    write(store, rows)
    timers.settled()
    assert timers.due(99, ALL) == []


def test_a_row_of_an_uncommitted_unit_waits_for_its_commit(store: Store, timers: Timers) -> None:
    """Then it is due, however early the others are."""
    timers.move(BOB, 0, 50)
    commit(store, timers)
    timers.move(ANN, 0, 10)

    assert timers.due(60, ALL) == [(50, BOB)]
    rows = timers.take()
    assert timers.due(60, ALL) == [(50, BOB)]
    write(store, rows)
    timers.settled()
    assert timers.due(60, ALL) == [(10, ANN), (50, BOB)]


def test_a_row_moved_during_a_commit_is_due_at_its_new_time_alone(
    store: Store, timers: Timers
) -> None:
    """The store still has the old one."""
    timers.move(ANN, 0, 10)
    commit(store, timers)
    timers.move(ANN, 10, 20)
    write(store, timers.take())
    timers.move(ANN, 20, 30)

    assert timers.due(25, ALL) == []
    timers.settled()
    assert timers.due(25, ALL) == []
    commit(store, timers)
    assert timers.due(30, ALL) == [(30, ANN)]


def test_a_row_taken_away_and_put_back_is_due(store: Store, timers: Timers) -> None:
    """The newest word on a row counts."""
    timers.move(ANN, 0, 10)
    commit(store, timers)
    timers.move(ANN, 10, 0)
    timers.take()
    timers.move(ANN, 0, 10)

    assert timers.due(10, ALL) == [(10, ANN)]


def test_timers_that_were_restored_are_due(store: Store, timers: Timers) -> None:
    """Nobody put them there in this life of the worker."""
    timers.move(ANN, 0, 10)
    commit(store, timers)

    assert Timers(store).due(10, ALL) == [(10, ANN)]


@given(at_ms=st.integers(0, 10**15 - 1), key=st.binary(max_size=20))
def test_a_key_tells_its_parts(at_ms: int, key: bytes) -> None:
    """Whatever the subject."""
    assert parts_of(timer_key(at_ms, key)) == (at_ms, key)


@given(st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1))
def test_keys_are_in_the_order_of_their_times(one_ms: int, other_ms: int) -> None:
    """A range of keys is a range of time, between the other reserved keys."""
    one, other = timer_key(one_ms, ANN), timer_key(other_ms, ANN)

    assert (one < other) == (one_ms < other_ms)
    assert CHECKPOINT_KEY < LEDGER_KEY < one < ANN


def test_timer_rows_are_rows_of_their_unit(store: Store) -> None:
    """In the changelog before the ledger row, which says what came due between which records."""
    codec = RowCodec(decode=bytes, encode=bytes)
    opened = OpenPartition(0, store, Ledger(positions={"a": 4}, clock_ms=12), codec)
    opened.ledger.fire("customer:ann", 10, "tea", 9)
    opened.ledger.advance("a", 4, 6)
    opened.timers.move(ANN, 10, 90)

    work = opened.take(NOWHERE)

    assert work.rows[:-1] == [(timer_key(10, ANN), None), (timer_key(90, ANN), b"1")]
    ledger = decode_ledger(work.rows[-1][1] or b"")
    (fired,) = ledger.fired
    assert (fired.runs, fired.subject, fired.row_ms) == (0, "customer:ann", 10)
    assert (fired.kind, fired.due_ms, fired.clock_ms) == ("tea", 9, 12)
    assert ledger.runs == [("a", 4, 6)]
    assert opened.ledger.fired == []

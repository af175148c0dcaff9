"""Rows inside a unit: what is read while another unit is being committed."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rocksdict import WriteBatch

from streams.kafka.ledger import LEDGER_KEY, Checkpoint, Ledger, decode_ledger
from streams.kafka.rows import Identity, RowCodec
from streams.kafka.table import Stores
from streams.kafka.unit import OpenPartition, Unit

IDENTITY = Identity(
    cluster_id="c", changelog_topic="log", changelog_topic_id="t", topic_ids={"a": "x"}
)
CHECKPOINT = Checkpoint(cluster_id="c", changelog_topic_id="t", position=1, written_ms=1)


def decode(data: bytes) -> list[int]:
    """A row of these tests: a list of one number, so that it can change in place."""
    return [int(data)]


def encode(row: Any) -> bytes:
    """The other way round."""
    return str(row[0]).encode()


def seal(data: bytes) -> bytes:
    """Rows of more than two digits are written in another form; `decode` reads that too."""
    return data if len(data) < 3 else b"0" + data


CODEC = RowCodec(decode=decode, encode=encode, seal=seal)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenPartition]:
    """A partition whose store knows customer:1 as 10; it keeps four committed rows at hand."""
    stores = Stores(tmp_path, "app")
    batch = WriteBatch(raw_mode=True)
    batch.put(b"customer:1", b"10")
    stores.open(0).write(batch, CHECKPOINT)
    ledger = Ledger()
    ledger.advance("a", 0, 1)
    yield OpenPartition(0, stores.open(0), ledger, CODEC, 4)
    stores.close_all()


def test_a_row_counts_as_it_was_when_it_was_put(opened: OpenPartition) -> None:
    """Two events of one customer in a unit fold into one profile; what nobody put is lost."""
    row = opened.read(b"customer:1")
    row[0] += 1
    opened.put(b"customer:1", row)
    row[0] = 99

    again = opened.read(b"customer:1")
    again[0] += 1
    opened.put(b"customer:1", again)

    assert again == [12]
    assert opened.take(IDENTITY).rows[0] == (b"customer:1", b"12")


def test_a_held_row_is_the_same_object_until_its_unit_ends(opened: OpenPartition) -> None:
    """It is encoded once, as it is then."""
    row = opened.read(b"customer:1")
    opened.hold(b"customer:1", row)
    row[0] = 11

    assert opened.read(b"customer:1") is row
    assert opened.take(IDENTITY).rows[0] == (b"customer:1", b"11")
    row[0] = 99
    assert opened.read(b"customer:1") == [11]


def test_a_row_is_sealed_once_a_unit(opened: OpenPartition) -> None:
    """What is large is deflated when it is written, not at every event; both can be read."""
    opened.put(b"customer:1", [123])

    assert opened.dirty == {b"customer:1": b"123"}
    assert opened.read(b"customer:1") == [123]
    assert opened.take(IDENTITY).rows[0] == (b"customer:1", b"0123")
    assert opened.read(b"customer:1") == [123]


def test_another_object_for_a_key_is_what_is_read_from_then_on(opened: OpenPartition) -> None:
    """A profile that became a link is read as the link, not as what was decoded before."""
    opened.read(b"customer:1")
    link = [99]

    opened.put(b"customer:1", link)

    assert opened.read(b"customer:1") == link


def test_row_in_flight_is_read_and_changed_without_touching_what_is_committed(
    opened: OpenPartition,
) -> None:
    """Folding goes on during a commit: the next unit sees this one's rows, not the store's."""
    row = opened.read(b"customer:1")
    row[0] = 11
    opened.put(b"customer:1", row)
    work = opened.take(IDENTITY)

    again = opened.read(b"customer:1")
    again[0] = 12
    opened.put(b"customer:1", again)

    assert work.rows[0] == (b"customer:1", b"11")
    opened.ledger.advance("a", 1, 2)
    assert opened.take(IDENTITY).rows[0] == (b"customer:1", b"12")


def test_kept_rows_are_bounded(opened: OpenPartition) -> None:
    """Four at most beside the open unit and the one in flight: two generations of two."""
    for number in range(20):
        opened.put(f"customer:{number + 2}".encode(), [number])
        work = opened.take(IDENTITY)

        assert (len(opened.dirty), len(opened._inflight)) == (0, 1)

        opened.written(work, CHECKPOINT)
        opened.settled()

        assert len(opened._kept) + len(opened._older) <= 4

    assert opened._inflight == {}
    assert b"customer:21" in opened._kept
    assert opened.read(b"customer:21") == [19]


def test_an_erased_row_does_not_come_back_from_an_older_generation(opened: OpenPartition) -> None:
    """Its bytes from before lie in the older one when its tombstone comes into the younger."""

    def commit() -> None:
        opened.written(opened.take(IDENTITY), CHECKPOINT)
        opened.settled()

    opened.put(b"customer:1", [11])
    opened.put(b"customer:2", [2])
    commit()
    opened.put(b"customer:3", [3])
    commit()
    assert b"customer:1" in opened._older

    opened.remove(b"customer:1")
    commit()

    assert b"customer:1" in opened._kept
    assert opened.read(b"customer:1") is None


Deed = tuple[str, int]
deeds = st.tuples(st.sampled_from(("put", "remove", "hold", "take", "settle")), st.integers(0, 4))


@given(st.lists(deeds, max_size=60), st.integers(0, 6))
def test_what_is_read_is_what_was_written_last(turns: list[Deed], kept_max: int) -> None:
    """Wherever it lies by now: in the open unit, in flight, at hand, or in the store alone."""
    store: dict[bytes, bytes] = {}
    opened = OpenPartition(0, cast("Any", store), Ledger(positions={"a": 1}), CODEC, kept_max)
    expected: dict[bytes, list[int]] = {}
    flying: list[tuple[bytes, bytes | None]] = []

    for turn, (deed, number) in enumerate(turns):
        key, row = str(number).encode(), [turn]
        if deed in {"put", "hold"}:
            (opened.put if deed == "put" else opened.hold)(key, row)
            expected[key] = row
        elif deed == "remove":
            opened.remove(key)
            expected.pop(key, None)
        else:  # a unit is taken when the one before it is in the store
            for name, data in flying:
                store.pop(name, None) if data is None else store.update({name: data})
            opened.settled()
            flying = opened.take(IDENTITY).rows[:-1] if deed == "take" else []

    keys = [str(number).encode() for number in range(5)]
    assert [opened.read(key) for key in keys] == [expected.get(key) for key in keys]


def test_removed_row_is_gone_at_once_and_a_tombstone_in_the_unit(opened: OpenPartition) -> None:
    """Erasure must not come back through a cache."""
    opened.read(b"customer:1")
    opened.remove(b"customer:1")

    assert opened.read(b"customer:1") is None
    work = opened.take(IDENTITY)
    assert work.rows[0] == (b"customer:1", None)
    assert opened.read(b"customer:1") is None
    opened.written(work, CHECKPOINT)
    opened.settled()
    assert opened.read(b"customer:1") is None


def test_ledger_is_the_last_row_and_names_where_it_belongs(opened: OpenPartition) -> None:
    """Its changelog offset is where the store will stand."""
    key, value = opened.take(IDENTITY).rows[-1]

    assert key == LEDGER_KEY
    ledger = decode_ledger(value or b"")
    assert (ledger.cluster_id, ledger.changelog_topic_id) == ("c", "t")
    assert ledger.runs == [("a", 0, 1)]


def test_unit_without_input_sends_an_unchanged_position(opened: OpenPartition) -> None:
    """A fired timer reads nothing, but an empty offset list would not be fenced."""
    opened.take(IDENTITY)

    assert opened.take(IDENTITY).positions == {"a": 1}


class Taking:
    """A producer that takes everything, in memory; records are numbered as they come."""

    def __init__(self) -> None:
        self.taken: list[bytes | None] = []
        self._reports: list[Any] = []

    def begin(self) -> None:
        """A transaction."""

    def produce(self, *record: Any) -> None:
        """A record: topic, value, key, partition, headers, and who wants to know of it."""
        self.taken.append(record[2])
        self._reports += record[5:]

    def commit(self, *_: Any) -> None:
        """All of it is there; tell where."""
        at = len(self.taken)
        for report in self._reports:
            report(None, cast("Any", SimpleNamespace(offset=lambda: at)))
        self._reports.clear()


async def test_timers_alone_do_not_prove_that_folding_goes_on(opened: OpenPartition) -> None:
    """The watchdog must see a fold that stands, however many timers commit meanwhile."""
    producer = Taking()
    unit = Unit(cast("Any", producer), IDENTITY, CODEC, lambda *_: None)
    unit.partitions[0] = opened
    unit.committed_s = 1.0

    opened.ledger.fire("customer:1", 1, "tea", 1)
    unit.touch(opened)
    await unit.commit()
    after_timers_s = unit.committed_s
    unit.totals.events = 1
    unit.touch(opened)
    await unit.commit()

    assert producer.taken == [LEDGER_KEY, LEDGER_KEY]
    assert after_timers_s == 1.0
    assert unit.committed_s > 1.0

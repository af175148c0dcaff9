"""Index rows: of one name a range of the store, the newest word on a row counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rocksdict import WriteBatch

from streams.kafka.index import Index, names_key, parts_of
from streams.kafka.ledger import CHECKPOINT_KEY, LEDGER_KEY, Checkpoint
from streams.kafka.table import Store, Stores
from streams.kafka.timers import timer_key

CHECKPOINT = Checkpoint(cluster_id="c", changelog_topic_id="t", position=1, written_ms=1)
TEA, TEAPOT, CUP = (b"a", b"tea"), (b"a", b"teapot"), (b"o", b"cup")
ANN, BOB, CAT = b"customer:ann", b"customer:bob", b"customer:cat"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with rows on both sides of the index."""
    stores = Stores(tmp_path, "app")
    opened = stores.open(0)
    write(opened, {ANN: b"row", LEDGER_KEY: b"row", timer_key(7, ANN): b"1"})
    yield opened
    stores.close_all()


@pytest.fixture
def index(store: Store) -> Index:
    """An index in which two customers hold tea and one a teapot, committed."""
    made = Index(store)
    for name, key in ((TEA, BOB), (TEA, ANN), (TEAPOT, CAT), (CUP, ANN)):
        made.put(name, key)
    write(store, made.take())
    made.settled()
    return made


def write(store: Store, rows: dict[bytes, bytes | None]) -> None:
    """What is written once a commit is through."""
    batch = WriteBatch(raw_mode=True)
    for key, value in rows.items():
        if value is None:
            batch.delete(key)
        else:
            batch.put(key, value)
    store.write(batch, CHECKPOINT)


def test_keys_of_a_name_come_in_order_and_in_parts(index: Index) -> None:
    """None of a longer name among them."""
    assert index.keys(TEA, b"", 9) == [ANN, BOB]
    assert index.keys(TEA, b"", 1) == [ANN]
    assert index.keys(TEA, ANN, 9) == [BOB]
    assert index.keys(TEA, BOB, 9) == []
    assert index.keys(TEA, b"", 0) == []
    assert index.names(b"a") == [TEA, TEAPOT]
    assert index.names(b"o") == [CUP]


def test_a_row_taken_away_is_passed_over_until_and_after_its_commit(
    store: Store, index: Index
) -> None:
    """The store has it until then."""
    index.remove(TEA, ANN)
    assert index.keys(TEA, b"", 9) == [BOB]
    rows = index.take()
    assert rows == {names_key(TEA) + ANN: None}
    assert index.keys(TEA, b"", 9) == [BOB]
    write(store, rows)
    index.settled()
    assert index.keys(TEA, b"", 9) == [BOB]


def test_a_row_of_an_uncommitted_unit_is_coming(store: Store, index: Index) -> None:
    """Its name is known, its key comes from the store once it is there."""
    new = (b"a", b"jam")
    index.put(new, CAT)
    index.put(TEA, CAT)
    index.remove(TEA, CAT)
    assert index.coming() == {new: [CAT]}
    assert index.names(b"a") == [new, TEA, TEAPOT]
    rows = index.take()
    assert index.coming() == {new: [CAT]}
    assert index.keys(new, b"", 9) == []
    write(store, rows)
    index.settled()
    assert (index.coming(), index.keys(new, b"", 9)) == ({}, [CAT])


@given(st.sampled_from([b"a", b"o"]), st.binary(max_size=999), st.binary(max_size=9))
def test_a_key_tells_its_parts(kind: bytes, text: bytes, key: bytes) -> None:
    """Whatever the name; and it lies between the other reserved rows."""
    row_key = names_key((kind, text)) + key

    assert parts_of(row_key) == ((kind, text), key)
    assert CHECKPOINT_KEY < row_key < LEDGER_KEY < ANN

"""Rows of the stock topic: the latest counts, and only what is out is kept."""

import json
from typing import Any

import pytest

from streams.codec import stock
from streams.codec.stock import TOPIC, StockRows, decode_level, encode_level
from streams.core.errors import DecodeError
from streams.core.stock import Out
from tests.codec.schema_files import SCHEMAS, VALIDATORS

AT_MS = 1_738_281_600_000  # 2025-01-31T00:00:00Z


def row(item: str, **outlets: int) -> bytes:
    """The value of a record."""
    return encode_level(item, outlets, as_of_ms=AT_MS).value


@pytest.fixture
def rows() -> StockRows:
    """Room for two articles that are out of stock."""
    return StockRows(2)


@pytest.mark.parametrize(
    ("outlets", "out"),
    [
        ({}, {}),
        ({"web": 4, "s1": 1}, {}),
        ({"web": 0, "s1": 0}, {"tea": Out(5, None)}),
        ({"web": 4, "s1": 0}, {"tea": Out(5, frozenset({"s1"}))}),
    ],
)
def test_what_is_out_of_stock_is_kept(
    rows: StockRows, outlets: dict[str, int], out: dict[str, Out]
) -> None:
    """Everywhere, or at some outlets; an article without outlets is not known."""
    rows.add(b"tea", row("tea", **outlets), 5)

    assert rows.changed is bool(out)
    found = rows.stock()
    assert (found.position, found.out, rows.changed) == (6, out, False)


def test_the_latest_row_counts_and_the_first_that_said_so_is_named(rows: StockRows) -> None:
    """The same again changes nothing; a snapshot never changes."""
    rows.add(b"tea", row("tea", web=0), 1)
    first = rows.stock()
    rows.add(b"tea", row("tea", web=0, s1=0), 2)
    again = rows.changed
    rows.add(b"tea", row("tea", web=7), 3)

    assert (again, first.out, rows.stock().out) == (False, {"tea": Out(1, None)}, {})


def test_a_removed_row_is_no_knowledge(rows: StockRows) -> None:
    """Nothing is known, so nothing is stopped."""
    rows.add(b"tea", row("tea", web=0), 1)
    rows.add(b"tea", None, 2)

    assert (rows.changed, rows.stock().out) == (True, {})


def test_articles_beyond_the_bound_are_refused_until_there_is_room(rows: StockRows) -> None:
    """They count as not known; what is in stock takes no room."""
    for number in range(9):
        rows.add(b"x%d" % number, row(f"x{number}", web=1), number)
    rows.add(b"a", row("a", web=0), 10)
    rows.add(b"b", row("b", web=0), 11)

    with pytest.raises(DecodeError, match="at most 2 articles out of stock"):
        rows.add(b"c", row("c", web=0), 12)

    assert (set(rows.stock().out), rows.position) == ({"a", "b"}, 13)
    rows.add(b"a", None, 13)
    rows.add(b"c", row("c", web=0), 14)
    assert set(rows.stock().out) == {"b", "c"}


def test_places_are_bounded_too(rows: StockRows, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of shops that has an article here and there; what comes back makes room."""
    monkeypatch.setattr(stock, "PLACES_MAX", 3)
    rows.add(b"a", row("a", web=1, s1=0, s2=0), 1)

    with pytest.raises(DecodeError, match="3 places"):
        rows.add(b"b", row("b", web=1, s1=0, s2=0), 2)

    rows.add(b"a", row("a", web=1, s1=1, s2=0), 3)
    rows.add(b"b", row("b", web=1, s1=0, s2=0), 4)
    assert set(rows.stock().out) == {"a", "b"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"{", "expected JSON"),
        ({"outlets": {"web": -1}}, "outlets"),
        ({"outlets": {"web": True}}, "outlets"),
        ({"item_id": "cup"}, "key"),
        ({"as_of": "2025-02-31T00:00:00Z"}, "as_of"),
        ({"as_of": "yesterday"}, "as_of"),
    ],
)
def test_a_row_that_is_not_as_the_schema_says_changes_nothing(
    rows: StockRows, value: Any, said: str
) -> None:
    """Its position is passed, as by every other reader."""
    rows.add(b"tea", row("tea", web=0), 1)
    good = json.loads(row("tea", web=9))
    data = value if isinstance(value, bytes) else json.dumps({**good, **value}).encode()

    with pytest.raises(DecodeError, match=said):
        rows.add(b"tea", data, 2)

    assert (rows.stock().out, rows.position) == ({"tea": Out(1, None)}, 3)


def test_what_is_written_is_as_the_schema_says() -> None:
    """And what the schema shows is read."""
    made = encode_level("tea", {"web": 3}, as_of_ms=AT_MS)

    VALIDATORS[TOPIC].validate(json.loads(made.value))
    assert (made.key, decode_level("tea", made.value).outlets) == (b"tea", {"web": 3})
    assert dict(made.headers)["ce_type"] == TOPIC.encode()
    for one in SCHEMAS[TOPIC]["examples"]:
        assert decode_level(one["item_id"], json.dumps(one).encode()).outlets == one["outlets"]


def test_a_level_that_no_reader_takes_is_not_written() -> None:
    """Below nothing, or of no article."""
    with pytest.raises(DecodeError, match="outlets"):
        encode_level("tea", {"web": -1}, as_of_ms=AT_MS)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"{", ": expected JSON in UTF-8, got input data was truncated"),
        (b'{"item_id": "tea"}', ": field 'outlets': expected a value, got none"),
        (b'{"item_id": "tea", "outlets": {}, "as_of": "now"}', ": field 'as_of': expected "),
        (row("cup"), ": key: expected 'cup', got 'tea'"),
    ],
)
def test_a_refused_row_names_its_article(rows: StockRows, value: bytes, said: str) -> None:
    """Somebody must mend it; the log is where they learn which one it is."""
    with pytest.raises(DecodeError) as refused:
        rows.add(b"tea", value, 1)

    assert f"decoding a record of {TOPIC}, article 'tea'{said}" in str(refused.value)


def test_a_row_that_is_one_too_many_names_its_article(rows: StockRows) -> None:
    """As it is kept."""
    rows.add(b"a", row("a", web=0), 1)
    rows.add(b"b", row("b", web=0), 2)
    item = "c" * 40

    with pytest.raises(DecodeError, match=f"article '{item}': value: expected at most 2 articles"):
        rows.add(item.encode(), row(item, web=0), 3)

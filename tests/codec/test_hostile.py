"""Records that someone broke on purpose: always an event or a reason, never another exception."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.reasons import CLIP_MAX, REASONS
from streams.codec.sources import encode_event
from streams.core.errors import DecodeError
from streams.core.events import Event
from tests.codec.records import Record, click
from tests.strategies import events

# Words of JSON that no field expects; written into the value as they are.
NASTY = [
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"-0.0",
    b"9" * 400,
    b"9" * 5_000,
    b"-9223372036854775809",
    b"18446744073709551616",
    b"1.0",
    b"true",
    b"null",
    b"{}",
    b"[]",
    b'""',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\xed\xa0\x80"',
    b'"\xff"',
    b'"\\u0000"',
    b'"2025-02-30"',
    b"[" * 3_000,
    b"[" * 900 + b"]" * 900,
    b'{"a":' * 3_000,
    b'"' + b"x" * 30_000 + b'"',
]
DETAIL_CHARACTERS_MAX = 400
MARK = b'"@@"'


def record_of(event: Event) -> Record:
    """The record of a valid event."""
    key, value, headers = encode_event(event, source="/test")
    return Record(
        topic=event.topic,
        key=key,
        value=value,
        headers=headers,
        append_time_ms=event.event_time_ms,
    )


def paths_of(value: Any) -> list[tuple[str | int, ...]]:
    """The way to every value inside a JSON value."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    if isinstance(value, list):
        inner = list(enumerate(value))
    return [(step, *path) for step, one in inner for path in [(), *paths_of(one)]]


@st.composite
def broken_values(draw: st.DrawFn) -> Record:
    """A valid record, one value inside its JSON replaced by something nasty."""
    record = record_of(draw(events()))
    document = msgspec.json.decode(record.value or b"")
    *way, last = draw(st.sampled_from(paths_of(document)))
    place = document
    for step in way:
        place = place[step]
    place[last] = "@@"
    value = msgspec.json.encode(document).replace(MARK, draw(st.sampled_from(NASTY)), 1)
    return replace(record, value=value)


@st.composite
def cut_values(draw: st.DrawFn) -> Record:
    """A valid record, a piece of its value replaced by other bytes."""
    record = record_of(draw(events()))
    value = record.value or b""
    first = draw(st.integers(0, len(value)))
    following = draw(st.integers(first, len(value)))
    return replace(record, value=value[:first] + draw(st.binary(max_size=5)) + value[following:])


@st.composite
def broken_headers(draw: st.DrawFn) -> Record:
    """A valid record, one header dropped, doubled, emptied, nulled or replaced."""
    record = record_of(draw(events()))
    headers = list(record.headers or ())
    place = draw(st.integers(0, len(headers) - 1))
    name, value = headers[place]
    other: bytes | None = draw(st.none() | st.binary(max_size=30) | st.just((value or b"")[:-1]))
    changed: list[list[tuple[str, bytes | None]]] = [[], [(name, value)] * 2, [(name, other)]]
    headers[place : place + 1] = draw(st.sampled_from(changed))
    return replace(record, headers=headers)


def outcome_of(record: Record) -> Event | DecodeError:
    """What decoding gives; anything but these two is a bug and escapes."""
    try:
        return record.decode()
    except DecodeError as error:
        return error


def check(record: Record) -> None:
    """An event that is stable, or an error with a known reason and a short message."""
    outcome = outcome_of(record)
    if isinstance(outcome, DecodeError):
        assert outcome.reason in REASONS
        assert len(str(outcome)) <= DETAIL_CHARACTERS_MAX
        str(outcome).encode()
    else:
        assert record_of(outcome).decode() == outcome


@pytest.mark.parametrize("make", [broken_values, cut_values, broken_headers])
def test_a_broken_record_is_an_event_or_a_dead_letter(
    make: Callable[[], st.SearchStrategy[Record]],
) -> None:
    """Whatever is broken, the agent goes on, and what it accepts is sound."""
    given(make())(check)()


@pytest.mark.parametrize("nasty", NASTY)
def test_a_nasty_unknown_field_harms_nobody(nasty: bytes) -> None:
    """A field that is ignored may hold what JSON can; else the record is undecodable."""
    outcome = outcome_of(click(value=b'{"event_name":"page_view","new":' + nasty + b"}"))

    assert isinstance(outcome, Event) or outcome.reason == "undecodable"


def test_a_long_customer_text_is_clipped() -> None:
    """A message shows a short piece of what the customer wrote, never all."""
    secret = "my diagnosis is private and long"
    record = click({"event_name": "search", "search_term": secret * 20})

    with pytest.raises(DecodeError) as caught:
        record.decode()

    assert secret[:CLIP_MAX] in str(caught.value)
    assert secret not in str(caught.value)


def test_a_doubled_field_does_not_confuse_the_message() -> None:
    """The decoder sees the first of two fields, the message maker the last."""
    value = b'{"event_name":"view_item","currency":"EUR","items":[{"item_id":5}],"items":[]}'

    with pytest.raises(DecodeError, match=r"'items\[0\].item_id': expected str, got another"):
        click(value=value).decode()

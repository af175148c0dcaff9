"""Hypothesis strategies for what is on the wire: subjects, bodies, events, offers, decisions.

Structs are generated from their own types and bounds, so a new field is tested the day it is
added. Names that a profile counts by (items, brands, categories ...) mostly come from small pools:
two events of one history then speak about the same thing.
"""

from collections.abc import Hashable, Iterable
from datetime import date
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from streams.core.decide.record import DecisionRecord, OfferMessage
from streams.core.events import (
    BODY_TYPES,
    CHANNELS,
    SUBJECT_KINDS,
    Body,
    Event,
    TransactionLink,
    topic_of,
)

T = TypeVar("T")

TIME_MIN_MS = 631_152_000_000  # 1990-01-01
TIME_MAX_MS = 4_102_444_799_999  # the last millisecond of 2099
HISTORY_START_MS = 1_735_689_600_000  # 2025-01-01
HISTORY_MS = 120 * 86_400_000

_hex_ids = st.text("0123456789abcdef", min_size=32, max_size=32)
# A letter of every width in UTF-8, and what JSON must escape.
_words = st.text('aZ09-_ .,:/#@"\\\n\x00äß€😀', max_size=12)
_subject_values = st.text("abcXYZ0189-._@:/äß€😀", min_size=1, max_size=200)


def _pool(prefix: str, size: int) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{prefix}-{number}" for number in range(size)])


subjects: st.SearchStrategy[str] = st.builds(
    "{}:{}".format, st.sampled_from(SUBJECT_KINDS), _subject_values
)
_times = st.integers(TIME_MIN_MS, TIME_MAX_MS)
_parts = st.text("abcXYZ019-._", min_size=1, max_size=64)

# Field name -> what it holds. By name, as item_id means the same in every kind.
_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "item_id": _pool("sku", 5) | _words.filter(bool),
    "item_brand": _pool("brand", 3) | _words,
    "item_category": _pool("category", 4) | _words,
    "currency": st.sampled_from(["EUR", "EUR", "USD", "JPY"]),
    "store_id": st.sampled_from(["s1", "s2"]) | _parts,
    "workstation_id": st.sampled_from(["w1", "w2"]) | _parts,
    "sequence_number": st.integers(0, 9) | st.integers(0, 10**12),
    "channel": st.sampled_from(CHANNELS),
    "purpose": st.sampled_from(["marketing", "service"]),
    "trait": st.sampled_from(["topic/gardening", "topic/music", "brand/brand-1", "tone/warm"]),
    "user_subject": subjects,
    "subject": subjects,
    "offer_id": _hex_ids,
    "decision_id": _hex_ids,
    "supersedes": _hex_ids,
    "event_time_ms": _times,
    "decision_time_ms": _times,
    "issued_at_ms": _times,
    "expires_at_ms": _times,
    "draw": st.floats(0, 1, exclude_max=True),
    "silence_propensity": st.floats(0, 1),
    "propensity": st.floats(0, 1),
    "accepts": st.floats(0, 1),
    "anyway": st.floats(0, 1),
    "learned": st.floats(0, 100),
    "learned_anyway": st.floats(0, 100),
    "goods": st.floats(0, 100),
    "spread": st.floats(0, 10),
    "expected": st.floats(0, 1),
    "drawn_from": st.floats(0, 1),
    "score": st.floats(0, 1),
}


def structs(kind: type[T]) -> st.SearchStrategy[T]:
    """Values of a msgspec struct class, inside its bounds; absent optional fields included."""
    return cast("st.SearchStrategy[T]", _structs(cast("Hashable", kind)))


@cache  # making a strategy costs more than drawing from it
def _structs(kind: type[Any]) -> st.SearchStrategy[Any]:
    info = cast("inspect.StructType", inspect.type_info(kind))
    required = {one.name: _field(one) for one in info.fields if one.required}
    optional = {one.name: _field(one) for one in info.fields if not one.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: kind(**given))


def bodies(topics: Iterable[str] = tuple(BODY_TYPES)) -> st.SearchStrategy[Body]:
    """Bodies of every kind of the source `topics`."""
    kinds = [kind for topic in topics for kind in BODY_TYPES[topic]]
    return st.sampled_from(kinds).flatmap(structs)


def events(
    subject: st.SearchStrategy[str] = subjects,
    *,
    topics: Iterable[str] = tuple(BODY_TYPES),
    time_ms: st.SearchStrategy[int] | None = None,
) -> st.SearchStrategy[Event]:
    """Valid events of every kind, of any time a record may carry."""
    times = _times if time_ms is None else time_ms
    names = st.text(min_size=1, max_size=200)
    return st.builds(_event, names, subject, times, bodies(topics))


def histories(
    subject: str = "customer:1",
    *,
    topics: Iterable[str] = tuple(BODY_TYPES),
    size_max: int = 12,
    span_ms: int = HISTORY_MS,
) -> st.SearchStrategy[list[Event]]:
    """Events of one subject within `span_ms`, in any order, each event id once."""
    times = st.integers(HISTORY_START_MS, HISTORY_START_MS + span_ms)
    one = events(st.just(subject), topics=topics, time_ms=times)
    return st.lists(one, max_size=size_max, unique_by=lambda event: event.event_id)


def offers() -> st.SearchStrategy[OfferMessage]:
    """Offer messages of every action and channel."""
    return structs(OfferMessage)


def decisions() -> st.SearchStrategy[DecisionRecord]:
    """Decision records of every result."""
    return structs(DecisionRecord)


def _event(event_id: str, subject: str, event_time_ms: int, body: Body) -> Event:
    return Event(
        event_id=body.natural_id() if isinstance(body, TransactionLink) else event_id,
        subject=subject,
        event_time_ms=event_time_ms,
        topic=topic_of(body),
        body=body,
    )


def _field(one: inspect.Field) -> st.SearchStrategy[Any]:
    if one.name not in _BY_NAME:
        return _values(one.type)
    absent = not one.required and one.default is None
    return st.none() | _BY_NAME[one.name] if absent else _BY_NAME[one.name]


def _values(info: inspect.Type) -> st.SearchStrategy[Any]:
    made = _scalars(info)
    if made is not None:
        return made
    match info:
        case inspect.VarTupleType(item_type=item, min_length=low):
            return st.lists(_values(item), min_size=low or 0, max_size=(low or 0) + 2).map(tuple)
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(_values(key), _values(value), max_size=3)
        case inspect.UnionType(types=types):
            return st.one_of([_values(one) for one in types])
        case inspect.EnumType(cls=cls):
            return st.sampled_from(cls)
        case inspect.StructType(cls=cls):
            return structs(cls)
    raise AssertionError(info)


def _scalars(info: inspect.Type) -> st.SearchStrategy[Any] | None:
    made: st.SearchStrategy[Any] | None = None
    match info:
        case inspect.NoneType():
            made = st.none()
        case inspect.BoolType():
            made = st.booleans()
        case inspect.DateType():
            made = st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31))
        case inspect.LiteralType(values=values):
            made = st.sampled_from(values)
        case inspect.IntType(ge=low, le=high):
            made = st.integers(0 if low is None else low, 2**53 if high is None else high)
        case inspect.FloatType(ge=low, le=high):
            made = st.floats(-1e12 if low is None else low, 1e12 if high is None else high)
        case inspect.StrType(pattern=None, min_length=low, max_length=high):
            made = _words.filter(lambda text: len(text) >= (low or 0)) | st.just("é" * (high or 20))
    return made


def wire_value(body: Body) -> Any:
    """The JSON value that `body` is on the wire, as Python's own types."""
    return msgspec.json.decode(msgspec.json.encode(body))

"""Events as the records a feed sends, with planted faults where a test asks for them.

A planted record is one the worker must not fold: a copy of an earlier record (`duplicate`), an
event far too old (`late`), or one that belongs in the dead letters. The truth file names each.
"""

import random
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from streams.codec.envelope import format_time
from streams.codec.sources import encode_event
from streams.core.events import kind_of
from streams.worker.simulation import tills
from streams.worker.simulation.generator import Sourced
from streams.worker.simulation.goods import pick

Planted = Literal[
    "duplicate", "late", "undecodable", "schema", "keyless", "key", "envelope", "future",
    "oversized",
]  # fmt: skip
"""`duplicate` and `late` are outcomes; every other is the reason of the dead letter."""
BAD: tuple[Planted, ...] = (
    "undecodable", "schema", "keyless", "key", "envelope", "future", "late",
)  # fmt: skip
# One bad record in this many is oversized instead: each weighs hundreds of kilobytes.
OVERSIZED_EVERY = 50
# A duplicate repeats one of the last so many records, so that it comes while the worker still
# remembers the first of the two.
RECENT_MAX = 64
# Far enough beyond the bounds for any delay between generating and appending.
MARGIN_MS = 3_600_000


class SimulatedRecord(msgspec.Struct, frozen=True, gc=False):
    """One record to produce, and what the truth file says about it.

    `topic` has no prefix. `planted` None means: valid, new, to be folded.
    """

    topic: str
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]
    event_id: str
    kind: str
    event_time_ms: int
    planted: Planted | None = None


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """How many records are planted, as shares of all, and the bounds they must break."""

    seed: int = 0
    bad_share: float = 0.0
    duplicate_share: float = 0.0
    record_bytes_max: int = 262_144
    lateness_max_ms: int = 400 * 86_400_000
    future_max_ms: int = 300_000


def encode(one: Sourced) -> SimulatedRecord:
    """The record of an event."""
    event = one.event
    key, value, headers = encode_event(event, source=one.source)
    return SimulatedRecord(
        topic=event.topic,
        key=key,
        value=value,
        headers=headers,
        event_id=event.event_id,
        kind=kind_of(event.body),
        event_time_ms=event.event_time_ms,
    )


def encode_all(events: Iterable[Sourced], faults: Faults) -> Iterator[SimulatedRecord]:
    """Records of `events` in their order; planted ones come in addition.

    Same events and faults, same bytes.
    """
    if faults.bad_share <= 0 and faults.duplicate_share <= 0:
        yield from map(encode, events)
        return
    draw = random.Random(faults.seed).random  # noqa: S311  # repeatable, not secret
    recent: deque[SimulatedRecord] = deque(maxlen=RECENT_MAX)
    bad_count = 0
    for one in events:
        record = encode(one)
        yield record
        recent.append(record)
        share = draw()
        if share < faults.duplicate_share:
            yield msgspec.structs.replace(recent[pick(draw, len(recent))], planted="duplicate")
        elif share < faults.duplicate_share + faults.bad_share:
            bad_count += 1
            yield spoil(record, _choose(record, bad_count), faults, number=bad_count)


def _choose(record: SimulatedRecord, number: int) -> Planted:
    if number % OVERSIZED_EVERY == 0:
        return "oversized"
    planted = BAD[number % len(BAD)]
    # A receipt's id is in its body: sent again with an old time it is late and a duplicate.
    return "future" if planted == "late" and record.topic == tills.TOPIC else planted


def spoil(
    record: SimulatedRecord, planted: Planted, faults: Faults, *, number: int
) -> SimulatedRecord:
    """A new record like `record` that breaks exactly one rule."""
    event_id = f"bad-{faults.seed}-{number}"
    key, value, time_ms = record.key, record.value, record.event_time_ms
    headers = dict(record.headers)
    headers["ce_id"] = event_id.encode()
    match planted:
        case "undecodable":
            value = value[: len(value) // 2]
        case "schema":
            value = b"{}"
        case "keyless":
            key = None
        case "key":
            key = b"nobody"
        case "envelope":
            headers["ce_specversion"] = b"9.9"
        case "oversized":
            value = value + b" " * (faults.record_bytes_max + 1 - len(value))
        case "late":
            time_ms -= faults.lateness_max_ms + 24 * MARGIN_MS
        case "future":
            time_ms += faults.future_max_ms + MARGIN_MS
        case "duplicate":
            event_id = record.event_id
            headers = dict(record.headers)
    headers["ce_time"] = format_time(time_ms)
    return SimulatedRecord(
        topic=record.topic,
        key=key,
        value=value,
        headers=list(headers.items()),
        event_id=event_id,
        kind=record.kind,
        event_time_ms=time_ms,
        planted=planted,
    )

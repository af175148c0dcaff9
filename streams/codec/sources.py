"""Records of the source topics <-> events.

Topic names are without a deployment's prefix. `decode` runs once per record: it makes one pass
over the headers and one over the value, and its decoders are made once per topic.
"""

import re
from dataclasses import dataclass
from typing import Any, Union, cast

import msgspec

from streams.codec.envelope import Headers, make_envelope, read_envelope, read_forward
from streams.codec.reasons import SUBJECT_WORDS, Reason, clip, refuse_value
from streams.core.errors import DecodeError
from streams.core.events import BODY_TYPES, FORWARD_TOPIC, Body, Event, TransactionLink
from streams.core.kinds.bounds import SUBJECT_PATTERN

_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    topic: msgspec.json.Decoder(Union[bodies])  # noqa: UP007  # a tuple of types, joined here
    for topic, bodies in BODY_TYPES.items()
}
_ENCODER = msgspec.json.Encoder()
_RECEIPTS = frozenset(BODY_TYPES["pos.transaction.v1"])  # a look-up; isinstance() walks the bases
_SUBJECT = re.compile(SUBJECT_PATTERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a record may not exceed.

    `record_bytes_max` bounds the value; `future_max_ms` how far the event time may lie after
    the append time.
    """

    record_bytes_max: int
    future_max_ms: int


def decode(  # noqa: PLR0913, PLR0917  # the parts of a record as Kafka hands them over; hot path
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Headers | None,
    append_time_ms: int,
    limits: Limits,
) -> Event:
    """The event of one record of a source topic.

    A record of the forward topic is decoded as one of the topic it first came from, and its
    event has that topic; its subject is the record's key, the one it was forwarded to.

    Raises:
        DecodeError: with one of `REASONS`, for anything that is not a valid event.
    """
    if not key:
        raise _refuse(topic, Reason.KEYLESS, "key", "kind:value", "none")
    subject = _read_subject(topic, key)
    if value is None or len(value) > limits.record_bytes_max:
        raise _refuse_size(topic, value, limits.record_bytes_max)
    origin, origin_key = topic, key
    if topic == FORWARD_TOPIC:
        forward = read_forward(headers)
        origin, origin_key = forward.topic, forward.key
    event_id, event_time_ms = read_envelope(origin, origin_key, headers, hop=topic == FORWARD_TOPIC)
    if event_time_ms > append_time_ms + limits.future_max_ms:
        raise _refuse_time(topic, event_time_ms - append_time_ms, limits.future_max_ms)
    try:
        body: Body = _DECODERS[origin].decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value(topic, value, error) from None
    if type(body) in _RECEIPTS:
        event_id = cast("TransactionLink", body).natural_id()
    return Event(
        event_id=event_id,
        subject=subject,
        event_time_ms=event_time_ms,
        topic=origin,
        body=body,
    )


def encode_event(event: Event, *, source: str) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of the record that `decode` reads as `event`.

    `source` is the CloudEvents source; that of a simulated event starts with `/simulated/`.
    """
    headers = make_envelope(
        event_id=event.event_id,
        source=source,
        kind=event.topic,
        time_ms=event.event_time_ms,
        subject=event.subject,
    )
    return event.subject.encode(), _ENCODER.encode(event.body), headers


def _read_subject(topic: str, key: bytes) -> str:
    try:
        subject = key.decode()
    except UnicodeDecodeError:
        raise _refuse(topic, Reason.KEY, "key", "kind:value in UTF-8", clip(key)) from None
    if _SUBJECT.match(subject) is None:
        raise _refuse(topic, Reason.KEY, "key", SUBJECT_WORDS, clip(subject))
    return subject


def _refuse_size(topic: str, value: bytes | None, bytes_max: int) -> DecodeError:
    if value is None:
        return _refuse(topic, Reason.UNDECODABLE, "value", "JSON in UTF-8", "none")
    return _refuse(
        topic, Reason.OVERSIZED, "value", f"at most {bytes_max} bytes", f"{len(value)} bytes"
    )


def _refuse_time(topic: str, ahead_ms: int, ahead_max_ms: int) -> DecodeError:
    expected = f"at most {ahead_max_ms} ms after the append time"
    return _refuse(topic, Reason.FUTURE, "header 'ce_time'", expected, f"{ahead_ms} ms")


def _refuse(topic: str, reason: Reason, part: str, expected: str, got: str) -> DecodeError:
    return DecodeError(
        reason=reason, what=f"decoding a record of {topic}: {part}", expected=expected, got=got
    )

"""CloudEvents 1.0 headers of a record, Kafka binary mode, and those of a forwarded event.

Times in headers are RFC 3339; here they are integer milliseconds since 1970-01-01 UTC.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import msgspec

from streams.codec.reasons import Reason, clip
from streams.core.errors import DecodeError
from streams.core.events import FORWARD_TOPIC, SOURCE_TOPICS
from streams.core.identity.policy import HOPS_MAX

Headers: TypeAlias = Sequence[tuple[str, bytes | None]]

JSON_TYPE = b"application/json"
ID_MAX = 200  # characters of an event id; it is kept in profiles
SOURCE_MAX = 2_048
TIME_MIN_MS = 631_152_000_000  # 1990-01-01T00:00:00Z
TIME_END_MS = 4_102_444_800_000  # 2100-01-01T00:00:00Z; no event time reaches it
RETURNS_MAX = 9  # a subject that leaves one person after the other sends what comes round

FORWARD_TOPIC_HEADER = "streams_topic"
FORWARD_PARTITION_HEADER = "streams_partition"
FORWARD_OFFSET_HEADER = "streams_offset"
FORWARD_HOPS_HEADER = "streams_hops"
FORWARD_RETURNS_HEADER = "streams_returns"
FORWARD_KEY_HEADER = "streams_key"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SECOND_MS = 1_000
_MINUTE_MS = 60_000
_MINUTES_KEPT_MAX = 4_096  # neighbouring records share their minute, also in old data
_OURS = ("ce_", "streams_", "content-type")
# The ASCII digits only; msgspec's own reading is wider (a space for the T, no offset) and rounds
# beyond six digits of a second, which could move an event into the next one.
_TIME = re.compile(
    rb"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)"
    rb"[0-9]{0,3}(Z|[+-][0-9]{2}:[0-9]{2})"
)
_read_datetime = msgspec.json.Decoder(datetime).decode
_DIGITS = re.compile(rb"[0-9]{1,18}")
_TYPES = {topic: topic.encode() for topic in SOURCE_TOPICS}
_SECONDS = {b"%02d" % second: second * _SECOND_MS for second in range(60)}
_FRACTIONS = {b"Z": 0} | {b".%03dZ" % ms: ms for ms in range(_SECOND_MS)}
_SPECVERSION = ("ce_specversion", b"1.0")
_JSON = ("content-type", JSON_TYPE)


class Ways(NamedTuple):
    """How far an event has come.

    `hops` counts the links that it followed from its own row, `returns` how often somebody sent it
    back there who does not have its subject as a part any more; then it starts anew.
    """

    hops: int = 0
    returns: int = 0

    def on(self, *, returns: bool = False) -> "Ways":
        """One way more.

        Raises:
            DecodeError: reason hops, when it followed more than `HOPS_MAX` links, or came back
                more than `RETURNS_MAX` times.
        """
        further = Ways(0, self.returns + 1) if returns else Ways(self.hops + 1, self.returns)
        _check_ways(further)
        return further


class Forward(NamedTuple):
    """Where a forwarded event first came from, and how far it has come."""

    topic: str
    partition: int
    offset: int
    key: bytes
    ways: Ways


def read_envelope(
    topic: str, key: bytes, headers: Headers | None, *, hop: bool = False
) -> tuple[str, int]:
    """The event's id and time in ms, from the CloudEvents headers of a record of `topic`.

    Only with `hop` may the record carry a count of hops: a producer that set one would send its
    events into the dead letters when they are forwarded.

    Raises:
        DecodeError: reason envelope, naming the header.
    """
    headers = headers or ()
    found = dict(headers)
    if len(found) != len(headers):
        _check_doubled(topic, headers)
    if (
        found.get("ce_specversion") != b"1.0"
        or found.get("ce_type") != _TYPES[topic]
        or found.get("content-type", JSON_TYPE) != JSON_TYPE
        or found.get("ce_subject", key) != key
        or (FORWARD_HOPS_HEADER in found and not hop)
    ):
        _check_fixed(topic, key, found, hop=hop)
    event_id = _read_text(topic, found, "ce_id", ID_MAX)
    source = found.get("ce_source")
    if not source or len(source) > SOURCE_MAX or not source.isascii():  # else it need not be read
        _read_text(topic, found, "ce_source", SOURCE_MAX)
    time_ms = read_time_ms(found.get("ce_time"))
    if time_ms is None:
        raise _refuse(
            topic, "ce_time", "an RFC 3339 time from 1990 to 2099", clip(found.get("ce_time"))
        )
    return event_id, time_ms


def read_time_ms(text: bytes | None) -> int | None:
    """`2025-01-31T10:15:20.123Z`, or with an offset, in ms rounded down; None for anything else.

    Years before 1990 and after 2099 are anything else: a clock that was never set.
    """
    if text is not None:
        # As producers write it: a minute that was read before, then digits of fixed length.
        second_ms, fraction_ms = _SECONDS.get(text[17:19]), _FRACTIONS.get(text[19:])
        if second_ms is not None and fraction_ms is not None:
            minute_ms = _minute_ms(text[:17])
            if minute_ms is not None:
                return minute_ms + second_ms + fraction_ms
    return _read_any_time_ms(text)


@lru_cache(_MINUTES_KEPT_MAX)
def _minute_ms(text: bytes) -> int | None:
    """`2025-01-31T10:15:` in ms; None for anything else."""
    return _read_any_time_ms(text + b"00Z")


def _read_any_time_ms(text: bytes | None) -> int | None:
    match = _TIME.fullmatch(text or b"")
    if match is None:
        return None
    try:
        moment = _read_datetime(b'"%b%b"' % match.groups())
    except msgspec.DecodeError:
        return None
    time_ms = (moment - _EPOCH) // _MILLISECOND
    return time_ms if TIME_MIN_MS <= time_ms < TIME_END_MS else None


def format_time(time_ms: int) -> bytes:
    """Milliseconds as RFC 3339 in UTC: `2025-01-31T10:15:20.123Z`."""
    minute, rest_ms = divmod(time_ms, _MINUTE_MS)
    return b"%b%02d.%03dZ" % (_minute_text(minute), *divmod(rest_ms, _SECOND_MS))


@lru_cache(_MINUTES_KEPT_MAX)
def _minute_text(minute: int) -> bytes:
    """`2025-01-31T10:15:` of the `minute`-th one since 1970."""
    moment = _EPOCH + minute * _MINUTE_MS * _MILLISECOND
    return moment.isoformat()[: len("2025-01-31T10:15:")].encode()


def make_envelope(
    *, event_id: str, source: str, kind: str, time_ms: int, subject: str
) -> list[tuple[str, bytes]]:
    """CloudEvents headers for a record; `kind` is the topic's name without prefix."""
    return [
        _SPECVERSION,
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", kind.encode()),
        ("ce_time", format_time(time_ms)),
        ("ce_subject", subject.encode()),
        _JSON,
    ]


def read_forward(headers: Headers | None) -> Forward:
    """The forward headers of a record of the forward topic.

    Raises:
        DecodeError: reason envelope, naming the header; reason hops beyond `HOPS_MAX`.
    """
    _check_doubled(FORWARD_TOPIC, headers or ())
    found = dict(headers or ())
    topic = _read_text(FORWARD_TOPIC, found, FORWARD_TOPIC_HEADER, ID_MAX)
    if topic not in SOURCE_TOPICS or topic == FORWARD_TOPIC:
        raise _refuse(FORWARD_TOPIC, FORWARD_TOPIC_HEADER, "a source topic", clip(topic))
    key = found.get(FORWARD_KEY_HEADER)
    if not key:
        raise _refuse(FORWARD_TOPIC, FORWARD_KEY_HEADER, "the original key", clip(key))
    come = _ways(found)
    if come == Ways():
        raise _refuse(FORWARD_TOPIC, FORWARD_HOPS_HEADER, f"1 to {HOPS_MAX}", "0")
    _check_ways(come)
    return Forward(
        topic=topic,
        partition=_read_number(found, FORWARD_PARTITION_HEADER),
        offset=_read_number(found, FORWARD_OFFSET_HEADER),
        key=key,
        ways=come,
    )


def ways(headers: Headers | None) -> Ways:
    """How far the event of a decoded record has come; no way at all if it is in a source topic."""
    for name, _ in headers or ():
        if name == FORWARD_HOPS_HEADER:
            return _ways(dict(headers or ()))
    return Ways()


def _ways(found: dict[str, bytes | None]) -> Ways:
    returns = FORWARD_RETURNS_HEADER in found and _read_number(found, FORWARD_RETURNS_HEADER)
    return Ways(_read_number(found, FORWARD_HOPS_HEADER), int(returns))


def _check_ways(come: Ways) -> None:
    for name, count, most in (
        ("hops", come.hops, HOPS_MAX),
        ("returns", come.returns, RETURNS_MAX),
    ):
        if count > most:
            raise DecodeError(
                reason=Reason.HOPS,
                what=f"following the links of a record of {FORWARD_TOPIC}",
                expected=f"at most {most} {name}",
                got=str(count),
            )


def _read_text(topic: str, found: dict[str, bytes | None], name: str, length_max: int) -> str:
    raw = found.get(name)
    try:
        text = (raw or b"").decode()
    except UnicodeDecodeError:
        raise _refuse(topic, name, "UTF-8", clip(raw)) from None
    if not 0 < len(text) <= length_max:
        came = "nothing" if not text else f"{len(text)} characters"
        raise _refuse(topic, name, f"1 to {length_max} characters", came)
    return text


def _read_number(found: dict[str, bytes | None], name: str) -> int:
    raw = found.get(name)
    if not _DIGITS.fullmatch(raw or b""):
        raise _refuse(FORWARD_TOPIC, name, "an integer >= 0", clip(raw))
    return int(raw or b"")


def _check_doubled(topic: str, headers: Headers) -> None:
    seen: set[str] = set()
    for name, _ in headers:
        if name in seen and name.startswith(_OURS):
            raise _refuse(topic, name, "one", "two")
        seen.add(name)


def _check_fixed(topic: str, key: bytes, found: dict[str, bytes | None], *, hop: bool) -> None:
    if not hop and FORWARD_HOPS_HEADER in found:
        raise _refuse(topic, FORWARD_HOPS_HEADER, "none", clip(found[FORWARD_HOPS_HEADER]))
    for name, expected in (
        ("ce_specversion", b"1.0"),
        ("ce_type", topic.encode()),
        ("ce_subject", found.get("ce_subject") and key),
    ):
        if found.get(name) != expected:
            raise _refuse(topic, name, clip(expected), clip(found.get(name)))
    media_type = (found.get("content-type") or JSON_TYPE).partition(b";")[0].strip().lower()
    if media_type != JSON_TYPE:
        raise _refuse(topic, "content-type", clip(JSON_TYPE), clip(media_type))


def _refuse(topic: str, name: str, expected: str, got: str) -> DecodeError:
    return DecodeError(
        reason=Reason.ENVELOPE,
        what=f"decoding a record of {topic}: header {name!r}",
        expected=expected,
        got=got,
    )

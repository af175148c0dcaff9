"""Exchanges between partitions about a linked subject, as records of the forward topic.

The key is the subject whose row it is for, the value the part as a row of the table, or nothing.
Headers say which exchange, about whom, and how it was linked.
"""

import re

from streams.codec.envelope import FORWARD_HOPS_HEADER, Headers
from streams.codec.reasons import Reason, clip
from streams.codec.rows import decode_row, encode_row
from streams.core.errors import DecodeError, ProfileVersionError
from streams.core.events import FORWARD_TOPIC
from streams.core.identity.routing import Exchange, Send
from streams.core.kinds.bounds import SUBJECT_PATTERN
from streams.core.profile.profile import Profile

EXCHANGE_HEADER = "streams_exchange"
SUBJECT_HEADER = "streams_subject"
SOURCE_HEADER = "streams_source"
SINCE_HEADER = "streams_since"
VIA_HEADER = "streams_via"
WAYS_MAX = 9
"""More than all links of two people who become one, and the way to a partition of another count."""


def is_exchange(headers: Headers | None) -> bool:
    """Whether a record of the forward topic is an exchange, and no event."""
    return any(name == EXCHANGE_HEADER for name, _ in headers or ())


def encode_exchange(send: Send, hops: int) -> tuple[bytes, list[tuple[str, bytes | None]]]:
    """(value, headers) of the record that says `send`, on its `hops`-th way.

    Raises:
        DecodeError: reason hops, when that is over `WAYS_MAX`.
    """
    if hops > WAYS_MAX:
        raise DecodeError(
            reason=Reason.HOPS,
            what=f"passing on a record of {FORWARD_TOPIC}",
            expected=f"at most {WAYS_MAX} ways",
            got=str(hops),
        )
    headers: list[tuple[str, bytes | None]] = [
        (EXCHANGE_HEADER, send.exchange.value.encode()),
        (SUBJECT_HEADER, send.subject.encode()),
        (SOURCE_HEADER, send.source.encode()),
        (SINCE_HEADER, str(send.since_ms).encode()),
        (VIA_HEADER, send.via.encode()),
        (FORWARD_HOPS_HEADER, str(hops).encode()),
    ]
    return b"" if send.part is None else encode_row(send.part), headers


def decode_exchange(
    key: bytes | None, value: bytes | None, headers: Headers | None
) -> tuple[Send, int]:
    """(what is said to the row of `key`, how many ways it came).

    Raises:
        DecodeError: reason envelope for a header, reason undecodable for the part.
    """
    key_text = (key or b"").decode(errors="replace")
    found = {name: (text or b"").decode(errors="replace") for name, text in headers or ()}
    name = found.get(EXCHANGE_HEADER, "")
    if name not in {one.value for one in Exchange}:
        raise _refuse(EXCHANGE_HEADER, ", ".join(Exchange), name)
    for one, text in ((SUBJECT_HEADER, found.get(SUBJECT_HEADER, "")), ("key", key_text)):
        if not re.search(SUBJECT_PATTERN, text):
            raise _refuse(one, "kind:value", text)
    numbers = [found.get(one, "") for one in (SINCE_HEADER, FORWARD_HOPS_HEADER)]
    for one, text in zip((SINCE_HEADER, FORWARD_HOPS_HEADER), numbers, strict=True):
        if not text.isdecimal():
            raise _refuse(one, "an integer >= 0", text)
    send = Send(
        exchange=Exchange(name),
        target=key_text,
        subject=found.get(SUBJECT_HEADER, ""),
        part=_part(value) if value else None,
        source=found.get(SOURCE_HEADER, ""),
        since_ms=int(numbers[0]),
        via=found.get(VIA_HEADER, ""),
    )
    return send, int(numbers[1])


def _part(value: bytes) -> Profile:
    try:
        row = decode_row(value)
    except ProfileVersionError as error:
        raise DecodeError(
            reason=Reason.UNDECODABLE,
            what=f"decoding a part in a record of {FORWARD_TOPIC}",
            expected="a profile of this release or an earlier one",
            got=clip(str(error)),
        ) from error
    if isinstance(row, Profile):
        return row
    raise DecodeError(
        reason=Reason.UNDECODABLE,
        what=f"decoding a part in a record of {FORWARD_TOPIC}",
        expected="a profile",
        got="another row",
    )


def _refuse(name: str, expected: str, got: str) -> DecodeError:
    return DecodeError(
        reason=Reason.ENVELOPE,
        what=f"decoding a record of {FORWARD_TOPIC}: header {name!r}",
        expected=expected,
        got=clip(got),
    )

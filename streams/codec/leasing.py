"""Exchanges about tokens between partitions, as records of the forward topic.

The key names the row that the exchange is about, a header says that it is one, and the value is
JSON. They go to a partition by its number, never by their key.
"""

import msgspec

from streams.codec.envelope import Headers
from streams.codec.reasons import Reason, clip
from streams.core.errors import DecodeError
from streams.core.events import FORWARD_TOPIC
from streams.core.leases.limits import TOKENS_MAX
from streams.core.leases.saying import Said, lease_key

LEASE_HEADER = "streams_lease"
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Said).decode


def is_leasing(headers: Headers | None) -> bool:
    """Whether a record of the forward topic is about tokens."""
    return any(name == LEASE_HEADER for name, _ in headers or ())


def encode_said(said: Said) -> tuple[bytes, bytes, list[tuple[str, bytes | None]]]:
    """(key, value, headers) of the record that says `said`."""
    return lease_key(said.name), _ENCODE(said), [(LEASE_HEADER, said.verb.encode())]


def decode_said(key: bytes | None, value: bytes | None, partitions: int) -> Said:
    """What a partition says, one of `partitions`.

    Raises:
        DecodeError: reason schema for a value that says nothing, reason key for one about another
            row than the key's.
    """
    try:
        said = _DECODE(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        expected = "an exchange about tokens"
        raise refuse_said(expected, str(error)) from error
    if not (0 <= said.sender < partitions and 0 <= said.tokens <= TOKENS_MAX and said.window >= 0):
        expected = f"a partition below {partitions}, 0 to {TOKENS_MAX} tokens and a window"
        raise refuse_said(expected, (value or b"").decode(errors="replace"))
    if key != lease_key(said.name):
        expected, got = f"the key of {said.name!r}", (key or b"").decode(errors="replace")
        raise refuse_said(expected, got, Reason.KEY)
    return said


def refuse_said(expected: str, got: str, reason: Reason = Reason.SCHEMA) -> DecodeError:
    """The refusal of a record that is about tokens and cannot be meant."""
    what = f"decoding a record of {FORWARD_TOPIC} about tokens"
    return DecodeError(reason=reason, what=what, expected=expected, got=clip(got))

"""Decisions that would take more than 4 kB in the log: the same JSON, deflated inside a small one.

Nearly all are logged plain. A large one belongs to a long receipt or a long list of candidates,
deflates to less than half, and stays JSON: an object with what finds it, and the rest as base64.
"""

import binascii
import zlib

import msgspec

from streams.core.decide.record import DecisionId, DecisionRecord, Result
from streams.core.errors import DecodeError

PLAIN_BYTES_MAX = 4_096
DEFLATE_LEVEL = 1  # level 6 takes half as long again for a tenth less
INFLATED_BYTES_MAX = 1 << 20  # thirty times the largest; a damaged record may claim anything
_MARK = b'"deflated"'
"""In a plain record only as the name of an item or a rule: a quote inside a string is escaped."""


class PackedDecision(msgspec.Struct, frozen=True, gc=False):
    """A large decision as it lies in the log; the first five fields repeat its own."""

    decision_id: DecisionId
    subject: str
    decision_time_ms: int
    policy_version: str
    result: Result
    deflated: str
    """The JSON of the whole decision, by zlib (RFC 1950) and base64 (RFC 4648, padded)."""


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(PackedDecision)


def pack(decision: DecisionRecord, plain: bytes) -> bytes:
    """The object that stands for `plain`, the JSON of `decision`, in the log."""
    deflated = binascii.b2a_base64(zlib.compress(plain, DEFLATE_LEVEL), newline=False)
    return _ENCODER.encode(_of(decision, deflated.decode()))


def unpack(value: bytes) -> bytes:
    """The JSON of the whole decision in `value`, which may be packed; `value` itself if it is not.

    Raises:
        DecodeError: what is packed is damaged.
    """
    packed = read_packed(value)
    return value if packed is None else inflate(packed)


def read_packed(value: bytes) -> PackedDecision | None:
    """The packed decision in `value`; None for a plain one, and for what is none at all."""
    if _MARK not in value:
        return None
    try:
        return _DECODER.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def inflate(packed: PackedDecision) -> bytes:
    """The JSON of the whole decision.

    Raises:
        DecodeError: it is damaged.
    """
    inflater = zlib.decompressobj()
    try:
        data = binascii.a2b_base64(packed.deflated, strict_mode=True)
        plain = inflater.decompress(data, INFLATED_BYTES_MAX)
    except (ValueError, zlib.error) as error:
        raise DecodeError(reason="undecodable", what=_WHAT, got=str(error)) from None
    if not inflater.eof or inflater.unused_data:
        got = f"{len(plain)} bytes and no end, or more behind it"
        raise DecodeError(reason="undecodable", what=_WHAT, got=got)
    return plain


def check_packed(packed: PackedDecision, decision: DecisionRecord) -> None:
    """Compare what finds a packed decision with what is in it.

    Raises:
        DecodeError: they differ.
    """
    if _of(decision, packed.deflated) != packed:
        got = "another decision than the fields beside it name"
        raise DecodeError(reason="schema", what=_WHAT, got=got)


_WHAT = "decoding a record of decision.log.v1: field 'deflated'"


def _of(decision: DecisionRecord, deflated: str) -> PackedDecision:
    return PackedDecision(
        decision.decision_id,
        decision.subject,
        decision.decision_time_ms,
        decision.policy_version,
        decision.result,
        deflated,
    )

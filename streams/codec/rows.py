"""Rows of the profile table: bytes <-> profile or link.

A row is one byte for its kind (P profile, L link), one for its format, then MessagePack. Structs
are arrays in the order of their fields: format 1 may get more fields at the end of any struct (an
older row reads with their defaults, an older release ignores them). Any other change is format 2,
whose release keeps a decoder for 1 and writes the row anew at the next fold.
"""

import msgspec

from streams.core.errors import ProfileVersionError
from streams.core.profile.profile import Profile

FORMAT = 1
PROFILE_PREFIX = b"P\x01"
LINK_PREFIX = b"L\x01"


class Link(msgspec.Struct, frozen=True, array_like=True):
    """A row that says: this subject is `target`; since when, and who said so."""

    target: str
    since_ms: int
    source: str


_ENCODER = msgspec.msgpack.Encoder()
_PROFILES = msgspec.msgpack.Decoder(Profile)
_LINKS = msgspec.msgpack.Decoder(Link)


def encode_row(row: Profile | Link) -> bytes:
    """The bytes of a row, equal for equal rows."""
    prefix = PROFILE_PREFIX if isinstance(row, Profile) else LINK_PREFIX
    buffer = bytearray(prefix)
    _ENCODER.encode_into(row, buffer, len(prefix))
    return bytes(buffer)


def decode_row(data: bytes) -> Profile | Link:
    """The row that `encode_row` wrote, now or in an earlier release.

    Raises:
        ProfileVersionError: when kind or format is unknown, or the bytes are damaged.
    """
    prefix = data[:2]
    try:
        if prefix == PROFILE_PREFIX:
            return _PROFILES.decode(memoryview(data)[2:])
        if prefix == LINK_PREFIX:
            return _LINKS.decode(memoryview(data)[2:])
    except msgspec.MsgspecError as error:
        what = f"row of {len(data)} bytes is damaged ({error}); rebuild the table"
        raise ProfileVersionError(problems=[f"{what} from its changelog"]) from error
    what = f"row begins with {prefix!r}, expected {PROFILE_PREFIX!r} or {LINK_PREFIX!r}"
    remedy = "start the release that wrote it, or rebuild the table from its changelog"
    raise ProfileVersionError(problems=[f"{what}; {remedy}"])

"""Rows of the profile table: bytes <-> profile, link, tally, or tokens of shared limits.

A row is one byte for its kind (P profile, D a deflated one, L link, T tally, Q lease, H held, K
known limits), one for its format, then MessagePack. Structs are arrays in the order of their
fields. Each format is the one before with more fields at the end of its structs: 2 brought taste,
worlds and situation, 3 the parts of linked subjects, 4 timers and the trials of offers, 5 when a
person was erased, 6 the departments of what is in the cart, 7 the hundreds of articles that were
bought, 8 the terms and outlet of what waits for the end of quiet hours. What they can know of an
older row is worked out when it is read, and the row is written in the latest format at the next
fold. A release reads every earlier format, and refuses later ones.

Nearly all rows are plain. One that would be longer than `PLAIN_BYTES_MAX` belongs to a customer who
does everything, is written about once a unit, and deflates to two thirds for 10 us a kB.
"""

import zlib

import msgspec

from streams.core.decay import begin
from streams.core.errors import ProfileVersionError
from streams.core.identity.links import Link
from streams.core.leases.rows import Held, Known, Lease, LeaseRow
from streams.core.profile.articles import make_articles
from streams.core.profile.buying import DAY_MS, add_day
from streams.core.profile.profile import Profile
from streams.core.tally import Tally

FORMAT = 8
FORMAT_7 = 7
PROFILE_PREFIX = b"P\x08"
PROFILE_PREFIX_1 = b"P\x01"
DEFLATED_PREFIX = b"D\x08"
LINK_PREFIX = b"L\x04"
TALLY_PREFIX = b"T\x02"
LEASE_PREFIX = b"Q\x01"
HELD_PREFIX = b"H\x01"
KNOWN_PREFIX = b"K\x01"
TALLY_KEY = b"\x00tally:"
"""What the key of a tally begins with: no subject starts with a zero byte."""
CALIBRATION_KEY = b"\x00calibration"
"""The key of the tally of trials by predicted chance, one of each partition."""
PLAIN_BYTES_MAX = 10_000
DEFLATE_LEVEL = 1  # level 6 takes twice the time for 3 % less
INFLATED_BYTES_MAX = 1 << 20  # eight times the largest profile; a damaged row may claim anything
NAME_BYTES_1 = 4  # of a name in the trace of a receipt: its digest alone


Row = Profile | Link | Tally | LeaseRow
_ENCODER = msgspec.msgpack.Encoder()
_PROFILES = msgspec.msgpack.Decoder(Profile)
_LINKS = msgspec.msgpack.Decoder(Link)
_TALLIES = msgspec.msgpack.Decoder(Tally)
_OF_LEASES: dict[bytes, msgspec.msgpack.Decoder[LeaseRow]] = {
    LEASE_PREFIX: msgspec.msgpack.Decoder(Lease),
    HELD_PREFIX: msgspec.msgpack.Decoder(Held),
    KNOWN_PREFIX: msgspec.msgpack.Decoder(Known),
}


def _since(first: int, latest: bytes) -> frozenset[bytes]:
    """The prefixes of a kind from format `first` to its `latest`, which are read alike."""
    return frozenset([bytes((latest[0], one)) for one in range(first, latest[1] + 1)])


_OTHER_PROFILES = _since(1, PROFILE_PREFIX) | _since(2, DEFLATED_PREFIX)
_LINKS_SINCE_1 = _since(1, LINK_PREFIX)
_TALLIES_SINCE_1 = _since(1, TALLY_PREFIX)
_PREFIXES: dict[type[Row], bytes] = {
    Profile: PROFILE_PREFIX,
    Link: LINK_PREFIX,
    Tally: TALLY_PREFIX,
    Lease: LEASE_PREFIX,
    Held: HELD_PREFIX,
    Known: KNOWN_PREFIX,
}


def encode_row(row: Row) -> bytes:
    """The bytes of a row, equal for equal rows."""
    return pack_row(plain_row(row))


def plain_row(row: Row) -> bytes:
    """The bytes of a row as long as it goes on changing: however large it is, not deflated."""
    prefix = _PREFIXES[type(row)]
    buffer = bytearray(prefix)
    _ENCODER.encode_into(row, buffer, len(prefix))
    return bytes(buffer)


def pack_row(plain: bytes) -> bytes:
    """What is written of the row that `plain_row` gave: `encode_row` of it."""
    if len(plain) > PLAIN_BYTES_MAX and plain.startswith(PROFILE_PREFIX):
        start = len(PROFILE_PREFIX)
        return DEFLATED_PREFIX + zlib.compress(memoryview(plain)[start:], DEFLATE_LEVEL)
    return plain


def tally_key(offer: str) -> bytes:
    """The key of the tally of a catalogue row, in each partition."""
    return TALLY_KEY + offer.encode()


def decode_row(data: bytes) -> Row:
    """The row that `encode_row` wrote, now or in an earlier release.

    Raises:
        ProfileVersionError: when kind or format is unknown, or the bytes are damaged.
    """
    prefix = data[:2]
    try:
        if prefix == PROFILE_PREFIX:
            return _PROFILES.decode(memoryview(data)[2:])
        if prefix in _OTHER_PROFILES:
            return _profile(data)
        if prefix in _LINKS_SINCE_1:
            return _LINKS.decode(memoryview(data)[2:])
        if prefix in _TALLIES_SINCE_1:
            return _TALLIES.decode(memoryview(data)[2:])
        if prefix in _OF_LEASES:
            return _OF_LEASES[prefix].decode(memoryview(data)[2:])
    except (msgspec.MsgspecError, ValueError, RecursionError, zlib.error) as error:
        what = f"row of {len(data)} bytes is damaged ({error}); rebuild the table"
        raise ProfileVersionError(problems=[f"{what} from its changelog"]) from error
    known = f"{PROFILE_PREFIX!r}, an earlier format, {DEFLATED_PREFIX!r}, {LINK_PREFIX!r}"
    others = ", ".join(map(repr, (TALLY_PREFIX, *_OF_LEASES)))
    what = f"row begins with {prefix!r}, expected {known} or one of {others}"
    remedy = "start the release that wrote it, or rebuild the table from its changelog"
    raise ProfileVersionError(problems=[f"{what}; {remedy}"])


def _profile(data: bytes) -> Profile:
    """One that is deflated, or of an earlier format."""
    content = memoryview(data)[2:]
    if data.startswith(DEFLATED_PREFIX[:1]):
        inflated = zlib.decompressobj().decompress(content, INFLATED_BYTES_MAX)
        profile = _PROFILES.decode(inflated)
    else:
        profile = _PROFILES.decode(content)
    if data.startswith(PROFILE_PREFIX_1):
        _from_1(profile)
    if data[1] < FORMAT_7:
        _before_7(profile)
    return profile


def _from_1(profile: Profile) -> None:
    """Fill in what format 1 did not keep: days and the first purchase, from what it remembers."""
    buying = profile.buying
    traces = [msgspec.structs.replace(one, names=_marks_of_1(one.names)) for one in buying.receipts]
    buying.receipts[:] = traces
    times = [*buying.purchases.values(), *(one.at_ms for one in traces if one.count)]
    if times:
        buying.first_purchase_ms = min(times)
    for day in sorted({one // DAY_MS for one in times}):
        add_day(buying, day)
    for spend in buying.spend.values():
        begin(spend.sums, spend.recent.half_life_ms, spend.recent.last_ms)


def _before_7(profile: Profile) -> None:
    """Fill in the articles that its purchases tell of; their days are those of UTC."""
    for one in (profile, *(joined.part for joined in profile.joined.values())):
        if one is not None:
            repeats = one.buying.repeats
            one.buying.articles = make_articles(
                (item, repeats.get(item, 1), at_ms // DAY_MS)
                for item, at_ms in one.buying.purchases.items()
            )


def _marks_of_1(digests: bytes) -> bytes:
    ends = range(0, len(digests), NAME_BYTES_1)
    names = [digests[at : at + NAME_BYTES_1] for at in ends]
    # Format 1 did not say which were categories and which brands: each may be either.
    return b"".join([name + bytes((lines, 0)) for name in names for lines in (1, 0)])

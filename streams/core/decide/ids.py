"""Ids and draws: hashes that come out the same anywhere.

Parts are joined by a zero byte, which no subject, slot or version holds.
Source: XXH3-128 and XXH64, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
"""

import xxhash

from streams.core.decide.record import OfferId

_SHIFT = 11  # 53 of 64 bits: as many as a float in [0, 1) holds exactly
_UNIT = 2.0**-53


def offer_id(subject: str, cause_id: str, slot: str, policy_version: str) -> OfferId:
    """32 hex digits that name what this policy makes of this cause in this slot."""
    parts = f"{subject}\0{cause_id}\0{slot}\0{policy_version}"
    return OfferId(xxhash.xxh3_128_hexdigest(parts.encode()))


def draw(subject: str, cause_id: str, slot: str, experiment_salt: str) -> float:
    """The draw of one decision, in [0, 1); another policy version draws the same."""
    parts = f"{subject}\0{cause_id}\0{slot}\0{experiment_salt}"
    return _unit(parts)


def arm(subject: str, salt: str) -> float:
    """Where a subject stands in [0, 1), the same for ever: below the share is the holdout."""
    return _unit(f"{subject}\0{salt}")


def _unit(parts: str) -> float:
    return (xxhash.xxh64_intdigest(parts.encode()) >> _SHIFT) * _UNIT

"""Sets of days in two bytes each, ascending: the last k distinct ones, whatever order they came in.

A day is a whole number of days since 1970-01-01 in the shop's own zone, at most 65,535 (2149).
"""

DAY_BYTES = 2  # big-endian, so bytes compare as days do
LAST_DAY = 2 ** (8 * DAY_BYTES) - 1


def mark_of(day: int) -> bytes:
    """The two bytes of `day`; days outside the range are taken for its ends."""
    bounded: int = max(0, min(day, LAST_DAY))
    return bounded.to_bytes(DAY_BYTES, "big")


def numbers(days: bytes) -> list[int]:
    """The days in `days`, ascending."""
    return [
        int.from_bytes(days[at : at + DAY_BYTES], "big") for at in range(0, len(days), DAY_BYTES)
    ]


def joined(days: bytes, others: bytes, days_max: int) -> bytes:
    """The last `days_max` distinct days of both."""
    latest = days[-DAY_BYTES:]
    if len(others) == DAY_BYTES:  # by far the most frequent: one more day, the latest or today's
        if latest == others:
            return days
        if latest < others:
            return (days + others)[-days_max * DAY_BYTES :]
    return b"".join(sorted(_split(days) | _split(others))[-days_max:])


def without(days: bytes, mark: bytes) -> bytes:
    """`days` without one of them."""
    return b"".join(sorted(_split(days) - {mark}))


def _split(days: bytes) -> set[bytes]:
    return {days[at : at + DAY_BYTES] for at in range(0, len(days), DAY_BYTES)}

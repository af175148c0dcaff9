"""Local time: what hour and day it is where the customer shops."""

from bisect import bisect_right

from streams.core.fold_policy import DAY_MS, HOUR_MS, Zone

WEEK_DAYS = 7
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0


def local_ms(zone: Zone, at_ms: int) -> int:
    """Milliseconds since 1970 on the clocks of `zone` at UTC time `at_ms`."""
    offsets = zone.offsets
    if len(offsets) == 1:
        return at_ms + offsets[0][1]
    at = bisect_right(offsets, (at_ms, DAY_MS))  # no offset is as large as a day
    return at_ms + offsets[max(at - 1, 0)][1]


def hour_of(at_local_ms: int) -> int:
    """Hour of the day, 0 to 23."""
    return at_local_ms % DAY_MS // HOUR_MS


def weekday_of(at_local_ms: int) -> int:
    """Day of the week, Monday 0 to Sunday 6."""
    return (at_local_ms // DAY_MS + _EPOCH_WEEKDAY) % WEEK_DAYS

"""The lifecycle: prospect, new, active, cooling, lapsed, won back; on read, from purchase days.

How long a silence may be is the customer's own measure: the rhythm of all their days of purchase,
or `LAPSING_DAYS` while there is none. Won back is whoever buys again after a silence in which they
would have been called lapsed.
"""

from itertools import pairwise

from streams.core.genome.background import DAY_MS, Reading
from streams.core.genome.rhythm import DAYS_MIN, OVERDUE, Rhythm, beyond, rhythm_of
from streams.core.genome.tastes import WordShown
from streams.core.profile.days import DAY_BYTES, numbers
from streams.core.profile.habits import DAYS_MAX, Habit
from streams.core.profile.profile import LAPSING_DAYS

NEW_DAYS = 60
ALIVE_MIN = 0.5
LAPSED_INTERVALS = 3
"""So many usual intervals of silence read "lapsed", if that is more than `LAPSING_DAYS`."""
WON_BACK_DAYS = 90


def purchase_rhythm(reading: Reading) -> Rhythm | None:
    """The rhythm of the last days of purchase of anything; None below two of them."""
    days = reading.profile.buying.days[-DAYS_MAX * DAY_BYTES :]
    if not days:
        return None
    return rhythm_of(Habit(days, len(days) // DAY_BYTES, 0, 0), None, reading.today)


def lifecycle(reading: Reading, alive: float | None) -> WordShown:
    """The word and why; `alive` is P(alive), None if unknown."""
    buying = reading.profile.buying
    days = numbers(buying.days)
    last_ms = buying.last_purchase_ms or None
    if not days:
        why = f"{reading.profile.applied} events and no purchase"
        return WordShown(word="prospect", why=why, count=0, last_ms=None)
    silent = max(reading.today - days[-1], 0)
    rhythm = purchase_rhythm(reading)
    word, why = _word(reading, days, silent, rhythm, alive)
    return WordShown(word=word, why=why, count=buying.days_count, last_ms=last_ms)


def _word(
    reading: Reading, days: list[int], silent: int, rhythm: Rhythm | None, alive: float | None
) -> tuple[str, str]:
    quiet = f"quiet for {silent} d"
    if alive is not None:
        quiet += f", {alive:.0%} likely still a customer"
    if rhythm is not None and rhythm.known:
        quiet += f", buys every {rhythm.mean_days:.1f} d"
    if _is_lapsed(days, silent, rhythm, alive):
        return "lapsed", quiet
    age = reading.now_ms - reading.profile.buying.first_purchase_ms
    if len(days) < DAYS_MIN and age < NEW_DAYS * DAY_MS:
        return "new", f"first purchase {age // DAY_MS} d ago, {len(days)} days of purchase"
    gap = _longest_gap_before_return(days, reading.today)
    if gap is not None:
        return "won back", f"back after {gap} d, {quiet}"
    if rhythm is not None and rhythm.known and beyond(rhythm, silent) < OVERDUE:
        return "cooling", quiet
    if (rhythm is None or not rhythm.known) and silent > LAPSING_DAYS / 2:
        return "cooling", quiet
    return "active", quiet


def _is_lapsed(days: list[int], silent: int, rhythm: Rhythm | None, alive: float | None) -> bool:
    if alive is not None and alive < ALIVE_MIN:
        return True
    if rhythm is None or not rhythm.known:
        return silent >= LAPSING_DAYS
    # Not by `rhythm`, whose mean grows with the silence: three days of purchase never lapsed.
    return silent >= _long([after - before for before, after in pairwise(days)])


def _longest_gap_before_return(days: list[int], today: int) -> int | None:
    """Days of the silence that a recent purchase ended, if it read "lapsed"; the latest one."""
    gaps = [after - before for before, after in pairwise(days)]
    for at in range(len(gaps) - 1, -1, -1):
        if today - days[at + 1] > WON_BACK_DAYS:
            return None
        if gaps[at] >= _long(gaps[:at] + gaps[at + 1 :]):
            return gaps[at]
    return None


def _long(gaps: list[int]) -> int:
    """Days of silence that read "lapsed" for one whose other intervals are `gaps`."""
    usual = sorted(gaps)[len(gaps) // 2] if gaps else 0
    return max(LAPSING_DAYS, LAPSED_INTERVALS * usual)

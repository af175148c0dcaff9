"""Habits: on which days a customer bought from a category, and how often at a reduced price.

A habit keeps the last `DAYS_MAX` distinct days of purchase and four totals; rhythm, due score and
price sensitivity are derived from them on read, so the order of arrival changes nothing. At most
`HABITS_MAX` categories are kept. Beyond that the least telling are dropped, those of the oldest
last day, where each further day of purchase counts as `DAY_BONUS_DAYS` days of freshness. The error
beyond the bound: a dropped category that is bought again starts anew, so what a habit says is a
lower limit of what was bought, and true of the time since its first kept day.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from copy import copy
from math import sqrt

from msgspec import Struct

from streams.core.profile.days import DAY_BYTES, joined, mark_of, numbers, without

# A full habit takes 50 bytes of a row, all of them 2.2 kB. 96 would rank next baskets better by 0.2
# points of recall and take twice as much; 32 worse by 0.8. Days beyond 12 rank nothing better.
HABITS_MAX = 48
KEEP_MAX = 44  # trimming to fewer than the bound makes one sort pay for several receipts
DAYS_MAX = 12
DAY_BONUS_DAYS = 30
POINTS = 100  # of a receipt of one line


class Habit(Struct, array_like=True, gc=False):
    """Purchases of one category."""

    days: bytes
    """The last `DAYS_MAX` distinct days of purchase, see `days`."""
    receipts: int
    """Receipts that held it, all of them, however many days are kept."""
    lines: int
    """Lines of receipts."""
    promoted: int
    """Lines bought at a reduced price."""
    points: int = 0
    """`POINTS` of each receipt divided by the root of its lines: what stands on a short receipt was
    the reason to come, what stands on a long one came along."""


def day_numbers(habit: Habit) -> list[int]:
    """The kept days of purchase as days since 1970-01-01, ascending."""
    return numbers(habit.days)


def last_day(habit: Habit) -> int:
    """The latest day of purchase, in days since 1970-01-01."""
    return int.from_bytes(habit.days[-DAY_BYTES:], "big")


def first_day(habit: Habit) -> int:
    """The earliest of the kept days of purchase, in days since 1970-01-01."""
    return int.from_bytes(habit.days[:DAY_BYTES], "big")


def add_habits(
    habits: dict[str, Habit], bought: Mapping[str, tuple[int, int]], day: int, *, lines: int
) -> None:
    """Add one receipt of `day` and of so many `lines`: category -> (lines, of them promoted)."""
    points = _points(lines)
    mark = mark_of(day)
    for category, (count, promoted) in bought.items():
        habit = habits.get(category)
        if habit is None:
            habits[category] = Habit(mark, 1, count, promoted, points)
            continue
        habit.receipts += 1
        habit.lines += count
        habit.promoted += promoted
        habit.points += points
        habit.days = joined(habit.days, mark, DAYS_MAX)
    if len(habits) > HABITS_MAX:
        _trim(habits)


def take_back_habits(
    habits: dict[str, Habit],
    bought: Mapping[str, tuple[int, int]],
    day: int,
    *,
    lines: int,
    other_that_day: AbstractSet[str],
) -> None:
    """Undo `add_habits` of one receipt; a habit without receipts is gone.

    `other_that_day` are the categories that another receipt of `day` holds: their day stays. What
    cannot be undone: days older than the kept ones, a day whose other receipts nobody remembers,
    and habits dropped since.
    """
    mark, points = mark_of(day), _points(lines)
    for category, (count, promoted) in bought.items():
        habit = habits.get(category)
        if habit is None:
            continue
        habit.receipts -= 1
        habit.points = max(habit.points - points, 0)
        habit.lines = max(habit.lines - count, 0)
        habit.promoted = max(habit.promoted - promoted, 0)
        if category not in other_that_day:
            habit.days = without(habit.days, mark)
        if habit.receipts <= 0 or not habit.days:
            del habits[category]


def merge_habits(into: dict[str, Habit], other: Mapping[str, Habit]) -> None:
    """Add all of `other`, another part of the same customer's receipts, to `into`."""
    for category, habit in other.items():
        held = into.get(category)
        if held is None:
            into[category] = copy(habit)
            continue
        held.receipts += habit.receipts
        held.lines += habit.lines
        held.promoted += habit.promoted
        held.points += habit.points
        held.days = joined(held.days, habit.days, DAYS_MAX)
    if len(into) > HABITS_MAX:
        _trim(into)


def _points(lines: int) -> int:
    return round(POINTS / sqrt(max(lines, 1)))


def _trim(habits: dict[str, Habit]) -> None:
    ranked = sorted([(_telling(habit), category) for category, habit in habits.items()])
    for _, category in ranked[: len(ranked) - KEEP_MAX]:
        del habits[category]


def _telling(habit: Habit) -> int:
    return last_day(habit) + DAY_BONUS_DAYS * len(habit.days) // DAY_BYTES

"""When the customer's own rhythm makes a category due: on which day, and which ones on that day.

Only categories that rows listen for are looked at, so that nobody pays for the others, and only
those bought on `DAYS_MIN` days or more: below that a rhythm is the population's, not theirs.
"""

from collections.abc import Iterable, Mapping
from heapq import nlargest
from math import ceil

from streams.core.decide.view import DUE_MAX, ItemFact
from streams.core.fold_policy import DAY_MS
from streams.core.genome.rhythm import DAYS_MIN, median_days, rhythm_of
from streams.core.local import local_ms
from streams.core.offers import Policy, TriggerIndex
from streams.core.profile.days import DAY_BYTES
from streams.core.profile.habits import Habit, first_day, last_day
from streams.core.profile.profile import Profile
from streams.core.profile.stated import is_muted

RHYTHM_DUE = "rhythm_due"
NEVER_MS = 2**62
HABITS_ASKED_MAX = 8
"""Habits of most receipts that are asked where a row is about nothing in particular."""
_KNOWN_BYTES = DAYS_MIN * DAY_BYTES


def rhythm_due_ms(profile: Profile, policy: Policy, before_ms: int = NEVER_MS) -> int:
    """When the next category is due for which the timer has not fired; never from `before_ms` on.

    A category that turns out to have been due before the last time it fired is passed over.
    """
    index = policy.triggers.get(RHYTHM_DUE)
    habits = profile.buying.habits
    if index is None or not habits:
        return NEVER_MS
    fired_ms, due_ms = profile.timers.fired.get(RHYTHM_DUE, -1), before_ms
    for name in _asked(index, habits):
        habit = habits[name]
        # It is due a day after the last purchase at the earliest, give or take the zone.
        if len(habit.days) >= _KNOWN_BYTES and last_day(habit) * DAY_MS < due_ms:
            at_ms = _due_ms(name, habit, policy)
            if fired_ms < at_ms < due_ms and _may_be_read(profile, name, policy):
                due_ms = at_ms
    return due_ms if due_ms < before_ms else NEVER_MS


def due_categories(profile: Profile, policy: Policy, at_ms: int) -> tuple[str, ...]:
    """The categories that are due at `at_ms`, as the timer said; at most `DUE_MAX`, by name."""
    index, habits = policy.triggers[RHYTHM_DUE], profile.buying.habits
    found = [
        name
        for name in _asked(index, habits)
        if len(habits[name].days) >= _KNOWN_BYTES
        and _due_ms(name, habits[name], policy) == at_ms
        and _may_be_read(profile, name, policy)
    ]
    return tuple(sorted(found)[:DUE_MAX])


def due_items(profile: Profile, policy: Policy, at_ms: int) -> tuple[ItemFact, ...]:
    """What the customer bought last of each category that is due, if the catalogue knows it."""
    due = due_categories(profile, policy, at_ms)
    found: dict[str, ItemFact] = {}
    purchases = profile.buying.purchases
    for item in sorted(purchases, key=lambda one: (-purchases[one], one)):
        known = policy.fold.products.at(item, at_ms)
        if known is not None and known.category in due and known.category not in found:
            found[known.category] = ItemFact(
                item,
                known.category,
                known.department,
                known.brand,
                None,
                known.price_minor,
                known.currency,
            )
    return tuple([found[name] for name in due if name in found])


def _asked(index: TriggerIndex, habits: Mapping[str, Habit]) -> Iterable[str]:
    if index.always:
        return nlargest(HABITS_ASKED_MAX, habits, key=lambda name: (habits[name].receipts, name))
    return [name for name in index.by_category if name in habits]


def _due_ms(name: str, habit: Habit, policy: Policy) -> int:
    """The local time of day of the policy on the day on which the category is due.

    The rhythm is that of the day on which the customer would be back by the mean of the intervals:
    it then counts no silence that is yet to come, and does not change while nothing is bought.
    """
    timers, zone, day = policy.timers, policy.fold.zone, last_day(habit)
    known = len(habit.days) // DAY_BYTES
    usual_days = round((day - first_day(habit)) / (known - 1))
    rhythm = rhythm_of(habit, policy.model.categories.get(name), day + usual_days)
    assert rhythm is not None, "three days of purchase always make one"
    after_days = ceil(median_days(rhythm) - timers.rhythm_before_ms / DAY_MS)
    local = (day + max(after_days, 1)) * DAY_MS + timers.rhythm_at_ms
    return local - (local_ms(zone, local) - local)


def _may_be_read(profile: Profile, name: str, policy: Policy) -> bool:
    """Whether a decision may judge the customer by this category."""
    special = policy.fold.lexicon.special_categories
    return name not in special and not is_muted(profile.stated, "category", name)

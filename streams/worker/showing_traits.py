"""Traits of a profile with their evidence: shares with intervals, habits with rhythm, means, times.

What the customer said wins: a muted trait is not shown, a corrected one shows their word.
"""

from math import sqrt

from streams.core.decay import DecayedMap, DecayedMeans, decayed, strongest
from streams.core.evidence import source_words
from streams.core.genome.evidence import beta_interval
from streams.core.genome.rhythm import due_word, rhythm_of
from streams.core.profile.buying import HOURS, Buying
from streams.core.profile.habits import Habit, last_day
from streams.core.profile.profile import DAY_MS, EVIDENCE_MIN
from streams.core.profile.stated import MUTED, Stated, effective_share
from streams.worker.genome import BasketShown, HabitShown, Interest, MeanShown

INTERESTS_SHOWN_MAX = 12
HABITS_SHOWN_MAX = 12
HOURS_SHOWN = 3
DAYS_SHOWN = 2
NORMAL_90 = 1.645
"""Standard errors to either side of a mean that hold it nine times in ten."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def interests(
    sums: DecayedMap, now_ms: int, stated: Stated | None = None, group: str = ""
) -> list[Interest]:
    """The strongest names of `sums`; `group` is what the customer calls them in corrections."""
    total = decayed(sums, sums.total, now_ms)
    shown = []
    for name in strongest(sums, INTERESTS_SHOWN_MAX):
        trait = sums.traits[name]
        weight = decayed(sums, trait.weight, now_ms)
        known = trait.count >= EVIDENCE_MIN and total > 0
        share = weight / total if known else None
        origin = "inferred"
        if stated is not None:
            share, origin = effective_share(share, stated, group, name)
            if origin == MUTED:
                continue
        low, high = beta_interval(weight, max(total - weight, 0.0))
        shown.append(
            Interest(
                name=name,
                weight=weight,
                share=share,
                count=trait.count,
                last_ms=trait.last_ms,
                low=low,
                high=high,
                sources=list(source_words(trait.sources)),
                origin=origin,
            )
        )
    return shown


def means(sums: DecayedMeans, now_ms: int) -> list[MeanShown]:
    """Each mean with the 90 % interval of the normal approximation; None below the evidence."""
    shown = []
    for name, held in sorted(sums.means.items()):
        weight = decayed(sums, held.weight, now_ms)
        if held.weight <= 0:
            continue
        mean = held.total / held.weight
        variance = max(held.square / held.weight - mean * mean, 0.0)
        spread = NORMAL_90 * sqrt(variance / max(weight, 1.0))
        shown.append(
            MeanShown(
                name=name,
                mean=mean if held.count >= EVIDENCE_MIN else None,
                low=mean - spread,
                high=mean + spread,
                count=held.count,
                last_ms=held.last_ms,
            )
        )
    return shown


def habits(known: dict[str, Habit], stated: Stated, now_ms: int) -> list[HabitShown]:
    """Categories by how many receipts held them, each with its rhythm and whether it is due."""
    ranked = sorted(known, key=lambda name: (-known[name].receipts, name))
    shown = []
    for name in ranked:
        if effective_share(None, stated, "category", name)[1] == MUTED:
            continue
        habit = known[name]
        rhythm = rhythm_of(habit, None, now_ms // DAY_MS)
        shown.append(
            HabitShown(
                category=name,
                receipts=habit.receipts,
                lines=habit.lines,
                promoted=habit.promoted,
                interval_days=rhythm.mean_days if rhythm is not None else None,
                last_day_ms=last_day(habit) * DAY_MS,
                due=due_word(rhythm),
            )
        )
    return shown[:HABITS_SHOWN_MAX]


def basket(buying: Buying) -> BasketShown:
    """How much, when and at what price the customer buys."""
    days = buying.times.sums[HOURS:]
    hours = buying.times.sums[:HOURS]
    return BasketShown(
        purchase_days=buying.days_count,
        first_purchase_ms=buying.first_purchase_ms or None,
        lines=buying.lines,
        promoted=buying.promoted,
        coupons=buying.coupons,
        items_known=len(buying.purchases),
        items_repeated=len(buying.repeats),
        hours=_most(hours, HOURS_SHOWN),
        weekdays=[WEEKDAYS[at] for at in _most(days, DAYS_SHOWN)],
    )


def _most(weights: list[int | float], count: int) -> list[int]:
    ranked = sorted(range(len(weights)), key=lambda at: -weights[at])
    return [at for at in ranked[:count] if weights[at] > 0]

"""Habits as the genome shows them, and what may be bought next."""

from collections.abc import Mapping

from streams.core.evidence import source_words
from streams.core.genome.background import Reading
from streams.core.genome.next_categories import NEXT_MAX, NextCategory, rank_next
from streams.core.genome.rhythm import Rhythm, alive, due_word, rhythm_of
from streams.core.genome.sensitivity import price_sensitivity_by_category
from streams.core.genome.tastes import HabitShown, NextShown, TraitShown
from streams.core.genome.traits import estimated, unknown
from streams.core.profile.habits import Habit, last_day
from streams.core.profile.stated import suppresses

HABITS_SHOWN_MAX = 12


def open_habits(reading: Reading) -> dict[str, Habit]:
    """The habits that may be read: muted ones are not, nor special ones without consent."""
    return {
        name: habit
        for name, habit in reading.profile.buying.habits.items()
        if not reading.hides("category", name)
    }


def habits(reading: Reading, known: Mapping[str, Habit], sources: int) -> list[HabitShown]:
    """Categories by how many receipts held them, each with its rhythm and whether it is due."""
    total = sum(habit.receipts for habit in known.values())
    sensitive = price_sensitivity_by_category(known, reading.model, sources)
    ranked = sorted(known, key=lambda name: (-known[name].receipts, name))
    shown: list[HabitShown] = []
    for name in ranked[:HABITS_SHOWN_MAX]:
        habit = known[name]
        rhythm = rhythm_of(habit, reading.model.categories.get(name), reading.today)
        last_ms = reading.utc_of_day(last_day(habit))
        found = sensitive.get(name)
        every = interval(reading, name, rhythm, last_ms, sources)
        told = rhythm if every.value is not None else None
        shown.append(
            HabitShown(
                category=name,
                share=habit.receipts / total,
                receipts=habit.receipts,
                lines=habit.lines,
                promoted=habit.promoted,
                interval_days=every,
                still_buys=alive(told) if told is not None and told.fitted else None,
                due=due_word(told),
                last_day_ms=last_ms,
                price_sensitivity=None
                if found is None
                else estimated(reading, name, found, "ratio"),
            )
        )
    return shown


def interval(
    reading: Reading, name: str, rhythm: Rhythm | None, last_ms: int | None, sources: int
) -> TraitShown:
    """Mean days between two purchase days; unknown while the rhythm is not the customer's own."""
    if rhythm is None:
        return unknown(name, "days", "fewer than two days of purchase")
    known = rhythm.known and rhythm.count >= reading.evidence_min
    return TraitShown(
        name=name,
        measure="days",
        value=rhythm.mean_days if known else None,
        low=rhythm.low_days,
        high=rhythm.high_days,
        count=rhythm.count,
        weight=float(rhythm.count),
        last_ms=last_ms,
        sources=[*source_words(sources)],
        origin="inferred" if known else "unknown",
    )


def next_categories(reading: Reading, known: Mapping[str, Habit]) -> list[NextShown]:
    """What may be bought next, likeliest first.

    What the customer muted or never wants, and special categories without their consent, are left
    out, whatever the population would say.
    """
    profile = reading.profile
    ranked = rank_next(
        known,
        profile.categories,
        reading.model,
        reading.background.pairs,
        now_ms=reading.local_now_ms,
        next_max=len(known) + len(reading.model.categories) + len(profile.categories.traits),
    )
    return [_shown(one) for one in ranked if _may_be_told(reading, one.category)][:NEXT_MAX]


def _may_be_told(reading: Reading, category: str) -> bool:
    if suppresses(reading.profile.stated, "category", category):
        return False
    return not reading.hides("category", category)


def _shown(one: NextCategory) -> NextShown:
    return NextShown(
        category=one.category,
        share=one.score,
        why=one.why,
        goes_with=one.goes_with,
        receipts=one.receipts,
    )

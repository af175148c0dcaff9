"""Rhythm due: the timer of the customer's own rhythm, by hand and through its decision."""

from dataclasses import replace
from math import ceil

import pytest
from scipy import stats

from streams.core import events
from streams.core.care_policy import TimerPolicy
from streams.core.decide.record import DecisionRecord, Product
from streams.core.decide.view import DUE_MAX
from streams.core.fold_policy import DAY_MS, Zone
from streams.core.genome.rhythm import Rhythm, median_days
from streams.core.model import CategoryModel, Model
from streams.core.offers import Match, Offer, Policy
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.profile import Profile, new_profile
from streams.core.rhythm_due import HABITS_ASKED_MAX, NEVER_MS, RHYTHM_DUE, rhythm_due_ms
from streams.core.timers import LAPSING, Timer, sooner_ms
from streams.core.words.lexicon import Lexicon
from tests.core.timed import due, fired
from tests.strategies_profiles import (
    FOLD,
    HOUR_MS,
    NOON,
    event,
    line,
    offer,
    on,
    policy,
    run,
    sale,
)

ROW = offer("again", triggers=on(RHYTHM_DUE, age_max_ms=3 * DAY_MS))
RULES = policy(ROW)
MIDNIGHT = NOON - 12 * HOUR_MS


def buying(
    *days: int, category: str = "coffee", rules: Policy = RULES, profile: Profile | None = None
) -> Profile:
    """Somebody who bought `category` at noon of these days."""
    profile = profile or new_profile("customer:1")
    for day in days:
        number = sum(category.encode()) * 1_000 + day
        bought = sale(number, line(f"one-{category}", category))
        run(profile, [event("", bought, NOON + day * DAY_MS)], rules)
    return profile


def day_of(profile: Profile, rules: Policy = RULES) -> float:
    """On which day it is due."""
    return (rhythm_due_ms(profile, rules) - MIDNIGHT) / DAY_MS


def decided(profile: Profile, rules: Policy = RULES) -> DecisionRecord:
    """The decision of the timer, at its time."""
    now_ms = rhythm_due_ms(profile, rules)
    (decision,) = [one.decision for _, one in fired(profile, rules, now_ms) if one.decision]
    return decision


def test_it_is_due_before_half_of_the_intervals_are_over() -> None:
    """Every ten days, and who knows how regular that is: a median of seven, so on the sixth."""
    profile = buying(0, 10, 20)
    rhythm = Rhythm(10.0, 0, 0, (10 * 10.0**2 / 12) ** 0.5, 0.1, 0, 3)
    median = stats.gamma.median(
        (rhythm.mean_days / rhythm.deviation_days) ** 2,
        scale=rhythm.deviation_days**2 / rhythm.mean_days,
    )

    assert median_days(rhythm) == pytest.approx(median, rel=0.02)
    assert day_of(profile) == 20 + ceil(median - 2) + 10 / 24 == 26 + 10 / 24
    assert due(profile, RULES) == [Timer(rhythm_due_ms(profile, RULES), RHYTHM_DUE)]


@pytest.mark.parametrize("variation", [0.1, 0.5, 1.0, 1.3])
def test_the_median_is_that_of_the_gamma(variation: float) -> None:
    """To a hundredth of the chance, for rhythms from clockwork to chance."""
    rhythm = Rhythm(10.0, 0, 0, 10.0 * variation, 0.1, 0, 5)
    shape = variation**-2

    assert stats.gamma.cdf(median_days(rhythm), shape, scale=10 / shape) == pytest.approx(
        0.5, abs=0.01
    )


def test_it_is_never_due_on_the_day_of_the_purchase() -> None:
    """Who buys every day is asked the next one; a rhythm wilder than any has a median of 0."""
    assert day_of(buying(0, 1, 2)) == 3 + 10 / 24
    assert median_days(Rhythm(10.0, 0, 0, 90.0, 0.1, 0, 5)) == 0.0


def test_the_population_stretches_a_rhythm_that_little_is_known_of() -> None:
    """By the adopted model."""
    slow = Model(categories={"coffee": replace_interval(60.0)})

    assert day_of(buying(0, 10, 20), replace(RULES, model=slow)) > day_of(buying(0, 10, 20)) + 5


def replace_interval(days: float) -> CategoryModel:
    """A category bought every so many days."""
    return CategoryModel(0.1, 0.5, 0.4, days, 0.5, 0.1)


def test_when_is_the_policys() -> None:
    """A day later, and at six in the evening."""
    later = replace(RULES, timers=TimerPolicy(rhythm_before_ms=DAY_MS, rhythm_at_ms=18 * HOUR_MS))
    profile = buying(0, 10, 20)

    assert day_of(profile, later) == day_of(profile) + 1 + 8 / 24


def test_the_time_of_day_is_local() -> None:
    """Ten o'clock in a zone two hours ahead is eight UTC."""
    ahead = Zone(name="Ahead", offsets=((0, 2 * HOUR_MS),))
    rules = replace(RULES, fold=replace(FOLD, zone=ahead))

    assert day_of(buying(0, 10, 20, rules=rules), rules) % 1 == pytest.approx(8 / 24)


@pytest.mark.parametrize(
    ("profile", "rules"),
    [
        (buying(0, 10), RULES),
        (buying(0, 10, 20, category="tea"), RULES),
        (new_profile("customer:1"), RULES),
        (buying(0, 10, 20), policy(offer())),
        (
            buying(0, 10, 20),
            replace(
                RULES, fold=replace(FOLD, lexicon=Lexicon(special_categories={"coffee": "health"}))
            ),
        ),
    ],
)
def test_who_has_none(profile: Profile, rules: Policy) -> None:
    """Two days are no rhythm; nobody asks for tea, or at all; special categories never count."""
    assert rhythm_due_ms(profile, rules) == NEVER_MS


def test_a_muted_category_is_not_due() -> None:
    """The customer does not want to be judged by it."""
    profile = buying(0, 10, 20)
    mute = events.TraitMuted(trait="category/coffee", muted=True)
    run(profile, [event("mute", mute, NOON + 20 * DAY_MS)], RULES)

    assert rhythm_due_ms(profile, RULES) == NEVER_MS


def test_the_timer_fires_once_and_a_purchase_begins_anew() -> None:
    """Whoever did not come is not asked every day."""
    profile = buying(0, 10, 20)

    first = [timer.kind for timer, _ in fired(profile, RULES, NOON + 80 * DAY_MS)]
    assert first.count(RHYTHM_DUE) == 1
    assert rhythm_due_ms(profile, RULES) == NEVER_MS
    assert day_of(buying(30, profile=profile)) > 30


def test_a_purchase_before_it_is_due_moves_it() -> None:
    """Nobody takes a timer away."""
    profile = buying(0, 10, 20)
    was = day_of(profile)

    assert day_of(buying(25, profile=profile)) > was


def test_the_decision_names_what_is_due_and_what_was_bought() -> None:
    """The category in the view and in the reason; the article where the catalogue knows it."""
    rows = {"one-coffee": pack(Listed("coffee", "drinks", "Acme", "EUR", 450))}
    products = Products([Version(version="v1", valid_from_ms=0, rows=rows)])
    stocked = replace(RULES, fold=replace(FOLD, products=products))

    plain = decided(buying(0, 10, 20))
    known = decided(buying(0, 10, 20, rules=stocked), stocked)

    assert plain.cause_id == f"timer:{RHYTHM_DUE}:{plain.event_time_ms}"
    assert (plain.view.due, plain.view.items) == (("coffee",), ())
    assert known.chosen is not None
    assert known.chosen.product == Product("one-coffee", None, "coffee", "Acme")
    assert known.chosen.price is not None
    assert known.chosen.price.regular_minor == 450
    assert known.chosen.reason.startswith("it is about time for coffee again")


def test_a_row_about_anything_is_asked_for_the_strongest_habits() -> None:
    """Eight of them: what was bought more often is asked first."""
    rules = policy(anything())
    profile = new_profile("customer:1")
    for number in range(HABITS_ASKED_MAX + 1):
        often = range(0, 40, 20 if number == 0 else 10)
        buying(*often, category=f"c{number}", rules=rules, profile=profile)

    decision = decided(profile, rules)

    assert decision.chosen is not None
    assert set(decision.view.due) == {f"c{number}" for number in range(1, HABITS_ASKED_MAX + 1)}
    assert decision.chosen.product is None


def test_no_more_than_eight_categories_are_due_at_once() -> None:
    """The first by name."""
    names = [f"c{number}" for number in range(DUE_MAX + 1)]
    rules = policy(replace(ROW, categories=frozenset(names)))
    profile = new_profile("customer:1")
    for name in names:
        buying(0, 10, 20, category=name, rules=rules, profile=profile)

    assert decided(profile, rules).view.due == tuple(names[:DUE_MAX])


def anything() -> Offer:
    """A row about nothing in particular."""
    return offer(
        "any", triggers=on(RHYTHM_DUE, match=Match.ANY, age_max_ms=DAY_MS), categories=frozenset()
    )


def test_the_timer_row_is_moved_only_when_it_is_due_sooner() -> None:
    """Most decisions leave it where it is."""
    profile = buying(0, 10, 20)
    now_ms = NOON + 20 * DAY_MS
    due_ms = rhythm_due_ms(profile, RULES)

    assert sooner_ms(profile, RULES, now_ms) == due_ms
    profile.timers.row_ms = due_ms
    assert sooner_ms(profile, RULES, now_ms) == 0
    profile.timers.row_ms = due_ms + 1
    assert sooner_ms(profile, RULES, now_ms) == due_ms
    profile.timers.row_ms = NOON + 20 * DAY_MS - 12 * HOUR_MS + 1
    assert sooner_ms(profile, RULES, NOON + 20 * DAY_MS - 12 * HOUR_MS) == 0


def test_other_timers_go_on_beside_it() -> None:
    """Lapsing still comes."""
    both = policy(ROW, offer("back", triggers=on(LAPSING, match=Match.ANY), categories=frozenset()))

    assert [one.kind for one in due(buying(0, 10, 20, rules=both), both)] == [RHYTHM_DUE, LAPSING]

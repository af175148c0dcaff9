"""Rhythm: intervals, and whether it is time again."""

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from streams.core.genome.evidence import LARGE, gamma_above
from streams.core.genome.rhythm import (
    Rhythm,
    alive,
    beyond,
    due,
    due_lift,
    due_word,
    rhythm_of,
)
from streams.core.model import CategoryModel
from streams.core.profile.habits import Habit, add_habits

WEEKLY = CategoryModel(0.1, 0.5, 0.4, 7.0, 0.5, 0.1)
UNKNOWN = CategoryModel(0.1, 0.5, 0.4, 0.0, 0.0, 0.1)
days = st.lists(st.integers(0, 65_535), min_size=1, max_size=20)


def habit(*bought: int) -> Habit:
    """A habit bought on these days."""
    habits: dict[str, Habit] = {}
    for day in bought:
        add_habits(habits, {"milk": (1, 0)}, day, lines=1)
    return habits["milk"]


def rhythm(**changes: float) -> Rhythm:
    """Purchases at random every ten days, the last just now, nobody leaves."""
    plain = {"mean_days": 10.0, "low_days": 8.0, "high_days": 12.0, "deviation_days": 10.0}
    counts = {"dropout": 0.0, "since_days": 0, "count": 5}
    return Rhythm(**{**plain, **counts, **changes})  # type: ignore[arg-type]  # ints among floats


@pytest.mark.parametrize("shape", [0.1, 1.0, 4.0, 30.0, 900.0, LARGE + 1])
@pytest.mark.parametrize("at", [0.0, 0.01, 0.5, 0.99, 1.0, 1.01, 2.0, 20.0])
def test_the_upper_gamma_is_scipys(shape: float, at: float) -> None:
    """By series, by continued fraction, and by approximation where shapes are large."""
    expected = stats.gamma.sf(at * shape, shape)

    assert gamma_above(at * shape, shape) == pytest.approx(expected, abs=2e-5, rel=1e-6)


def test_random_purchases_are_exponential() -> None:
    """With variation 1 the gamma forgets: the chance of ten more days is 1/e at any time."""
    assert beyond(rhythm(), 10.0) == pytest.approx(exp(-1))
    assert due(rhythm(since_days=7), 10.0) == pytest.approx(1 - exp(-1))
    assert due_lift(rhythm(since_days=7), 10.0) == pytest.approx(1.0)


def test_due_counts_those_who_left() -> None:
    """(1-d)(S(s)-S(s+h)) / ((1-d)S(s)+d) with S(10) = 1/e, d = 1/10."""
    one = rhythm(dropout=0.1, since_days=10)
    left = 0.9 * exp(-1) + 0.1

    assert due(one, 10.0) == pytest.approx(0.9 * (exp(-1) - exp(-2)) / left)
    assert alive(one) == pytest.approx(0.9 * exp(-1) / left)


def test_the_mean_is_shrunk_to_the_populations() -> None:
    """Two days ten apart, watched for 14 days: (14 + 3 * 7) / (2 + 3)."""
    one = rhythm_of(habit(100, 110), WEEKLY, 114)

    assert one is not None
    assert one.mean_days == pytest.approx(7.0)
    assert (one.since_days, one.count) == (4, 2)
    assert one.deviation_days == pytest.approx((10 * 3.5**2 / 11) ** 0.5)
    assert one.low_days < one.mean_days < one.high_days
    assert not one.known


def test_without_a_model_one_s_own_days_speak() -> None:
    """Three days, watched for 30 days, as if at random."""
    one = rhythm_of(habit(100, 110, 120), None, 130)

    assert one is not None
    assert one.mean_days == pytest.approx(10.0)
    assert (one.dropout, one.known) == (0.1, True)


@pytest.mark.parametrize("category", [None, UNKNOWN])
def test_one_day_without_a_population_has_no_rhythm(category: CategoryModel | None) -> None:
    """Nobody knows an interval."""
    assert rhythm_of(habit(100), category, 130) is None


@pytest.mark.parametrize(
    ("since_days", "word"), [(0, "not due"), (5, "due soon"), (14, "overdue"), (90, "dropped")]
)
def test_due_in_words(since_days: int, word: str) -> None:
    """Every ten days, give or take three; one in a hundred leaves, as the population does."""
    one = rhythm(deviation_days=3.0, dropout=0.01, since_days=since_days, fitted=True)

    assert due_word(one) == word


def test_nobody_has_dropped_what_no_population_tells_of() -> None:
    """Without one, how many leave is a guess: it is overdue for ever."""
    alone = rhythm(deviation_days=3.0, dropout=0.01, since_days=90)

    assert due_word(alone) == "overdue"


def test_only_what_is_overdue_can_be_dropped() -> None:
    """Where most leave at once it is not dropped before its time has come."""
    early = rhythm(deviation_days=3.0, dropout=0.9, since_days=5, fitted=True)

    assert alive(early) < 0.5
    assert due_word(early) == "due soon"


def test_a_rhythm_is_fitted_when_the_category_is_known() -> None:
    """By the population's model of it."""
    alone, fitted = (rhythm_of(habit(100, 110), one, 114) for one in (None, WEEKLY))

    assert alone is not None
    assert fitted is not None
    assert (alone.fitted, fitted.fitted) == (False, True)


def test_too_little_evidence_has_no_word() -> None:
    """Below three purchase days it reads unknown."""
    assert due_word(rhythm(count=2)) is None
    assert due_word(None) is None


def test_an_endless_silence_is_no_division_by_nought() -> None:
    """Where nobody leaves and no interval is that long."""
    one = rhythm(deviation_days=0.3, since_days=60_000)

    assert (due(one, 1.0), alive(one)) == (1.0, 1.0)


def test_no_horizon_is_no_lift() -> None:
    """Nothing is bought in no time."""
    assert due_lift(rhythm(), 0.0) == 1.0


@given(days, st.integers(-10, 80_000), st.floats(0.0, 400.0))
def test_any_habit_has_finite_chances(bought: list[int], today: int, horizon: float) -> None:
    """In [0, 1], whatever the days."""
    one = rhythm_of(habit(*bought), WEEKLY, today)

    assert one is not None
    assert 0.0 <= due(one, horizon) <= 1.0
    assert 0.0 <= alive(one) <= 1.0
    assert one.since_days >= 0

"""Spend, lifetime value, one-time buyers and rankings."""

from math import isfinite, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.model import NO_MODEL, Model, PurchaseModel, SpendModel
from streams.core.worth import spend
from streams.core.worth.lifetime import HORIZON_WEEKS_MAX, lifetime_value
from streams.core.worth.one_time import never_again
from streams.core.worth.purchases import History, expected_purchases
from streams.core.worth.ranking import frequency, growth, percentile, rfm
from tests.fit.cdnow import cdnow

PURCHASES = PurchaseModel(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPEND = SpendModel(p=6.25, q=3.74, gamma=15.45)
MODEL = Model(version="v", currency="USD", purchase=PURCHASES, spend=SPEND, margin_share=0.3)
DAY_MS = 86_400_000

parameters = st.floats(1e-3, 1e3)
amounts = st.floats(-1e18, 1e18)


def test_spend_of_cdnow_has_the_likelihood_of_the_note() -> None:
    """946 customers with a repeat purchase; -4055.9 at the published parameters."""
    seen, means = cdnow()
    back = [(int(x), mean) for x, mean in zip(seen.repeats, means, strict=True) if x > 0]

    total = sum(spend.log_likelihood(SPEND, count, mean) for count, mean in back)

    assert len(back) == 946
    assert total == pytest.approx(-4055.93, abs=0.01)


def test_expected_spend_lies_between_own_and_population_mean() -> None:
    """The first CDNOW customer: two purchases of 22.35 and the population's 35.24 give 24.66."""
    expected = spend.expected_spend(SPEND, 2, 22.35)

    assert spend.expected_spend(SPEND, 0, 0.0) == pytest.approx(35.24, abs=0.01)
    assert expected == pytest.approx(24.66, abs=0.01)


def test_spend_without_a_mean_is_unknown() -> None:
    """The population mean exists for q > 1 alone; own purchases may make up for it."""
    heavy = SpendModel(p=0.1, q=0.8, gamma=15.0)

    assert spend.expected_spend(heavy, 0, 0.0) is None
    assert spend.expected_spend(heavy, 1, 30.0) is None
    assert spend.expected_spend(heavy, 3, 30.0) == pytest.approx(0.1 * (15 + 90) / 0.1)


def test_refunds_above_payments_leave_the_population_mean() -> None:
    """A mean that is not above zero says nothing about the next purchase."""
    assert spend.expected_spend(SPEND, 3, -5.0) == spend.expected_spend(SPEND, 0, 0.0)


@given(parameters, st.floats(1.01, 1e3), parameters, st.integers(0, 10_000), amounts)
def test_expected_spend_is_finite_and_positive(
    p: float, q: float, gamma: float, purchases: int, mean: float
) -> None:
    """For any history of money."""
    expected = spend.expected_spend(SpendModel(p, q, gamma), purchases, mean)

    assert expected is not None
    assert isfinite(expected)
    assert expected > 0


def test_a_spend_model_with_a_parameter_of_zero_is_not_sound() -> None:
    """Nor one that is not finite."""
    assert spend.is_sound(SPEND)
    assert not spend.is_sound(SpendModel(1.0, 0.0, 1.0))
    assert not spend.is_sound(SpendModel(1.0, float("nan"), 1.0))


def test_value_without_discount_is_purchases_times_spend_times_margin() -> None:
    """Nothing else is in it."""
    one = History(2, 30.43, 38.86)

    value = lifetime_value(MODEL, one, 22.35, horizon_weeks=39.0, discount_yearly=0.0)

    assert value is not None
    assert value.purchases == pytest.approx(1.226, abs=0.0005)
    assert value.spend_minor == spend.expected_spend(SPEND, 3, 22.35)
    assert value.revenue_minor == pytest.approx(
        expected_purchases(PURCHASES, one, 39.0) * value.spend_minor
    )
    assert value.profit_minor == pytest.approx(0.3 * value.revenue_minor)
    assert value.value_minor == value.profit_minor
    assert (value.currency, value.horizon_weeks, value.discount_yearly) == ("USD", 39.0, 0.0)


def test_a_discount_takes_less_than_a_year_of_it_off() -> None:
    """10 % a year over a year: between 0 and 10 % in all."""
    one = History(2, 30.43, 38.86)

    plain = lifetime_value(MODEL, one, 22.35, discount_yearly=0.0)
    discounted = lifetime_value(MODEL, one, 22.35)

    assert plain is not None
    assert discounted is not None
    assert 0.9 < discounted.revenue_minor / plain.revenue_minor < 1.0


def test_value_without_a_known_margin_is_revenue() -> None:
    """And says so: there is no profit."""
    value = lifetime_value(replace(MODEL, margin_share=None), History(2, 30.43, 38.86), 22.35)

    assert value is not None
    assert value.profit_minor is None
    assert value.value_minor == value.revenue_minor


@pytest.mark.parametrize(
    "model",
    [
        NO_MODEL,
        replace(MODEL, purchase=None),
        replace(MODEL, spend=None),
        replace(MODEL, spend=SpendModel(0.1, 0.2, 15.0)),
    ],
)
def test_value_is_unknown_where_the_model_is(model: Model) -> None:
    """No default is passed off as knowledge."""
    assert lifetime_value(model, History(0, 0.0, 5.0), 10.0) is None


@settings(deadline=None)  # ten years in steps of four weeks, while others use the machine
@given(st.integers(0, 10_000), st.floats(0.01, 5_000.0), amounts, st.floats(0.0, 1e6))
def test_value_is_finite_for_any_history(
    repeats: int, age: float, mean: float, horizon: float
) -> None:
    """And the horizon is bounded, so reading a profile always ends."""
    value = lifetime_value(MODEL, History(repeats, age / 2, age), mean, horizon_weeks=horizon)

    assert value is not None
    assert isfinite(value.revenue_minor)
    assert value.revenue_minor >= 0
    assert value.horizon_weeks <= HORIZON_WEEKS_MAX


@pytest.mark.parametrize(
    ("weeks", "expected"), [(-1.0, 0.2), (0.0, 0.2), (2.0, 0.3), (4.0, 0.4), (9.0, 0.4)]
)
def test_one_time_buyers_are_read_off_the_population(weeks: float, expected: float) -> None:
    """Linear between the points, level beyond them."""
    model = Model(one_time=((0.0, 0.2), (4.0, 0.4)))

    assert never_again(model, weeks) == pytest.approx(expected)


def test_one_time_buyers_are_unknown_without_a_curve() -> None:
    """The model was not fitted, or watched too few."""
    assert never_again(NO_MODEL, 3.0) is None


@pytest.mark.parametrize(
    ("value", "expected"), [(-1, 0.0), (0, 0.125), (0.5, 0.375), (1, 0.5), (3, 0.75), (9, 1.0)]
)
def test_percentile_is_the_share_below(value: float, expected: float) -> None:
    """Equal customers count half; between two of them it is linear."""
    model = Model(quantiles={"revenue": (0.0, 0.0, 1.0, 3.0, 5.0)})

    assert percentile(model, "revenue", value) == pytest.approx(expected)


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=9), st.floats(-6, 6))
def test_percentile_lies_in_zero_to_one(values: list[int], value: float) -> None:
    """Whatever the ranking."""
    model = Model(quantiles={"growth": tuple(sorted(map(float, values)))})

    found = percentile(model, "growth", value)

    assert found is not None
    assert 0.0 <= found <= 1.0


def test_rfm_scores_are_fifths_of_the_population() -> None:
    """The latest, most frequent and largest fifth is 5."""
    ranking = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0)
    model = Model(quantiles=dict.fromkeys(("recency", "frequency", "revenue"), ranking))

    best = rfm(model, recency_days=1, purchase_days=90, age_weeks=2, revenue_minor=99)
    worst = rfm(model, recency_days=99, purchase_days=1, age_weeks=2, revenue_minor=0)

    assert (best.recency_score, best.frequency_score, best.monetary_score) == (5, 5, 5)
    assert (worst.recency_score, worst.frequency_score, worst.monetary_score) == (1, 1, 1)
    assert (best.recency_days, best.frequency, best.monetary_minor) == (1, 90, 99)


def test_rfm_without_a_population_has_no_scores() -> None:
    """The values are known all the same."""
    found = rfm(NO_MODEL, recency_days=1, purchase_days=2, age_weeks=3, revenue_minor=4)

    assert (found.recency_score, found.frequency_score, found.monetary_score) == (None,) * 3
    assert found.frequency == 2


def test_the_first_week_counts_as_a_whole_one() -> None:
    """Or a customer of today would buy most often of all."""
    assert frequency(2, 0.1) == 2.0
    assert frequency(2, 4.0) == 0.5


def test_growth_of_steady_spending_is_one() -> None:
    """A decayed sum of one unit a day, over one half-life."""
    age, half_life = 90 * DAY_MS, 90 * DAY_MS
    recent = 90 / log(2) * 0.5

    found = growth(recent_minor=recent, lifetime_minor=90.0, half_life_ms=half_life, age_ms=age)

    assert found == pytest.approx(1.0)


@pytest.mark.parametrize(("lifetime", "age"), [(0.0, 5), (-3.0, 5), (3.0, 0)])
def test_growth_without_money_or_age_is_unknown(lifetime: float, age: int) -> None:
    """There is no rate to compare with."""
    found = growth(recent_minor=1.0, lifetime_minor=lifetime, half_life_ms=DAY_MS, age_ms=age)

    assert found is None


@given(amounts, st.floats(1e-6, 1e18), st.integers(1, 10**14))
def test_growth_is_bounded(recent: float, lifetime: float, age_ms: int) -> None:
    """Refunds and rounding included."""
    found = growth(recent_minor=recent, lifetime_minor=lifetime, half_life_ms=DAY_MS, age_ms=age_ms)

    assert found is not None
    assert 0.0 <= found <= 100.0

"""BG/NBD: the published numbers, scipy's 2F1, and soundness for any input."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import hyp2f1

from streams.core.model import PurchaseModel
from streams.core.worth.posterior import by_quadrature, by_series, expected_count
from streams.core.worth.purchases import (
    History,
    expected_purchases,
    history,
    is_sound,
    log_likelihood,
    p_alive,
)
from tests.fit.cdnow import cdnow

PUBLISHED = PurchaseModel(r=0.243, alpha=4.414, a=0.793, b=2.426)
DAY_MS = 86_400_000

parameters = st.floats(1e-3, 1e3)
models = st.builds(PurchaseModel, parameters, parameters, parameters, parameters)


@st.composite
def customers(draw: st.DrawFn) -> History:
    """Any history there can be, up to 10,000 purchases in a century."""
    age = draw(st.floats(0.0, 5_200.0))
    repeats = draw(st.integers(0, 10_000)) if age > 0 else 0
    return History(repeats, draw(st.floats(0.0, age)) if repeats else 0.0, age)


def textbook(*, shape: float, leave: float, stay: float, reach: float) -> float:
    """The published formula, with scipy's hypergeometric function."""
    third = leave + stay - 1
    power = (1 + reach) ** -shape
    function = hyp2f1(shape, stay, third, reach / (1 + reach))
    return float(third / (leave - 1) * (1 - power * function))


def test_log_likelihood_of_cdnow_is_the_published_one() -> None:
    """Fader, Hardie & Lee 2005, table 2: -9582.4."""
    seen, _ = cdnow()

    total = sum(
        log_likelihood(PUBLISHED, History(int(x), last, age))
        for x, last, age in zip(*seen, strict=True)
    )

    assert total == pytest.approx(-9582.43, abs=0.005)


def test_expectation_of_one_customer_is_the_published_one() -> None:
    """The authors' spreadsheet: 1.226 purchases in 39 weeks after (2, 30.43, 38.86)."""
    expected = expected_purchases(PUBLISHED, History(2, 30.43, 38.86), 39.0)

    assert expected == pytest.approx(1.226, abs=0.0005)


@pytest.mark.parametrize("leave", [0.4, 0.793, 1.5, 6.0])
@pytest.mark.parametrize("stay", [0.9, 4.426, 60.0])
@pytest.mark.parametrize("shape", [0.243, 2.243, 40.0])
@pytest.mark.parametrize("reach", [0.01, 0.9, 8.0, 90.0])
def test_expectation_is_that_of_the_textbook(
    leave: float, stay: float, shape: float, reach: float
) -> None:
    """Where the textbook's form does not overflow, all three agree."""
    expected = textbook(shape=shape, leave=leave, stay=stay, reach=reach)

    assert expected_count(shape=shape, leave=leave, stay=stay, reach=reach) == pytest.approx(
        expected, rel=1e-8
    )
    assert by_quadrature(shape=shape, leave=leave, stay=stay, reach=reach) == pytest.approx(
        expected, rel=1e-8
    )


def test_series_and_quadrature_agree_at_a_thousand_purchases() -> None:
    """Where the textbook's powers overflow."""
    of = {"shape": 1_000.243, "leave": 0.793, "stay": 1_002.426, "reach": 0.5}

    assert by_series(**of) == pytest.approx(by_quadrature(**of), rel=1e-9)


@pytest.mark.parametrize("nearly", [1e-12, 1e-7, -1e-7, -1e-12])
def test_expectation_has_no_step_at_a_of_one(nearly: float) -> None:
    """The limit form: a - 1 is divided out, not by."""
    at = expected_count(shape=2.2, leave=1.0, stay=4.4, reach=0.9)

    beside = expected_count(shape=2.2, leave=1.0 + nearly, stay=4.4, reach=0.9)

    assert beside == pytest.approx(at, rel=1e-6)
    assert at == pytest.approx(by_quadrature(shape=2.2, leave=1.0, stay=4.4, reach=0.9))


def test_a_third_argument_of_zero_is_no_special_case() -> None:
    """At x = 0 and a + b = 1 the textbook divides by zero."""
    of = {"shape": 0.5, "leave": 0.4, "stay": 0.6, "reach": 0.9}

    assert by_series(**of) == pytest.approx(by_quadrature(**of), rel=1e-9)


@given(models, customers(), st.floats(0.0, 1e4))
def test_expected_purchases_are_finite_and_bounded(
    model: PurchaseModel, one: History, weeks: float
) -> None:
    """Never below 0, never above the purchases of a customer who cannot leave."""
    expected = expected_purchases(model, one, weeks)

    never_leaves = (model.r + one.repeats) / (model.alpha + one.age_weeks) * weeks
    assert isfinite(expected)
    assert 0.0 <= expected <= never_leaves * (1 + 1e-6) + 1e-9


@given(models, customers())
def test_likelihood_is_finite_and_p_alive_a_probability(model: PurchaseModel, one: History) -> None:
    """Unknown without a repeat purchase, else in [0, 1]."""
    alive = p_alive(model, one)

    assert isfinite(log_likelihood(model, one))
    assert (alive is None) == (one.repeats == 0)
    assert 0.0 <= (alive or 0.0) <= 1.0


@given(models, customers(), st.floats(0.0, 500.0), st.floats(0.0, 500.0))
def test_more_time_means_no_fewer_purchases(
    model: PurchaseModel, one: History, first: float, more: float
) -> None:
    """E[Y(t)] does not fall in t."""
    before = expected_purchases(model, one, first)
    after = expected_purchases(model, one, first + more)

    assert after >= before * (1 - 1e-6) - 1e-9


def test_a_silent_customer_is_less_likely_alive() -> None:
    """Ten purchases in ten weeks, then silence."""
    fresh = p_alive(PUBLISHED, History(10, 10.0, 11.0))
    silent = p_alive(PUBLISHED, History(10, 10.0, 40.0))

    assert fresh == pytest.approx(0.879, abs=0.001)
    assert silent is not None
    assert silent < 0.01


def test_nothing_is_expected_of_no_time() -> None:
    """And of a negative one."""
    one = History(2, 5.0, 6.0)

    assert expected_purchases(PUBLISHED, one, 0.0) == 0.0
    assert expected_purchases(PUBLISHED, one, -1.0) == 0.0


def test_history_counts_days_after_the_first() -> None:
    """In weeks from the first purchase."""
    found = history(purchase_days=3, first_ms=0, last_ms=14 * DAY_MS, now_ms=21 * DAY_MS)

    assert found == History(2, 2.0, 3.0)


@pytest.mark.parametrize(
    ("purchase_days", "last_ms", "now_ms", "expected"),
    [
        (0, 0, 0, None),
        (1, 0, 7 * DAY_MS, History(0, 0.0, 1.0)),
        (2, 0, 7 * DAY_MS, History(0, 0.0, 1.0)),
        (2, 9 * DAY_MS, 7 * DAY_MS, History(1, 1.0, 1.0)),
        (1, 0, -7 * DAY_MS, History(0, 0.0, 0.0)),
    ],
)
def test_history_of_odd_counts_and_times_is_valid(
    purchase_days: int, last_ms: int, now_ms: int, expected: History | None
) -> None:
    """0 <= t_x <= T, and t_x = 0 exactly where x = 0."""
    found = history(purchase_days=purchase_days, first_ms=0, last_ms=last_ms, now_ms=now_ms)

    assert found == expected


def test_a_model_with_a_parameter_of_zero_is_not_sound() -> None:
    """Nor one that is not finite."""
    assert is_sound(PUBLISHED)
    assert not is_sound(PurchaseModel(0.0, 1.0, 1.0, 1.0))
    assert not is_sound(PurchaseModel(1.0, 1.0, 1.0, float("inf")))


def test_a_chance_that_is_known_needs_no_sum() -> None:
    """Beta(1e8, 3e8) is 0.25."""
    found = expected_count(shape=2.0, leave=1e8, stay=3e8, reach=4.0)

    assert found == pytest.approx((1 - 2.0**-2) / 0.25, rel=1e-6)


@pytest.mark.parametrize("leave", [0.001, 0.05])
@pytest.mark.parametrize("stay", [0.001, 0.05])
def test_tails_that_hardly_fall_are_added_in_closed_form(leave: float, stay: float) -> None:
    """A customer who leaves at once or never: p is 0 or 1, and little in between."""
    found = by_quadrature(shape=2.0, leave=leave, stay=stay, reach=4.0)

    at_zero, at_one = 2.0 * 4.0, 1 - 5.0**-2
    mixed = (stay * at_zero + leave * at_one) / (leave + stay)
    assert found == pytest.approx(mixed, rel=0.1)


def test_a_series_that_falls_too_slowly_ends() -> None:
    """`expected_count` does not use it there."""
    of = {"shape": 0.3, "leave": 0.4, "stay": 0.5, "reach": 1e6}

    assert isfinite(by_series(**of))

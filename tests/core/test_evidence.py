"""Intervals of rates, against SciPy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from streams.core.genome.evidence import (
    LARGE,
    beta_interval,
    beta_quantile,
    gamma_interval,
    gamma_quantile,
)

COUNTS = [0.0, 1e-6, 0.01, 0.3, 1.0, 2.0, 3.7, 10.0, 50.0, 1_000.0, LARGE - 1, LARGE + 1, 1e6, 1e12]
evidence = st.floats(0, 1e12)


@pytest.mark.parametrize("failures", COUNTS)
@pytest.mark.parametrize("successes", COUNTS)
def test_a_rate_has_jeffreys_interval(successes: float, failures: float) -> None:
    """Quantiles of Beta(s + 1/2, f + 1/2)."""
    expected = stats.beta.ppf([0.05, 0.95], successes + 0.5, failures + 0.5)

    assert beta_interval(successes, failures) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("count", COUNTS)
def test_a_poisson_rate_has_jeffreys_interval(count: float, level: float) -> None:
    """Quantiles of Gamma(n + 1/2) over the exposure."""
    expected = stats.gamma.ppf([(1 - level) / 2, (1 + level) / 2], count + 0.5) / 3

    assert gamma_interval(count, 3.0, level) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("probability", "alpha", "beta"),
    [(0.05, 0.25, 5.75), (0.95, 0.25, 5.75), (0.95, 0.001, 0.001), (0.5, 0.01, 5), (0.01, 6, 1)],
)
def test_a_share_has_quantiles(probability: float, alpha: float, beta: float) -> None:
    """Also where nearly nothing was observed, and most of the weight lies at an end."""
    expected = stats.beta.ppf(probability, alpha, beta)

    assert beta_quantile(probability, alpha, beta) == pytest.approx(expected, rel=1e-9)


def test_a_quantile_below_every_float_is_nought() -> None:
    """The true one is 1e-1301."""
    assert beta_quantile(0.05, 0.001, 1.0) < 1e-200
    assert gamma_quantile(0.05, 0.001) < 1e-200


@given(evidence, evidence)
def test_an_interval_of_a_rate_is_inside_its_bounds(successes: float, failures: float) -> None:
    """Finite, in [0, 1], in order."""
    low, high = beta_interval(successes, failures)

    assert 0.0 <= low <= high <= 1.0


@given(evidence, st.floats(0, 1e12))
def test_an_interval_of_a_poisson_rate_is_finite(count: float, exposure: float) -> None:
    """Without any exposure too: it is then wide beyond use."""
    low, high = gamma_interval(count, exposure)

    assert 0.0 <= low <= high
    assert math.isfinite(high)

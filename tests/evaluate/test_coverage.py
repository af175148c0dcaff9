"""The statistics of an evaluation against a known truth: bias and coverage.

200 logs tell a coverage to 1.5 points and a bias to 0.07 standard errors; the bounds here are three
of those wide. `python -m tests.bench evaluate` does it with 1,000 logs.
"""

from collections.abc import Sequence
from functools import cache

import pytest

from tests.evaluate.bandit import METHODS, judge
from tests.evaluate.coverage import Row

LOGS = 200
COVERAGE_MIN, COVERAGE_MAX = 0.904, 0.996
BIAS_MAX = 0.2


@cache
def rows() -> Sequence[Row]:
    """Every method's row, simulated once."""
    return judge(range(LOGS))


@pytest.mark.parametrize("at", range(len(METHODS)), ids=METHODS)
def test_an_interval_holds_the_truth_as_often_as_it_says(at: int) -> None:
    """95 of 100, with right, fitted and wrong reward models, and decisions that hang together."""
    row = rows()[at]

    assert row.figure == METHODS[at]
    assert COVERAGE_MIN <= row.coverage <= COVERAGE_MAX


@pytest.mark.parametrize("at", range(len(METHODS)), ids=METHODS)
def test_an_estimate_lies_around_the_truth(at: int) -> None:
    """Also where the reward model is wrong."""
    row = rows()[at]

    assert abs(row.bias) < BIAS_MAX

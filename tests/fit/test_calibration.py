"""Intervals of what was observed hold the truth; a wrong prediction is told."""

import numpy as np
import pytest

from streams.core.calibration import calibrate
from streams.core.profile.trials import Trial
from streams.core.tally import Tally
from streams.fit.calibration import ALL, Calibrated, calibration, interval

NOW_MS = 1_772_000_000_000
DAY_MS = 86_400_000
SEEDS = 1_000


def tallied(*trials: tuple[float, float, bool], channel: str = "web", at_ms: int = NOW_MS) -> Tally:
    """The calibration of trials: expected, predicted, taken."""
    row = Tally("")
    for expected, predicted, accepted in trials:
        one = Trial("tea", channel, "regular", "bought", at_ms, expected, accepted=accepted)
        calibrate(row, one, predicted, half_life_ms=DAY_MS, at_ms=at_ms)
    return row


def of(found: list[Calibrated], channel: str, band: str) -> Calibrated:
    """The row of a channel and band."""
    return next(one for one in found if (one.channel, one.band) == (channel, band))


def test_partitions_are_summed_by_channel_and_band() -> None:
    """Each channel's whole first, then its bands in rising order."""
    first = tallied((0.04, 0.08, True), (0.3, 0.3, False))
    second = tallied((0.03, 0.06, False), channel="web")
    third = tallied((0.6, 0.5, True), channel="email")

    found = calibration([first, second, third], now_ms=NOW_MS)

    places = [(one.channel, one.band) for one in found]
    web = of(found, "web", "0.05")
    assert places == [
        *[("email", ALL), ("email", "0.7")],
        *[("web", ALL), ("web", "0.05"), ("web", "0.3")],
    ]
    assert (web.tried, web.observed) == (2.0, 0.5)
    assert web.expected == pytest.approx(0.035)
    assert web.predicted == pytest.approx(0.07)
    assert of(found, "web", ALL).tried == 3.0


def test_old_trials_count_for_less() -> None:
    """After one half-life for half; shares stay."""
    row = tallied(*[(0.1, 0.1, number < 10) for number in range(40)])

    (whole, _) = calibration([row], now_ms=NOW_MS + DAY_MS)

    assert whole.tried == pytest.approx(20.0)
    assert whole.observed == pytest.approx(0.25)


def test_a_prediction_outside_the_interval_is_off() -> None:
    """200 of 1,000 were taken: twice the expectation, and just as predicted."""
    right = calibration([tallied(*[(0.1, 0.2, n < 200) for n in range(1_000)])], now_ms=NOW_MS)
    wrong = calibration([tallied(*[(0.1, 0.1, n < 200) for n in range(1_000)])], now_ms=NOW_MS)

    assert [one.off for one in right] == [False, False]
    assert [one.off for one in wrong] == [True, True]


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_intervals_hold_the_truth_in_95_of_100(rate: float) -> None:
    """1,000 seeds of 400 trials each; counts are whole, so no interval has its level exactly."""
    random = np.random.default_rng(7)
    taken = random.binomial(400, rate, SEEDS)
    ends = np.array([interval(float(one), 400.0) for one in taken])

    held = ((ends[:, 0] <= rate) & (rate <= ends[:, 1])).mean()
    assert 0.92 <= held <= 0.98


def test_an_interval_reaches_its_end_where_nothing_or_all_was_taken() -> None:
    """None of ten: from 0; all of ten: to 1."""
    assert interval(0.0, 10.0)[0] == 0.0
    assert interval(10.0, 10.0)[1] == 1.0
    assert 0.1 < interval(0.0, 10.0)[1] < 0.3

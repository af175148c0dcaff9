"""How well chances foretell: tallies by expected chance -> predicted and observed with intervals.

Trials decay, so `tried` is smaller than their number. As a number of trials it understates what is
known (sums of decayed weights do: of steady trials it is half of (sum w)^2 / sum w^2), so intervals
are wide rather than narrow.

Source: Jeffreys interval, Brown, Cai & DasGupta, Interval Estimation for a Binomial Proportion,
Statistical Science 16(2), 2001.
"""

from collections.abc import Iterable

from msgspec import Struct
from scipy.special import betaincinv

from streams.core.calibration import BANDS, PREDICTED
from streams.core.decay import decayed
from streams.core.tally import ACCEPTED, EXPECTED, TRIED, Tally

LEVEL = 0.95
ALL = "all"
"""Stands for every band of a channel."""


class Calibrated(Struct, frozen=True):
    """One channel and band, or all bands of a channel; shares lie in [0, 1]."""

    channel: str
    band: str
    """Upper end of the expected chance."""
    tried: float
    """Decayed trials."""
    expected: float
    """Mean chance by catalogue and context alone."""
    predicted: float
    """Mean chance with what was learned."""
    observed: float
    low: float
    """95 % interval of what was observed."""
    high: float

    @property
    def off(self) -> bool:
        """Whether the interval leaves the prediction out."""
        return not self.low <= self.predicted <= self.high


def calibration(tallies: Iterable[Tally], *, now_ms: int) -> list[Calibrated]:
    """All bands that hold trials, channel by channel, each channel's sum first.

    `tallies` are those of all partitions, as of `now_ms`; their order changes only rounding.
    """
    sums: dict[tuple[str, str], list[float]] = {}
    for one in tallies:
        for leaf, held in one.leaves.items():
            channel, _, band = leaf.rpartition("/")
            amounts = [decayed(held, amount, now_ms) for amount in held.sums]
            for name in (ALL, band):
                into = sums.setdefault((channel, name), [0.0] * len(amounts))
                for place, amount in enumerate(amounts):
                    into[place] += amount
    order = {name: place for place, name in enumerate((ALL, *BANDS))}
    ranked = sorted(sums, key=lambda one: (one[0], order[one[1]]))
    return [_calibrated(*place, sums[place]) for place in ranked if sums[place][TRIED] > 0]


def interval(accepted: float, tried: float) -> tuple[float, float]:
    """The 95 % interval of a share, `accepted` of `tried`; either may be a decayed sum."""
    refused = max(tried - accepted, 0.0)
    low = betaincinv(accepted + 0.5, refused + 0.5, (1 - LEVEL) / 2) if accepted else 0.0
    high = betaincinv(accepted + 0.5, refused + 0.5, (1 + LEVEL) / 2) if refused else 1.0
    return float(low), float(high)


def _calibrated(channel: str, band: str, sums: list[float]) -> Calibrated:
    tried, accepted = sums[TRIED], sums[ACCEPTED]
    low, high = interval(accepted, tried)
    return Calibrated(
        channel=channel,
        band=band,
        tried=tried,
        expected=sums[EXPECTED] / tried,
        predicted=sums[PREDICTED] / tried,
        observed=accepted / tried,
        low=low,
        high=high,
    )

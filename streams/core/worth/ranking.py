"""Where a customer stands among all: percentiles, RFM scores, growth.

There is no single best customer: `Model.quantiles` has one ranking each for frequency (purchase
days a week of acquaintance), revenue and profit (lifetime, minor units), influence (PageRank),
growth (see `growth`) and recency (days since the last purchase; fewer are better).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import expm1, log

from msgspec import Struct

from streams.core.model import Model

DAY_MS = 86_400_000
GROUPS = 5
AGE_WEEKS_MIN = 1.0
GROWTH_MAX = 100.0


class Rfm(Struct, frozen=True, gc=False):
    """Recency in days, frequency in purchase days, money in minor units, each with its score.

    A score is the population's fifth, 5 the best; None where the model has no such ranking.
    """

    recency_days: float
    frequency: int
    monetary_minor: int
    recency_score: int | None
    frequency_score: int | None
    monetary_score: int | None


def rfm(
    model: Model, *, recency_days: float, purchase_days: int, age_weeks: float, revenue_minor: int
) -> Rfm:
    """Recency, frequency and money of one customer, scored against the population.

    Frequency is scored by `frequency(purchase_days, age_weeks)`, so that a new customer is not
    compared with the years of an old one.

    Source: Hughes, Strategic Database Marketing, 1994 (RFM by quintiles).
    """
    late = percentile(model, "recency", recency_days)
    often = percentile(model, "frequency", frequency(purchase_days, age_weeks))
    much = percentile(model, "revenue", revenue_minor)
    return Rfm(
        recency_days=recency_days,
        frequency=purchase_days,
        monetary_minor=revenue_minor,
        recency_score=None if late is None else _fifth(1.0 - late),
        frequency_score=None if often is None else _fifth(often),
        monetary_score=None if much is None else _fifth(much),
    )


def percentile(model: Model, ranking: str, value: float) -> float | None:
    """Share of the population below `value`, in [0, 1]; equal ones count half.

    None when the model does not have `ranking`.
    """
    values = model.quantiles.get(ranking)
    return share_below(values, value) if values else None


def share_below(values: Sequence[float], value: float) -> float:
    """As `percentile`, of ascending `values` that lie evenly over the population, two at least."""
    left, right = bisect_left(values, value), bisect_right(values, value)
    top = len(values) - 1
    if left == right:
        if left == 0 or left > top:
            return float(left > 0)
        low, high = values[left - 1], values[left]
        return (left - 1 + (value - low) / (high - low)) / top
    return (left + right - 1) / 2 / top


def frequency(purchase_days: int, age_weeks: float) -> float:
    """Purchase days a week of acquaintance; the first week counts as a whole one."""
    return purchase_days / max(age_weeks, AGE_WEEKS_MIN)


def growth(
    *, recent_minor: float, lifetime_minor: float, half_life_ms: int, age_ms: int
) -> float | None:
    """The recent rate of spending over the lifetime's: 1 steady, 0 stopped, 2 doubled.

    `recent_minor` is a decayed sum as of now, whose weights add up to half_life / ln 2 times the
    share that fits into `age_ms`. Bounded by `GROWTH_MAX`; None without age or money.
    """
    if age_ms <= 0 or lifetime_minor <= 0:
        return None
    weight_ms = -half_life_ms / log(2) * expm1(-age_ms * log(2) / half_life_ms)
    return min(max(0.0, recent_minor / weight_ms * age_ms / lifetime_minor), GROWTH_MAX)


def _fifth(share: float) -> int:
    return min(GROUPS, 1 + int(GROUPS * share))

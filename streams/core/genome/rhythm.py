"""Rhythm: how often a customer buys a category, and whether it is time again. Days throughout.

Everything is derived on read from the kept purchase days of a habit, and from what the population
does: intervals are gamma-distributed, and with chance `dropout` the last purchase was the last.
"""

from itertools import pairwise
from math import exp, expm1, sqrt

from msgspec import Struct

from streams.core.genome.evidence import gamma_above
from streams.core.model import CategoryModel
from streams.core.profile.habits import Habit, day_numbers

DAYS_MIN = 3  # purchase days below which a rhythm reads "unknown"
MEAN_STRENGTH = 3.0  # intervals that the population's mean weighs
VARIATION_STRENGTH = 10.0  # intervals that the population's variation weighs
DAY_VARIANCE = 1.0 / 12.0  # dates are whole days, so no interval is known better
MEAN_MIN_DAYS = 0.5
DROPOUT = 0.1  # where the population's is not known
VARIATION = 1.0  # likewise: as if purchases came at random
TWO_SIDED_90 = 1.645  # standard deviations
SOON_DAYS = 7
HALF = 0.5
OVERDUE = 0.2  # of all intervals are longer


class Rhythm(Struct, frozen=True, gc=False):
    """When one category is bought: the gamma of its intervals, and where in one we are."""

    mean_days: float
    low_days: float
    """Lower end of the 90 % interval of the mean."""
    high_days: float
    deviation_days: float
    """Standard deviation of an interval."""
    dropout: float
    """Chance that the last purchase was the last for ever, before any silence."""
    since_days: int
    """Days since the last purchase; 0 when that is today or later."""
    count: int
    """Purchase days it is derived from."""
    fitted: bool = False
    """Whether `dropout` is the population's: without one nobody can be said to have dropped it."""

    @property
    def known(self) -> bool:
        """Whether there is enough evidence to tell a reader."""
        return self.count >= DAYS_MIN


def rhythm_of(habit: Habit, category: CategoryModel | None, today: int) -> Rhythm | None:
    """The rhythm of `habit` as of `today`, in days since 1970; None if nobody knows an interval.

    The mean counts the silence since the last purchase as time in which none came, and is shrunk
    to the population's with the weight of `MEAN_STRENGTH` intervals: that ranks next purchases
    better than the mean of the intervals alone (`streams study next-basket`). The variance is
    shrunk to the population's coefficient of variation.

    Source: DOMAIN, buying behaviour, rhythm.
    """
    days = day_numbers(habit)
    usual_days = category.interval_days if category is not None else 0.0
    gaps = len(days) - 1
    if gaps < 1 and usual_days <= 0.0:
        return None
    since = max(today - days[-1], 0)
    strength = MEAN_STRENGTH if usual_days > 0.0 else 0.0
    watched = days[-1] - days[0] + since
    mean = max((watched + strength * usual_days) / (len(days) + strength), MEAN_MIN_DAYS)
    variation = category.interval_cv if category is not None else 0.0
    prior = ((variation if variation > 0.0 else VARIATION) * mean) ** 2
    squares = _squares(days)
    variance = (squares + VARIATION_STRENGTH * prior) / (gaps + VARIATION_STRENGTH)
    deviation = sqrt(max(variance, DAY_VARIANCE))
    error = TWO_SIDED_90 * deviation / (mean * sqrt(len(days) + strength))
    return Rhythm(
        mean_days=mean,
        low_days=mean * exp(-error),
        high_days=mean * exp(error),
        deviation_days=deviation,
        dropout=category.dropout if category is not None else DROPOUT,
        since_days=since,
        count=len(days),
        fitted=category is not None,
    )


def beyond(rhythm: Rhythm, days: float) -> float:
    """The chance that an interval is longer than `days`."""
    scale = rhythm.deviation_days**2 / rhythm.mean_days
    return gamma_above(days / scale, rhythm.mean_days / scale)


def median_days(rhythm: Rhythm) -> float:
    """Half of the intervals are longer than this, to about a hundredth of the chance.

    Source: Wilson & Hilferty, The Distribution of Chi-Square, PNAS 17(12), 1931.
    """
    shape = (rhythm.mean_days / rhythm.deviation_days) ** 2
    return rhythm.mean_days * max(1.0 - 1.0 / (9.0 * shape), 0.0) ** 3


def due(rhythm: Rhythm, horizon_days: float) -> float:
    """The chance that the category is bought within `horizon_days` from now.

    Source: DOMAIN, buying behaviour: (1-d)(S(s)-S(s+h)) / ((1-d)S(s)+d), d the dropout.
    """
    staying = 1.0 - rhythm.dropout
    now = beyond(rhythm, rhythm.since_days)
    left = staying * now + rhythm.dropout
    if left <= 0.0:  # nobody ever waits that long, and nobody leaves
        return 1.0
    return staying * (now - beyond(rhythm, rhythm.since_days + horizon_days)) / left


def alive(rhythm: Rhythm) -> float:
    """The chance that the customer still buys the category at all, after the silence so far."""
    staying = (1.0 - rhythm.dropout) * beyond(rhythm, rhythm.since_days)
    left = staying + rhythm.dropout
    return staying / left if left > 0.0 else 1.0


def due_lift(rhythm: Rhythm, horizon_days: float) -> float:
    """How much likelier a purchase within `horizon_days` is now than on any day; 1 is as likely."""
    any_day = -expm1(-horizon_days / rhythm.mean_days)
    return due(rhythm, horizon_days) / any_day if any_day > 0.0 else 1.0


def due_word(rhythm: Rhythm | None) -> str | None:
    """`dropped`, `overdue`, `due soon` or `not due`; None is unknown.

    Overdue: four of five intervals are shorter than the silence so far. Dropped: overdue, and more
    likely than not the customer buys it no more, by the chance of that which the population has.
    Due soon: half of the intervals will be within a week.
    """
    if rhythm is None or not rhythm.known:
        return None
    if beyond(rhythm, rhythm.since_days) < OVERDUE:
        return "dropped" if rhythm.fitted and alive(rhythm) < HALF else "overdue"
    soon = beyond(rhythm, rhythm.since_days + SOON_DAYS) <= HALF
    return "due soon" if soon else "not due"


def _squares(days: list[int]) -> float:
    gaps = [after - before for before, after in pairwise(days)]
    if not gaps:
        return 0.0
    mean = (days[-1] - days[0]) / len(gaps)
    return sum((gap - mean) ** 2 for gap in gaps)

"""How customers buy each category: how widely, how often, how steadily, and whether they stop.

The chance of having dropped a category is that of a cure model: after each purchase day the next
one comes after a gamma-distributed interval with chance 1 - d, or never with chance d; the last
day of each customer is followed by silence that either may explain. d is found by EM.

Source: Boag, Maximum Likelihood Estimates of the Proportion of Patients Cured by Cancer Therapy,
Journal of the Royal Statistical Society B 11, 1949 (the mixture model).
"""

from collections.abc import Iterable
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from streams.core.model import CategoryModel
from streams.fit.population import Population

CV_STRENGTH = 10.0  # intervals that the population's variation weighs against a customer's own
DAY_VARIANCE = 1.0 / 12.0  # days^2: dates are whole days, so no interval is known better
DROPOUT_STRENGTH = 20.0  # purchases that the rate of all categories weighs against one's own
ROUNDS = 100
Floats = NDArray[np.float64]


class _Rhythm:
    """What is known of one category's intervals, in flat lists."""

    def __init__(self) -> None:
        self.buyers = 0
        self.own_means: list[float] = []
        self.squares = 0.0
        self.degrees = 0
        self.silences: list[tuple[int, float, float, float]] = []
        """Of each customer: number, mean and variance of the intervals, days since the last day."""

    def add(self, days: list[int], until_day: int) -> None:
        self.buyers += 1
        gaps = [after - before for before, after in pairwise(days)]
        count = len(gaps)
        mean = variance = 0.0
        if gaps:
            mean = (days[-1] - days[0]) / count
            self.own_means.append(mean)
            squares = sum((gap - mean) ** 2 for gap in gaps)
            if count > 1:
                variance = squares / (count - 1)
                self.squares += squares / mean**2
                self.degrees += count - 1
        self.silences.append((count, mean, variance, float(max(0, until_day - days[-1]))))


def categories(population: Population, until_day: int) -> dict[str, CategoryModel]:
    """Category -> how it is bought, of every category with a line, in the order of names."""
    rhythms: dict[str, _Rhythm] = {}
    for name, days in population.category_days():
        rhythms.setdefault(name, _Rhythm()).add(days, until_day)
    usual_dropout = _dropout(rhythms.values(), None)
    return {
        name: CategoryModel(
            share=round(count.lines / max(population.lines, 1), 8),
            buyers=round(rhythms[name].buyers / len(population), 6),
            promoted=round(count.promoted / count.lines, 6),
            interval_days=round(_mean(rhythms[name]), 4),
            interval_cv=round(_variation(rhythms[name]), 4),
            dropout=round(_dropout([rhythms[name]], usual_dropout), 6),
        )
        for name, count in sorted(population.categories.items())
    }


def _mean(one: _Rhythm) -> float:
    """Mean over customers of their own mean interval."""
    return sum(one.own_means) / len(one.own_means) if one.own_means else 0.0


def _variation(one: _Rhythm) -> float:
    """Variation of intervals around the customer's own mean, pooled over customers."""
    return sqrt(one.squares / one.degrees) if one.degrees else float(bool(one.own_means))


def _dropout(rhythms: Iterable[_Rhythm], usual: float | None) -> float:
    """Chance of dropping a category at a purchase, shrunk to `usual` where that is known."""
    returns = 0.0
    silent: list[Floats] = []
    for one in rhythms:
        mean, variation = _mean(one), _variation(one)
        if mean > 0:
            table = np.array(one.silences)
            returns += float(table[:, 0].sum())
            silent.append(_survival(table, mean, variation))
    weight = 0.0 if usual is None else DROPOUT_STRENGTH
    prior = weight * (usual or 0.0)
    if not silent:
        return usual or 0.0
    surviving = np.concatenate(silent)
    dropout = 0.1
    for _ in range(ROUNDS):
        gone = dropout / ((1.0 - dropout) * surviving + dropout)
        dropout = (float(gone.sum()) + prior) / (returns + len(surviving) + weight)
    return min(max(dropout, 0.0), 1.0)


def _survival(silences: Floats, usual_mean: float, variation: float) -> Floats:
    """P(interval > silence) by each customer's own gamma, by moments, shrunk as on read."""
    count, mean, variance, days = silences.T
    own = np.where(count > 0, mean, usual_mean)
    prior = (variation * own) ** 2
    shrunk = (count * variance + CV_STRENGTH * prior) / (count + CV_STRENGTH)
    spread = np.maximum(shrunk, DAY_VARIANCE)
    found: Floats = special.gammaincc(own**2 / spread, days * own / spread)
    return found

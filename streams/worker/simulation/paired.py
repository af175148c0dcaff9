"""Paired differences of two rankers with intervals: what every ranking study ends with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way to rank: its means over households, in the order of the study's measures."""

    name: str
    means: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Ours minus baseline of one measure with its 95 % interval."""

    baseline: str
    measure: str
    mean: float
    low: float
    high: float


def compare(
    found: Mapping[str, Sequence[Sequence[float]]], measures: Sequence[str], seed: int
) -> tuple[tuple[Row, ...], tuple[Difference, ...]]:
    """Name -> what each household measures; the first is ours, the differences are to the others.

    Households are in one order for all names.
    """
    values = {name: np.array(measured, dtype=float) for name, measured in found.items()}
    ours = next(iter(values), "")
    rows = tuple(
        Row(name=name, means=tuple(round(float(one), 4) for one in held.mean(axis=0)))
        for name, held in values.items()
    )
    differences = tuple(
        one
        for name in values
        if name != ours
        for one in _differences(name, values[ours] - values[name], measures, seed)
    )
    return rows, differences


def _differences(
    baseline: str, paired: NDArray[np.float64], measures: Sequence[str], seed: int
) -> list[Difference]:
    """Percentile intervals over resampled households.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    count = len(paired)
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES)
    low, high = np.percentile(draws @ paired / count, [2.5, 97.5], axis=0)
    means = paired.mean(axis=0)
    return [
        Difference(
            baseline=baseline,
            measure=name,
            mean=round(float(means[index]), 4),
            low=round(float(low[index]), 4),
            high=round(float(high[index]), 4),
        )
        for index, name in enumerate(measures)
    ]

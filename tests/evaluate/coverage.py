"""How an interval did over many simulated logs whose truth is known."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from streams.evaluate.estimators import Estimate


class Row(NamedTuple):
    """One figure over many logs; bias and width are in standard errors of the figure."""

    figure: str
    coverage: float
    bias: float
    width: float


def row(figure: str, found: Sequence[Estimate], truth: float) -> Row:
    """What the estimates of `figure`, one a log, come to."""
    value, low, high = np.array([(one.value, one.low, one.high) for one in found]).T
    error = value.std(ddof=1)
    coverage = ((low <= truth) & (truth <= high)).mean()
    bias, width = (value.mean() - truth) / error, (high - low).mean() / error
    return Row(figure, float(coverage), float(bias), float(width))

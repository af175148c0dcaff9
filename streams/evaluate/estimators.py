"""What a policy earns a decision, estimated from decisions that another one took.

Every estimate is a ratio of two sums over decisions, so the bootstrap resamples sums by subject:
decisions of one customer hang together, and resampling them one by one would promise too much.

Source: Dudik, Langford & Li, Doubly Robust Policy Evaluation and Learning, ICML 2011; SNIPS:
Swaminathan & Joachims, The Self-Normalized Estimator for Counterfactual Learning, NIPS 2015.
"""

from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEVEL = 0.95
EFFECTIVE_MIN = 200.0
"""Below this many effective decisions an interval by resampling is too short to be believed."""
REPLICATES = 1_000
_DRAWS_AT_ONCE = 4_000_000  # 32 MB of subject numbers


class Estimate(Struct, frozen=True):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Refusal(Struct, frozen=True):
    """Why there is no estimate: a word, how many decisions it concerns, and a sentence."""

    ground: str
    decisions: int
    sentence: str


class Estimates(Struct, frozen=True):
    """Minor units a decision. `weight` should hold 1: else the logged chances are not true."""

    ips: Estimate
    snips: Estimate
    dr: Estimate
    logged: Estimate
    gain: Estimate
    """DR less logged, on the same resamples."""
    weight: Estimate
    effective: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Logged decisions, one place each, and what was done there; `subject` numbers the clusters.

    `weight` is the candidate's chance of it over the logged one. `modelled_minor` is what the
    reward model says of it, `candidate_minor` of what the candidate policy would do instead.
    """

    subject: Integers
    reward_minor: Floats
    weight: Floats
    modelled_minor: Floats
    candidate_minor: Floats


def effective_size(weight: Floats) -> float:
    """(sum w)^2 / sum w^2: so many equally weighted decisions would tell as much; 0 of none."""
    squares = float((weight * weight).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def estimate(
    sample: Sample,
    *,
    seed: int,
    replicates: int = REPLICATES,
    effective_min: float = EFFECTIVE_MIN,
) -> Estimates | Refusal:
    """IPS, SNIPS and DR of the candidate policy, or the refusal where too little bears on it."""
    effective = effective_size(sample.weight)
    if effective < max(effective_min, 1.0):
        sentence = (
            f"the decisions that bear on the candidate count as {effective:.0f}, expected at "
            f"least {effective_min:.0f}; take a longer time, or a candidate closer to the log"
        )
        return Refusal("few", len(sample.weight), sentence)
    weighted = sample.weight * sample.reward_minor
    robust = sample.candidate_minor + weighted - sample.weight * sample.modelled_minor
    columns = np.column_stack(
        (np.ones(len(weighted)), weighted, sample.weight, robust, sample.reward_minor)
    )
    sums = sums_by(sample.subject, columns)
    whole, drawn = sums.sum(axis=0), resampled(sums, seed=seed, replicates=replicates)
    count, ips, weight, dr, logged = drawn.T
    return Estimates(
        ips=interval(whole[1] / whole[0], ips / count),
        snips=interval(whole[1] / whole[2], ips / np.where(weight > 0, weight, np.nan)),
        dr=interval(whole[3] / whole[0], dr / count),
        logged=interval(whole[4] / whole[0], logged / count),
        gain=interval((whole[3] - whole[4]) / whole[0], (dr - logged) / count),
        weight=interval(whole[2] / whole[0], weight / count),
        effective=effective,
    )


def mean_by(
    subject: Integers, values: Floats, *, seed: int, replicates: int = REPLICATES
) -> Estimate:
    """The mean of `values`, with its interval by subject; at least one value is needed."""
    sums = sums_by(subject, np.column_stack((np.ones(len(values)), values)))
    count, drawn = resampled(sums, seed=seed, replicates=replicates).T
    return interval(values.mean(), drawn / count)


def sums_by(subject: Integers, columns: Floats) -> Floats:
    """Sums of each column by subject, in the order of the subjects' numbers."""
    _, place = np.unique(subject, return_inverse=True)
    return np.column_stack([np.bincount(place, weights=one) for one in columns.T])


def resampled(sums: Floats, *, seed: int, replicates: int) -> Floats:
    """Sums of as many subjects as there are, drawn with replacement: `replicates` rows of them."""
    random = np.random.default_rng(seed)
    subjects = len(sums)
    rows_max = max(1, _DRAWS_AT_ONCE // subjects)
    parts = []
    for start in range(0, replicates, rows_max):
        rows = min(rows_max, replicates - start)
        drawn = random.integers(subjects, size=(rows, subjects))
        drawn += np.arange(rows)[:, None] * subjects
        counts = np.bincount(drawn.ravel(), minlength=rows * subjects)
        parts.append(counts.reshape(rows, subjects) @ sums)
    return np.concatenate(parts)


def interval(value: float, drawn: Floats) -> Estimate:
    """`value` with the ends of its interval, found in its resamples; NaN counts nowhere."""
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(value), float(low), float(high))

"""From tallies of trials to the lifts that decisions use: Gamma-Poisson shrinkage in a hierarchy.

At each node `s` trials were accepted where `e` were expected. A child's lift has the prior
Gamma(k, k / m): its mean `m` is the parent's lift with the child's own counts left out, so that
nothing is used twice, and `k`, one a level, is the strength that makes the children's counts most
likely (empirical Bayes). The posterior is Gamma(s + k, e + k / m), with mean (s + k) / (e + k / m)
and standard deviation 1 / sqrt(s + k) of that.

Source: DuMouchel, Bayesian Data Mining in Large Frequency Tables, The American Statistician 53(3),
1999; DOMAIN, decision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from streams.core.acceptance import Acceptance, Node
from streams.core.decay import DecayedSums, decayed
from streams.core.decide.arbitration import SEATS_MAX
from streams.core.tally import ACCEPTED, EXPECTED, TRIED, Tally

ROOT_STRENGTH = 5.0
"""Expected acceptances that the catalogue's own rates are worth."""
STRENGTH_MIN, STRENGTH_MAX = 0.3, 300.0
CHILDREN_MIN = 3
"""Below it nothing can be said about how much children differ."""
STRENGTH_DEFAULT = 8.0
GAMMA_PER_ROOT = 0.9
"""Gamma grows by this with the square root of trials times offers that may sit, SquareCB's rate;
chosen on seeds 100 to 239 of `streams study learning`, which prints 0 to 19."""
GAMMA_MIN = 5.0


@dataclass(slots=True)
class _Counts:
    """Decayed trials of a node and of all below it."""

    tried: float = 0.0
    accepted: float = 0.0
    expected: float = 0.0
    children: dict[str, "_Counts"] = field(default_factory=dict)

    def add(self, path: tuple[str, ...], sums: tuple[float, float, float]) -> None:
        """Count `sums` at every node of `path`."""
        node = self
        for name in ("", *path):
            node = node.children.setdefault(name, _Counts()) if name else node
            node.tried += sums[0]
            node.accepted += sums[1]
            node.expected += sums[2]


def learn(
    tallies: Iterable[Tally], *, now_ms: int, version: str = "", gamma_min: float | None = None
) -> Acceptance:
    """The snapshot of all `tallies`, of whichever partitions, as of `now_ms`.

    The order of the tallies changes only rounding. With `gamma_min` the snapshot names a gamma that
    grows with the trials.
    """
    accepts, anyway = _Counts(), _Counts()
    for one in tallies:
        for leaf, sums in one.leaves.items():
            channel, _, rest = leaf.partition("/")
            level, _, stage = rest.rpartition("/")
            accepts.add((one.offer, channel, level, stage), _sums(sums, now_ms))
        for stage, sums in one.anyway.items():
            anyway.add((one.offer, stage), _sums(sums, now_ms))
    gamma = None
    if gamma_min is not None:
        seats = min(len(accepts.children), SEATS_MAX)
        gamma = gamma_min + GAMMA_PER_ROOT * sqrt(accepts.tried * seats)
    return Acceptance(
        version=version,
        until_ms=now_ms,
        gamma=gamma,
        accepts=_hierarchy(accepts, levels=4),
        anyway=_hierarchy(anyway, levels=2),
    )


def strength(
    accepted: NDArray[np.float64], expected: NDArray[np.float64], priors: NDArray[np.float64]
) -> float:
    """The `k` that makes these children's counts most likely, given the mean of each one's prior.

    Each count is Poisson(lift * expected) with lift ~ Gamma(k, k / prior).
    """
    if len(accepted) < CHILDREN_MIN:
        return STRENGTH_DEFAULT

    def loss(log_k: float) -> float:
        k = float(np.exp(log_k))
        terms = (
            gammaln(k + accepted)
            - gammaln(k)
            + k * np.log(k / priors)
            - (k + accepted) * np.log(k / priors + expected)
        )
        return -float(terms.sum())

    found = minimize_scalar(loss, bounds=(log(STRENGTH_MIN), log(STRENGTH_MAX)), method="bounded")
    return float(np.exp(found.x))


def _hierarchy(root: _Counts, *, levels: int) -> Node:
    lift = _posterior(root, (ROOT_STRENGTH, 1.0))
    strengths: list[float] = []
    parents = [(root, _Counts(), 1.0)]
    for _ in range(levels):
        below = [
            (child, parent, _without(parent, child, prior, strengths))
            for parent, _, prior in parents
            for child in parent.children.values()
        ]
        strengths.append(
            strength(
                np.array([child.accepted for child, _, _ in below]),
                np.array([child.expected for child, _, _ in below]),
                np.array([prior for _, _, prior in below]),
            )
        )
        parents = below
    spread = 1.0 / sqrt(ROOT_STRENGTH + root.accepted)
    return Node(lift, root.tried, _nodes(root, 1.0, strengths, depth=0), spread)


def _nodes(
    parent: _Counts, parent_prior: float, strengths: list[float], *, depth: int
) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for name, child in sorted(parent.children.items()):
        prior = _without(parent, child, parent_prior, strengths[:depth])
        lift = _posterior(child, (strengths[depth], prior))
        below = _nodes(child, prior, strengths, depth=depth + 1) if child.children else {}
        spread = 1.0 / sqrt(strengths[depth] + child.accepted)
        found[name] = Node(lift, child.tried, below, spread)
    return found


def _without(parent: _Counts, child: _Counts, prior: float, strengths: list[float]) -> float:
    """The parent's lift with the child's own counts left out."""
    k = strengths[-1] if strengths else ROOT_STRENGTH
    accepted = max(parent.accepted - child.accepted, 0.0)
    expected = max(parent.expected - child.expected, 0.0)
    return (accepted + k) / (expected + k / prior)


def _posterior(counts: _Counts, prior: tuple[float, float]) -> float:
    k, mean = prior
    return (counts.accepted + k) / (counts.expected + k / mean)


def _sums(sums: DecayedSums, now_ms: int) -> tuple[float, float, float]:
    tried, accepted, expected = (
        decayed(sums, sums.sums[place], now_ms) for place in (TRIED, ACCEPTED, EXPECTED)
    )
    return tried, accepted, expected


class Drift(NamedTuple):
    """The offer whose lift moved most between two snapshots."""

    ratio: float
    """Of its lifts, either way: at least 1."""
    offer: str
    """Empty when no offer is in both."""


def drift(before: Acceptance, after: Mapping[str, Node]) -> Drift:
    """How far the offers' lifts moved between two snapshots; of equal ones the first by name."""
    moved = [
        Drift(max(node.lift / held.lift, held.lift / node.lift), name)
        for name, node in sorted(after.items())
        if (held := before.accepts.children.get(name)) is not None
    ]
    return max(moved, key=lambda one: one.ratio, default=Drift(1.0, ""))

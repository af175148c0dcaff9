"""Gamma-Poisson shrinkage in a hierarchy: what a node's trials and its relatives' say of its lift.

At a leaf `s` trials were accepted where `e` were expected. A child's lift is Gamma about its
parent's, with relative variance 1 / k; `k`, one a level, is learned from how the children's counts
differ. Evidence goes up once and down once, and nothing is used twice:

- up: of a parent's lift a child tells its counts times k / (k + mu), mu being the acceptances due.
  However often it was tried, it says no more than about k of them would: it is one child;
- down: the parent's posterior without what the child told is Gamma(a, b). The child's prior has its
  mean a / b and the relative variances of both, 1 / a + 1 / k, so a parent that little is known of
  holds its children loosely.

The posterior has a shape of at least `s`, and a standard deviation of 1 / sqrt(shape) of the lift.

Source: DuMouchel, Bayesian Data Mining in Large Frequency Tables, The American Statistician 53(3),
1999; on even priors of variances: Gelman, Bayesian Analysis 1(3), 2006.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from streams.core.acceptance import Node

ROOT_STRENGTH = 5.0
"""Expected acceptances that the catalogue's own rates are worth."""
STRENGTHS = np.geomspace(0.3, 300.0, 24)
"""Acceptances that a parent may be worth to its children: 1 / the variance of their lifts about
its own, as shares of it."""
CHILDREN_MIN = 3
"""Below it nothing can be said about how much children differ."""
STRENGTH_DEFAULT = 8.0
STRENGTH_ALIKE = 1e12
"""Of a level where every parent has one child: nothing tells the two apart."""
ROUNDS = 3
"""Strengths weigh the evidence that they are learned from; more rounds change little."""
Floats = NDArray[np.float64]


@dataclass(slots=True)
class Counts:
    """Decayed trials of a node and of all below it."""

    tried: float = 0.0
    accepted: float = 0.0
    expected: float = 0.0
    children: dict[str, "Counts"] = field(default_factory=dict)

    def add(self, path: tuple[str, ...], sums: tuple[float, float, float]) -> None:
        """Count `sums` at every node of `path`."""
        nodes = [self]
        for name in path:
            nodes.append(nodes[-1].children.setdefault(name, Counts()))
        for node in nodes:
            node.tried += sums[0]
            node.accepted += sums[1]
            node.expected += sums[2]


class Evidence(NamedTuple):
    """Accepted and expected of each node of a level; with the prior's, a Gamma's shape and rate."""

    accepted: Floats
    expected: Floats


class _Level(NamedTuple):
    counts: list[Counts]
    parents: NDArray[np.intp]
    """Of each, the place of its parent in the level above."""


def hierarchy(root: Counts, *, levels: int) -> Node:
    """The lifts at `root` and at all below it; every path has `levels` names."""
    tree = _levels(root, levels)
    strengths = [STRENGTH_DEFAULT] * levels
    found: list[Evidence] = []
    for _ in range(ROUNDS):
        own, told = _up(tree, strengths)
        found, strengths = _down(tree, own, told)
    return _nodes(tree, found)


def strength(own: Evidence, others: Evidence) -> float:
    """How strongly parents hold their children: 1 / the variance to expect, by these counts.

    Each count is Poisson(lift * expected), the lift Gamma with the mean and the variance of
    `others` and 1 / k more. The mean of all variances, not the likeliest one: of few trials the
    likeliest is often that all are alike, and then nothing more would be learned. Before a trial
    every variance is as likely, which errs towards children that differ.
    """
    accepted, expected = own
    if len(accepted) < CHILDREN_MIN:
        return STRENGTH_DEFAULT
    variances = 1.0 / STRENGTHS
    k = 1.0 / (1.0 / others.accepted + variances[:, np.newaxis])
    rate = k * others.expected / others.accepted
    likely = (
        gammaln(k + accepted)
        - gammaln(k)
        + k * np.log(rate)
        - (k + accepted) * np.log(rate + expected)
    ).sum(axis=1)
    weights = np.exp(likely - likely.max()) * variances  # the steps between them grow as they do
    return float(weights.sum() / (weights @ variances))


def _levels(root: Counts, levels: int) -> list[_Level]:
    tree = [_Level([root], np.zeros(1, np.intp))]
    for _ in range(levels):
        above = tree[-1].counts
        below = [(at, one.children[name]) for at, one in enumerate(above) for name in _names(one)]
        parents = np.array([at for at, _ in below], np.intp)
        tree.append(_Level([one for _, one in below], parents))
    return tree


def _up(
    tree: Sequence[_Level], strengths: Sequence[float]
) -> tuple[list[Evidence], list[Evidence]]:
    """By level, from the root: what is known of a node from below, and what it tells its parent."""
    leaves = tree[-1].counts
    counts = [(one.accepted, one.expected) for one in leaves]
    own = [Evidence(*np.array(counts, np.float64).reshape(-1, 2).T)]
    told = []
    for depth in range(len(strengths), 0, -1):
        k, (accepted, expected) = strengths[depth - 1], own[-1]
        due = expected * (accepted + k) / (expected + k)
        share = k / (k + due)
        said = Evidence(share * accepted, share * expected)
        told.append(said)
        above = Evidence(*np.zeros((2, len(tree[depth - 1].counts))))
        np.add.at(above.accepted, tree[depth].parents, said.accepted)
        np.add.at(above.expected, tree[depth].parents, said.expected)
        own.append(above)
    return own[::-1], told[::-1]


def _down(
    tree: Sequence[_Level], own: Sequence[Evidence], told: Sequence[Evidence]
) -> tuple[list[Evidence], list[float]]:
    """The posteriors by level, from the root, and the strengths they came by."""
    found = [Evidence(own[0].accepted + ROOT_STRENGTH, own[0].expected + ROOT_STRENGTH)]
    strengths = []
    for (nodes, parents), counts, said in zip(tree[1:], own[1:], told, strict=True):
        above = found[-1]
        others = Evidence(
            above.accepted[parents] - said.accepted,
            above.expected[parents] - said.expected,
        )
        alike = len(nodes) == len(above.accepted)
        strengths.append(STRENGTH_ALIKE if alike else strength(counts, others))
        k = 1.0 / (1.0 / others.accepted + 1.0 / strengths[-1])
        found.append(
            Evidence(counts.accepted + k, counts.expected + k * others.expected / others.accepted)
        )
    return found, strengths


def _nodes(tree: Sequence[_Level], found: Sequence[Evidence]) -> Node:
    """The same as a tree, from the leaves up."""
    below: list[Node] = []
    for depth in range(len(tree) - 1, -1, -1):
        given, nodes = iter(below), []
        for one, shape, rate in zip(tree[depth].counts, *found[depth], strict=True):
            children = {name: next(given) for name in _names(one)}
            nodes.append(Node(float(shape / rate), one.tried, children, 1.0 / sqrt(shape)))
        below = nodes
    return below[0]


def _names(one: Counts) -> list[str]:
    return sorted(one.children)

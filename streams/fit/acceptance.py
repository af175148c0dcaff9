"""From tallies of trials to the lifts that decisions use, and how sharply to look at value by now.

Source: SquareCB, Foster & Rakhlin, ICML 2020, for gamma; DOMAIN, decision.
"""

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import NamedTuple

from msgspec.structs import replace

from streams.core.acceptance import Acceptance, Node
from streams.core.decay import DecayedSums, decayed
from streams.core.decide.arbitration import SEATS_MAX
from streams.core.tally import ACCEPTED, EXPECTED, TRIED, Tally
from streams.fit.shrinkage import Counts, hierarchy

GAMMA_PER_ROOT = 0.9
"""Gamma grows by this with the square root of trials times offers that may sit, SquareCB's rate;
chosen on seeds 100 to 239 of `streams study learning`, which prints 0 to 19."""
GAMMA_MIN = 5.0


def learn(
    tallies: Iterable[Tally], *, now_ms: int, version: str = "", gamma_min: float | None = None
) -> Acceptance:
    """The snapshot of all `tallies`, of whichever partitions, as of `now_ms`.

    The order of the tallies changes only rounding. With `gamma_min` the snapshot names a gamma that
    grows with the trials.
    """
    accepts, anyway = Counts(), Counts()
    held = list(tallies)
    campaigns = {one.offer: one.campaign for one in sorted(held, key=lambda one: one.campaign)}
    for one in held:
        for leaf, sums in one.leaves.items():
            channel, _, rest = leaf.partition("/")
            level, _, stage = rest.rpartition("/")
            path = (campaigns[one.offer], one.offer, channel, level, stage)
            accepts.add(path, _sums(sums, now_ms))
        for stage, sums in one.anyway.items():
            anyway.add((one.offer, stage), _sums(sums, now_ms))
    gamma = None
    if gamma_min is not None:
        seats = min(sum(len(one.children) for one in accepts.children.values()), SEATS_MAX)
        gamma = gamma_min + GAMMA_PER_ROOT * sqrt(accepts.tried * seats)
    root = hierarchy(accepts, levels=5)
    offers = {name: one for node in root.children.values() for name, one in node.children.items()}
    return Acceptance(
        version=version,
        until_ms=now_ms,
        gamma=gamma,
        accepts=replace(root, children=dict(sorted(offers.items()))),
        anyway=hierarchy(anyway, levels=2),
        campaigns={
            name: replace(node, children={})
            for name, node in root.children.items()
            if name  # offers without one share a parent, too
        },
    )


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

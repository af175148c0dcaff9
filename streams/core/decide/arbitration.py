"""Arbitration: exact propensities first, then the draw takes by them, and nothing after it.

Of the candidates above the bar, `Exploration.seats_max` at most take part: the best by value, and
in the last seat the one least tried, so that nothing waits for ever. Each has the chance

    (1 - silence) * ((1 - uniform) * IGW + uniform / K)

IGW, inverse gap weighting, is 1 / (K + gamma * (best - value) / scale); the best share the rest.
There the values are those hoped for, `Exploration.optimism` standard deviations above what is
known: what was seldom tried is tried sooner. The bar asks for the values as they are. Candidates
hoped of alike have equal chances, so their order changes nothing.

Source: SquareCB, Foster & Rakhlin, Beyond UCB, ICML 2020, https://arxiv.org/abs/2002.04926.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

SEATS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """How far the draw goes from the best; with the defaults it takes the best for certain."""

    uniform: float = 0.0
    """Share that all seats divide evenly, in [0, 1]."""
    silence: float = 0.0
    """Chance to say nothing although something clears the bar, in [0, 1); care is never silent."""
    gamma: float = inf
    """How sharply a gap in value counts; an adopted acceptance snapshot may name another one."""
    scale_minor: float = 1.0
    """Minor units that count as a gap of one."""
    seats_max: int = SEATS_MAX
    optimism: float = 0.0
    """Standard deviations of what was learned that a value is taken better by."""


GREEDY = Exploration()


def propensities(  # noqa: PLR0913  # all that a draw goes by
    values: Sequence[float],
    bar_minor: float,
    exploration: Exploration,
    *,
    hoped: Sequence[float],
    silence: float,
    tried: Callable[[int], int] | None,
    gamma: float | None = None,
) -> list[float]:
    """The chance of each value to be taken: with `silence` they add up to 1, or all are 0.

    All 0 means that nothing clears the bar. `hoped` are the values with optimism. `tried` tells how
    often the candidate at an index was tried, None that none ever was; it is asked only when there
    are more candidates than seats. A `gamma` of its own replaces that of `exploration`.
    """
    seated = [at for at, value in enumerate(values) if value > bar_minor]
    chances = [0.0] * len(values)
    if not seated:
        return chances
    if len(seated) > exploration.seats_max:
        seated = _seats(hoped, seated, exploration.seats_max, tried)
    count = len(seated)
    best = max([hoped[at] for at in seated])
    sharp = (exploration.gamma if gamma is None else gamma) / exploration.scale_minor
    spoken = 1.0 - silence
    weighted, uniform = spoken * (1.0 - exploration.uniform), spoken * exploration.uniform / count
    left, ties = 1.0, 0
    for at in seated:
        gap = best - hoped[at]
        if gap > 0.0:
            weight = 1.0 / (count + sharp * gap)
            left -= weight
            chances[at] = weighted * weight + uniform
        else:
            ties += 1
    share = weighted * left / ties + uniform
    for at in seated:
        if hoped[at] == best:
            chances[at] = share
    return chances


def take(chances: Sequence[float], silence: float, draw: float) -> int | None:
    """The index that `draw`, in [0, 1), falls on; None is silence, which lies at the upper end."""
    if draw >= 1.0 - silence:
        return None
    reached = 0.0
    taken = None
    for index, chance in enumerate(chances):
        if chance > 0.0:
            taken = index  # the last one also takes what rounding leaves below 1
            reached += chance
            if draw < reached:
                return index
    return taken


def _seats(
    values: Sequence[float], above: list[int], seats_max: int, tried: Callable[[int], int] | None
) -> list[int]:
    """The best, and in the last seat the least tried of the others; the better one if equal."""
    ranked = sorted(above, key=values.__getitem__, reverse=True)  # equal ones stay in order
    first, rest = ranked[: seats_max - 1], ranked[seats_max - 1 :]
    seldom = rest[0] if tried is None else min(rest, key=tried)  # the better one comes first
    return sorted([*first, seldom])

"""Arbitration: exact propensities first, then the draw takes by them, and nothing after it.

Greedy with silence below the bar: the best value above the bar has all the probability, shared
evenly by those that tie exactly. Another rule replaces `propensities` alone.
"""

from collections.abc import Sequence


def propensities(values: Sequence[float], bar_minor: float) -> list[float]:
    """The chance of each value to be taken; all 0 means silence for certain."""
    best = max(values) if values else bar_minor
    if best <= bar_minor:
        return [0.0] * len(values)
    share = 1.0 / values.count(best)
    return [share if value == best else 0.0 for value in values]


def take(chances: Sequence[float], draw: float) -> int | None:
    """The index that `draw`, in [0, 1), falls on; None is silence."""
    reached = 0.0
    taken = None
    for index, chance in enumerate(chances):
        if chance > 0.0:
            taken = index  # the last one also takes what rounding leaves below 1
            reached += chance
            if draw < reached:
                return index
    return taken

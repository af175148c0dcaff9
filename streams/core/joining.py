"""Decayed sums of two parts of one customer, added up; a part is never changed.

Times are ms. Sums with one half-life add up at any time. Where the half-lives differ, the other
part is taken for what it was worth at `at_ms`, its last event.

Source: Cormode et al., Forward Decay, ICDE 2009.
"""

from streams.core.decay import (
    Decayed,
    DecayedMap,
    DecayedMeans,
    DecayedSums,
    Mean,
    Sums,
    Trait,
    begin,
    decayed,
    drop_weakest,
    growth,
)
from streams.core.means import absorb_mean, drop_weakest_means

_UNBOUNDED = 1 << 30  # the weakest are dropped when all names of the other part are in


def join(into: Decayed, other: Decayed, at_ms: int) -> None:
    """Add all of `other` to `into`."""
    if _ready(into, other):
        grown = other.weight * scale_of(into, other, at_ms)
        into.weight += grown
        into.count += other.count
        into.last_ms = max(into.last_ms, other.last_ms)


def join_map(into: DecayedMap, other: DecayedMap, names_max: int, at_ms: int) -> None:
    """Add all of `other` to `into`; beyond `names_max` the weakest names are dropped."""
    if not _ready(into, other):
        return
    scale, landmark_ms = scale_of(into, other, at_ms), into.landmark_ms
    for name, one in other.traits.items():
        trait = Trait(one.weight * scale, one.count, one.last_ms, one.sources)
        absorb(into, name, trait, landmark_ms, names_max=_UNBOUNDED)
    into.dropped += other.dropped * scale
    unnamed = other.total - sum([one.weight for one in other.traits.values()])
    into.total += max(unnamed, 0.0) * scale
    if len(into.traits) > names_max:
        drop_weakest(into, names_max)


def join_means(into: DecayedMeans, other: DecayedMeans, names_max: int, at_ms: int) -> None:
    """Add all of `other` to `into`; beyond `names_max` the weakest names are dropped."""
    if not _ready(into, other):
        return
    scale, landmark_ms = scale_of(into, other, at_ms), into.landmark_ms
    for name, one in other.means.items():
        weight, total, square = one.weight * scale, one.total * scale, one.square * scale
        mean = Mean(weight, total, square, one.count, one.last_ms, one.sources)
        absorb_mean(into, name, mean, landmark_ms, names_max=_UNBOUNDED)
    if len(into.means) > names_max:
        drop_weakest_means(into, names_max)


def join_sums(into: DecayedSums, other: DecayedSums, at_ms: int) -> None:
    """Add each of `other` to its like in `into`."""
    if _ready(into, other):
        scale = scale_of(into, other, at_ms)
        into.sums[:] = [
            ours + theirs * scale if theirs else ours
            for ours, theirs in zip(into.sums, other.sums, strict=True)
        ]


def scale_of(into: Sums, other: Sums, at_ms: int) -> float:
    """What a weight of `other` is multiplied by to be added to one of `into`."""
    if other.half_life_ms == into.half_life_ms:
        return growth(into, other.landmark_ms)
    return decayed(other, 1.0, at_ms) * growth(into, at_ms)


def absorb(sums: DecayedMap, name: str, trait: Trait, landmark_ms: int, *, names_max: int) -> None:
    """Add `trait`, whose weight is as of `landmark_ms`, with all its evidence."""
    grown = trait.weight * growth(sums, landmark_ms)
    held = sums.traits.get(name)
    if held is None:
        sums.traits[name] = Trait(grown, trait.count, trait.last_ms, trait.sources)
    else:
        sums.traits[name] = Trait(
            held.weight + grown,
            held.count + trait.count,
            max(held.last_ms, trait.last_ms),
            held.sources | trait.sources,
        )
    sums.total += grown
    if len(sums.traits) > names_max:
        drop_weakest(sums, names_max)


def _ready(into: Sums, other: Sums) -> bool:
    """Whether `other` holds something; what was never touched takes its half-life over."""
    if other.landmark_ms and not into.landmark_ms:
        begin(into, other.half_life_ms, other.landmark_ms)
    return bool(other.landmark_ms)

"""Exponentially decayed sums, the one measure of recency; times in ms, half-lives in ms.

Forward decay: an observation `w` at time `t` is stored as w * 2^((t - landmark) / half_life) and
never touched again; a read at `now` multiplies by 2^-((now - landmark) / half_life). So the order
of arrival changes only rounding, and sums with one landmark rank without reading the clock. The
landmark lies on multiples of the half-life and moves by whole half-lives, which multiplies by a
power of two and is exact.

Source: Cormode, Shkapenyuk, Srivastava, Xu: Forward Decay, ICDE 2009.
"""

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

# 2^64 times the largest amount stays far below the largest float; anything older than the
# 1,000 half-lives that floats span below it is zero to every reader.
SHIFT_AFTER_HALF_LIVES = 64
KEEP_SHARE = 0.75  # trimming a full map to this share makes one sort pay for many additions


class Decayed(Struct, array_like=True, gc=False):
    """One decayed sum with its evidence: how many observations, and the time of the last."""

    half_life_ms: int
    landmark_ms: int = 0
    weight: float = 0.0
    """As of `landmark_ms`; read it with `decayed`."""
    count: int = 0
    last_ms: int = 0


class Trait(Struct, frozen=True, array_like=True, gc=False):
    """One name of a `DecayedMap`: weight as of the map's landmark, observations, last touched.

    `sources` are the bits of `core.evidence.Source` that it was observed by.
    """

    weight: float
    count: int
    last_ms: int
    sources: int = 0


class DecayedMap(Struct, array_like=True, gc=False):
    """Decayed sums by name, with one landmark, for at most as many names as its owner allows.

    `total` sums all names, the dropped ones too, so shares stay right; `dropped` is the weight of
    names that were dropped as the weakest: no name's weight is understated by more than that.
    """

    half_life_ms: int
    landmark_ms: int = 0
    total: float = 0.0
    dropped: float = 0.0
    traits: dict[str, Trait] = {}


class Mean(Struct, frozen=True, array_like=True, gc=False):
    """One name of `DecayedMeans`: sums of w, w * x and w * x^2 as of the landmark, and evidence."""

    weight: float
    total: float
    square: float
    count: int
    last_ms: int
    sources: int = 0


class DecayedMeans(Struct, array_like=True, gc=False):
    """Decayed means by name, with one landmark, for at most as many names as its owner allows.

    Beyond that the weakest are dropped and begin anew when they come again: weight and count of a
    name are lower limits, and its mean is that of some of its observations.
    """

    half_life_ms: int
    landmark_ms: int = 0
    means: dict[str, Mean] = {}


class DecayedSums(Struct, array_like=True, gc=False):
    """A fixed number of decayed sums with one landmark; what each stands for, its owner says.

    A sum nobody added to is the integer 0, which takes one byte in a row instead of nine.
    """

    half_life_ms: int
    landmark_ms: int = 0
    sums: list[int | float] = []  # msgspec would read the 0 back as a float


Sums: TypeAlias = Decayed | DecayedMap | DecayedMeans | DecayedSums


def add(decayed_sum: Decayed, amount: float, at_ms: int, *, count: int = 1) -> None:
    """Add `amount`, observed at `at_ms`, whatever else was added before.

    A negative `amount` with `count=-1` takes an observation back.
    """
    grown = amount * growth(decayed_sum, at_ms)  # may rescale the weight it is added to
    decayed_sum.weight += grown
    decayed_sum.count += count
    decayed_sum.last_ms = max(decayed_sum.last_ms, at_ms)


def decayed(sums: Sums, weight: float, now_ms: int) -> float:
    """`weight`, a field of `sums` or of one of its traits, as of `now_ms`."""
    half_lives = (now_ms - sums.landmark_ms) / sums.half_life_ms
    # A reader before the landmark would see the future's weight grow beyond all bounds.
    scale: float = 2.0 ** -max(half_lives, -float(SHIFT_AFTER_HALF_LIVES))
    return weight * scale


def add_names(  # noqa: PLR0913  # hot path: an object for its arguments would cost as much again
    sums: DecayedMap,
    names: Iterable[str],
    amount: float,
    at_ms: int,
    *,
    names_max: int,
    source: int = 0,
) -> None:
    """Add `amount` to each of `names`; beyond `names_max` the weakest names are dropped."""
    grown = amount * growth(sums, at_ms)
    traits = sums.traits
    for name in names:
        held = traits.get(name)
        if held is None:
            traits[name] = Trait(grown, 1, at_ms, source)
        else:
            last_ms = held.last_ms
            traits[name] = Trait(
                held.weight + grown,
                held.count + 1,
                max(last_ms, at_ms),
                held.sources | source,
            )
        sums.total += grown
    if len(traits) > names_max:
        drop_weakest(sums, names_max)


def add_name(  # noqa: PLR0913, PLR0917  # as `add_names`, and for nearly every event
    sums: DecayedMap, name: str, amount: float, at_ms: int, names_max: int, source: int
) -> None:
    """`add_names` of one name."""
    grown = amount * growth(sums, at_ms)
    traits = sums.traits
    held = traits.get(name)
    sums.total += grown
    if held is None:
        traits[name] = Trait(grown, 1, at_ms, source)
        if len(traits) > names_max:
            drop_weakest(sums, names_max)
        return
    last_ms = held.last_ms
    traits[name] = Trait(
        held.weight + grown,
        held.count + 1,
        max(last_ms, at_ms),
        held.sources | source,
    )


def add_sums(sums: DecayedSums, amounts: Iterable[tuple[int, float]], at_ms: int) -> None:
    """Add to each (index, amount); the vector must have its length already."""
    grown = growth(sums, at_ms)
    held = sums.sums
    for index, amount in amounts:
        held[index] += amount * grown


def add_weighted(
    sums: DecayedMap,
    pairs: Iterable[tuple[str, float]],
    at_ms: int,
    *,
    names_max: int,
    source: int = 0,
) -> None:
    """Add to each name its own amount; otherwise as `add_names`."""
    scale = growth(sums, at_ms)
    for name, amount in pairs:
        held = sums.traits.get(name) or Trait(0.0, 0, at_ms)
        grown = amount * scale
        sums.traits[name] = Trait(
            held.weight + grown, held.count + 1, max(held.last_ms, at_ms), held.sources | source
        )
        sums.total += grown
    if len(sums.traits) > names_max:
        drop_weakest(sums, names_max)


def take_back(sums: DecayedMap, names: Iterable[str], amount: float, at_ms: int) -> None:
    """Undo `add_names` of one observation each; a name without observations left is gone.

    What cannot be undone: the time a name was last touched, and a name dropped since.
    """
    grown = amount * growth(sums, at_ms)
    for name in names:
        held = sums.traits.get(name)
        if held is None:
            continue
        sums.total = max(sums.total - grown, 0.0)
        if held.count == 1:
            del sums.traits[name]
        else:
            weight = max(held.weight - grown, 0.0)
            sums.traits[name] = Trait(weight, held.count - 1, held.last_ms, held.sources)


def strongest(sums: DecayedMap, names_max: int) -> list[str]:
    """The heaviest names, heaviest first; equal weights in falling order of their names."""
    traits = sums.traits
    if len(traits) > names_max:
        # Sorting bare floats first, then the few that reach the bar: half the time of sorting all.
        bar = sorted([trait.weight for trait in traits.values()])[-names_max]
        ranked = [(trait.weight, name) for name, trait in traits.items() if trait.weight >= bar]
    else:
        ranked = [(trait.weight, name) for name, trait in traits.items()]
    ranked.sort(reverse=True)
    return [name for _, name in ranked[:names_max]]


def growth(sums: Sums, at_ms: int) -> float:
    """What one unit observed at `at_ms` adds to a weight of `sums`; may move the landmark."""
    half_life_ms = sums.half_life_ms
    half_lives = (at_ms - sums.landmark_ms) / half_life_ms
    if half_lives > SHIFT_AFTER_HALF_LIVES:
        _move_landmark(sums, at_ms - at_ms % half_life_ms)
        half_lives = (at_ms - sums.landmark_ms) / half_life_ms
    return float(2.0**half_lives)


def begin(sums: Sums, half_life_ms: int, at_ms: int) -> None:
    """Give sums without observations their half-life, and a landmark at the first of them."""
    sums.half_life_ms = half_life_ms
    sums.landmark_ms = at_ms - at_ms % half_life_ms


def set_half_life(sums: Sums, half_life_ms: int, at_ms: int) -> None:
    """Go on with another half-life: weights as of `at_ms` stay what they were under the old one."""
    landmark_ms = at_ms - at_ms % half_life_ms
    old = 2.0 ** -max((at_ms - sums.landmark_ms) / sums.half_life_ms, -SHIFT_AFTER_HALF_LIVES)
    _rescale(sums, old * 2.0 ** ((at_ms - landmark_ms) / half_life_ms))
    sums.half_life_ms = half_life_ms
    sums.landmark_ms = landmark_ms


def _move_landmark(sums: Sums, landmark_ms: int) -> None:
    shift = 2.0 ** -((landmark_ms - sums.landmark_ms) // sums.half_life_ms)
    _rescale(sums, shift)
    sums.landmark_ms = landmark_ms


def _rescale(sums: Sums, factor: float) -> None:
    match sums:
        case Decayed():
            sums.weight *= factor
        case DecayedMap():
            sums.total *= factor
            sums.dropped *= factor
            for name, held in sums.traits.items():
                sums.traits[name] = Trait(
                    held.weight * factor, held.count, held.last_ms, held.sources
                )
        case DecayedMeans():
            for name, mean in sums.means.items():
                sums.means[name] = Mean(
                    mean.weight * factor,
                    mean.total * factor,
                    mean.square * factor,
                    mean.count,
                    mean.last_ms,
                    mean.sources,
                )
        case _:
            sums.sums[:] = [one * factor if one else 0 for one in sums.sums]


def drop_weakest(sums: DecayedMap, names_max: int) -> None:
    """Drop all names but the strongest, `KEEP_SHARE` of `names_max`."""
    for name in strongest(sums, len(sums.traits))[max(int(names_max * KEEP_SHARE), 1) :]:
        sums.dropped += sums.traits.pop(name).weight

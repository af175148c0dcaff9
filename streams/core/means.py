"""Decayed means by name: what is typical of a trait, how sure that is, and how it was learned."""

from collections.abc import Iterable

from streams.core.decay import KEEP_SHARE, DecayedMeans, Mean, growth


def add_means(  # noqa: PLR0913  # as `add_names`
    sums: DecayedMeans,
    values: Iterable[tuple[str, float]],
    amount: float,
    at_ms: int,
    *,
    names_max: int,
    source: int = 0,
) -> None:
    """Observe each (name, x) with weight `amount`; beyond `names_max` the weakest are dropped.

    The mean of a name is total / weight, its variance square / weight minus the mean's square.
    """
    grown = amount * growth(sums, at_ms)
    means = sums.means
    for name, x in values:
        held = means.get(name)
        if held is None:
            means[name] = Mean(grown, grown * x, grown * x * x, 1, at_ms, source)
        else:
            means[name] = Mean(
                held.weight + grown,
                held.total + grown * x,
                held.square + grown * x * x,
                held.count + 1,
                max(held.last_ms, at_ms),
                held.sources | source,
            )
    if len(means) > names_max:
        drop_weakest_means(sums, names_max)


def take_back_means(
    sums: DecayedMeans, values: Iterable[tuple[str, float]], amount: float, at_ms: int
) -> None:
    """Undo `add_means` of one observation each; a name without observations left is gone."""
    grown = amount * growth(sums, at_ms)
    for name, x in values:
        held = sums.means.get(name)
        if held is None:
            continue
        if held.count == 1:
            del sums.means[name]
        else:
            sums.means[name] = Mean(
                max(held.weight - grown, 0.0),
                held.total - grown * x,
                max(held.square - grown * x * x, 0.0),
                held.count - 1,
                held.last_ms,
                held.sources,
            )


def absorb_mean(
    sums: DecayedMeans, name: str, mean: Mean, landmark_ms: int, *, names_max: int
) -> None:
    """Add `mean`, whose sums are as of `landmark_ms`, with all its evidence."""
    scale = growth(sums, landmark_ms)
    held = sums.means.get(name) or Mean(0.0, 0.0, 0.0, 0, 0)
    sums.means[name] = Mean(
        held.weight + mean.weight * scale,
        held.total + mean.total * scale,
        held.square + mean.square * scale,
        held.count + mean.count,
        max(held.last_ms, mean.last_ms),
        held.sources | mean.sources,
    )
    if len(sums.means) > names_max:
        drop_weakest_means(sums, names_max)


def drop_weakest_means(sums: DecayedMeans, names_max: int) -> None:
    """Drop all names but the heaviest, `KEEP_SHARE` of `names_max`; the first of equals stays."""
    means = sums.means
    ranked = sorted(means, key=lambda name: (-means[name].weight, name))
    for name in ranked[max(int(names_max * KEEP_SHARE), 1) :]:
        del means[name]

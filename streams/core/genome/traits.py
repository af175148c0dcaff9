"""Traits with their evidence: decayed shares, means and rates, each with a 90 % interval.

What the customer said wins: a muted trait is not shown, a corrected one shows their word.
"""

from collections.abc import Mapping
from math import sqrt

from streams.core.decay import DecayedMap, DecayedMeans, Trait, decayed, strongest
from streams.core.evidence import source_words
from streams.core.genome.background import Reading
from streams.core.genome.evidence import Estimate, beta_interval, beta_quantile
from streams.core.genome.tastes import Measure, Origin, TraitShown
from streams.core.profile.stated import MUTED, SAID, effective_share

NAMES_SHOWN_MAX = 12
TAIL = 0.05
NORMAL_90 = 1.645
"""Standard errors to either side of a mean that hold it nine times in ten."""
ROUNDED = 1e-11
"""Of a mean square: less than that is left by rounding, and so by the order of arrival."""


def shares(
    reading: Reading,
    sums: DecayedMap,
    group: str | None = None,
    *,
    usual: Mapping[str, float] | None = None,
) -> list[TraitShown]:
    """The strongest names of `sums`, strongest first, as shares of all of them.

    `group` is what customers call them in corrections, None if they cannot be corrected; `usual`
    is the population's share of each name, where it is known.

    A share is the mean of a Dirichlet posterior, its interval that of the Beta of its margin.
    Weights say how telling an event is; as evidence, all of them count for no more than the events
    there were.

    Source: DOMAIN, evidence and decay: (c_k + a * pi_k) / (sum c + a).
    """
    total = decayed(sums, sums.total, reading.now_ms)
    observed = sum(trait.count for trait in sums.traits.values())
    as_events = min(1.0, observed / total) if total > 0.0 else 0.0
    evenly = 1.0 / max(len(sums.traits), 2)
    shown: list[TraitShown] = []
    for name in strongest(sums, NAMES_SHOWN_MAX):
        trait = sums.traits[name]
        weight = decayed(sums, trait.weight, reading.now_ms)
        prior = reading.background.prior_strength * (usual.get(name, 0.0) if usual else evenly)
        held = max(weight, 0.0) + prior
        rest = max(total - weight, 0.0) + reading.background.prior_strength - prior
        share, interval = None, (0.0, 1.0)
        if trait.count >= reading.evidence_min and total > 0.0:
            share = held / (held + rest)
            interval = around(share, _share_interval(held * as_events, rest * as_events))
        share, origin = _effective(reading, share, group, name)
        if origin != MUTED:
            shown.append(_share(name, trait, weight, share, None if origin == SAID else interval))
    shown.sort(key=lambda one: (one.value is None, -(one.value or 0.0)))
    return shown


def _share(
    name: str,
    trait: Trait,
    weight: float,
    share: float | None,
    interval: tuple[float, float] | None,
) -> TraitShown:
    """A share as readers get it; without an interval it is the customer's own word."""
    low, high = interval or (None, None)
    return TraitShown(
        name=name,
        measure="share",
        value=share,
        low=low,
        high=high,
        count=trait.count,
        weight=weight,
        last_ms=trait.last_ms,
        sources=[*source_words(trait.sources)],
        origin=_origin(share, said=interval is None),
    )


def means(reading: Reading, sums: DecayedMeans, group: str | None = None) -> list[TraitShown]:
    """Each mean by name, with the interval of the normal approximation."""
    shown: list[TraitShown] = []
    for name, held in sorted(sums.means.items()):
        weight = decayed(sums, held.weight, reading.now_ms)
        if held.weight <= 0.0 or _effective(reading, None, group, name)[1] == MUTED:
            continue
        mean = held.total / held.weight
        sure = sqrt(max(min(weight, held.count), 1.0))
        spread = NORMAL_90 * deviation(held.square / held.weight, mean) / sure
        known = held.count >= reading.evidence_min
        shown.append(
            TraitShown(
                name=name,
                measure="mean",
                value=mean if known else None,
                low=mean - spread if known else None,
                high=mean + spread if known else None,
                count=held.count,
                weight=weight,
                last_ms=held.last_ms,
                sources=[*source_words(held.sources)],
                origin="inferred" if known else "unknown",
            )
        )
    return shown


def rate(  # noqa: PLR0913  # a rate and all it rests on
    reading: Reading,
    name: str,
    successes: float,
    failures: float,
    *,
    count: int,
    last_ms: int | None,
    sources: int = 0,
    measure: Measure = "rate",
) -> TraitShown:
    """How often something came of it, with Jeffreys' interval."""
    trials = successes + failures
    low, high = beta_interval(max(successes, 0.0), max(failures, 0.0))
    value = successes / trials if trials > 0.0 else None
    found = Estimate(value, low, high, count, trials, last_ms or 0, sources)
    return estimated(reading, name, found, measure)


def estimated(
    reading: Reading,
    name: str,
    estimate: Estimate,
    measure: Measure = "rate",
    why: str | None = None,
) -> TraitShown:
    """`estimate` in the form that readers get."""
    value = estimate.value if estimate.count >= reading.evidence_min else None
    low, high = estimate.low, estimate.high
    if value is not None:
        low, high = around(value, (low, high))
    return TraitShown(
        name=name,
        measure=measure,
        value=value,
        low=low,
        high=high,
        count=estimate.count,
        weight=estimate.weight,
        last_ms=estimate.last_ms or None,
        sources=[*source_words(estimate.sources)],
        origin="unknown" if value is None else "inferred",
        why=why,
    )


def deviation(square: float, mean: float) -> float:
    """Standard deviation, from the means of squares and of values; less than `ROUNDED` is none."""
    variance = square - mean * mean
    return sqrt(variance) if variance > ROUNDED * square else 0.0


def around(value: float, interval: tuple[float, float]) -> tuple[float, float]:
    """`interval`, widened to hold `value`.

    Jeffreys' prior leaves nought and one outside, and a share by next to no evidence is a mean far
    from its median.

    Source: Brown, Cai, DasGupta: Interval Estimation for a Binomial Proportion, 2001, section 4.
    """
    return min(interval[0], value), max(interval[1], value)


def unknown(name: str, measure: Measure, why: str | None = None, *, count: int = 0) -> TraitShown:
    """A trait of which too little is known, and why."""
    return TraitShown(
        name=name,
        measure=measure,
        value=None,
        low=None,
        high=None,
        count=count,
        weight=float(count),
        last_ms=None,
        sources=[],
        origin="unknown",
        why=why,
    )


def _effective(
    reading: Reading, inferred: float | None, group: str | None, name: str
) -> tuple[float | None, str]:
    if group is None:
        return inferred, ""
    if reading.hides(group, name):
        return None, MUTED
    return effective_share(inferred, reading.profile.stated, group, name)


def _origin(share: float | None, *, said: bool) -> Origin:
    if said:
        return "said"
    return "unknown" if share is None else "inferred"


def _share_interval(held: float, rest: float) -> tuple[float, float]:
    if held <= 0.0:
        return 0.0, 0.0
    if rest <= 0.0:
        return 1.0, 1.0
    return beta_quantile(TAIL, held, rest), beta_quantile(1.0 - TAIL, held, rest)

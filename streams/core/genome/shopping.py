"""Buying behaviour as the genome shows it: how much, how often, when, where, at what price."""

from collections.abc import Sequence
from math import sqrt

from streams.core.decay import decayed
from streams.core.evidence import CLICK, TILL, source_words
from streams.core.genome.background import Reading
from streams.core.genome.evidence import gamma_interval
from streams.core.genome.habits import habits, interval, next_categories, open_habits
from streams.core.genome.lifecycle import purchase_rhythm
from streams.core.genome.sensitivity import novelty_seeking, price_sensitivity
from streams.core.genome.tastes import (
    Bought,
    BuyingShown,
    Measure,
    PeriodSpent,
    Spent,
    TraitShown,
)
from streams.core.genome.traits import NORMAL_90, around, deviation, estimated, rate, shares
from streams.core.profile.buying import (
    DISCOUNT,
    HOURS,
    PERIOD_DAYS,
    RECEIPTS,
    SQUARE,
    UNITS,
    Buying,
    Spend,
)

PURCHASES_SHOWN_MAX = 12
HOURS_SHOWN = 3
DAYS_SHOWN = 2
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def buying(reading: Reading) -> BuyingShown:
    """All of it, as of now."""
    profile, held = reading.profile, reading.profile.buying
    sources = buying_sources(reading)
    receipts = sum(one.recent.count for one in held.spend.values())
    last_ms, words = held.last_purchase_ms or None, source_words(sources)
    kept = open_habits(reading)
    hours, weekdays = _times(reading, receipts)
    return BuyingShown(
        spend=[_spent(reading, one, spend, words) for one, spend in sorted(held.spend.items())],
        purchase_days=held.days_count,
        first_purchase_ms=held.first_purchase_ms or None,
        last_purchase_ms=last_ms,
        interval_days=interval(reading, "interval", purchase_rhythm(reading), last_ms, sources),
        lines=_counted(reading, "lines", held.lines, receipts, receipts, last_ms, words),
        habits=habits(reading, kept, sources),
        next=next_categories(reading, kept),
        purchases=_purchases(held),
        hours=hours,
        weekdays=weekdays,
        channels=shares(reading, profile.channels, "channel"),
        outlets=shares(reading, profile.outlets, "outlet"),
        tenders=shares(reading, held.tenders),
        price_sensitivity=_sensitivity(reading, sources),
        promotions=_part(reading, "promotions", held.promoted, held.lines),
        coupons=_part(reading, "coupons", held.coupons, held.lines),
        novelty=estimated(reading, "novelty", novelty_seeking(held.habits, sources), "share"),
        repetition=_part(reading, "repetition", len(held.repeats), len(held.purchases)),
        returns=_part(reading, "returns", held.returns, receipts, measure="rate"),
        voids=held.voids,
    )


def _purchases(held: Buying) -> list[Bought]:
    newest = sorted(held.purchases.items(), key=lambda one: (-one[1], one[0]))
    return [
        Bought(item_id=item, at_ms=at_ms, receipts=held.repeats.get(item, 1))
        for item, at_ms in newest[:PURCHASES_SHOWN_MAX]
    ]


def _part(
    reading: Reading, name: str, part: int, whole: int, *, measure: Measure = "share"
) -> TraitShown:
    """Lifetime counts: `part` of `whole` observations of buying."""
    return rate(
        reading,
        name,
        part,
        max(whole - part, 0),
        count=whole,
        last_ms=reading.profile.buying.last_purchase_ms or None,
        sources=buying_sources(reading),
        measure=measure,
    )


def buying_sources(reading: Reading) -> int:
    """Bits of the kinds of sources that purchases came by."""
    counts = reading.profile.counts
    return (TILL if counts.get("sale") else 0) | (CLICK if counts.get("purchase") else 0)


def _spent(reading: Reading, currency: str, spend: Spend, words: tuple[str, ...]) -> Spent:
    recent = spend.recent
    scale = decayed(spend.sums, 1.0, reading.now_ms)
    receipts = max(spend.sums.sums[RECEIPTS] * scale, 0.0)
    last_ms = recent.last_ms or None
    recent_minor = decayed(recent, recent.weight, reading.now_ms)
    off_minor = max(spend.sums.sums[DISCOUNT] * scale, 0.0)
    priced_minor = max(recent_minor, 0.0) + off_minor
    priced = recent.count >= reading.evidence_min and priced_minor > 0.0
    return Spent(
        currency=currency,
        lifetime_minor=spend.lifetime_minor,
        recent_minor=recent_minor,
        half_life_ms=recent.half_life_ms,
        margin_minor=spend.margin_minor if spend.costed_minor else None,
        costed_minor=spend.costed_minor,
        purchases=recent.count,
        last_ms=last_ms,
        receipt=_receipt(reading, spend, recent_minor, receipts, words),
        units=_counted(
            reading,
            "units",
            max(spend.sums.sums[UNITS] * scale, 0.0),
            receipts,
            recent.count,
            last_ms,
            words,
        ),
        discount=TraitShown(
            name="discount",
            measure="share",
            value=off_minor / priced_minor if priced else None,
            low=None,
            high=None,
            count=recent.count,
            weight=receipts,
            last_ms=last_ms,
            sources=[*words],
            origin="inferred" if priced else "unknown",
        ),
        periods=[
            PeriodSpent(from_ms=reading.utc_of_day(period * PERIOD_DAYS), spent_minor=minor)
            for period, minor in sorted(spend.periods.items())
        ],
    )


def _receipt(
    reading: Reading, spend: Spend, recent_minor: float, receipts: float, words: tuple[str, ...]
) -> TraitShown:
    """Mean of a receipt by decayed sums, with the normal interval of its variance."""
    recent = spend.recent
    known = recent.count >= reading.evidence_min and receipts > 0.0
    low = high = value = None
    if known:
        value = recent_minor / receipts
        square = decayed(spend.sums, spend.sums.sums[SQUARE], reading.now_ms) / receipts
        spread = NORMAL_90 * deviation(square, value) / sqrt(max(receipts, 1.0))
        low, high = value - spread, value + spread
    return TraitShown(
        name="receipt",
        measure="amount",
        value=value,
        low=low,
        high=high,
        count=recent.count,
        weight=receipts,
        last_ms=recent.last_ms or None,
        sources=[*words],
        origin="inferred" if known else "unknown",
    )


def _counted(  # noqa: PLR0913, PLR0917  # a count and all it rests on
    reading: Reading,
    name: str,
    total: float,
    receipts: float,
    count: int,
    last_ms: int | None,
    words: tuple[str, ...],
) -> TraitShown:
    """So many of something on one receipt, with the interval of a Poisson rate."""
    known = count >= reading.evidence_min and receipts > 0.0
    low = high = value = None
    if known:
        value = total / receipts
        low, high = around(value, gamma_interval(total, receipts))
    return TraitShown(
        name=name,
        measure="count",
        value=value,
        low=low,
        high=high,
        count=count,
        weight=float(receipts),
        last_ms=last_ms,
        sources=[*words],
        origin="inferred" if known else "unknown",
    )


def _times(reading: Reading, receipts: int) -> tuple[list[TraitShown], list[TraitShown]]:
    times = reading.profile.buying.times
    scale = decayed(times, 1.0, reading.now_ms)
    weights = [max(one * scale, 0.0) for one in times.sums]
    hours = [(f"{hour}-{hour + 1} h", weights[hour]) for hour in range(HOURS)]
    days = list(zip(WEEKDAYS, weights[HOURS:], strict=True))
    return (
        _most(reading, hours, receipts, HOURS_SHOWN),
        _most(reading, days, receipts, DAYS_SHOWN),
    )


def _most(
    reading: Reading, weights: Sequence[tuple[str, float]], receipts: int, shown_max: int
) -> list[TraitShown]:
    total = sum(weight for _, weight in weights)
    ranked = sorted(weights, key=lambda one: -one[1])[:shown_max]
    sources = buying_sources(reading)
    return [
        rate(
            reading,
            name,
            weight,
            total - weight,
            count=receipts,
            last_ms=reading.profile.buying.last_purchase_ms or None,
            sources=sources,
            measure="share",
        )
        for name, weight in ranked
        if weight > 0.0
    ]


def _sensitivity(reading: Reading, sources: int) -> TraitShown:
    held = reading.profile.buying
    found = price_sensitivity(held.habits, reading.model, sources)
    why = None
    if found.value is None:
        why = "the population was not fitted yet" if not reading.model.version else None
    else:
        why = f"{held.promoted} promoted lines, {found.weight:.1f} expected of anybody"
    return estimated(reading, "price sensitivity", found, "ratio", why)

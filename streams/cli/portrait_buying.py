"""Buying and taste of one customer, in lines for a terminal."""

from collections.abc import Iterable

from streams.cli.portrait_lines import ago, bars, evidence, number, numbers, share, some
from streams.cli.words import clean, money
from streams.core.genome.genome import Genome
from streams.core.genome.tastes import HabitShown, Spent

DAY_MS = 86_400_000
BOUGHT_MAX = 6


def buying(genome: Genome) -> Iterable[str]:
    """Money, rhythm, basket and times."""
    held, now_ms = genome.buying, genome.as_of_ms
    for spent in held.spend:
        yield from _spent(spent)
    if held.last_purchase_ms is not None:
        last = ago(now_ms, held.last_purchase_ms)
        yield f"{held.purchase_days} days of purchase, last {last}"
        yield f"days between them: {number(held.interval_days, '.1f')}"
        yield f"lines on a receipt: {number(held.lines, '.1f')}"
    if held.hours:
        times = [f"{one.name} {one.value:.0%}" for one in held.hours if one.value is not None]
        days = [f"{one.name} {one.value:.0%}" for one in held.weekdays if one.value is not None]
        if times:
            yield f"mostly at {', '.join(times)}; on {', '.join(days)} (local time)"
    if held.purchases:
        bought = (
            f"{one.item_id} ({ago(now_ms, one.at_ms)}"
            + (f", {one.receipts} times)" if one.receipts > 1 else ")")
            for one in held.purchases
        )
        yield f"last bought {some(bought, BOUGHT_MAX)}"
    if held.voids:
        yield f"{held.voids} receipts cancelled"


def _spent(one: Spent) -> Iterable[str]:
    days = one.half_life_ms // DAY_MS
    yield (
        f"{money(one.lifetime_minor, one.currency)} over the lifetime, "
        f"{money(one.recent_minor, one.currency)} recently (half-life {days} d), "
        f"n={one.purchases}"
    )
    receipt = one.receipt
    if receipt.value is not None and receipt.low is not None and receipt.high is not None:
        low, high = money(receipt.low, one.currency), money(receipt.high, one.currency)
        yield f"a receipt comes to {money(receipt.value, one.currency)} ({low} to {high})"
    if one.margin_minor is not None:
        margin = money(one.margin_minor, one.currency)
        yield f"margin {margin} of {money(one.costed_minor, one.currency)} whose cost is known"


def ways(genome: Genome) -> Iterable[str]:
    """Promotions, coupons, novelty, returns."""
    held = genome.buying
    if not held.purchase_days:
        return
    sensitivity = held.price_sensitivity
    why = f"  {sensitivity.why}" if sensitivity.why else ""
    yield f"price sensitivity (1 is as everybody)  {number(sensitivity)}{why}"
    shown = (held.promotions, held.coupons, held.novelty, held.repetition, held.returns)
    yield from bars(shown, genome.as_of_ms)
    yield from bars(held.tenders, genome.as_of_ms)


def habits(genome: Genome) -> Iterable[str]:
    """Categories by receipts: how often, at what rhythm, and whether one is due."""
    known = genome.buying.habits
    longest = max((len(clean(one.category)) for one in known), default=0)
    for one in known:
        yield f"{clean(one.category).ljust(longest)}  {_habit(one, genome.as_of_ms)}"


def _habit(one: HabitShown, now_ms: int) -> str:
    words = [f"{one.receipts} receipts, last {ago(now_ms, one.last_day_ms)}"]
    if one.interval_days.value is not None:
        words.append(f"every {number(one.interval_days, '.0f', ' d')}")
    if one.due is not None:
        words.append(one.due)
    if one.still_buys is not None and one.due == "dropped":
        words.append(f"{one.still_buys:.0%} likely still a buyer")
    if one.promoted:
        words.append(f"{one.promoted / one.lines:.0%} of lines reduced")
    if one.price_sensitivity is not None and one.price_sensitivity.value is not None:
        words.append(f"price sensitivity {one.price_sensitivity.value:.2f}")
    return ", ".join(words)


def coming(genome: Genome) -> Iterable[str]:
    """What may be bought next, and why."""
    known = genome.buying.next
    longest = max((len(clean(one.category)) for one in known), default=0)
    for one in known:
        why = f"goes with {one.goes_with}" if one.goes_with else one.why
        count = f", n={one.receipts}" if one.receipts else ""
        yield f"{clean(one.category).ljust(longest)}  {one.share:6.1%}  {why}{count}"


def taste(genome: Genome) -> Iterable[str]:
    """What the chosen things are like."""
    held, now_ms = genome.taste, genome.as_of_ms
    yield from bars(held.attributes, now_ms)
    for one in held.bands:
        if one.name == "private label":
            yield f"private label  {share(one)}  {evidence(one, now_ms)}"
        else:
            what = f"{one.name} in its category, 0 lowest to 1 highest"
            yield f"{what}  {number(one)}  {evidence(one, now_ms)}"
    for rated in held.ratings:
        yield f"rated {rated.item_id} {rated.rating:g} of 5, {ago(now_ms, rated.at_ms)}"
    if held.unknown_articles:
        yield f"{held.unknown_articles} articles that the product catalogue does not know yet"


def opinions(genome: Genome) -> Iterable[str]:
    """Brands talked about, -1 to 1."""
    return numbers(genome.worlds.opinions, genome.as_of_ms, "+.2f")

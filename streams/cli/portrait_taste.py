"""Habits, ways of shopping and tastes of one customer, in lines for a terminal."""

from collections.abc import Iterable

from streams.cli.words import age
from streams.worker.genome import Genome, HabitShown, MeanShown


def habits(genome: Genome) -> Iterable[str]:
    """Categories by receipts: how often, at what rhythm, and whether one is due."""
    longest = max((len(one.category) for one in genome.habits), default=0)
    for one in genome.habits:
        yield f"{one.category.ljust(longest)}  {_habit(one, genome.as_of_ms)}"


def ways(genome: Genome) -> Iterable[str]:
    """Days, promotions, repetition and times."""
    basket = genome.basket
    if not basket.lines:
        return
    yield f"{basket.purchase_days} days of purchase, {basket.lines} lines"
    yield (
        f"{basket.promoted / basket.lines:.0%} of the lines at a reduced price, "
        f"{basket.coupons} with a coupon"
    )
    if basket.items_known:
        share = basket.items_repeated / basket.items_known
        yield f"{share:.0%} of the last {basket.items_known} articles were bought more than once"
    if basket.hours:
        hours = ", ".join(f"{hour}-{hour + 1} h" for hour in basket.hours)
        yield f"mostly at {hours}, on {' and '.join(basket.weekdays)} (local time)"


def taste(means: list[MeanShown]) -> Iterable[str]:
    """Means with their 90 % intervals."""
    longest = max((len(one.name) for one in means), default=0)
    for one in means:
        value = "unknown" if one.mean is None else f"{one.mean:.2f} ({one.low:.2f}-{one.high:.2f})"
        yield f"{one.name.ljust(longest)}  {value}  n={one.count}"


def _habit(one: HabitShown, now_ms: int) -> str:
    words = [f"{one.receipts} receipts, last {age(now_ms - one.last_day_ms)} ago"]
    if one.interval_days is not None:
        words.append(f"every {one.interval_days:.0f} days")
    if one.due is not None:
        words.append(one.due)
    if one.promoted:
        words.append(f"{one.promoted / one.lines:.0%} reduced")
    return ", ".join(words)

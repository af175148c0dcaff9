"""The reader of the matching study: whose receipts are these, going by one genome alone?

It adds up evidence that a person could weigh by hand, in natural logarithms of likelihood ratios:

- Names (categories, brands, attributes, articles, outlets, hours, weekdays): how much likelier each
  name on a receipt is under the genome's share of it than under the population's. A share of the
  genome counts for `GENOME_PART`, the population's for the rest; names that the genome does not
  show share what it leaves, as they do in the population.
- Measures (what a receipt comes to, days between purchases, promotions, bands): how much closer the
  receipts are to the genome's number, by how far one household moves from one half of the learning
  weeks to the other, than to the usual number, by how far households lie apart.

Where the genome shows receipts and no share, the share is these of all lines. A name counts once a
receipt and an attribute once an article, as the profile counts them. Shares of the genome that are
"unknown" say nothing. Money is minor units, times are local milliseconds.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log, sqrt
from statistics import fmean, pstdev
from typing import NamedTuple

from streams.core.genome.genome import Genome
from streams.core.genome.shopping import WEEKDAYS
from streams.core.genome.tastes import TraitShown
from streams.core.local import hour_of, weekday_of
from streams.core.profile.taste import PACK_BAND, PRICE_BAND, PRIVATE_LABEL

DAY_MS = 86_400_000
GENOME_PART = 0.7  # 0.5 to 0.9 differ by 2 % of the trials at most, weeks 19-24, learned on 1-18
REST_MIN = 0.01  # what a genome leaves at least for all it does not show
UNSEEN = 0.5  # times that the population is taken to have bought what it never bought
SPREAD_MIN = 0.01  # of a measure, so that no agreement is beyond doubt
HALF_RECEIPTS_MIN = 3  # of one household in half of the learning weeks, to see how it moves
BANDS = (PRICE_BAND, PACK_BAND, PRIVATE_LABEL)


class Line(NamedTuple):
    """One line of a receipt, with what the catalogue says of its article."""

    item_id: str
    category: str | None
    brand: str | None
    amount_minor: int
    promoted: bool
    traits: tuple[str, ...] = ()
    bands: tuple[tuple[str, float], ...] = ()


class Seen(NamedTuple):
    """All that a reader sees of one receipt."""

    local_ms: int
    outlet: str
    amount_minor: int
    lines: tuple[Line, ...]


def _articles(seen: Seen) -> Iterable[Line]:
    return {line.item_id: line for line in seen.lines}.values()


NAMES: Mapping[str, Callable[[Seen], Iterable[str]]] = {
    "categories": lambda seen: {line.category for line in seen.lines if line.category},
    "brands": lambda seen: {line.brand for line in seen.lines if line.brand},
    "attributes": lambda seen: [trait for line in _articles(seen) for trait in line.traits],
    "articles": lambda seen: {line.item_id for line in seen.lines},
    "outlets": lambda seen: (seen.outlet,),
    "hours": lambda seen: (hour_name(hour_of(seen.local_ms)),),
    "weekdays": lambda seen: (WEEKDAYS[weekday_of(seen.local_ms)],),
}
"""What a reader may go by -> the names that a receipt holds of it."""
MEASURES = ("receipt", "interval", "promotions", *BANDS)
"""Numbers a reader may go by; `receipt` and `interval`, in minor units and days, as logarithms."""


def hour_name(hour: int) -> str:
    """An hour of the day as the genome names it."""
    return f"{hour}-{hour + 1} h"


class Spread(NamedTuple):
    """One measure in the population: the usual, how far households lie apart, how far one moves."""

    usual: float
    between: float
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """What everybody buys: name -> times by what is named, and measure -> its spread."""

    counts: Mapping[str, Mapping[str, int]]
    totals: Mapping[str, int]
    spreads: Mapping[str, Spread]

    def share(self, what: str, name: str) -> float:
        """The part that `name` has of all names of that kind, above 0."""
        return max(self.counts[what].get(name, 0), UNSEEN) / max(self.totals[what], 1)


class Tally:
    """What the receipts of one household come to, added one by one."""

    __slots__ = ("_amount_minor", "_bands", "_days", "_lines", "_promoted", "receipts")

    def __init__(self, receipts: Iterable[Seen] = ()) -> None:
        """Start with `receipts`."""
        self.receipts = self._amount_minor = self._lines = self._promoted = 0
        self._days: set[int] = set()
        self._bands: dict[str, tuple[float, int]] = {}
        for seen in receipts:
            self.add(seen)

    def add(self, seen: Seen) -> None:
        """Add one receipt."""
        self.receipts += 1
        self._amount_minor += seen.amount_minor
        self._days.add(seen.local_ms // DAY_MS)
        self._lines += len(seen.lines)
        self._promoted += sum(line.promoted for line in seen.lines)
        for line in _articles(seen):
            for name, x in line.bands:
                total, count = self._bands.get(name, (0.0, 0))
                self._bands[name] = (total + x, count + 1)

    def measures(self, days: float) -> dict[str, float]:
        """Measure -> its value over `days`, where there is one; at least one receipt."""
        found = {
            "receipt": log(max(self._amount_minor / self.receipts, 1.0)),
            "interval": log(days / len(self._days)),
        }
        if self._lines:
            found["promotions"] = self._promoted / self._lines
        return found | {name: total / count for name, (total, count) in self._bands.items()}


class Census:
    """The population's receipts of the learning weeks, counted as they come."""

    def __init__(self, *, start_ms: int, end_ms: int) -> None:
        """The weeks last from `start_ms` to `end_ms`, local time."""
        self._half_ms = (start_ms + end_ms) // 2
        self._half_days = (end_ms - start_ms) / 2 / DAY_MS
        self._counts: dict[str, Counter[str]] = {what: Counter() for what in NAMES}
        self._halves: dict[int, tuple[Tally, Tally]] = {}

    def add(self, household: int, seen: Seen) -> None:
        """Count one receipt of `household`."""
        for what, names in NAMES.items():
            self._counts[what].update(names(seen))
        halves = self._halves.get(household)
        if halves is None:
            halves = self._halves[household] = (Tally(), Tally())
        halves[seen.local_ms > self._half_ms].add(seen)

    def population(self) -> Population:
        """What was counted until now."""
        both = [
            (first.measures(self._half_days), second.measures(self._half_days))
            for first, second in self._halves.values()
            if min(first.receipts, second.receipts) >= HALF_RECEIPTS_MIN
        ]
        spreads = {}
        for name in MEASURES:
            moved = [(old[name], new[name]) for old, new in both if name in old and name in new]
            if moved:
                spreads[name] = _spread(moved)
        totals = {what: counted.total() for what, counted in self._counts.items()}
        return Population(counts=self._counts, totals=totals, spreads=spreads)


class Reader:
    """Somebody who knows the population and one genome, and nothing else."""

    def __init__(self, genome: Genome, population: Population) -> None:
        """Read `genome` once, for any number of receipts."""
        self._population = population
        self._ratios = {what: _ratios(genome, what, population) for what in NAMES}
        self._measures = stated_measures(genome)

    def score(self, receipts: Sequence[Seen], what: Iterable[str], *, days: float) -> float:
        """How much likelier `receipts`, of `days`, are of this genome than of anybody.

        `what` to go by is of `NAMES` and `MEASURES`; natural logarithm, 0 says nothing.
        """
        asked = set(what)
        parts: list[float] = []
        for name in NAMES:
            if name in asked:
                known, rest = self._ratios[name]
                parts += [known.get(one, rest) for seen in receipts for one in NAMES[name](seen)]
        if receipts and not asked.isdisjoint(MEASURES):
            found = Tally(receipts).measures(days)
            parts += [self._closer(name, found) for name in MEASURES if name in asked]
        return fsum(parts)  # exact, so that equal receipts tie whatever the order of their lines

    def _closer(self, name: str, found: Mapping[str, float]) -> float:
        spread = self._population.spreads.get(name)
        if spread is None or name not in found or name not in self._measures:
            return 0.0
        ours = _log_normal(found[name], self._measures[name], spread.within)
        return ours - _log_normal(found[name], spread.usual, spread.between)


def ordinary(receipts: Iterable[Seen], population: Population) -> float:
    """How ordinary the categories are: the mean logarithm of their share in the population."""
    shares = [
        log(population.share("categories", name))
        for seen in receipts
        for name in NAMES["categories"](seen)
    ]
    return fsum(shares) / len(shares) if shares else 0.0


def stated_shares(genome: Genome, what: str) -> dict[str, float]:
    """Name -> the share that the genome shows of it; `what` is of `NAMES`."""
    taste, buying = genome.taste, genome.buying
    lines = max(buying.promotions.count, 1)
    if what == "categories":
        coming = {one.category: one.receipts / lines for one in buying.next if one.receipts}
        habits = {one.category: one.receipts / lines for one in buying.habits}
        return coming | habits | _known(taste.categories)
    if what == "articles":
        return {one.item_id: one.receipts / lines for one in buying.purchases}
    traits = {
        "brands": taste.brands,
        "attributes": taste.attributes,
        "outlets": buying.outlets,
        "hours": buying.hours,
        "weekdays": buying.weekdays,
    }
    return _known(traits[what])


def stated_measures(genome: Genome) -> dict[str, float]:
    """Measure -> the number that the genome shows, where it knows one."""
    buying = genome.buying
    amounts = [one.receipt.value for one in buying.spend if one.receipt.value is not None]
    found = _known([one for one in genome.taste.bands if one.name in BANDS])
    if buying.promotions.value is not None:
        found["promotions"] = buying.promotions.value
    if amounts:
        found["receipt"] = log(max(amounts[0], 1.0))
    interval_days = buying.interval_days.value
    if interval_days is not None and interval_days > 0.0:
        found["interval"] = log(interval_days)
    return found


def _known(traits: Iterable[TraitShown]) -> dict[str, float]:
    return {one.name: one.value for one in traits if one.value is not None}


def _ratios(genome: Genome, what: str, population: Population) -> tuple[Mapping[str, float], float]:
    """Log ratios of the names that the genome shows, and that of every other one."""
    found: dict[str, float] = {}
    ours = usual = 0.0
    for name, stated in stated_shares(genome, what).items():
        share = population.share(what, name)
        mixed = GENOME_PART * stated + (1.0 - GENOME_PART) * share
        found[name] = log(mixed / share)
        ours, usual = ours + mixed, usual + share
    return found, log(max(1.0 - ours, REST_MIN) / max(1.0 - usual, REST_MIN))


def _spread(moved: Sequence[tuple[float, float]]) -> Spread:
    latest = [new for _, new in moved]
    within = sqrt(fmean([(new - old) ** 2 for old, new in moved]))
    return Spread(fmean(latest), max(pstdev(latest), SPREAD_MIN), max(within, SPREAD_MIN))


def _log_normal(x: float, mean: float, deviation: float) -> float:
    """Logarithm of the normal density, without its constant."""
    return -0.5 * ((x - mean) / deviation) ** 2 - log(deviation)

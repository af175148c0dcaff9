"""Is the coupon that was handed in the one the decision had chosen? Complete Journey says.

For each redemption from `learn_until` to `test_until` the coupons of all campaigns that run for the
household on that day are ranked as of the start of the day, by what the live decision takes each to
be worth (`coupon_rows`); margins and prices are equal. What the population buys was learned before
`learn_until`; profiles and all counts of the baselines go on until the day before the redemption.
Each household counts once, by the mean over its redemptions. Ties are broken by chance, for every
ranker alike: a measure is its mean over all orders of the coupons that tie, so a ranker that knows
nothing of most coupons does not gain by the order of a list. Differences are paired by household.

Rankers of ours: the live decision; and the same with outcomes, which is times (redeemed +
`OUTCOMES`) / (expected + `OUTCOMES`) of a coupon over all redemptions before that day, where
expected is the sum of its shares of our values: what a coupon draws by itself is learned from what
came of it, as in the decision. The first was named before the look at the later months. The last
baseline is the same decision with the lift by own purchases of the goods taken away.

Numbers were chosen on January and February, what the population buys learned on January: on 53
redemptions from 15 January on. There the decision comes to an MRR of 23.0, own counts to 18.2,
popularity to 15.0, the decision without own goods to 17.2; the strength of the prior, from 3 to 100
purchases, changes nothing.

The months from March on were looked at five times by this decision. With 32 articles, all of whose
lift came on top of `accepts`, it was behind own counts (MRR -4.7 points, hit@10 -14.2); with 512
nearer (-2.2, -4.0), since what everybody buys went on to weigh the more, the longer a history was.
The posterior that `core.decide.goods` has now, and a view of the coupons that the household holds
alone, came of that look, no number did; then 512 articles became 240, which is what a row has room
for, and cost 0.8 of MRR. That P1 was cut off at 1, so that what was bought most often tied, was
seen in `make demo` and mended since. Own counts know every article since January. An earlier study
had looked at these months five times, with a model of its own that no decision used (git has it).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from streams.worker.simulation.coupon_material import (
    EVERYBODY,
    HANDED_IN,
    LIVE,
    OWN,
    POPULAR,
    WITHOUT,
    Case,
)
from streams.worker.simulation.paired import Difference, Row, compare

MEASURES = ("hit@1", "hit@3", "hit@10", "MRR")
TOPS = (1, 3, 10)
OUTCOMES = 5.0  # redemptions that our own expectation weighs against a coupon's record
WITH_OUTCOMES = " + outcomes"
BASELINES = (OWN, POPULAR, HANDED_IN, EVERYBODY, WITHOUT)
OURS = (LIVE, LIVE + WITH_OUTCOMES)
TIE = 1e-12  # of a score: rounding is no opinion


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One of ours against the baselines."""

    title: str
    redemptions: int
    households: int
    coupons: tuple[int, int, int]
    """Coupons to choose from: the fewest, the median, the most."""
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]


def judge(cases: Iterable[Case], *, learn_until_ms: int, seed: int) -> tuple[Table, ...]:
    """A table for each of `OURS`; cases before `learn_until_ms` are known and not judged."""
    every = list(cases)
    scored = list(zip(every, with_outcomes(every), strict=True))
    judged = [(case, more) for case, more in scored if case.day_ms >= learn_until_ms]
    found: dict[str, dict[int, list[tuple[float, ...]]]] = {}
    for case, more in judged:
        at = case.coupons.index(case.redeemed)
        for name, scores in (*case.scores.items(), *more.items()):
            measured = measure(scores, at)
            found.setdefault(name, {}).setdefault(case.household_id, []).append(measured)
    return tuple(_table(name, found, [case for case, _ in judged], seed) for name in OURS)


def measure(scores: Sequence[float], at: int) -> tuple[float, ...]:
    """The measures of the one at `at`, each as its mean over all orders of those that tie."""
    score = scores[at]
    near = TIE * abs(score)
    above = sum(one > score + near for one in scores)
    tied = sum(abs(one - score) <= near for one in scores)
    hits = [min(max(top - above, 0), tied) / tied for top in TOPS]
    return (*hits, fmean(1.0 / rank for rank in range(above + 1, above + tied + 1)))


def with_outcomes(cases: Sequence[Case]) -> list[dict[str, list[float]]]:
    """Scores of our ranker with what came of each coupon on the days before; in their order.

    Source: observed over expected with a gamma prior, as in Clayton & Kaldor, Empirical Bayes
    Estimates of Age-Standardized Relative Risks, Biometrics 43, 1987.
    """
    redeemed: dict[int, float] = {}
    expected: dict[str, dict[int, float]] = {LIVE: {}}
    waiting: list[Case] = []
    found = []
    for case in cases:
        if waiting and case.day_ms > waiting[-1].day_ms:
            for one in waiting:
                _add(one, redeemed, expected)
            waiting = []
        waiting.append(case)
        found.append(
            {
                name + WITH_OUTCOMES: [
                    score
                    * (redeemed.get(coupon, 0.0) + OUTCOMES)
                    / (counted.get(coupon, 0.0) + OUTCOMES)
                    for coupon, score in zip(case.coupons, case.scores[name], strict=True)
                ]
                for name, counted in expected.items()
            }
        )
    return found


def _add(case: Case, redeemed: dict[int, float], expected: Mapping[str, dict[int, float]]) -> None:
    redeemed[case.redeemed] = redeemed.get(case.redeemed, 0.0) + 1.0
    for name, counted in expected.items():
        total = sum(case.scores[name])
        for coupon, score in zip(case.coupons, case.scores[name], strict=True):
            counted[coupon] = counted.get(coupon, 0.0) + score / total


def _table(
    name: str,
    found: Mapping[str, Mapping[int, list[tuple[float, ...]]]],
    cases: Sequence[Case],
    seed: int,
) -> Table:
    means = {
        ranker: [
            [fmean(column) for column in zip(*measured, strict=True)]
            for _, measured in sorted(found[ranker].items())
        ]
        for ranker in (name, *BASELINES)
        if ranker in found
    }
    rows, differences = compare(means, MEASURES, seed)
    sizes = sorted(len(case.coupons) for case in cases) or [0]
    return Table(
        title=name,
        redemptions=len(cases),
        households=len({case.household_id for case in cases}),
        coupons=(sizes[0], round(median(sizes)), sizes[-1]),
        rows=rows,
        differences=differences,
    )

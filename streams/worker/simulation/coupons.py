"""Is the coupon that was handed in the one the decision had chosen? Complete Journey says.

For each redemption from `learn_until` to `test_until` the coupons of all campaigns that run for the
household on that day are ranked as of the start of the day, by what the live decision takes each to
be worth (`coupon_rows`); margins and prices are equal. What the population buys was learned before
`learn_until`; profiles and all counts of the baselines go on until the day before the redemption.
Each household counts once, by the mean over its redemptions. Ties are broken by chance, for every
ranker alike: a measure is its mean over all orders of the coupons that tie, so a ranker that knows
nothing of most coupons does not gain by the order of a list. Differences are paired by household.

Rankers of ours: the live decision; and the same with outcomes. For these a coupon that was held
when one was handed in is a trial, and the learner of `streams learn` makes lifts of all trials
before that day, as it does of offers. The last baseline is the same decision with the lift by own
purchases of the goods taken away.

Numbers were chosen on January and February, what the population buys learned on January: on 53
redemptions from 15 January on. There the decision comes to an MRR of 23.4, own counts to 18.2,
popularity to 15.0. The minus logarithm of the likelihood of what was handed in is 232, without
categories 237, for coupons that are all alike 257, and for the decision of before, whose coupons
followed what everybody buys as such, 369.

The months from March to July were looked at again and again while the decision got its form, so
they prove less than they would: five times until own goods were a posterior, and a dozen times
since. Of what came of that, categories as the nearness of goods, a slower `accepts` and campaigns
as parents are better on January and February too; that a list of special goods is unknown rather
than never bought is better on both; lines of one brand in one category were better on January and
February by six, later not, and are not there. More than 240 articles, a trial that fades more
slowly, and chances drawn nearer to each other would each move hit@10 by up to a point; they were
left as they were, since only the later months would choose them.

August to December, 1,517 redemptions of 331 households, were looked at once, when all of this was
done: with outcomes all measures are above all baselines there.

Own counts know every article since January. A profile remembers 240, and none of a special
department, which must never feed a decision: nine of the 522 redemptions of March to July are of
such goods, which own counts rank between the 3rd and the 43rd, the decision all but one after the
30th. So there are own counts of the other goods as well: what any decision might know. Those are
beaten on all measures in both spans; all own counts on all but hit@10 of March to July, where the
interval begins below 0.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median
from typing import NamedTuple

from streams.core.acceptance import NO_ACCEPTANCE, Acceptance, lift_at
from streams.core.profile.trials import Trial
from streams.core.tally import Tally, tally
from streams.worker.simulation.campaigns import offer_name
from streams.worker.simulation.coupon_material import (
    EVERYBODY,
    HANDED_IN,
    LIVE,
    OPEN,
    OWN,
    POPULAR,
    WITHOUT,
    Case,
)
from streams.worker.simulation.paired import Difference, Row, compare

MEASURES = ("hit@1", "hit@3", "hit@10", "MRR")
TOPS = (1, 3, 10)
CHANNEL, LEVEL, STAGE = "till", "coupon", "bought"  # of every trial: only coupons differ
WITH_OUTCOMES = " + outcomes"
BASELINES = (OWN, OPEN, POPULAR, HANDED_IN, EVERYBODY, WITHOUT)
OURS = (LIVE, LIVE + WITH_OUTCOMES)
TIE = 1e-12  # of a score: rounding is no opinion


class Learner(NamedTuple):
    """What makes a snapshot of all tallies as of a moment, and how fast their trials fade."""

    learn: Callable[[Iterable[Tally], int], Acceptance]
    half_life_ms: int


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


def judge(
    cases: Iterable[Case], *, learn_until_ms: int, learner: Learner, seed: int
) -> tuple[Table, ...]:
    """A table for each of `OURS`; cases before `learn_until_ms` are known and not judged."""
    every = list(cases)
    scored = list(zip(every, with_outcomes(every, learner), strict=True))
    judged = [(case, more) for case, more in scored if case.day_ms >= learn_until_ms]
    found: dict[str, dict[int, list[tuple[float, ...]]]] = {}
    for case, more in judged:
        at = case.coupons.index(case.redeemed)
        for name, scores in (*case.scores.items(), (LIVE + WITH_OUTCOMES, more)):
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


def with_outcomes(cases: Sequence[Case], learner: Learner) -> list[list[float]]:
    """Our values with what came of each coupon on the days before; in the order of the cases.

    A coupon that was held when one was handed in is a trial, and what was expected of it is its
    share of our values. The learner makes of them what it makes of offers.
    """
    tallies: dict[str, Tally] = {}
    learned = NO_ACCEPTANCE
    found = []
    for day_ms, group in groupby(cases, lambda one: one.day_ms):
        today = list(group)
        if tallies:
            learned = learner.learn(tallies.values(), day_ms)
        for case in today:
            named = zip(case.coupons, case.campaigns, strict=True)
            lifts = [_lift(learned, coupon, campaign) for coupon, campaign in named]
            values = zip(case.scores[LIVE], lifts, strict=True)
            found.append([value * lift for value, lift in values])
        for case in today:
            _count(case, tallies, learner.half_life_ms)
    return found


def _lift(learned: Acceptance, coupon: int, campaign: int) -> float:
    path = (offer_name(campaign, coupon), CHANNEL, LEVEL, STAGE)
    return lift_at(learned, path, str(campaign))


def _count(case: Case, tallies: dict[str, Tally], half_life_ms: int) -> None:
    total = sum(case.scores[LIVE])
    named = zip(case.coupons, case.campaigns, case.scores[LIVE], strict=True)
    for coupon, campaign, value in named:
        name = offer_name(campaign, coupon)
        taken = coupon == case.redeemed
        expected = value / total
        trial = Trial(name, CHANNEL, LEVEL, STAGE, case.day_ms, expected, accepted=taken)
        row = tallies.setdefault(name, Tally(name))
        at_ms = case.day_ms
        tally(row, trial, half_life_ms=half_life_ms, at_ms=at_ms, campaign=str(campaign))


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

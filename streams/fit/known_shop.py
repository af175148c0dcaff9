"""A shop whose customers' minds are known: how much does learning from outcomes lose on the way?

K offers, each with a true chance of acceptance by stage of the customer; the catalogue expects
something else: the truth times an error of its author's. At each decision a customer of a random
stage comes; the draw takes an offer by the propensities of `core.decide.arbitration`, with the
values that `core.acceptance` gives; the answer is drawn from the truth and tallied, and every
`SNAPSHOT_EVERY` decisions a snapshot is learned and adopted, as the worker does. Regret is the sum
of what the best offer would have brought over what the chosen one brings, both in expectation.

Against it: epsilon-greedy on plain means of what was taken by offer and stage, with epsilon .1 and
a mean of the catalogue's expectation before the first trial; and a random choice. At `drift` all
truths are dealt anew, and the catalogue goes on saying what it said.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from streams.core.acceptance import NO_ACCEPTANCE, Acceptance, below
from streams.core.decide.arbitration import Exploration, propensities, take
from streams.core.profile.trials import Trial
from streams.core.tally import Tally, tally
from streams.fit.acceptance import GAMMA_MIN, learn

STAGES = ("exploring", "intending", "owning")
SNAPSHOT_EVERY = 100
DECISION_MS = 60_000
"""A decision a minute: 20,000 take two weeks."""
HALF_LIFE_MS = 14 * 86_400_000
"""Shorter than a retailer's, as all of it takes two weeks."""
EXPLORATION = Exploration(uniform=0.02, scale_minor=20.0, optimism=2.0)
"""Both were chosen on seeds 1000 to 1059: less optimism loses more with 50 offers, and a larger
uniform share loses more with any number while a drift is found no sooner."""
EPSILON = 0.1
TENTHS = 10
DRIFTED = 1_000_000
"""Added to a seed: the shop that it becomes."""
CHANNEL, LEVEL = "web", "regular"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What is true, and what the catalogue says: by offer, chances by stage, margins."""

    truth: list[dict[str, float]]
    expected: list[float]
    margins_minor: list[int]

    def best_minor(self, stage: str) -> float:
        """What the best offer brings, in expectation."""
        return max(self.worth_minor(at, stage) for at in range(len(self.truth)))

    def worth_minor(self, at: int, stage: str) -> float:
        """What offer `at` brings, in expectation."""
        return self.truth[at][stage] * self.margins_minor[at]


def make_shop(seed: int, offers: int) -> Shop:
    """Chances from 2 % to 30 %, which the catalogue knows to a factor of three or so."""
    random = Random(seed)  # noqa: S311  # a simulation, to be repeated
    base = [0.02 + 0.28 * random.random() ** 2 for _ in range(offers)]
    truth = [
        {stage: min(0.9, chance * random.lognormvariate(0.0, 0.3)) for stage in STAGES}
        for chance in base
    ]
    expected = [min(0.9, chance * random.lognormvariate(0.0, 0.6)) for chance in base]
    margins = [random.randint(80, 320) for _ in range(offers)]
    return Shop(truth=truth, expected=expected, margins_minor=margins)


def regret_of_ours(
    shop: Shop, *, seed: int, decisions: int, later: Shop | None = None
) -> list[float]:
    """Sum of regret after each tenth of `decisions`; `later` is the truth from half-way on."""
    random = Random(seed)  # noqa: S311  # the same
    names = [f"o{at}" for at in range(len(shop.truth))]
    tallies = {name: Tally(name) for name in names}
    learned, regret, sums = NO_ACCEPTANCE, 0.0, []
    chances: dict[str, list[float]] = {}
    now_ms = 0
    for number in range(decisions):
        now_ms += DECISION_MS
        truth = later if later is not None and number >= decisions // 2 else shop
        if number % SNAPSHOT_EVERY == 0:
            if number:
                learned = learn(tallies.values(), now_ms=now_ms, gamma_min=GAMMA_MIN)
            chances = {stage: _chances(shop, names, stage, learned) for stage in STAGES}
        stage = random.choice(STAGES)
        taken = take(chances[stage], 0.0, random.random())
        assert taken is not None, "every offer clears a bar of 0"
        accepted = random.random() < truth.truth[taken][stage]
        regret += truth.best_minor(stage) - truth.worth_minor(taken, stage)
        trial = Trial(
            names[taken], CHANNEL, LEVEL, stage, now_ms, shop.expected[taken], accepted=accepted
        )
        tally(tallies[names[taken]], trial, half_life_ms=HALF_LIFE_MS, at_ms=now_ms)
        if (number + 1) % (decisions // TENTHS) == 0:
            sums.append(regret)
    return sums


def regret_of_epsilon_greedy(
    shop: Shop, *, seed: int, decisions: int, later: Shop | None = None
) -> list[float]:
    """The same of epsilon-greedy: the best mean, or with chance `EPSILON` any offer."""
    random = Random(seed)  # noqa: S311  # the same
    means = {
        (at, stage): [shop.expected[at], 1.0] for at in range(len(shop.truth)) for stage in STAGES
    }
    regret, sums = 0.0, []
    for number in range(decisions):
        truth = later if later is not None and number >= decisions // 2 else shop
        stage = random.choice(STAGES)
        if random.random() < EPSILON:
            taken = random.randrange(len(shop.truth))
        else:
            taken = max(
                range(len(shop.truth)),
                key=lambda at, stage=stage: (
                    means[at, stage][0]  # type: ignore[misc]  # mypy cannot infer the default's type
                    / means[at, stage][1]
                    * shop.margins_minor[at]
                ),
            )
        held = means[taken, stage]
        held[0] += random.random() < truth.truth[taken][stage]
        held[1] += 1.0
        regret += truth.best_minor(stage) - truth.worth_minor(taken, stage)
        if (number + 1) % (decisions // TENTHS) == 0:
            sums.append(regret)
    return sums


def regret_of_random(shop: Shop, decisions: int) -> float:
    """What a random choice loses, in expectation."""
    offers, regret = range(len(shop.truth)), 0.0
    for stage in STAGES:
        mean = sum(shop.worth_minor(at, stage) for at in offers) / len(offers)
        regret += (shop.best_minor(stage) - mean) / len(STAGES)
    return regret * decisions


def _chances(shop: Shop, names: list[str], stage: str, learned: Acceptance) -> list[float]:
    nodes = [below(learned.accepts, name) for name in names]
    leaves = [below(below(below(node, CHANNEL), LEVEL), stage) for node in nodes]
    values, hoped = [], []
    for at, leaf in enumerate(leaves):
        chance = shop.expected[at] * leaf.lift
        hope = chance * (1.0 + EXPLORATION.optimism * leaf.spread)
        values.append(min(1.0, chance) * shop.margins_minor[at])
        hoped.append(min(1.0, hope) * shop.margins_minor[at])
    gamma = GAMMA_MIN if learned.gamma is None else learned.gamma
    return propensities(
        values,
        0.0,
        EXPLORATION,
        hoped=hoped,
        silence=0.0,
        tried=lambda at: round(nodes[at].tried),
        gamma=gamma,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrets:
    """Regret of each seed, as a share of a random choice's; `after` by tenths, with a drift."""

    offers: int
    ours: list[float]
    epsilon_greedy: list[float]
    after: list[list[float]]
    """Of each tenth alone; the drift comes after the fifth."""


def regrets(offers: int, *, seeds: range, decisions: int) -> Regrets:
    """All shops of `offers` offers, one a seed."""
    ours, greedy, after = [], [], []
    for seed in seeds:
        shop = make_shop(seed, offers)
        plain = regret_of_random(shop, decisions)
        ours.append(regret_of_ours(shop, seed=seed, decisions=decisions)[-1] / plain)
        theirs = regret_of_epsilon_greedy(shop, seed=seed, decisions=decisions)[-1]
        greedy.append(theirs / plain)
        later = replace(shop, truth=make_shop(seed + DRIFTED, offers).truth)
        sums = [0.0, *regret_of_ours(shop, seed=seed, decisions=decisions, later=later)]
        both = (plain / TENTHS, regret_of_random(later, decisions) / TENTHS)
        after.append(
            [(b - a) / both[at >= TENTHS // 2] for at, (a, b) in enumerate(pairwise(sums))]
        )
    return Regrets(offers=offers, ours=ours, epsilon_greedy=greedy, after=after)

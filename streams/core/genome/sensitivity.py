"""Price sensitivity and novelty seeking, from habits and what the population does.

Price sensitivity is the ratio of lines bought at a reduced price to those expected if the customer
bought promotions as everybody does: 1 is as everybody, 2 is twice as often. What is expected is the
population's share of promoted lines of each category, from the model: its calendar is the time the
model was fitted on, without weeks of its own.
"""

from collections.abc import Mapping

from streams.core.genome.evidence import Estimate, beta_interval, gamma_interval
from streams.core.model import Model
from streams.core.profile.habits import Habit, last_day

DAY_MS = 86_400_000
POOLED_STRENGTH = 5.0  # expected promoted lines that "as everybody" weighs against all categories
CATEGORY_STRENGTH = 10.0  # those that the customer's own ratio weighs against one category
EXPECTED_MIN = 3.0  # expected promoted lines below which it reads "unknown"
NOVELTY_MIN = 10  # receipts of categories below which it reads "unknown"


def price_sensitivity(habits: Mapping[str, Habit], model: Model, sources: int) -> Estimate:
    """Observed over expected promoted lines, pooled over all categories that the model knows.

    `sources` are the bits of `core.evidence.Source` that receipts came by.

    Source: DOMAIN, buying behaviour, price sensitivity; Gamma-Poisson as in Clayton & Kaldor,
    Empirical Bayes Estimates of Age-Standardized Relative Risks, Biometrics 43, 1987.
    """
    known = {name: habit for name, habit in habits.items() if _share(model, name) > 0.0}
    observed = sum(habit.promoted for habit in known.values())
    expected = sum(habit.lines * _share(model, name) for name, habit in known.items())
    return _ratio(list(known.values()), observed, expected, (1.0, POOLED_STRENGTH), sources)


def price_sensitivity_by_category(
    habits: Mapping[str, Habit], model: Model, sources: int
) -> dict[str, Estimate]:
    """Category -> observed over expected promoted lines, where the evidence allows.

    Shrunk to what the customer does over all categories.
    """
    pooled = price_sensitivity(habits, model, sources).value
    if pooled is None:
        return {}
    found: dict[str, Estimate] = {}
    for name, habit in habits.items():
        expected = habit.lines * _share(model, name)
        if expected >= EXPECTED_MIN:
            prior = (pooled, CATEGORY_STRENGTH)
            found[name] = _ratio([habit], habit.promoted, expected, prior, sources)
    return found


def novelty_seeking(habits: Mapping[str, Habit], sources: int) -> Estimate:
    """Share of purchases that were the first of their category: 0 repeats, 1 always tries.

    A category bought again after it was dropped from the habits counts as new again.
    """
    receipts = sum(habit.receipts for habit in habits.values())
    low, high = beta_interval(len(habits), receipts - len(habits))
    value = len(habits) / receipts if receipts >= NOVELTY_MIN else None
    last_ms = _last_ms(list(habits.values()))
    return Estimate(value, low, high, receipts, float(receipts), last_ms, sources)


def _ratio(
    habits: list[Habit],
    observed: int,
    expected: float,
    prior: tuple[float, float],
    sources: int,
) -> Estimate:
    usual, strength = prior
    count, exposure = observed + usual * strength, expected + strength
    low, high = gamma_interval(count, exposure)
    value = count / exposure if expected >= EXPECTED_MIN else None
    lines = sum(habit.lines for habit in habits)
    return Estimate(value, low, high, lines, expected, _last_ms(habits), sources)


def _share(model: Model, category: str) -> float:
    known = model.categories.get(category)
    return known.promoted if known is not None else 0.0


def _last_ms(habits: list[Habit]) -> int:
    return max((last_day(habit) * DAY_MS for habit in habits), default=0)

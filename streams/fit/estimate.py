"""From a population to a model: every parameter, and a report on how well the data carries it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
import numpy as np

from streams.core.errors import ConfigError
from streams.core.model import Model, PurchaseModel, SpendModel
from streams.core.worth.lifetime import lifetime_value
from streams.core.worth.purchases import History
from streams.fit import rankings, rhythm
from streams.fit.holdout import Holdout, histories, validate
from streams.fit.influence import highest, page_rank
from streams.fit.likelihood import Estimate, Floats, Histories, fit_purchases, fit_spend
from streams.fit.population import DAY_MS, Population, Purchases

CUSTOMERS_MIN = 100
REPEATERS_MIN = 30
DIGEST_LETTERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A model and what a person should know before trusting it.

    `spend_correlation` is that of purchases and mean spend, over customers with two purchase days
    and more: the model of spend takes it for 0. None where spend could not be fitted.
    """

    model: Model
    purchases: Estimate
    spend: Estimate | None
    spend_correlation: float | None
    holdout: Holdout | None
    customers: int
    repeaters: int
    receipts: int
    lines: int
    duplicates: int
    late_voids: int
    first_day: int
    until_day: int
    best: dict[str, tuple[tuple[str, float], ...]]
    """Ranking -> the best customers by it, and their values."""


def estimate(population: Population, *, margin_share: float | None = None) -> Fitted:
    """Everything that a model holds, learned from a closed `population`.

    `margin_share` replaces what the lines say about margin.

    Raises:
        ConfigError: too few customers, or too few who came back, to learn from.
    """
    customers = list(population.customers())
    repeaters = sum(len(one.days) > 1 for one in customers)
    _check(len(customers), repeaters)
    until_day = max(population.until_ms // DAY_MS, *(one.days[-1] for one in customers))
    seen = histories(customers, until_day)
    purchases = fit_purchases(seen)
    spend, correlation = _spend(customers)
    ranks = page_rank(population.influence.edges(population.until_ms))
    margin = population.margin_share if margin_share is None else margin_share
    standings = rankings.standings(customers, ranks, until_day)
    model = Model(
        fitted_until_ms=population.until_ms,
        currency=population.currency,
        categories=rhythm.categories(population, until_day),
        purchase=PurchaseModel(*purchases.values),
        spend=None if spend is None else SpendModel(*spend.values),
        margin_share=margin,
        goes_with=population.pairs.lifts(across=False),
        attributes_go_with=population.trait_pairs.lifts(across=True),
        quantiles=rankings.quantiles(standings),
        one_time=rankings.one_time(customers, until_day),
        influence=highest(ranks),
    )
    model = msgspec.structs.replace(model, clv_median_minor=_median_value(model, customers, seen))
    return Fitted(
        model=msgspec.structs.replace(model, version=version_of(model)),
        purchases=purchases,
        spend=spend,
        spend_correlation=correlation,
        holdout=validate(customers, until_day),
        customers=len(customers),
        repeaters=repeaters,
        receipts=population.purchases,
        lines=population.lines,
        duplicates=population.duplicates,
        late_voids=population.late_voids,
        first_day=min(one.days[0] for one in customers),
        until_day=until_day,
        best=rankings.best(standings),
    )


def version_of(model: Model) -> str:
    """The day it was fitted until and a digest of all it says: equal models, equal versions."""
    unnamed = msgspec.structs.replace(model, version="")
    digest = sha256(msgspec.json.encode(unnamed, order="sorted")).hexdigest()
    day = datetime.fromtimestamp(model.fitted_until_ms / 1_000, UTC)
    return f"{day:%Y-%m-%d}-{digest[:DIGEST_LETTERS]}"


def with_version(fitted: Fitted, version: str) -> Fitted:
    """`fitted` under a name chosen by a person."""
    return replace(fitted, model=msgspec.structs.replace(fitted.model, version=version))


def summary(histories_of: Histories, means: Floats) -> tuple[Estimate, Estimate, float]:
    """Purchases, spend and the correlation of the two, of a table of summarised customers.

    `means` are over the repeat purchases, so customers without one say nothing about spend.

    Raises:
        ConfigError: too few customers, or too few who came back, to learn from.
    """
    back = (histories_of.repeats > 0) & (means > 0)
    _check(len(means), int(back.sum()))
    repeats = histories_of.repeats[back]
    correlation = _correlation(repeats, means[back])
    return fit_purchases(histories_of), fit_spend(repeats, means[back]), correlation


def _check(customers: int, repeaters: int) -> None:
    if customers < CUSTOMERS_MIN or repeaters < REPEATERS_MIN:
        needed = f"{CUSTOMERS_MIN} customers and {REPEATERS_MIN} who came back on another day"
        problem = f"fitting needs at least {needed}, got {customers} and {repeaters}"
        raise ConfigError(problems=[f"{problem}; read more events"])


def _spend(customers: Sequence[Purchases]) -> tuple[Estimate | None, float | None]:
    """Gamma-Gamma of purchase days with money, the first included, as a profile counts them."""
    rows = []
    for one in customers:
        paid = [money for money in one.paid_minor if money > 0]
        if paid:
            rows.append((len(paid), sum(paid) / len(paid)))
    if len(rows) < CUSTOMERS_MIN:
        return None, None
    counts, means = np.array(rows, dtype=np.float64).T
    back = counts > 1
    if back.sum() < REPEATERS_MIN or np.ptp(means) == 0:
        return None, None
    return fit_spend(counts, means), _correlation(counts[back], means[back])


def _correlation(counts: Floats, means: Floats) -> float:
    if np.ptp(counts) == 0 or np.ptp(means) == 0:
        return 0.0
    return float(np.corrcoef(counts, means)[0, 1])


def _median_value(model: Model, customers: Sequence[Purchases], seen: Histories) -> float | None:
    found = []
    for one, x, last, age in zip(customers, *seen, strict=True):
        mean_minor = sum(one.paid_minor) / len(one.paid_minor)
        value = lifetime_value(model, History(int(x), last, age), mean_minor)
        if value is not None:
            found.append(value.value_minor)
    return float(np.median(found)) if found else None

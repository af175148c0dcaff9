"""Does the model foretell? Fit on the first part of the time, compare with the rest."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from streams.core.model import PurchaseModel
from streams.core.worth import purchases as worth
from streams.fit.likelihood import Floats, Histories, fit_purchases, purchase_log_likelihoods
from streams.fit.population import Purchases

CALIBRATION_SHARE = 2 / 3
DECILES = 10


class Decile(Struct, frozen=True):
    """A tenth of the customers by expected purchases: how many, expected and actual means."""

    customers: int
    expected: float
    actual: float


class Holdout(Struct, frozen=True):
    """How well purchase days after the calibration were foretold, per customer.

    `naive` is the customer's own rate so far going on, `usual` everybody's mean rate. Log-
    likelihoods are of the held-out part, a customer, in nats; `usual` is one Poisson rate.
    """

    customers: int
    calibration_weeks: float
    holdout_weeks: float
    expected_total: float
    actual_total: float
    mae_model: float
    mae_naive: float
    mae_usual: float
    log_likelihood_model: float
    log_likelihood_usual: float
    deciles: tuple[Decile, ...]


def histories(customers: Sequence[Purchases], until_day: int) -> Histories:
    """What BG/NBD sees of the customers who had bought by `until_day`, up to and with that day."""
    rows = []
    for one in customers:
        days = [day for day in one.days if day <= until_day]
        if days:
            first = days[0]
            rows.append((len(days) - 1, (days[-1] - first) / 7, (until_day - first) / 7))
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Histories(*table.T)


def validate(customers: Sequence[Purchases], until_day: int) -> Holdout | None:
    """Fit on the first `CALIBRATION_SHARE` of the days and judge by the rest; None if too short."""
    first_day = min(one.days[0] for one in customers)
    split_day = first_day + round((until_day - first_day) * CALIBRATION_SHARE)
    known = [one for one in customers if one.days[0] <= split_day]
    before = histories(known, split_day)
    weeks = (until_day - split_day) / 7
    if weeks <= 0 or not before.repeats.any():
        return None
    model = PurchaseModel(*fit_purchases(before).values)
    after = histories(known, until_day)
    actual = after.repeats - before.repeats
    expected = np.array(
        [
            worth.expected_purchases(model, worth.History(int(x), last, age), weeks)
            for x, last, age in zip(*before, strict=True)
        ]
    )
    naive = before.repeats / np.maximum(before.age, 1.0) * weeks
    usual_rate = float(before.repeats.sum() / before.age.sum())
    gained = purchase_log_likelihoods(model, after) - purchase_log_likelihoods(model, before)
    return Holdout(
        customers=len(known),
        calibration_weeks=(split_day - first_day) / 7,
        holdout_weeks=weeks,
        expected_total=float(expected.sum()),
        actual_total=float(actual.sum()),
        mae_model=_error(expected, actual),
        mae_naive=_error(naive, actual),
        mae_usual=_error(np.full(len(actual), usual_rate * weeks), actual),
        log_likelihood_model=float(gained.mean()),
        log_likelihood_usual=float((actual * np.log(usual_rate) - usual_rate * weeks).mean()),
        deciles=_deciles(expected, actual),
    )


def _error(expected: Floats, actual: Floats) -> float:
    return float(np.abs(expected - actual).mean())


def _deciles(expected: Floats, actual: Floats) -> tuple[Decile, ...]:
    order = np.argsort(expected, kind="stable")
    return tuple(
        Decile(len(part), float(expected[part].mean()), float(actual[part].mean()))
        for part in np.array_split(order, min(DECILES, len(order)))
    )

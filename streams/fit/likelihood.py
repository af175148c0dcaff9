"""Maximum likelihood of BG/NBD and Gamma-Gamma over many customers at once.

The likelihoods are those of `core/worth`, on arrays. Parameters are searched as logarithms,
within `LOG_BOUND`, from several starts; standard errors come from the curvature at the optimum.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import optimize, special

from streams.core.model import PurchaseModel, SpendModel

Floats = NDArray[np.float64]
LOG_BOUND = np.log(1e5)
PURCHASE_STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 5.0, 0.8, 2.5), (2.0, 2.0, 0.1, 5.0))
SPEND_STARTS = ((1.0, 2.0, 1.0), (6.0, 4.0, 1.0), (2.0, 8.0, 5.0))
CURVATURE_STEP = 1e-3
NEAR_BOUND = 1e-3


class Histories(NamedTuple):
    """Customers as BG/NBD sees them; arrays of one length, times in weeks."""

    repeats: Floats
    last: Floats
    age: Floats


class Estimate(Struct, frozen=True):
    """Parameters of one model in the order of its fields, with how well they are known.

    `errors` are standard errors, None where the likelihood has no curvature to tell; `at_bound`
    says that a parameter ran to the end of its range, so the data does not determine it.
    """

    values: tuple[float, ...]
    errors: tuple[float | None, ...]
    log_likelihood: float
    customers: int
    at_bound: bool


def purchase_log_likelihoods(model: PurchaseModel, of: Histories) -> Floats:
    """BG/NBD log-likelihood of each customer, as `core/worth/purchases.py` has it."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x, last, age = of
    shared = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    shared += special.betaln(a, b + x) - special.betaln(a, b)
    alive = -(r + x) * np.log(alpha + age)
    left = np.log(a) - np.log(b + np.maximum(x, 1.0) - 1.0) - (r + x) * np.log(alpha + last)
    both: Floats = shared + np.where(x > 0, np.logaddexp(alive, left), alive)
    return both


def spend_log_likelihoods(model: SpendModel, purchases: Floats, means: Floats) -> Floats:
    """Gamma-Gamma log-likelihood of each customer, as `core/worth/spend.py` has it."""
    total = model.p * purchases
    found = special.gammaln(total + model.q) - special.gammaln(total) - special.gammaln(model.q)
    found += model.q * np.log(model.gamma) + (total - 1.0) * np.log(means)
    found += total * np.log(purchases)
    each: Floats = found - (total + model.q) * np.log(model.gamma + purchases * means)
    return each


def fit_purchases(of: Histories) -> Estimate:
    """BG/NBD of at least one customer with a repeat purchase.

    Customers with equal histories are evaluated once.
    """
    table = np.column_stack(of)
    distinct, counts = np.unique(table, axis=0, return_counts=True)
    grouped = Histories(*distinct.T)
    # The data's own unit of time: the optimum of alpha is then near 1, whatever the business.
    unit = max(float(np.median(of.age)) / 10.0, 1e-6)
    scaled = Histories(grouped.repeats, grouped.last / unit, grouped.age / unit)

    def loss(logs: Floats) -> float:
        each = purchase_log_likelihoods(PurchaseModel(*map(float, np.exp(logs))), scaled)
        return -float(counts @ each)

    best = _minimize(loss, PURCHASE_STARTS, len(table))
    scales = np.array([1.0, unit, 1.0, 1.0])
    # A density of x purchases in time has the unit 1 / time^x.
    shift = -float(of.repeats.sum() * np.log(unit))
    return _estimate(loss, best, scales, len(table), shift)


def fit_spend(purchases: Floats, means: Floats) -> Estimate:
    """Gamma-Gamma of customers with `purchases` >= 1 of `means` > 0 each."""
    unit = float(np.mean(means))

    def loss(logs: Floats) -> float:
        model = SpendModel(*map(float, np.exp(logs)))
        return -float(spend_log_likelihoods(model, purchases, means / unit).sum())

    best = _minimize(loss, SPEND_STARTS, len(means))
    shift = -float(len(means) * np.log(unit))
    return _estimate(loss, best, np.array([1.0, 1.0, unit]), len(means), shift)


def _minimize(
    loss: Callable[[Floats], float], starts: tuple[tuple[float, ...], ...], count: int
) -> Floats:
    bounds = [(-LOG_BOUND, LOG_BOUND)] * len(starts[0])
    options = {"maxiter": 2_000, "maxfun": 20_000, "ftol": 1e-14, "gtol": 1e-9}
    found = [
        optimize.minimize(
            lambda logs: loss(logs) / count,
            np.log(start),
            method="L-BFGS-B",
            jac="3-point",
            bounds=bounds,
            options=options,
        )
        for start in starts
    ]
    best: Floats = min(found, key=lambda one: float(one.fun)).x
    return best


def _estimate(
    loss: Callable[[Floats], float], logs: Floats, scales: Floats, count: int, shift: float
) -> Estimate:
    values = np.exp(logs) * scales
    at_bound = bool((np.abs(logs) > LOG_BOUND - NEAR_BOUND).any())
    errors = [None] * len(logs) if at_bound else _errors(loss, logs, values)
    return Estimate(
        tuple(float(one) for one in values), tuple(errors), shift - loss(logs), count, at_bound
    )


def _errors(loss: Callable[[Floats], float], logs: Floats, values: Floats) -> list[float | None]:
    """Standard errors by the inverse curvature, from logarithms to values by the delta method."""
    size = len(logs)
    steps = np.eye(size) * CURVATURE_STEP
    curvature = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            curvature[i, j] = (
                loss(logs + steps[i] + steps[j])
                - loss(logs + steps[i] - steps[j])
                - loss(logs - steps[i] + steps[j])
                + loss(logs - steps[i] - steps[j])
            ) / (4 * CURVATURE_STEP**2)
    try:
        variances: Any = np.linalg.inv(curvature).diagonal()
    except np.linalg.LinAlgError:
        return [None] * size
    return [
        float(value * np.sqrt(variance)) if variance > 0 else None
        for value, variance in zip(values, variances, strict=True)
    ]

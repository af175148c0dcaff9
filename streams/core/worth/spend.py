"""Gamma-Gamma: what a customer spends on one purchase day, shrunk towards the population.

The value of a purchase varies around the customer's own mean, and the means vary between
customers, independently of how often they buy (`streams fit` reports that correlation).

Source: Fader & Hardie, The Gamma-Gamma Model of Monetary Value, 2013,
http://www.brucehardie.com/notes/025/gamma_gamma.pdf
"""

from math import isfinite, lgamma, log

from streams.core.model import SpendModel


def log_likelihood(model: SpendModel, purchases: int, mean: float) -> float:
    """Log of how likely a `mean` > 0 over `purchases` >= 1 is; in the unit of `model.gamma`."""
    p, q, gamma = model.p, model.q, model.gamma
    total = p * purchases
    found = lgamma(total + q) - lgamma(total) - lgamma(q)
    found += q * log(gamma) + (total - 1) * log(mean) + total * log(purchases)
    return found - (total + q) * log(gamma + purchases * mean)


def expected_spend(model: SpendModel, purchases: int, mean: float) -> float | None:
    """What to expect of one more purchase, above 0, in the unit of `model.gamma`.

    `mean` is over `purchases` earlier ones; without any, or with a mean that is not above 0, it
    is the population's. None when that mean does not exist (q <= 1).
    """
    known = purchases if mean > 0 else 0
    total = model.p * known
    if total + model.q <= 1:
        return None
    return model.p * (model.gamma + known * max(mean, 0.0)) / (total + model.q - 1)


def is_sound(model: SpendModel) -> bool:
    """Whether all three parameters are finite and above 0."""
    return all(isfinite(one) and one > 0 for one in (model.p, model.q, model.gamma))

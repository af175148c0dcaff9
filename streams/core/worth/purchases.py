"""BG/NBD: is this customer still one, and how often will they buy.

Customers buy at a rate of their own and leave, each at a chance of their own, after a purchase.
Time is in weeks. One purchase is one day with purchases; the first one is not counted, it only
starts the clock.

Source: Fader, Hardie & Lee, "Counting Your Customers" the Easy Way: An Alternative to the
Pareto/NBD Model, Marketing Science 24(2), 2005, http://brucehardie.com/papers/018/
"""

from math import exp, isfinite, lgamma, log, log1p

from msgspec import Struct

from streams.core.model import PurchaseModel
from streams.core.worth.posterior import expected_count

DAY_MS = 86_400_000
WEEK_DAYS = 7.0
LOG_ODDS_MAX = 700.0


class History(Struct, frozen=True, gc=False):
    """When a customer bought, as BG/NBD needs it.

    `repeats` >= 0 are purchase days after the first (x), `last_weeks` from the first to the last
    of them (t_x, 0 if none), `age_weeks` from the first until now (T); 0 <= t_x <= T.
    """

    repeats: int
    last_weeks: float
    age_weeks: float


def history(*, purchase_days: int, first_ms: int, last_ms: int, now_ms: int) -> History | None:
    """The history of a customer with `purchase_days` distinct days; None without a purchase.

    Times after `now_ms` are read as now.
    """
    if purchase_days < 1:
        return None
    last_weeks = max(0.0, (min(last_ms, now_ms) - first_ms) / DAY_MS / WEEK_DAYS)
    age_weeks = max(last_weeks, (now_ms - first_ms) / DAY_MS / WEEK_DAYS)
    repeats = purchase_days - 1 if last_weeks > 0 else 0
    return History(repeats, last_weeks if repeats else 0.0, age_weeks)


def log_likelihood(model: PurchaseModel, one: History) -> float:
    """Log of how likely `one` is under `model`; all powers stay logarithms."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x = one.repeats
    shared = lgamma(r + x) - lgamma(r) + r * log(alpha)
    shared += _log_beta(a, b + x) - _log_beta(a, b)
    alive = -(r + x) * log(alpha + one.age_weeks)
    if x == 0:
        return shared + alive
    left = log(a) - log(b + x - 1) - (r + x) * log(alpha + one.last_weeks)
    return shared + max(alive, left) + log1p(exp(-abs(alive - left)))


def p_alive(model: PurchaseModel, one: History) -> float | None:
    """Chance that the customer has not left for good, in [0, 1].

    None without a repeat purchase: the model then says 1 for ever, which is no knowledge; see
    `one_time.never_again`.
    """
    return alive_share(model, one) if one.repeats else None


def expected_purchases(model: PurchaseModel, one: History, weeks: float) -> float:
    """Purchase days to expect in the next `weeks` >= 0, at least 0 and finite."""
    mean = expected_count(
        shape=model.r + one.repeats,
        leave=model.a,
        stay=model.b + one.repeats,
        reach=max(0.0, weeks) / (model.alpha + one.age_weeks),
    )
    return mean * alive_share(model, one)


def alive_share(model: PurchaseModel, one: History) -> float:
    """P(alive) as the formulas of expectations need it: 1 without a repeat purchase."""
    x = one.repeats
    if x == 0:
        return 1.0
    waited = log1p((one.age_weeks - one.last_weeks) / (model.alpha + one.last_weeks))
    log_odds = log(model.a) - log(model.b + x - 1) + (model.r + x) * waited
    return 1.0 / (1.0 + exp(min(log_odds, LOG_ODDS_MAX)))


def is_sound(model: PurchaseModel) -> bool:
    """Whether all four parameters are finite and above 0."""
    return all(isfinite(one) and one > 0 for one in (model.r, model.alpha, model.a, model.b))


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)

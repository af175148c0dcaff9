"""Sums over a customer's unknown chance of leaving: the Gauss hypergeometric part of BG/NBD.

Textbooks write a customer's expected purchases with 2F1(r+x, b+x; a+b+x-1; z), whose terms
overflow at x = 1,000, whose factor 1/(a-1) has a limit at a = 1 and whose third argument may be
negative at x = 0. Two forms without these faults, which agree to nine digits and more:

- `by_series`: Euler's transformation leaves (1-z)^(a-1) * 2F1(a+b-1-r, a-1; a+b+x-1; z), free of
  large powers; both factors a-1 and a+b+x-1 are divided out term by term, so their limits need
  no case of their own. Fast for z up to `SERIES_UNTIL`.
- `by_quadrature`: the expectation itself, (1 - (1 + p*s)^-(r+x)) / p over p ~ Beta(a, b+x): all
  terms positive, any arguments, ten times as slow.

Source: Fader, Hardie & Lee 2005, equation 10; Euler's transformation: https://dlmf.nist.gov/15.8.E1
"""

from collections.abc import Callable
from math import exp, expm1, lgamma, log, log1p, sqrt

SERIES_UNTIL = 0.9  # terms fall like z^k: 350 of them here
NUMERATOR_MIN = -4.0  # a term more negative than this alternates so strongly that digits cancel
NUMERATOR_MAX = 1e4  # and with one so large the terms rise for too long
TERM_MIN = 1e-17  # relative to the sum
TERMS_MAX = 5_000
STEP_MAX = 0.25  # of logit(p); the trapezoid rule errs by exp(-pi^2 / step) at most
TAIL = 40.0  # e^-40 of what counts lies beyond the ends
SPREAD_MIN = 1e-3  # below it p is as good as known, to a part in a million


def expected_count(*, shape: float, leave: float, stay: float, reach: float) -> float:
    """Mean of (1 - (1 + p * reach)^-shape) / p over p ~ Beta(leave, stay); at least 0, finite.

    `shape` > 0 is r + x, `leave` > 0 is a, `stay` > 0 is b + x, and `reach` >= 0 is t divided by
    alpha + T: then this is how many purchases a customer who is alive makes in the time t.
    """
    if reach <= 0:
        return 0.0
    numerator = leave + stay - 1 - shape
    small = reach / (1 + reach) <= SERIES_UNTIL
    if small and NUMERATOR_MIN <= numerator <= NUMERATOR_MAX:
        found = by_series(shape=shape, leave=leave, stay=stay, reach=reach)
        # Rounding may leave little of a small difference of large numbers.
        if found > 1e-6 * (leave + stay):
            return found
    return by_quadrature(shape=shape, leave=leave, stay=stay, reach=reach)


def by_series(*, shape: float, leave: float, stay: float, reach: float) -> float:
    """`expected_count` by the transformed series of 2F1; see the module."""
    z = reach / (1 + reach)
    third = leave + stay - 1
    log_rest = -log1p(reach)  # log(1 - z)
    over = leave - 1
    grown = -expm1(over * log_rest) / over if over else -log_rest
    # third * (2F1 - 1) / (leave - 1), term by term.
    numerator = leave + stay - 1 - shape
    term = numerator * z
    total = term
    for k in range(1, TERMS_MAX):
        term *= (numerator + k) * (over + k) / ((third + k) * (k + 1)) * z
        total += term
        if abs(term) <= TERM_MIN * abs(total):
            break
    return third * grown - exp(over * log_rest) * total


def by_quadrature(*, shape: float, leave: float, stay: float, reach: float) -> float:
    """`expected_count` by the trapezoid rule over logit(p); see the module.

    Both tails are geometric far out, and are added as such: `leave` and `stay` may be tiny.
    """
    spread = sqrt(1 / leave + 1 / stay)  # of logit(p), about
    if spread < SPREAD_MIN:
        return _gain(leave / (leave + stay), shape, reach)
    step = min(STEP_MAX, 0.5 * spread)
    scale = lgamma(leave + stay) - lgamma(leave) - lgamma(stay)
    middle = log(leave / stay)

    def at(u: float) -> float:
        log_p = -log1p(exp(-u)) if u > 0 else u - log1p(exp(u))
        log_q = log_p - u
        return exp(scale + leave * log_p + stay * log_q) * _gain(exp(log_p), shape, reach)

    # Below `low` the gain is shape * reach and q is 1; above `high` p is 1.
    low = min(middle, -log(1 + shape * reach + stay)) - TAIL
    high = max(middle, log(1 + leave)) + TAIL
    left = _walk(at, middle, -step, low, leave)
    right = _walk(at, middle + step, step, high, stay)
    return step * (left + right)


def _walk(
    at: Callable[[float], float], start: float, step: float, end: float, rate: float
) -> float:
    """Sum of `at` from `start` by `step`, until nothing is added or, past `end`, in closed form."""
    total, u = 0.0, start
    while (u - end) * step <= 0:
        term = at(u)
        total += term
        if term <= TERM_MIN * total:
            return total
        u += step
    decay = rate * abs(step)
    return total + (at(u) / -expm1(-decay) if decay < TAIL else 0.0)


def _gain(p: float, shape: float, reach: float) -> float:
    return -expm1(-shape * log1p(p * reach)) / p if p > 0 else shape * reach

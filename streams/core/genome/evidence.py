"""Intervals: how sure a rate or a share is, from how much was observed. Pure Python.

Quantiles invert the regularised incomplete beta and gamma functions by Newton's method inside a
bracket. Where a parameter is so large that the series would take long, known approximations stand
in, with relative errors below 1e-4; counts that large leave nothing uncertain.

Source: Press et al., Numerical Recipes, 3rd edition, sections 6.2 and 6.4; Abramowitz & Stegun,
26.4.17 (Wilson-Hilferty) and 26.5.22.
"""

from collections.abc import Callable
from math import exp, lgamma, log, log1p, sqrt
from statistics import NormalDist

from msgspec import Struct

JEFFREYS = 0.5  # what Jeffreys' prior adds to successes and to failures, and to a Poisson count
LEVEL = 0.9  # of every interval that readers see
LARGE = 20_000.0
TERMS_MAX = 1_000  # of a series or continued fraction; some multiple of the root of `LARGE`
STEPS_MAX = 200  # bisection alone would need fewer than 1,100 for any float, Newton a dozen
PRECISION = 1e-12
TINY = 1e-300
EXPOSURE_MIN = 1e-9


class Estimate(Struct, frozen=True, gc=False):
    """What is believed of one trait and why: value, 90 % interval and evidence.

    `value` None reads "unknown": there is too little evidence; the interval says how little.
    `count` is how many observations there were, `weight` what they count for after decay,
    `last_ms` the time of the last, `sources` the bits of `core.evidence.Source`.
    """

    value: float | None
    low: float
    high: float
    count: int
    weight: float
    last_ms: int
    sources: int


def beta_interval(successes: float, failures: float, level: float = LEVEL) -> tuple[float, float]:
    """Equal-tailed interval of a rate after so many successes and failures, Jeffreys' prior.

    Both may be decayed, so fractions, and are at least 0; what comes back lies in [0, 1].

    Source: Brown, Cai, DasGupta: Interval Estimation for a Binomial Proportion, 2001.
    """
    alpha, beta = successes + JEFFREYS, failures + JEFFREYS
    tail = (1.0 - level) / 2.0
    return beta_quantile(tail, alpha, beta), beta_quantile(1.0 - tail, alpha, beta)


def gamma_interval(count: float, exposure: float, level: float = LEVEL) -> tuple[float, float]:
    """Equal-tailed interval of a Poisson rate after `count` in `exposure`, Jeffreys' prior.

    An `exposure` below `EXPOSURE_MIN` counts as that much: the rate is then anything, but finite.
    """
    shape, exposed = count + JEFFREYS, max(exposure, EXPOSURE_MIN)
    tail = (1.0 - level) / 2.0
    return gamma_quantile(tail, shape) / exposed, gamma_quantile(1.0 - tail, shape) / exposed


def beta_quantile(probability: float, alpha: float, beta: float) -> float:
    """Where the Beta(alpha, beta) distribution reaches `probability`, both above 0; in [0, 1]."""
    if alpha > beta:  # towards 0 floats are dense: a share close to 1 is 1 minus a small one
        return 1.0 - beta_quantile(1.0 - probability, beta, alpha)
    if beta > LARGE:
        return _large_beta_quantile(probability, alpha, beta)
    log_norm = lgamma(alpha + beta) - lgamma(alpha) - lgamma(beta)

    def share(x: float) -> float:
        return _beta_share(x, alpha, beta, log_norm)

    def density(x: float) -> float:
        return exp(log_norm + (alpha - 1.0) * log(x) + (beta - 1.0) * log1p(-x))

    return _inverse(probability, share, density, high=1.0, start=alpha / (alpha + beta))


def gamma_quantile(probability: float, shape: float) -> float:
    """Where the Gamma(shape) distribution of scale 1 reaches `probability`; `shape` above 0."""
    z = NormalDist().inv_cdf(probability)
    ninth = 1.0 / (9.0 * shape)
    start = shape * max(1.0 - ninth + z * sqrt(ninth), 0.01) ** 3
    if shape > LARGE:
        return start
    log_norm = -lgamma(shape)

    def share(x: float) -> float:
        return _gamma_share(x, shape, log_norm)

    def density(x: float) -> float:
        return exp(log_norm + (shape - 1.0) * log(x) - x)

    high = 2.0 * shape + 100.0  # beyond it lies less than any level leaves
    return _inverse(probability, share, density, high=high, start=start)


def gamma_above(x: float, shape: float) -> float:
    """How much of the Gamma(shape) distribution of scale 1 lies above `x`; `shape` above 0."""
    if x <= 0.0:
        return 1.0
    if shape > LARGE:
        ninth = 1.0 / (9.0 * shape)
        return 1.0 - NormalDist().cdf(((x / shape) ** (1.0 / 3.0) - 1.0 + ninth) / sqrt(ninth))
    return min(max(1.0 - _gamma_share(x, shape, -lgamma(shape)), 0.0), 1.0)


def _large_beta_quantile(probability: float, alpha: float, beta: float) -> float:
    if alpha < LARGE / 100.0:  # a rare thing often tried: Poisson, with the first correction
        x = gamma_quantile(probability, alpha)
        return x / (beta + (alpha - 1.0) / 2.0 + x / 2.0)
    z = NormalDist().inv_cdf(probability)
    inverse_a, inverse_b = 1.0 / (2.0 * alpha - 1.0), 1.0 / (2.0 * beta - 1.0)
    h = 2.0 / (inverse_a + inverse_b)
    curve = (z * z - 3.0) / 6.0
    w = z * sqrt(h + curve) / h
    w += (inverse_b - inverse_a) * (curve + 5.0 / 6.0 - 2.0 / (3.0 * h))
    return alpha / (alpha + beta * exp(-2.0 * w))


def _inverse(
    probability: float,
    share: Callable[[float], float],
    density: Callable[[float], float],
    *,
    high: float,
    start: float,
) -> float:
    low, x, before, steps = 0.0, start, 0.0, 0
    while abs(x - before) > PRECISION * x and steps < STEPS_MAX:
        off = share(x) - probability
        if off > 0.0:
            high = x
        else:
            low = x
        slope = density(x)
        stepped = x - off / slope if slope > TINY else low
        # Newton's step where it stays inside; else the middle, of the logarithms near 0.
        middle = sqrt(low * high) if low > 0.0 else high / 16.0
        before, steps = x, steps + 1
        x = stepped if low < stepped < high else max(middle, TINY)
    return x


def _beta_share(x: float, alpha: float, beta: float, log_norm: float) -> float:
    front = exp(log_norm + alpha * log(x) + beta * log1p(-x))
    if x < (alpha + 1.0) / (alpha + beta + 2.0):
        return front * _beta_fraction(x, alpha, beta) / alpha
    return 1.0 - front * _beta_fraction(1.0 - x, beta, alpha) / beta


def _beta_fraction(x: float, alpha: float, beta: float) -> float:
    c, d = 1.0, 1.0 / _away(1.0 - (alpha + beta) * x / (alpha + 1.0))
    fraction, change, m = d, 0.0, 0
    while abs(change - 1.0) > PRECISION and m < TERMS_MAX:
        m += 1
        even = m * (beta - m) * x / ((alpha + 2 * m - 1) * (alpha + 2 * m))
        d, c = 1.0 / _away(1.0 + even * d), _away(1.0 + even / c)
        fraction *= d * c
        odd = -(alpha + m) * (alpha + beta + m) * x / ((alpha + 2 * m) * (alpha + 2 * m + 1))
        d, c = 1.0 / _away(1.0 + odd * d), _away(1.0 + odd / c)
        change = d * c
        fraction *= change
    return fraction


def _gamma_share(x: float, shape: float, log_norm: float) -> float:
    front = exp(log_norm + shape * log(x) - x)
    if x < shape + 1.0:
        term = total = 1.0 / shape
        n = 0
        while term > total * PRECISION and n < TERMS_MAX:
            n += 1
            term *= x / (shape + n)
            total += term
        return front * total
    return 1.0 - front * _gamma_fraction(x, shape)


def _gamma_fraction(x: float, shape: float) -> float:
    b = x + 1.0 - shape
    c, d = 1.0 / TINY, 1.0 / _away(b)
    fraction, change, n = d, 0.0, 0
    while abs(change - 1.0) > PRECISION and n < TERMS_MAX:
        n += 1
        step = -n * (n - shape)
        b += 2.0
        d, c = 1.0 / _away(b + step * d), _away(b + step / c)
        change = d * c
        fraction *= change
    return fraction


def _away(x: float) -> float:
    return x if abs(x) > TINY else TINY

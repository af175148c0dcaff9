"""The part of a policy that says how a decision compares values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.core.decide.arbitration import GREEDY, Exploration
from streams.core.fold_policy import DAY_MS, HOUR_MS

GOODS_LIFT_MAX = 30.0
"""By own purchases of a row's goods; chosen on January and February of `streams study coupons`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPolicy:
    """How values are compared: the bar, the bounds of lifts, experiment and holdout.

    A trial closes `trial_grace_ms` after its offer expired, as answers take their time, and counts
    for half after `trial_half_life_ms`. The base rates of rows speak of `accepts_purchases`
    purchases, each of one article, and are believed for as many as `goods_strength` beside what the
    customer bought: as much as one receipt of the goods at `accepts_purchases` / `accepts`.
    """

    experiment_salt: str
    holdout_salt: str
    holdout_share: float = 0.0
    bar_minor: float = 0.0
    prior_strength: float = 10.0
    lift_min: float = 0.5
    lift_max: float = 2.0
    cart_age_max_ms: int = 14 * DAY_MS
    exploration: Exploration = GREEDY
    trial_grace_ms: int = HOUR_MS
    trial_half_life_ms: int = 60 * DAY_MS
    slots: Mapping[str, str] = field(default_factory=dict[str, str])
    goods_lift_max: float = GOODS_LIFT_MAX
    goods_lift_min: float = 1.0
    accepts_purchases: float = 1.0
    goods_strength: float = 10.0

"""Customer lifetime value: purchases to come times what each brings, discounted.

Source: Fader, Hardie & Lee, RFM and CLV: Using Iso-Value Curves for Customer Base Analysis,
Journal of Marketing Research 42(4), 2005.
"""

from msgspec import Struct

from streams.core.model import Model
from streams.core.worth.purchases import History, expected_purchases
from streams.core.worth.spend import expected_spend

YEAR_WEEKS = 365.25 / 7
HORIZON_WEEKS = 52.0
HORIZON_WEEKS_MAX = 520.0  # ten years
DISCOUNT_YEARLY = 0.10
STEP_WEEKS = 4.0  # purchases of four weeks are discounted from their middle: below 0.1 % off


class LifetimeValue(Struct, frozen=True, gc=False):
    """What a customer will bring, with all it rests on; money in minor units, discounted.

    `profit_minor` is None when the population's margin is unknown. `value_minor` is the profit
    where it is known, else the revenue.
    """

    revenue_minor: float
    profit_minor: float | None
    purchases: float
    spend_minor: float
    currency: str
    horizon_weeks: float
    discount_yearly: float

    @property
    def value_minor(self) -> float:
        """Profit if known, else revenue: what customers are compared by."""
        return self.revenue_minor if self.profit_minor is None else self.profit_minor


def lifetime_value(
    model: Model,
    one: History,
    mean_minor: float,
    *,
    horizon_weeks: float = HORIZON_WEEKS,
    discount_yearly: float = DISCOUNT_YEARLY,
) -> LifetimeValue | None:
    """CLV over `horizon_weeks` of a customer whose purchase days so far were worth `mean_minor`.

    The horizon is cut to `HORIZON_WEEKS_MAX`; `discount_yearly` is 0 or more. `mean_minor` is in
    `model.currency`, over all purchase days, the first included. None when the model has no
    purchases or no spend, or no mean of the spend.
    """
    if model.purchase is None or model.spend is None:
        return None
    spend_minor = expected_spend(model.spend, one.repeats + 1, mean_minor)
    if spend_minor is None:
        return None
    end_weeks = min(horizon_weeks, HORIZON_WEEKS_MAX)
    discounted = before = weeks = 0.0
    while weeks < end_weeks:
        until = min(weeks + STEP_WEEKS, end_weeks)
        count = expected_purchases(model.purchase, one, until)
        middle_years = (weeks + until) / 2 / YEAR_WEEKS
        discounted += max(0.0, count - before) / (1 + discount_yearly) ** middle_years
        weeks, before = until, max(before, count)
    revenue_minor = discounted * spend_minor
    margin = model.margin_share
    return LifetimeValue(
        revenue_minor=revenue_minor,
        profit_minor=None if margin is None else revenue_minor * margin,
        purchases=before,
        spend_minor=spend_minor,
        currency=model.currency,
        horizon_weeks=end_weeks,
        discount_yearly=discount_yearly,
    )

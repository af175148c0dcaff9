"""What an offer is worth: v = P1 * (margin - discount) - P0 * margin - contact cost, times a lever.

P1 and P0 are the row's base rates, lifted by what we know of this customer. Every lift is bounded
and enters both once; P never exceeds 1. In minor units, as a float: it is a score, not money. The
lifts and prices are here; `weigh` puts them together, where a call for each row would cost.

Source: DOMAIN, decision; shares are Dirichlet posteriors with a uniform prior.
"""

from math import sqrt

from streams.core.decide.record import Price, Product
from streams.core.decide.view import Interests, ItemFact, View
from streams.core.decision_policy import DecisionPolicy
from streams.core.events import CHANNELS
from streams.core.fold_policy import FoldPolicy
from streams.core.offers import Offer, PriceLevel

FRESH_SPAN = 0.4  # an interest of this moment lifts by 1.2, one long gone by 0.8
PERCENT = 100
Names = tuple[frozenset[str] | tuple[str], frozenset[str] | tuple[str]]
"""Categories and brands; hashable, so that rows about the same are judged once."""


def names_of(offer: Offer, product: Product | None) -> Names:
    """Categories and brands that the customer's liking is judged by.

    The product's own where it has them, else what the row, or its query, covers.
    """
    about = offer if offer.query is None else offer.query
    if product is None:
        return about.categories, about.brands
    return (
        about.categories if product.category is None else (product.category,),
        about.brands if product.brand is None else (product.brand,),
    )


def affinity(names: Names, view: View, policy: DecisionPolicy) -> tuple[float, str | None]:
    """Lift by the customer's share of what the offer is about, and the name that gave it.

    The name is None when the customer was never seen near it; the lift is then that of a share
    without evidence, or 1 when the offer is about nothing in particular.
    """
    best, best_name = 0.0, None
    for interests, about in ((view.categories, names[0]), (view.brands, names[1])):
        for name, held in interests.top.items():  # the strongest come first
            if name in about:
                lift = _share_lift(interests, held.weight, policy)
                if lift > best:
                    best, best_name = lift, name
                break
    if best_name is not None:
        return best, best_name
    categories, brands = names
    unseen = _share_lift(view.categories, 0.0, policy) if categories else 0.0
    other = _share_lift(view.brands, 0.0, policy) if brands else 0.0
    return max(unseen, other) or 1.0, None


def recency(name: str | None, view: View, policy: FoldPolicy) -> float:
    """Lift by how fresh the interest in `name` is; 1 where there is none."""
    held = view.categories.top.get(name or "") or view.brands.top.get(name or "")
    if held is None:
        return 1.0
    age_ms = max(view.decision_time_ms - held.last_ms, 0)
    fresh: float = 2.0 ** -(age_ms / policy.interest_half_life_ms)
    return 1.0 + FRESH_SPAN * (fresh - 0.5)


def channel_fit(channel: str, view: View, policy: DecisionPolicy) -> float:
    """Lift by the share of this channel among those the customer uses."""
    total = sum(view.channels.values())
    return _lift(view.channels.get(channel, 0.0), total, len(CHANNELS), policy)


def regular_of(offer: Offer, item: ItemFact | None) -> int | None:
    """The regular price: that of `item` where it is told in the offer's currency, else the row's.

    The row's is that of its own product and of those it lists. Of another article that it covers,
    by a category say, it tells nothing: then nobody knows the price.
    """
    if item is None:
        return offer.price_minor
    if item.price_minor is not None and item.currency == offer.currency:
        return item.price_minor
    return None if is_another(offer, item) else offer.price_minor


def is_another(offer: Offer, item: ItemFact) -> bool:
    """Whether `item` is neither the row's own product nor one that it lists."""
    own = offer.product
    return own is not None and item.item_id != own.item_id and item.item_id not in offer.products


def price_at(level: PriceLevel, regular_minor: int | None, currency: str) -> Price:
    """The price at this level."""
    discount_minor = level.discount_minor
    if regular_minor is None:
        return Price(level.level, currency, discount_minor)
    if level.discount_percent:
        discount_minor += round(regular_minor * level.discount_percent / PERCENT)
    if discount_minor > regular_minor:  # noqa: PLR1730  # min() costs a call a candidate
        discount_minor = regular_minor
    return Price(
        level.level, currency, discount_minor, regular_minor, regular_minor - discount_minor
    )


def margin_of(offer: Offer, regular_minor: int | None) -> int:
    """What a sale at the regular price earns; for an answer, what answering is worth."""
    if offer.margin_minor is not None:
        return offer.margin_minor
    return round((regular_minor or 0) * offer.margin_percent / PERCENT)


def hope(lever: float, accepts: float, spread: float, gain_minor: int, optimism: float) -> float:
    """How much more it would be, were it accepted `optimism` standard deviations more often."""
    more = min(1.0, accepts * (1.0 + optimism * spread)) - accepts
    return lever * (more * gain_minor)


def _share_lift(interests: Interests, weight: float, policy: DecisionPolicy) -> float:
    return _lift(weight, interests.total, max(interests.known, 2), policy)


def _lift(weight: float, total: float, names: int, policy: DecisionPolicy) -> float:
    prior = policy.prior_strength / names
    lift = sqrt((weight + prior) / (total + policy.prior_strength) * names)
    if lift > policy.lift_max:
        return policy.lift_max
    return max(lift, policy.lift_min)

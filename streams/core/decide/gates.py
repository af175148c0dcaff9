"""Eligibility, applicability and suitability of one catalogue row: the first failing rule.

Consent and the contact policy depend on the channel and are in `contacting`.
"""

from streams.core.decide.record import Gate, Product
from streams.core.decide.scarce import is_sold_out
from streams.core.decide.view import ItemFact, View
from streams.core.offers import Offer
from streams.core.product_query import is_ruled_out


def eligibility(offer: Offer, product: Product | None, view: View) -> Gate | None:
    """May we: the row is valid at decision time, and here, and what it sells is there."""
    now_ms = view.decision_time_ms
    if offer.valid_from_ms is not None and now_ms < offer.valid_from_ms:
        return Gate.NOT_YET_VALID
    if offer.valid_until_ms is not None and now_ms >= offer.valid_until_ms:
        return Gate.NO_LONGER_VALID
    if offer.outlets and view.outlet not in offer.outlets:
        return Gate.OUTLET
    if offer.stock is not None and is_sold_out(offer, view):
        return Gate.SOLD_OUT
    out = view.out_of_stock
    if out and offer.selling and product is not None and product.item_id in out:
        return Gate.OUT_OF_STOCK
    return None


def applicability(offer: Offer, product: Product | None, view: View) -> Gate | None:
    """Does it make sense: not owned already, not just bought, at the right stage."""
    if offer.once and not offer.products.isdisjoint(view.bought):
        return Gate.OWNED
    if product is not None and is_just_bought(offer, product, view):
        return Gate.JUST_BOUGHT
    if offer.stages and view.stage not in offer.stages:
        return Gate.STAGE
    return None


def is_just_bought(offer: Offer, product: Product, view: View) -> bool:
    """Whether its last purchase is too recent for the offer."""
    bought_ms = view.bought.get(product.item_id) if offer.again_after_ms else None
    return bought_ms is not None and bought_ms > view.decision_time_ms - offer.again_after_ms


def suitability(
    offer: Offer, product: Product | None, item: ItemFact | None, view: View
) -> Gate | None:
    """Is it good for this customer: nothing is sold into an open complaint or after a no.

    `item` is that of event or cart which `product` was taken from.
    """
    if offer.selling and view.complaint_since_ms is not None:
        return Gate.OPEN_COMPLAINT
    refused_ms = view.refused.get(offer.offer)
    if refused_ms is not None and refused_ms > view.decision_time_ms - offer.rejected_for_ms:
        return Gate.REJECTED
    if view.never and is_suppressed(offer, product, item, frozenset(view.never)):
        return Gate.SUPPRESSED
    return None


def is_unconditional(offer: Offer) -> bool:
    """Whether the row says nothing that a gate asks, but how soon it may be bought again."""
    return not (
        offer.valid_from_ms is not None
        or offer.valid_until_ms is not None
        or offer.stock is not None
        or offer.outlets
        or offer.stages
        or offer.once
        or offer.rules
    )


def is_wary(view: View) -> bool:
    """Whether something but a purchase is known that may stop even an unconditional row."""
    return bool(
        view.complaint_since_ms is not None or view.refused or view.never or view.out_of_stock
    )


def is_suppressed(
    offer: Offer, product: Product | None, item: ItemFact | None, never: frozenset[str]
) -> bool:
    """Whether the customer never wants what the offer is about.

    One word against its product, or the product's category or brand, is enough. An offer that
    names no product is stopped when nothing is left of what it covers.
    """
    if product is not None:
        categories = (product.category, item.department if item is not None else None)
        return (
            f"product:{product.item_id}" in never
            or any(name is not None and f"category:{name}" in never for name in categories)
            or (product.brand is not None and f"brand:{product.brand}" in never)
        )
    if offer.query is not None:
        return is_ruled_out(offer.query, never)
    covered = {
        *[f"product:{name}" for name in offer.products],
        *[f"category:{name}" for name in offer.categories],
        *[f"brand:{name}" for name in offer.brands],
    }
    return bool(covered) and covered <= never

"""The first step of a decision: catalogue rows that the event brings, and the product of each."""

from collections.abc import Iterable

from streams.core.decide.record import Product
from streams.core.decide.view import ItemFact, View
from streams.core.offers import Match, Offer, TriggerIndex


def may_bring(index: TriggerIndex, items: tuple[ItemFact, ...], terms: tuple[str, ...]) -> bool:
    """Whether a decision could find a row: asked before a view is made, so it must be cheap."""
    if index.always or index.by_affinity:
        return True
    return any(True for _ in _brought(index, items, terms))


def matching(view: View, index: TriggerIndex) -> list[Offer]:
    """Rows for this view whose maximum event age is kept, in the order of their ids."""
    found: dict[str, Offer] = {}
    for group in _brought(index, view.items, view.terms):
        for offer in group:
            found[offer.offer] = offer
    if index.by_affinity:
        for name in (*view.categories.top, *view.brands.top):
            for offer in index.by_affinity.get(name, ()):
                found[offer.offer] = offer
    for offer in index.always:
        found[offer.offer] = offer
    age_ms = view.decision_time_ms - view.event_time_ms
    trigger = view.trigger
    return [
        found[name] for name in sorted(found) if age_ms <= found[name].triggers[trigger].age_max_ms
    ]


def product_of(offer: Offer, view: View) -> tuple[Product | None, ItemFact | None]:
    """What the offer would name: an item of event or cart that it covers, else its own product.

    The item is None when neither event nor cart told of one. Items bought too recently for the
    offer are passed over.
    """
    any_item = offer.about_anything and offer.triggers[view.trigger].match is Match.ITEMS
    if offer.about_anything and not any_item:
        return offer.product, None
    since_ms = view.decision_time_ms - offer.again_after_ms
    for item in (*view.items, *view.cart):
        bought_ms = view.bought.get(item.item_id, since_ms)
        if bought_ms <= since_ms and (any_item or offer.covers(item)):
            return _product(item, offer), item
    return offer.product, None


def _product(item: ItemFact, offer: Offer) -> Product:
    named = offer.product
    if named is not None and named.item_id == item.item_id:
        return named
    return Product(item.item_id, item.name, item.category, item.brand)


def _brought(
    index: TriggerIndex, items: tuple[ItemFact, ...], terms: tuple[str, ...]
) -> Iterable[tuple[Offer, ...]]:
    for item in items:
        if item.item_id in index.by_product:
            yield index.by_product[item.item_id]
        for category in (item.category, item.department):
            if category is not None and category in index.by_category:
                yield index.by_category[category]
        if item.brand is not None and item.brand in index.by_brand:
            yield index.by_brand[item.brand]
    for term in terms:
        if term in index.by_term:
            yield index.by_term[term]

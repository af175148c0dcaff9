"""The first step of a decision: catalogue rows that the event brings, and the product of each."""

from streams.core.decide.querying import finds
from streams.core.decide.record import Product
from streams.core.decide.view import ItemFact, View
from streams.core.decide.viewing import items_in
from streams.core.events import Body
from streams.core.offers import Match, Offer, TriggerIndex
from streams.core.profile.profile import NAME_MAX
from streams.core.timers import CART_ABANDONED, LAPSING

_BY_CART = frozenset((CART_ABANDONED, LAPSING))


def may_bring(index: TriggerIndex, body: Body, terms: tuple[str, ...]) -> bool:
    """Whether a decision could find a row: asked before a view is made, so it must be cheap.

    It looks at the event itself, since most events bring nothing and need no `ItemFact`.
    """
    if index.always or index.by_affinity or not index.by_term.keys().isdisjoint(terms):
        return True
    categories = index.by_category
    for item in items_in(body):
        # Either level: `ItemFact` has one as its category and the other as its department.
        first, second = item.item_category, item.item_category2
        if (
            (first and first[:NAME_MAX] in categories)
            or (second and second[:NAME_MAX] in categories)
            or item.item_id[:NAME_MAX] in index.by_product
            or (item.item_brand and item.item_brand[:NAME_MAX] in index.by_brand)
        ):
            return True
    return False


def matching(view: View, index: TriggerIndex) -> list[Offer]:
    """Rows for this view whose maximum event age is kept, in the order of their ids."""
    found = {offer.offer: offer for offer in index.always}
    for offer in _brought(index, view):
        found[offer.offer] = offer
    if index.by_affinity:
        for name in (*view.categories.top, *view.brands.top):
            for offer in index.by_affinity.get(name, ()):
                found[offer.offer] = offer
    age_ms = view.decision_time_ms - view.event_time_ms
    trigger = view.trigger
    names = sorted(found) if len(found) > 1 else found
    return [found[name] for name in names if age_ms <= found[name].triggers[trigger].age_max_ms]


def product_of(
    offer: Offer, view: View, made: dict[str, Product]
) -> tuple[Product | None, ItemFact | None]:
    """What the offer would name: an item of event or cart that it covers, else its own product.

    The item is None when neither event nor cart told of one. Items bought too recently for the
    offer are passed over. `made` are the products of this decision, item -> product.
    """
    any_item = offer.about_anything and offer.triggers[view.trigger].match is Match.ITEMS
    if offer.about_anything and not any_item:
        return offer.product, None
    since_ms = view.decision_time_ms - offer.again_after_ms
    for item in (*view.items, *view.cart):
        bought_ms = view.bought.get(item.item_id, since_ms)
        if bought_ms <= since_ms and (
            any_item
            or offer.covers(item)
            or (offer.query is not None and finds(offer.query, item, view))
        ):
            return _product(item, offer, made), item
    return offer.product, None


def _product(item: ItemFact, offer: Offer, made: dict[str, Product]) -> Product:
    named = offer.product
    if named is not None and named.item_id == item.item_id:
        return named
    told = made.get(item.item_id)
    if told is None:
        told = Product(item.item_id, item.name, item.category, item.brand)
        made[item.item_id] = told
    return told


def _brought(index: TriggerIndex, view: View) -> list[Offer]:
    """Rows for items and terms of the event, or for the cart of a timer; some of them twice."""
    found: list[Offer] = []
    items = view.cart if view.trigger in _BY_CART else view.items
    for words, satisfying in view.queried.items():
        if any(item.item_id in satisfying for item in items):
            found += index.by_query.get(words, ())
    for item in items:
        found += index.by_product.get(item.item_id, ())
        found += index.by_category.get(item.category or "", ())
        found += index.by_category.get(item.department or "", ())
        found += index.by_brand.get(item.brand or "", ())
    for term in view.terms:
        found += index.by_term.get(term, ())
    for name in view.due:
        found += index.by_category.get(name, ())
    return found

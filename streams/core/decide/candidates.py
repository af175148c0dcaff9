"""The first step of a decision: catalogue rows that the event brings, and the product of each."""

from collections.abc import Iterator, Sequence

from streams.core.decide.items import items_in
from streams.core.decide.querying import finds
from streams.core.decide.record import Product
from streams.core.decide.view import ItemFact, View
from streams.core.events import Body
from streams.core.offers import Match, Offer, Policy, TriggerIndex
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


def matching(view: View, index: TriggerIndex) -> Sequence[Offer]:
    """Rows for this view whose maximum event age is kept, in the order of their ids."""
    groups = _brought(index, view)
    rows: Sequence[Offer] = groups[0] if groups else ()
    if len(groups) > 1:
        found = {offer.offer: offer for group in groups for offer in group}
        rows = [found[name] for name in sorted(found)]
    age_ms, trigger = view.decision_time_ms - view.event_time_ms, view.trigger
    if age_ms <= index.age_min_ms:
        return rows
    return [one for one in rows if age_ms <= one.triggers[trigger].age_max_ms]


def considered(view: View, policy: Policy) -> Iterator[Offer]:
    """The rows of the trigger that match, and those that may stand in for them."""
    seen: set[str] = set()
    for offer in matching(view, policy.triggers[view.trigger]):
        one: Offer | None = offer
        while one is not None and one.offer not in seen:
            seen.add(one.offer)
            yield one
            one = None if one.fallback is None else policy.offers[one.fallback]


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
            named = offer.product
            if named is not None and named.item_id == item.item_id:
                return named, item
            told = made.get(item.item_id)
            if told is None:
                told = Product(item.item_id, item.name, item.category, item.brand)
                made[item.item_id] = told
            return told, item
    return offer.product, None


def _brought(index: TriggerIndex, view: View) -> list[tuple[Offer, ...]]:
    """Groups of rows for items and terms of the event or the cart, and for what is liked.

    Each is in the order of ids; a row may be in several of them.
    """
    by_category = index.by_category
    found = [index.always] if index.always else []
    items = view.cart if view.trigger in _BY_CART else view.items
    for words, satisfying in view.queried.items():
        if words in index.by_query and any(item.item_id in satisfying for item in items):
            found.append(index.by_query[words])
    for item in items:
        for grouped, name in (
            (index.by_product, item.item_id),
            (by_category, item.category),
            (by_category, item.department),
            (index.by_brand, item.brand),
        ):
            if name is not None and name in grouped:
                found.append(grouped[name])
    found += [index.by_term[term] for term in view.terms if term in index.by_term]
    found += [by_category[name] for name in view.due if name in by_category]
    if index.by_affinity:
        liked = (*view.categories.top, *view.brands.top)
        found += [index.by_affinity[name] for name in liked if name in index.by_affinity]
    return found

"""Rows with a query on the product catalogue: which items of event and cart satisfy which query.

The answers go into `View.queried` by the words of the query, not by the row: a candidate policy, or
a repeat, that asks the same finds it, and one that asks something else finds nothing. What is of a
special category satisfies no query, since a view would tell.
"""

from msgspec.structs import replace

from streams.core.decide.items import items_in, known_item, open_product
from streams.core.decide.view import QUERIED_ITEMS_MAX, ItemFact, View
from streams.core.events import Body
from streams.core.offers import Offer, Policy, TriggerIndex
from streams.core.product_query import ProductQuery, satisfies
from streams.core.products import Product
from streams.core.profile.profile import NAME_MAX


def brings_queried(index: TriggerIndex, body: Body, policy: Policy, now_ms: int) -> bool:
    """Whether an item of the event satisfies the query of a row; asked before a view is made."""
    if not index.by_query:
        return False
    queries = [rows[0].query for rows in index.by_query.values()]
    for item in items_in(body):
        product = open_product(item.item_id[:NAME_MAX], policy.fold, now_ms)
        if product is not None and any(one and satisfies(product, one) for one in queries):
            return True
    return False


def with_queried(view: View, policy: Policy) -> View:
    """`view` with what the queries of its trigger's rows find among the items of event and cart."""
    queries = policy.triggers[view.trigger].queries
    items = dict.fromkeys([one.item_id for one in (*view.items, *view.cart)])
    known = [
        product
        for item in items
        if (product := open_product(item, policy.fold, view.decision_time_ms)) is not None
    ]
    queried = {one.words: found for one in queries if (found := _found(known, one))}
    if not queried:
        return view
    return replace(view, queried=queried)


def covers(offer: Offer, item: ItemFact, view: View) -> bool:
    """Whether the row is about `item`, an item of event or cart of `view`."""
    return offer.covers(item) or (offer.query is not None and finds(offer.query, item, view))


def finds(query: ProductQuery, item: ItemFact, view: View) -> bool:
    """Whether `query` found `item` when `view` was made."""
    return item.item_id in view.queried.get(query.words, ())


def is_about(offer: Offer, item: ItemFact, policy: Policy, now_ms: int) -> bool:
    """The same of an item that no view holds: the catalogue in force at `now_ms` is asked."""
    query = offer.query
    if query is None:
        return offer.covers(known_item(item, policy.fold, now_ms) or item)
    product = open_product(item.item_id, policy.fold, now_ms)
    return product is not None and satisfies(product, query)


def _found(known: list[Product], query: ProductQuery) -> tuple[str, ...]:
    return tuple([one.item_id for one in known if satisfies(one, query)][:QUERIED_ITEMS_MAX])

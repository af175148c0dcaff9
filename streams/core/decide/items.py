"""The items of an event and of the cart, as a decision may know them.

What an event leaves out of an item the product catalogue fills in, as it does for the profile:
category and department, brand, and the price where it is in the event's currency. What the event
says stands. Nothing special is known, by the event's word or the catalogue's, whatever was
consented to.
"""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from streams.core import events
from streams.core.decide.triggers import TRIGGERS
from streams.core.decide.view import ITEMS_MAX, ItemFact
from streams.core.events import Body
from streams.core.fold_policy import FoldPolicy
from streams.core.offers import TriggerIndex
from streams.core.products import Product
from streams.core.profile.profile import NAME_MAX

# How to read the items of an event. A look-up by type: isinstance() of a Struct costs four.
_ITEMS: dict[type[Body], Callable[[Any], tuple[Any, ...]]] = {
    kind: attrgetter("items" if issubclass(kind, events.Shopping) else "line_items")
    for kind in TRIGGERS
    if issubclass(kind, events.Shopping | events.Sale)
}


def items_in(body: Body) -> tuple[events.Item, ...] | tuple[events.LineItem, ...]:
    """The first `ITEMS_MAX` items of an event, as they came; none for other kinds."""
    read = _ITEMS.get(type(body))
    return read(body)[:ITEMS_MAX] if read is not None else ()


def items_of(body: Body) -> tuple[ItemFact, ...]:
    """The first `ITEMS_MAX` items of an event, by its own words."""
    if isinstance(body, events.Shopping):
        currency = body.currency
        return tuple([_item(one, one.price_minor, currency) for one in body.items[:ITEMS_MAX]])
    if isinstance(body, events.Sale):
        currency = body.currency
        return tuple(
            [_item(one, one.unit_price_minor, currency) for one in body.line_items[:ITEMS_MAX]]
        )
    return ()


def item_ids_of(body: events.Shopping | events.Sale) -> set[str]:
    """All items of an event, however many."""
    items = body.items if isinstance(body, events.Shopping) else body.line_items
    return {item.item_id[:NAME_MAX] for item in items}


def known_items(items: Iterable[ItemFact], policy: FoldPolicy, now_ms: int) -> tuple[ItemFact, ...]:
    """`items` without what is special, each as event and catalogue know it at `now_ms`."""
    known = [known_item(one, policy, now_ms) for one in items]
    return tuple([one for one in known if one is not None])


def known_item(item: ItemFact, policy: FoldPolicy, now_ms: int) -> ItemFact | None:
    """`item` as event and catalogue know it at `now_ms`; None for what is special."""
    hidden = policy.lexicon.is_special
    if hidden(item.category, item.department):
        return None
    product = policy.products.at(item.item_id, now_ms)
    if product is None:
        return item
    return None if hidden(product.category, product.department) else _completed(item, product)


def open_product(item_id: str, policy: FoldPolicy, now_ms: int) -> Product | None:
    """What the catalogue says of an article at `now_ms`; None for what is special, too."""
    product = policy.products.at(item_id, now_ms)
    if product is None or policy.lexicon.is_special(product.category, product.department):
        return None
    return product


def brings_listed(index: TriggerIndex, body: Body, policy: FoldPolicy, now_ms: int) -> bool:
    """Whether rows may be about an item by what the catalogue alone says of it.

    Asked before a view is made, of events that bring nothing by their own words.
    """
    categories, brands = index.by_category, index.by_brand
    if not (categories or brands):
        return False
    for item in items_in(body):
        bare = not (item.item_category or item.item_category2)
        if bare or not item.item_brand:
            product = open_product(item.item_id[:NAME_MAX], policy, now_ms)
            if product is not None and (
                (bare and (product.category in categories or product.department in categories))
                or (not item.item_brand and product.brand in brands)
            ):
                return True
    return False


def _completed(item: ItemFact, product: Product) -> ItemFact:
    category, department, brand = item.category, item.department, item.brand
    price_minor = item.price_minor
    if category is None:
        category, department = product.category, product.department
    if brand is None:
        brand = product.brand
    if price_minor is None and product.currency == item.currency:
        price_minor = product.price_minor
    if (category, brand, price_minor) == (item.category, item.brand, item.price_minor):
        return item
    return ItemFact(
        item.item_id,
        category,
        department,
        brand,
        item.name,
        price_minor,
        item.currency,
        item.quantity,
    )


def _item(item: events.Item | events.LineItem, price_minor: int | None, currency: str) -> ItemFact:
    second, first, brand, name = (
        item.item_category2,
        item.item_category,
        item.item_brand,
        item.item_name,
    )
    return ItemFact(
        item.item_id[:NAME_MAX],
        (second or first or "")[:NAME_MAX] or None,
        first[:NAME_MAX] if first and second else None,
        brand[:NAME_MAX] if brand else None,
        name[:NAME_MAX] if name else None,
        price_minor,
        currency,
        item.quantity,
    )

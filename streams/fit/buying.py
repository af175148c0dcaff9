"""Events as purchases: who bought what when, the same for tills and web shops.

Categories are named as in the profile: the second level of the path, or the first where there is
one only, cut to `NAME_MAX`.
"""

from typing import NamedTuple

from streams.core.events import Event, Item, LineItem, Purchase, Return, Sale
from streams.core.products import Products

NAME_MAX = 48


class Line(NamedTuple):
    """A line of a purchase; `margin_minor` is None when nobody said what it cost."""

    item_id: str
    category: str | None
    promoted: bool
    paid_minor: int
    margin_minor: int | None
    traits: tuple[str, ...]


class Bought(NamedTuple):
    """One receipt or order; money in minor units of `currency`."""

    event_id: str
    subject: str
    at_ms: int
    currency: str
    total_minor: int
    lines: tuple[Line, ...]


def bought(event: Event, products: Products) -> Bought | None:
    """The purchase that `event` is; None for any other event.

    `products` says what a line cost and which traits it has, as of the event's time.
    """
    body = event.body
    match body:
        case Return():
            return None
        case Sale():
            lines = tuple(_till_line(one, event.event_time_ms, products) for one in body.line_items)
            total_minor = body.total_minor
        case Purchase():
            lines = tuple(_shop_line(one, event.event_time_ms, products) for one in body.items)
            total_minor = (
                sum(line.paid_minor for line in lines)
                if body.value_minor is None
                else body.value_minor
            )
        case _:
            return None
    currency = body.currency
    return Bought(event.event_id, event.subject, event.event_time_ms, currency, total_minor, lines)


def _till_line(line: LineItem, at_ms: int, products: Products) -> Line:
    paid_minor = line.extended_amount_minor
    promoted = any(one.amount_minor > 0 for one in line.discounts)
    cost_minor = line.unit_cost_minor
    return _line(line, products, at_ms, paid_minor, cost_minor, promoted=promoted)


def _shop_line(item: Item, at_ms: int, products: Products) -> Line:
    paid_minor = (item.price_minor or 0) * item.quantity
    promoted = bool(item.discount_minor) or item.coupon is not None
    return _line(item, products, at_ms, paid_minor, None, promoted=promoted)


def _line(  # noqa: PLR0913  # one caller a kind of line
    line: LineItem | Item,
    products: Products,
    at_ms: int,
    paid_minor: int,
    cost_minor: int | None,
    *,
    promoted: bool,
) -> Line:
    category = line.item_category2 or line.item_category
    traits: tuple[str, ...] = ()
    product = products.at(line.item_id, at_ms) if len(products) else None
    if product is not None:
        traits = product.traits
        category = category or product.category
        cost_minor = product.cost_minor if cost_minor is None else cost_minor
    margin_minor = None if cost_minor is None else paid_minor - cost_minor * line.quantity
    name = category[:NAME_MAX] if category else None
    return Line(line.item_id, name, promoted, paid_minor, margin_minor, traits)

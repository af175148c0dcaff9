"""Folds of `clickstream.event.v1`: looking, searching, carts, orders, check-ins.

A list of products shown says little about taste and is only counted; a view, a cart and a
purchase weigh what the policy says.
"""

from collections.abc import Iterable

from streams.core import events
from streams.core.decay import add_names
from streams.core.events import CHANNELS
from streams.core.offers import FoldPolicy
from streams.core.profile.buying import add_money, add_purchases, spend_in
from streams.core.profile.cart import CartLine, drop_bought, put
from streams.core.profile.profile import (
    BRANDS_MAX,
    CATEGORIES_MAX,
    NAME_MAX,
    OUTLETS_MAX,
    Profile,
    last_tie,
)


def channel_of(click: events.Click) -> str:
    """`app` when the device says so, else `web`."""
    return "app" if click.device_category == "app" else "web"


def fold_click(profile: Profile, click: events.Click, _policy: FoldPolicy, *, at_ms: int) -> None:
    """Any click: the channel was used."""
    use_channel(profile, channel_of(click), at_ms)


def fold_look(profile: Profile, click: events.Click, policy: FoldPolicy, *, at_ms: int) -> None:
    """A search or a list: the customer is looking around."""
    fold_click(profile, click, policy, at_ms=at_ms)
    profile.last_view_ms = max(profile.last_view_ms, at_ms)


def fold_view(profile: Profile, view: events.ViewItem, policy: FoldPolicy, *, at_ms: int) -> None:
    """A product was looked at."""
    fold_look(profile, view, policy, at_ms=at_ms)
    add_interest(profile, view.items, policy.view_weight, at_ms)


def fold_cart(profile: Profile, click: events.AddToCart, policy: FoldPolicy, *, at_ms: int) -> None:
    """Products were put into the cart: each item's line is the last operation on it."""
    fold_click(profile, click, policy, at_ms=at_ms)
    tie = last_tie(profile)
    for item in click.items:
        name = item.item_id[:NAME_MAX]
        if profile.buying.purchases.get(name, -1) < at_ms:
            put(profile.cart, name, _line(item, click.currency, at_ms, tie))
    add_interest(profile, click.items, policy.cart_weight, at_ms)


def fold_cart_removal(
    profile: Profile, click: events.RemoveFromCart, policy: FoldPolicy, *, at_ms: int
) -> None:
    """Products were taken out of the cart."""
    fold_click(profile, click, policy, at_ms=at_ms)
    tie = last_tie(profile)
    for item in click.items:
        put(profile.cart, item.item_id[:NAME_MAX], CartLine(at_ms, tie, 0))


def fold_checkout(
    profile: Profile, click: events.BeginCheckout, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The way to the till was begun."""
    fold_click(profile, click, policy, at_ms=at_ms)
    profile.last_checkout_ms = max(profile.last_checkout_ms, at_ms)


def fold_purchase(
    profile: Profile, order: events.Purchase, policy: FoldPolicy, *, at_ms: int
) -> None:
    """An order of the web shop: `value_minor`, or its items' prices where it says none."""
    fold_click(profile, order, policy, at_ms=at_ms)
    amount_minor = order.value_minor
    if amount_minor is None:
        amount_minor = sum((item.price_minor or 0) * item.quantity for item in order.items)
    spend = spend_in(profile.buying, order.currency, policy.spend_half_life_ms, at_ms)
    add_money(spend, amount_minor, at_ms, count=1)
    buy_items(profile, order.items, at_ms)
    add_interest(profile, order.items, policy.purchase_weight, at_ms)


def fold_review(profile: Profile, review: events.Review, policy: FoldPolicy, *, at_ms: int) -> None:
    """A review shows interest in category and brand, whatever it says."""
    fold_click(profile, review, policy, at_ms=at_ms)
    for sums, name in (
        (profile.categories, review.item_category),
        (profile.brands, review.item_brand),
    ):
        if name:
            add_names(sums, (name[:NAME_MAX],), policy.view_weight, at_ms, names_max=BRANDS_MAX)


def fold_check_in(
    profile: Profile, click: events.CheckIn, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer is at an outlet."""
    fold_click(profile, click, policy, at_ms=at_ms)
    visit_outlet(profile, click.place_id, at_ms)


def use_channel(profile: Profile, channel: str, at_ms: int) -> None:
    """The customer used `channel` of their own will."""
    add_names(profile.channels, (channel,), 1.0, at_ms, names_max=len(CHANNELS))


def visit_outlet(profile: Profile, outlet: str, at_ms: int) -> None:
    """The customer was at `outlet`."""
    add_names(profile.outlets, (outlet[:NAME_MAX],), 1.0, at_ms, names_max=OUTLETS_MAX)


def buy_items(profile: Profile, items: Iterable[events.Item | events.LineItem], at_ms: int) -> None:
    """The items were bought: remember when, and take them out of the cart."""
    names = {item.item_id[:NAME_MAX]: None for item in items}
    add_purchases(profile.buying, names, at_ms)
    if profile.cart:
        for name in names:
            drop_bought(profile.cart, name, at_ms)


def add_interest(
    profile: Profile,
    items: Iterable[events.Item | events.LineItem],
    amount: float,
    at_ms: int,
) -> list[str]:
    """Each distinct category and brand of one event counts `amount` once; returns their names."""
    categories: dict[str, None] = {}
    brands: dict[str, None] = {}
    for item in items:
        category = item.item_category2 or item.item_category
        if category:
            categories[category[:NAME_MAX]] = None
        brand = item.item_brand
        if brand:
            brands[brand[:NAME_MAX]] = None
    if categories:
        add_names(profile.categories, categories, amount, at_ms, names_max=CATEGORIES_MAX)
    if brands:
        add_names(profile.brands, brands, amount, at_ms, names_max=BRANDS_MAX)
    return [*categories, *brands]


def _line(item: events.Item, currency: str, at_ms: int, tie: int) -> CartLine:
    category = item.item_category2 or item.item_category
    return CartLine(
        at_ms,
        tie,
        item.quantity,
        category[:NAME_MAX] if category else None,
        item.item_brand[:NAME_MAX] if item.item_brand else None,
        item.price_minor,
        currency,
    )

"""Folds of `clickstream.event.v1`: looking, searching, carts, orders, check-ins.

A list of products shown says little about taste and is only counted; a view, a cart and a
purchase weigh what the policy says.
"""

from collections.abc import Iterable

from streams.core import events
from streams.core.decay import DecayedMap, add_name, add_names
from streams.core.events import CHANNELS
from streams.core.evidence import CLICK
from streams.core.fold_policy import FoldPolicy
from streams.core.profile.basket import (
    Basket,
    brand_of,
    department_of,
    known_as,
    review_of,
    web_basket,
)
from streams.core.profile.care import BAD, GOOD, MOMENTS_MAX
from streams.core.profile.cart import CartLine, put
from streams.core.profile.profile import (
    BRANDS_MAX,
    CATEGORIES_MAX,
    NAME_MAX,
    OUTLETS_MAX,
    Profile,
    last_tie,
)
from streams.core.profile.situation import Look, LookKind, add_look, be_at, use_device
from streams.core.profile.special import consented
from streams.core.profile.taste import Rating, look_at, rate
from streams.core.profile.worlds import add_topics

GOOD_RATING, BAD_RATING = 4.0, 2.0  # of 5: at least, at most
VIEW, CART, CHECKOUT = int(LookKind.VIEW), int(LookKind.CART), int(LookKind.CHECKOUT)


def channel_of(click: events.Click) -> str:
    """`app` when the device says so, else `web`."""
    return "app" if click.device_category == "app" else "web"


def fold_click(profile: Profile, click: events.Click, _policy: FoldPolicy, *, at_ms: int) -> None:
    """Any click: the channel was used, from a device and perhaps a place."""
    use_channel(profile, channel_of(click), at_ms, CLICK)
    if click.device_category is not None:
        use_device(profile.situation, click.device_category, at_ms)
    if click.country is not None:
        be_at(profile.situation, click.country, click.region, at_ms)


def fold_look(profile: Profile, click: events.Click, policy: FoldPolicy, *, at_ms: int) -> None:
    """A list or a view: the customer is looking around."""
    fold_click(profile, click, policy, at_ms=at_ms)
    profile.last_view_ms = max(profile.last_view_ms, at_ms)


def fold_search(profile: Profile, search: events.Search, policy: FoldPolicy, *, at_ms: int) -> None:
    """A search: what it says in words is folded by `fold_heard`."""
    fold_look(profile, search, policy, at_ms=at_ms)
    situation = profile.situation
    situation.last_search_ms = max(situation.last_search_ms, at_ms)


def fold_share(profile: Profile, click: events.Share, policy: FoldPolicy, *, at_ms: int) -> None:
    """A product was shared with others."""
    fold_click(profile, click, policy, at_ms=at_ms)
    profile.care.shares += 1


def fold_view(profile: Profile, view: events.ViewItem, policy: FoldPolicy, *, at_ms: int) -> None:
    """A product was looked at."""
    fold_look(profile, view, policy, at_ms=at_ms)
    _show_interest(profile, view.items, policy, policy.view_weight, at_ms=at_ms, kind=VIEW)


def fold_cart(profile: Profile, click: events.AddToCart, policy: FoldPolicy, *, at_ms: int) -> None:
    """Products were put into the cart: each item's line is the last operation on it."""
    fold_click(profile, click, policy, at_ms=at_ms)
    tie = last_tie(profile)
    for item in click.items:
        if _hidden(item, policy, at_ms):
            continue
        name = item.item_id[:NAME_MAX]
        if profile.buying.purchases.get(name, -1) < at_ms:
            put(profile.cart, name, _line(item, click.currency, at_ms, tie))
    _show_interest(profile, click.items, policy, policy.cart_weight, at_ms=at_ms, kind=CART)


def fold_cart_removal(
    profile: Profile, click: events.RemoveFromCart, policy: FoldPolicy, *, at_ms: int
) -> None:
    """Products were taken out of the cart."""
    fold_click(profile, click, policy, at_ms=at_ms)
    tie = last_tie(profile)
    for item in click.items:
        name = item.item_id[:NAME_MAX]
        if name not in profile.cart and _hidden(item, policy, at_ms):
            continue
        if profile.buying.purchases.get(name, -1) < at_ms:
            put(profile.cart, name, CartLine(at_ms, tie, 0))


def fold_checkout(
    profile: Profile, click: events.BeginCheckout, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The way to the till was begun."""
    fold_click(profile, click, policy, at_ms=at_ms)
    profile.last_checkout_ms = max(profile.last_checkout_ms, at_ms)
    _show_interest(profile, click.items, policy, 0.0, at_ms=at_ms, kind=CHECKOUT)


def order_basket(
    profile: Profile, order: events.Purchase, policy: FoldPolicy, at_ms: int
) -> tuple[Basket, int]:
    """The basket of an order and what was paid: its value, or its items' prices without one."""
    amount_minor = order.value_minor
    if amount_minor is None:
        amount_minor = sum([(item.price_minor or 0) * item.quantity for item in order.items])
    return web_basket(order, policy, profile.contact.consents, at_ms), amount_minor


def fold_review(profile: Profile, review: events.Review, policy: FoldPolicy, *, at_ms: int) -> None:
    """A review shows interest in category and brand, whatever it says; the rating is kept."""
    fold_click(profile, review, policy, at_ms=at_ms)
    category, purpose, brand = review_of(review, policy, at_ms)
    if purpose is not None and not consented(profile.contact.consents, purpose):
        return
    for sums, name, names_max in (
        (profile.categories, category, CATEGORIES_MAX),
        (profile.brands, brand, BRANDS_MAX),
    ):
        if name:
            add_name(sums, name, policy.view_weight, at_ms, names_max, CLICK)
    rating = Rating(review.rating, at_ms, last_tie(profile))
    if purpose is None:
        rate(profile.taste.ratings, review.item_id[:NAME_MAX], rating)
    if review.rating >= GOOD_RATING:
        feel(profile, GOOD, at_ms, CLICK)
    elif review.rating <= BAD_RATING:
        feel(profile, BAD, at_ms, CLICK)


def fold_check_in(
    profile: Profile, click: events.CheckIn, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer is at an outlet."""
    fold_click(profile, click, policy, at_ms=at_ms)
    visit_outlet(profile, click.place_id, at_ms, CLICK)


def use_channel(profile: Profile, channel: str, at_ms: int, source: int) -> None:
    """The customer used `channel` of their own will."""
    add_name(profile.channels, channel, 1.0, at_ms, len(CHANNELS), source)


def visit_outlet(profile: Profile, outlet: str, at_ms: int, source: int) -> None:
    """The customer was at `outlet`."""
    add_name(profile.outlets, outlet[:NAME_MAX], 1.0, at_ms, OUTLETS_MAX, source)


def feel(profile: Profile, moment: str, at_ms: int, source: int) -> None:
    """A good or a bad moment, or one of which nobody told how it was."""
    add_name(profile.care.moments, moment, 1.0, at_ms, MOMENTS_MAX, source)


def _show_interest(  # noqa: PLR0913  # all that a click about articles is
    profile: Profile,
    items: Iterable[events.Item],
    policy: FoldPolicy,
    amount: float,
    *,
    at_ms: int,
    kind: int,
) -> None:
    """Each distinct category, brand and article of one click counts `amount` once."""
    categories: dict[str, None] = {}
    brands: dict[str, None] = {}
    seen: dict[str, None] = {}
    products, consents = policy.products, profile.contact.consents
    tie = last_tie(profile)
    looks = profile.situation.looks
    for item in items:
        product = products.at(item.item_id, at_ms)
        category, purpose = known_as(item, product, policy)
        if purpose is not None and not consented(consents, purpose):
            continue
        name = item.item_id[:NAME_MAX]
        add_look(looks, Look(at_ms, tie, kind, category or "", name))
        if category is not None:
            categories[category] = None
            if purpose is not None:
                continue
        seen[name] = None
        brand = brand_of(item, product)
        if brand is not None:
            brands[brand] = None
    if not amount:
        return
    if categories:
        _add(profile.categories, categories, amount, at_ms, CATEGORIES_MAX)
        topics_of = policy.lexicon.topics_of_category
        topics = dict.fromkeys([topic for one in categories for topic in topics_of(one)])
        if topics:
            add_topics(profile.worlds, topics, amount, at_ms, CLICK)
    if brands:
        _add(profile.brands, brands, amount, at_ms, BRANDS_MAX)
    look_at(profile.taste, seen, products, amount, at_ms)


def _add(
    sums: DecayedMap, names: dict[str, None], amount: float, at_ms: int, names_max: int
) -> None:
    if len(names) == 1:  # nearly every click is about one article
        for name in names:
            add_name(sums, name, amount, at_ms, names_max, CLICK)
    else:
        add_names(sums, names, amount, at_ms, names_max=names_max, source=CLICK)


def _hidden(item: events.Item, policy: FoldPolicy, at_ms: int) -> bool:
    """Whether a line of the cart would be about something special: neither level may be."""
    return known_as(item, policy.products.at(item.item_id, at_ms), policy)[1] is not None


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
        department_of(item),
    )

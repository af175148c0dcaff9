"""Simulated clicks: bodies of `clickstream.event.v1`."""

from collections.abc import Callable

from streams.core.events import (
    AddToCart,
    BeginCheckout,
    CheckIn,
    ClickBody,
    EventAttended,
    Login,
    PageView,
    PollAnswer,
    Purchase,
    RemoveFromCart,
    Review,
    Search,
    ViewItem,
    ViewItemList,
)
from streams.worker.simulation.goods import Draw, Goods, item, pick

TOPIC = "clickstream.event.v1"
SOURCE = "/simulated/clickstream"
CURRENCY = "USD"
SITE = "https://shop.example"
_DEVICES = ("mobile", "mobile", "desktop", "tablet")

Make = Callable[[Draw, str, str, Goods], ClickBody]
"""(draw, subject, session, goods) -> body."""


def page_view(draw: Draw, _subject: str, session: str, goods: Goods) -> PageView:
    """A page about the category of `goods`."""
    return PageView(
        page_location=f"{SITE}/aisle?department={goods.category}&category={goods.category2}",
        page_referrer=f"{SITE}/?utm_source=newsletter&utm_medium=email&utm_campaign=weekly",
        page_title=f"{goods.category2} | fresh today in your store and online",
        session_id=session,
        device_category=_DEVICES[pick(draw, 4)],
        language="en-US",
        country="US",
    )


def view_item(draw: Draw, _subject: str, session: str, goods: Goods) -> ViewItem:
    """The page of `goods`."""
    return ViewItem(
        page_location=f"{SITE}/product/{goods.item_id}",
        page_title=goods.name,
        session_id=session,
        device_category=_DEVICES[pick(draw, 4)],
        language="en-US",
        country="US",
        currency=CURRENCY,
        items=(item(goods),),
        value_minor=goods.price_minor,
    )


def view_list(_draw: Draw, _subject: str, session: str, goods: Goods) -> ViewItemList:
    """A list that starts with `goods`."""
    return ViewItemList(
        page_location=f"{SITE}/aisle?category={goods.category2}",
        session_id=session,
        currency=CURRENCY,
        items=(item(goods),),
        item_list_id="aisle",
        item_list_name=goods.category2,
    )


def search(draw: Draw, _subject: str, session: str, goods: Goods) -> Search:
    """A search for the kind of `goods`."""
    term = (goods.category3 or goods.name).lower()
    return Search(
        page_location=f"{SITE}/search",
        session_id=session,
        device_category=_DEVICES[pick(draw, 4)],
        language="en-US",
        search_term=term,
        results_count=1 + pick(draw, 60),
    )


def add_to_cart(draw: Draw, _subject: str, session: str, goods: Goods) -> AddToCart:
    """One to three of `goods` put into the cart."""
    quantity = 1 + pick(draw, 3)
    return AddToCart(
        page_location=f"{SITE}/product/{goods.item_id}",
        session_id=session,
        device_category=_DEVICES[pick(draw, 4)],
        currency=CURRENCY,
        items=(item(goods, quantity),),
        value_minor=goods.price_minor * quantity,
    )


def remove_from_cart(_draw: Draw, _subject: str, session: str, goods: Goods) -> RemoveFromCart:
    """`goods` taken out of the cart."""
    return RemoveFromCart(
        page_location=f"{SITE}/cart",
        session_id=session,
        currency=CURRENCY,
        items=(item(goods),),
        value_minor=goods.price_minor,
    )


def begin_checkout(_draw: Draw, _subject: str, session: str, goods: Goods) -> BeginCheckout:
    """On the way to the till with `goods`."""
    return BeginCheckout(
        page_location=f"{SITE}/checkout",
        session_id=session,
        currency=CURRENCY,
        items=(item(goods),),
        value_minor=goods.price_minor,
    )


def purchase(draw: Draw, _subject: str, session: str, goods: Goods) -> Purchase:
    """An order of the web shop."""
    quantity = 1 + pick(draw, 2)
    return Purchase(
        page_location=f"{SITE}/thanks",
        session_id=session,
        currency=CURRENCY,
        items=(item(goods, quantity),),
        value_minor=goods.price_minor * quantity,
        transaction_id=f"order-{session}",
        shipping_minor=499,
    )


def review(draw: Draw, _subject: str, session: str, goods: Goods) -> Review:
    """A rating of `goods`, 1 to 5 stars."""
    return Review(
        page_location=f"{SITE}/product/{goods.item_id}/reviews",
        session_id=session,
        item_id=goods.item_id,
        rating=1 + pick(draw, 5),
        content=f"Bought {goods.name} again last week, this is what I think of it.",
        item_brand=goods.brand,
        item_category=goods.category,
    )


def poll_answer(draw: Draw, _subject: str, session: str, goods: Goods) -> PollAnswer:
    """How often the customer buys this category."""
    return PollAnswer(
        session_id=session,
        poll_id="how-often",
        question=f"How often do you buy {goods.category2}?",
        answer=("never", "monthly", "weekly", "daily")[pick(draw, 4)],
        category=goods.category,
    )


def event_attended(draw: Draw, _subject: str, session: str, _goods: Goods) -> EventAttended:
    """A tasting or a class in a store."""
    kind = ("tasting", "cooking-class", "concert")[pick(draw, 3)]
    return EventAttended(
        session_id=session,
        attended_id=f"{kind}-{pick(draw, 50)}",
        attended_name=f"Saturday {kind}",
        category=kind,
        place_name="Market hall",
    )


def check_in(draw: Draw, _subject: str, session: str, _goods: Goods) -> CheckIn:
    """The customer is in one of the stores."""
    return CheckIn(
        session_id=session, place_id=f"store-{300 + pick(draw, 40)}", category="own-store"
    )


def login(_draw: Draw, subject: str, session: str, _goods: Goods) -> Login:
    """The customer logs in as themselves."""
    return Login(session_id=session, user_subject=subject, method="password")


# Cumulative shares of the kinds, shaped like a grocer's web shop: many looks, few orders.
KINDS: tuple[tuple[float, Make], ...] = (
    (0.36, view_item),
    (0.58, page_view),
    (0.70, view_list),
    (0.80, search),
    (0.89, add_to_cart),
    (0.915, remove_from_cart),
    (0.94, begin_checkout),
    (0.96, purchase),
    (0.97, review),
    (0.975, poll_answer),
    (0.98, event_attended),
    (0.99, check_in),
    (1.0, login),
)


def click(draw: Draw, subject: str, session: str, goods: Goods) -> ClickBody:
    """One click of a random kind about `goods`."""
    share = draw()
    make = next(make for limit, make in KINDS if share < limit)
    return make(draw, subject, session, goods)

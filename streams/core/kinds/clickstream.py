"""Kinds of `clickstream.event.v1`, in the words of GA4's e-commerce events.

Money is an integer count of minor units. `None` means the producer said nothing.

Source: https://developers.google.com/analytics/devguides/collection/ga4/reference/events
"""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from streams.core.kinds.bounds import (
    LINES_MAX,
    Amount,
    Count,
    Currency,
    Identifier,
    Location,
    Name,
    Price,
    Quantity,
    Rating,
    Subject,
    Text,
    Word,
    kind_name,
)


class Item(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A product in a click, in the words of GA4; `price_minor` is one unit, discount taken off."""

    item_id: Identifier
    item_name: Name | None = None
    item_brand: Name | None = None
    item_category: Name | None = None
    item_category2: Name | None = None
    item_category3: Name | None = None
    item_category4: Name | None = None
    item_category5: Name | None = None
    item_variant: Name | None = None
    price_minor: Price | None = None
    discount_minor: Price | None = None
    coupon: Name | None = None
    quantity: Quantity = 1


Items: TypeAlias = Annotated[tuple[Item, ...], Meta(min_length=1, max_length=LINES_MAX)]


class Click(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    tag_field="event_name",
    tag=kind_name,
):
    """What every kind of `clickstream.event.v1` may say, in the words of GA4."""

    page_location: Location | None = None
    page_referrer: Location | None = None
    page_title: Name | None = None
    session_id: Identifier | None = None
    device_category: Word | None = None
    language: Word | None = None
    country: Word | None = None
    region: Word | None = None


class PageView(Click, frozen=True, kw_only=True):
    """A page or screen was shown."""

    user_subject: Subject | None = None
    """Whose e-mail the link was in that led here."""


class Shopping(Click, frozen=True, kw_only=True):
    """What clicks about products share; `value_minor` is all items together."""

    currency: Currency
    items: Items
    value_minor: Amount | None = None


class ViewItem(Shopping, frozen=True, kw_only=True):
    """A product's own page was shown."""


class ViewItemList(Shopping, frozen=True, kw_only=True):
    """A list of products was shown, such as a category or a search result."""

    item_list_id: Identifier | None = None
    item_list_name: Name | None = None


class Search(Click, frozen=True, kw_only=True):
    """Words typed into the shop's search."""

    search_term: Name
    results_count: Count | None = None


class AddToCart(Shopping, frozen=True, kw_only=True):
    """Products put into the cart."""


class RemoveFromCart(Shopping, frozen=True, kw_only=True):
    """Products taken out of the cart."""


class BeginCheckout(Shopping, frozen=True, kw_only=True):
    """The way to the till was begun with these products."""

    coupon: Name | None = None


class Purchase(Shopping, frozen=True, kw_only=True):
    """An order of the web shop or app; it empties the cart."""

    transaction_id: Identifier
    tax_minor: Price | None = None
    shipping_minor: Price | None = None
    coupon: Name | None = None


class Review(Click, frozen=True, kw_only=True):
    """A product was rated, 0 to 5, perhaps in words."""

    item_id: Identifier
    rating: Rating
    content: Text | None = None
    item_brand: Name | None = None
    item_category: Name | None = None


class PollAnswer(Click, frozen=True, kw_only=True):
    """One answer to one question."""

    poll_id: Identifier
    answer: Name
    question: Name | None = None
    category: Name | None = None


class EventAttended(Click, frozen=True, kw_only=True):
    """A concert, fair, class or other gathering was visited."""

    attended_id: Identifier
    attended_name: Name
    category: Name | None = None
    place_name: Name | None = None


class CheckIn(Click, frozen=True, kw_only=True):
    """The customer said where they are."""

    place_id: Identifier
    place_name: Name | None = None
    category: Name | None = None
    user_subject: Subject | None = None
    """Who it was, when the app or a loyalty card at the entrance said so."""


class Login(Click, frozen=True, kw_only=True):
    """The record's subject (a device, say) proved to be `user_subject`."""

    user_subject: Subject
    method: Word | None = None


class Share(Click, frozen=True, kw_only=True):
    """Something was passed on; `method` says by what, `item_id` which product if it was one."""

    method: Word | None = None
    content_type: Word | None = None
    item_id: Identifier | None = None


ClickBody: TypeAlias = (
    PageView
    | ViewItem
    | ViewItemList
    | Search
    | AddToCart
    | RemoveFromCart
    | BeginCheckout
    | Purchase
    | Review
    | PollAnswer
    | EventAttended
    | CheckIn
    | Login
    | Share
)

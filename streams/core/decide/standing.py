"""What is the same in every decision about a catalogue row, worked out when it is weighed first.

A decision looks at every row that its trigger may bring, and most of them get no article from the
event: their words, scopes and prices are then their own, and do not change.
"""

from collections.abc import Sequence

from msgspec import Struct

from streams.core.decide import value
from streams.core.decide.gates import is_unconditional
from streams.core.decide.record import Price
from streams.core.decide.view import ItemFact
from streams.core.offers import Offer, PriceLevel, Treatment

STANDINGS_MAX = 4_096
"""Rows that are kept: more than any catalogue has. Beyond, all are worked out anew."""

Priced = tuple[PriceLevel, Price, int]
"""With the margin."""

Choice = tuple[Priced, Treatment, float, int]
"""A price and a pitch, by how much both lift P1, and what an acceptance earns after the discount,
in minor units."""


class Prices(Struct, frozen=True, gc=False):
    """Each price level of a row, by one regular price, with each treatment."""

    choices: tuple[Choice, ...]
    unpriced: tuple[PriceLevel, ...]
    """Those that take a percentage off a price that nobody named, or would give it away."""
    beyond: tuple[PriceLevel, ...] = ()
    """Those that take off more than the budget has at hand."""


class Standing(Struct, frozen=True, gc=False):
    """A row, and what follows from it alone."""

    offer: Offer
    named: frozenset[str]
    """Articles, categories and brands that it covers, or the words of its query."""
    scopes: tuple[tuple[str, str], ...]
    """Its channels, each with its purpose."""
    candidates: int
    prices: Prices
    names: value.Names
    """What the customer's liking is judged by when it names its own product, or none; of rows
    about the same, the same object."""
    anything: bool
    """Whether it covers nothing in particular."""
    unconditional: bool
    """Whether no gate asks what it says, but how soon it may be bought again."""


_kept: dict[int, Standing] = {}
_names: dict[value.Names, value.Names] = {}


def standings_of(offers: Sequence[Offer]) -> list[Standing]:
    """That of each row, in their order: `standing_of` without a call for those that are kept."""
    held = _kept.get
    return [
        one if (one := held(id(offer))) is not None and one.offer is offer else standing_of(offer)
        for offer in offers
    ]


def standing_of(offer: Offer) -> Standing:
    """The same for the same row, however often it is asked."""
    held = _kept.get(id(offer))
    if held is not None and held.offer is offer:
        return held
    if len(_kept) >= STANDINGS_MAX:
        _kept.clear()
        _names.clear()
    names = value.names_of(offer, offer.product)
    made = _kept[id(offer)] = Standing(
        offer,
        offer.products | offer.categories | offer.brands
        if offer.query is None
        else frozenset((offer.query.words,)),
        tuple([(channel, offer.purpose) for channel in offer.channels]),
        len(offer.treatments) * len(offer.price_levels) * len(offer.channels),
        prices_of(offer, None),
        _names.setdefault(names, names),
        offer.about_anything,
        is_unconditional(offer),
    )
    return made


def prices_of(offer: Offer, item: ItemFact | None) -> Prices:
    """What each level comes to, at the price of `item` where it is known."""
    choices: list[Choice] = []
    unpriced: list[PriceLevel] = []
    regular_minor, currency = value.regular_of(offer, item), offer.currency
    margin_minor = value.margin_of(offer, regular_minor)
    by_price = offer.margin_minor is None and offer.selling
    for level in offer.price_levels:
        price = value.price_at(level, regular_minor, currency)
        unknown = regular_minor is None and (level.discount_percent > 0 or by_price)
        # A coupon worth as much as the article would give it away.
        free = price.amount_minor is not None and price.amount_minor <= 0 < price.discount_minor
        if unknown or free:
            unpriced.append(level)
        else:
            priced, gain_minor = (level, price, margin_minor), margin_minor - price.discount_minor
            for treatment in offer.treatments:
                lift = treatment.accept_lift * level.accept_lift
                choices.append((priced, treatment, lift, gain_minor))
    return Prices(tuple(choices), tuple(unpriced))


def told_in(items: tuple[ItemFact, ...], cart: tuple[ItemFact, ...]) -> frozenset[str | None]:
    """Everything by which a row may cover an article of event or cart."""
    told: set[str | None] = set()
    for item in (*items, *cart):
        told.update((item.item_id, item.category, item.department, item.brand))
    return frozenset(told)

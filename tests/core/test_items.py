"""What an event leaves out of an article, the catalogue of products fills in for a decision."""

from typing import Any

import pytest

from streams.core import events
from streams.core.decide.items import known_item
from streams.core.decide.record import Gate, Product
from streams.core.decide.view import ItemFact
from streams.core.events import Body
from streams.core.fold_policy import DAY_MS
from streams.core.offers import PriceLevel
from streams.core.profile.profile import new_profile
from streams.core.timers import CART_ABANDONED
from tests.core.queries import STOCKED, decided, named, played, seen
from tests.core.timed import fired
from tests.strategies_profiles import (
    HOUR_MS,
    NOON,
    cart,
    event,
    item,
    line,
    offer,
    on,
    policy,
    run,
    sale,
    view,
)

BARE = item("plain", None)
LOOKS = on("view_item", "add_to_cart", "purchase")
BEANS: dict[str, Any] = {"categories": frozenset({"beans"})}
ABOUT: list[dict[str, Any]] = [
    BEANS,
    {"categories": frozenset({"coffee"})},
    {"categories": frozenset(), "brands": frozenset({"Acme"})},
]


@pytest.mark.parametrize("body", [view(BARE), cart(BARE), sale(1, line("plain", None))])
@pytest.mark.parametrize("about", ABOUT)
def test_an_id_alone_brings_the_rows_of_its_category_and_brand(
    about: dict[str, Any], body: Body
) -> None:
    """As it teaches the profile the same; without a catalogue nobody knows."""
    row = offer(triggers=LOOKS, **about)

    made = decided(policy(row, fold=STOCKED), body)

    assert named(made) == "plain"
    assert decided(policy(row), body) is None
    assert decided(policy(row, fold=STOCKED), seen("tea")) is None


def test_a_view_of_a_category_alone_brings_the_rows_of_the_brand() -> None:
    """The event said the one, the catalogue the other."""
    rules = policy(offer(**ABOUT[2]), fold=STOCKED)

    assert named(decided(rules, view(item("plain", "sundries")))) == "plain"
    assert decided(rules, view(item("plain", None, item_brand="House"))) is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (ItemFact("plain"), ItemFact("plain", "beans", "coffee", "Acme")),
        (
            ItemFact("plain", currency="EUR", quantity=3),
            ItemFact("plain", "beans", "coffee", "Acme", None, 500, "EUR", 3),
        ),
        (ItemFact("dollars", currency="EUR"), ItemFact("dollars", "beans", currency="EUR")),
        (
            ItemFact("plain", "sundries", None, "House", "Mine", 7, "EUR"),
            ItemFact("plain", "sundries", None, "House", "Mine", 7, "EUR"),
        ),
        (ItemFact("nobody-knows-it"), ItemFact("nobody-knows-it")),
    ],
)
def test_what_the_event_says_stands(told: ItemFact, expected: ItemFact) -> None:
    """A price in another currency is none, and a department belongs to its category."""
    assert known_item(told, STOCKED, NOON) == expected


def test_what_is_in_the_cart_is_known_by_the_catalogue_too() -> None:
    """When it was left there."""
    row = offer(triggers=on(CART_ABANDONED, age_max_ms=DAY_MS), **BEANS)
    rules, profile = policy(row, fold=STOCKED), new_profile("customer:1")
    run(profile, [event("in", cart(BARE), NOON)], rules)

    made = [one.decision for _, one in fired(profile, rules, NOON + 9 * HOUR_MS)]

    assert [named(one) for one in made] == ["plain"]
    assert made[0] is not None
    assert [one.price_minor for one in made[0].view.cart] == [500]


def test_a_purchase_of_it_answers_the_offer_of_its_category() -> None:
    """A till tells ids alone."""
    bought = events.Purchase(currency="EUR", transaction_id="t", items=(BARE,))
    rules = policy(offer(**BEANS), fold=STOCKED)
    made = played(rules, view(item("other", "beans")))[-1].offers[0]
    seen_it = events.Viewed(offer_id=made.offer_id, channel="web")

    closed = played(rules, view(item("other", "beans")), seen_it, bought)[-1].trials

    assert [one.accepted for one in closed] == [True]


OWN = offer(
    product=Product("own", category="beans"),
    price_minor=200,
    price_levels=(PriceLevel(level="ten-off", discount_percent=10),),
    **BEANS,
)


@pytest.mark.parametrize(
    ("told", "regular_minor"),
    [
        (item("own", "beans"), 200),
        (item("plain", "beans"), 500),
        (item("plain", "beans", price_minor=300), 300),
        (item("nobody-knows-it", "beans", price_minor=300), 300),
    ],
)
def test_an_article_has_its_own_price(told: events.Item, regular_minor: int) -> None:
    """By the event, else by the catalogue of products, and that of the row if it is its own."""
    made = decided(policy(OWN, fold=STOCKED), view(told))

    assert made is not None
    assert made.chosen is not None
    assert made.chosen.price is not None
    assert made.chosen.price.regular_minor == regular_minor


@pytest.mark.parametrize(
    "earns",
    [
        {"price_levels": OWN.price_levels},
        {"margin_minor": None, "margin_percent": 30.0},
    ],
)
@pytest.mark.parametrize("name", ["nobody-knows-it", "dollars"])
def test_no_article_is_offered_at_the_price_of_another(name: str, earns: dict[str, Any]) -> None:
    """Of a price that nobody knows there is no percentage, neither to take off nor to earn."""
    row = offer(product=OWN.product, price_minor=200, **BEANS, **earns)

    made = decided(policy(row, fold=STOCKED), view(item(name, "beans")))

    assert made is not None
    assert made.gates == {Gate.NO_PRICE: 1}


def test_all_that_a_row_lists_has_its_price() -> None:
    """Though it names the first."""
    row = offer(
        product=OWN.product,
        products=frozenset({"own", "other-size"}),
        categories=frozenset(),
        price_minor=200,
    )

    made = decided(policy(row), view(item("other-size", None)))

    assert made is not None
    assert made.chosen is not None
    assert made.chosen.price is not None
    assert made.chosen.price.regular_minor == 200

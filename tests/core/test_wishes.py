"""What a customer said about themselves reaches the decision: never that, and not this trait."""

from dataclasses import replace
from typing import Any

import pytest

from streams.codec.rows import decode_row, encode_row
from streams.core import events
from streams.core.decide.record import DecisionRecord, Gate, Product
from streams.core.events import Body
from streams.core.offers import Match, Offer
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.profile import Profile, new_profile
from streams.core.timers import CART_ABANDONED
from tests.core.timed import WAITING, fired
from tests.strategies_profiles import (
    FOLD,
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

ANY = on("login", "view_item", match=Match.ANY)
LOGIN = events.Login(user_subject="customer:1")
BEANS = item("beans", "drinks", item_category2="coffee", item_brand="Acme")
OWN = Product("own", "Our own", "coffee", "House")
LEAVING = policy(WAITING)
ORGANIC = Listed(None, None, None, "EUR", 100, attributes={"organic": True})
PLAIN = Listed(None, None, None, "EUR", 100)


def never(name: str, *, suppressed: bool = True) -> events.Suppressed:
    """`scope:name` is never to be offered."""
    scope, _, rest = name.partition(":")
    return events.Suppressed(scope=scope, name=rest, suppressed=suppressed)  # type: ignore[arg-type]  # the tests' own words


def decided(*bodies: Body, rows: tuple[Offer, ...] = (), fold: Any = FOLD) -> DecisionRecord:
    """The decision on the last of `bodies`, a second apart."""
    history = [event(f"e{n}", body, NOON + n * 1_000) for n, body in enumerate(bodies)]
    made = run(new_profile("customer:1"), history, policy(*rows, fold=fold))[-1].decision
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("said", "row", "body", "expected"),
    [
        ("product:beans", {}, view(BEANS), Gate.SUPPRESSED),
        ("category:coffee", {}, view(BEANS), Gate.SUPPRESSED),
        ("category:drinks", {}, view(BEANS), Gate.SUPPRESSED),
        ("brand:Acme", {}, view(BEANS), Gate.SUPPRESSED),
        ("brand:coffee", {}, view(BEANS), None),
        ("product:own", {"product": OWN, "triggers": ANY}, LOGIN, Gate.SUPPRESSED),
        ("brand:House", {"product": OWN, "triggers": ANY}, LOGIN, Gate.SUPPRESSED),
        ("product:beans", {"product": OWN, "triggers": ANY}, LOGIN, None),
        ("category:coffee", {"triggers": ANY}, LOGIN, Gate.SUPPRESSED),
        ("category:coffee", {"triggers": ANY, "brands": frozenset({"Acme"})}, LOGIN, None),
        ("category:coffee", {"triggers": ANY, "categories": frozenset()}, LOGIN, None),
        ("brand:None", {"triggers": ANY, "product": Product("own")}, LOGIN, None),
    ],
)
def test_what_is_never_wanted_is_not_offered(
    said: str, row: dict[str, Any], body: Body, expected: Gate | None
) -> None:
    """One word against product, category or brand; without a product, against all it covers."""
    assert decided(never(said), body, rows=(offer(**row),)).candidates[0].gate is expected


WORDS = [
    ("product:beans", Gate.SUPPRESSED),
    ("category:coffee", Gate.SUPPRESSED),
    ("category:drinks", Gate.SUPPRESSED),
    ("brand:Acme", Gate.SUPPRESSED),
    ("category:food", None),
]


@pytest.mark.parametrize(("said", "expected"), WORDS)
def test_what_is_never_wanted_is_not_offered_of_the_cart(said: str, expected: Gate | None) -> None:
    """An article that lies there is stopped as that of an event is, by its department too."""
    row = offer(triggers=on("login"), categories=frozenset())

    made = decided(never(said), cart(BEANS), LOGIN, rows=(row,))

    assert [one.department for one in made.view.cart] == ["drinks"]
    assert [one.gate for one in made.candidates] == [expected]


@pytest.mark.parametrize(("said", "expected"), WORDS)
def test_what_is_never_wanted_is_not_offered_when_the_cart_is_left(
    said: str, expected: Gate | None
) -> None:
    """Nor if its row was written in between."""
    profile = new_profile("customer:1")
    run(profile, [event("said", never(said), NOON), event("put", cart(BEANS), NOON)], LEAVING)
    kept = decode_row(encode_row(profile))
    assert isinstance(kept, Profile)

    ((timer, result),) = fired(kept, LEAVING, NOON + HOUR_MS)

    assert timer.kind == CART_ABANDONED
    assert result.decision is not None
    assert [one.gate for one in result.decision.candidates] == [expected]


def test_a_word_taken_back_no_longer_stops_anything() -> None:
    """Nor is it in the view."""
    again = never("brand:Acme", suppressed=False)
    made = decided(never("brand:Acme"), again, view(BEANS))

    assert made.view.never == ()
    assert made.candidates[0].gate is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (view(item("green")), Gate.SUPPRESSED),
        (view(item("plain")), None),
        (view(item("unknown")), None),
        (LOGIN, Gate.SUPPRESSED),
    ],
)
def test_an_attribute_stops_the_products_that_have_it(body: Body, expected: Gate | None) -> None:
    """Of the event, and the row's own; what the catalogue does not know has no attributes."""
    listed = {"green": pack(ORGANIC), "own": pack(ORGANIC), "plain": pack(PLAIN)}
    fold = replace(FOLD, products=Products([Version(version="v1", valid_from_ms=0, rows=listed)]))
    row = offer(product=Product("own"), triggers=ANY)

    made = decided(never("attribute:organic"), body, rows=(row,), fold=fold)

    assert made.candidates[0].gate is expected
    assert "attribute:organic" in made.view.never


@pytest.mark.parametrize("body", [view(item("listed", None)), cart(item("listed", None)), LOGIN])
@pytest.mark.parametrize("said", ["category:beans", "category:coffee", "brand:Acme"])
@pytest.mark.parametrize("named", [{"product": Product("listed")}, {}])
def test_what_only_the_catalogue_knows_stops_a_product(
    named: dict[str, Any], said: str, body: Body
) -> None:
    """Neither event nor row tell its category or brand; what has none is not meant by "None"."""
    listed = {"listed": pack(Listed("beans", "coffee", "Acme", "EUR", 1))}
    listed["bare"] = pack(Listed(None, None, None, "EUR", 1))
    fold = replace(FOLD, products=Products([Version(version="v1", valid_from_ms=0, rows=listed)]))
    about = {"products": frozenset({"listed", "bare"}), "categories": frozenset(), **named}
    row = offer(triggers={**ANY, **on("add_to_cart", match=Match.ANY)}, **about)
    bare = decided(never("brand:None"), view(item("bare", None)), rows=(row,), fold=fold)

    made = decided(never(said), body, rows=(row,), fold=fold)

    assert bare.candidates[0].gate is None
    assert made.candidates[0].gate is (Gate.SUPPRESSED if named or body is not LOGIN else None)


def test_muted_traits_are_not_in_the_view() -> None:
    """Neither the name nor its weight: what is left are shares of the rest."""
    tea = view(item("t", "tea", item_brand="Leaf"))
    heard = decided(tea, view(BEANS))
    mutes = [events.TraitMuted(trait=one, muted=True) for one in ("category/tea", "brand/*")]
    made = decided(tea, *mutes, events.TraitMuted(trait="channel/web", muted=True), view(BEANS))

    assert set(heard.view.categories.top) == {"tea", "coffee"}
    assert set(made.view.categories.top) == {"coffee"}
    assert made.view.categories.known == 1
    assert made.view.categories.total == pytest.approx(1.0)
    assert made.view.brands.top == {}
    assert "web" in heard.view.channels
    assert made.view.channels == {}


def test_the_view_holds_the_purchases_that_a_candidate_could_name() -> None:
    """Of event and cart, and those that rows of the trigger ask for; no others."""
    bought = sale(1, *[line(name) for name in ("beans", "in-cart", "own", "once", "other")])
    rows = (
        offer("again", triggers=ANY, product=OWN, again_after_ms=1),
        offer("once", triggers=ANY, once=True, products=frozenset({"once", "twice"})),
        offer("elsewhere", triggers=on("search"), once=True, products=frozenset({"other"})),
    )

    made = decided(bought, cart(item("in-cart")), view(BEANS), rows=rows)

    assert set(made.view.bought) == {"beans", "in-cart", "own", "once"}


def test_several_items_enter_the_view_in_the_order_of_their_names() -> None:
    """Strongest first, then those of the event, whatever the order of its items."""
    strong = [view(item("x", f"c{n}")) for n in range(5)]
    rows = (offer(categories=frozenset(), triggers=ANY),)
    one = decided(*strong * 2, view(item("p", "zinc"), item("q", "iron")), rows=rows)
    other = decided(*strong * 2, view(item("q", "iron"), item("p", "zinc")), rows=rows)

    assert list(one.view.categories.top)[5:] == ["iron", "zinc"]
    assert list(other.view.categories.top)[5:] == ["iron", "zinc"]

"""Candidates, products and reasons: what an event brings, and why in words."""

from typing import Any

import pytest

from streams.core import events
from streams.core.decide.decide import decide
from streams.core.decide.record import (
    CANDIDATES_LOGGED_MAX,
    STOPPED_LOGGED_MAX,
    DecisionRecord,
    Gate,
    Product,
)
from streams.core.decide.triggers import TRIGGER_WORDS, TRIGGERS
from streams.core.decide.view import CART_ITEMS_MAX, INTERESTS_MAX, ITEMS_MAX, TERMS_MAX
from streams.core.events import BODY_TYPES, Body
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, Offer, PriceLevel, Treatment
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import (
    NOON,
    OURS,
    care,
    cart,
    event,
    item,
    line,
    offer,
    on,
    opened,
    policy,
    post,
    run,
    sale,
    view,
)


def decision(*bodies: Body, rows: tuple[Offer, ...] = ()) -> DecisionRecord | None:
    """The decision on the last of `bodies`, a second apart."""
    history = [event(f"e{n}", body, NOON + n * 1_000) for n, body in enumerate(bodies)]
    return run(new_profile("customer:1"), history, policy(*rows))[-1].decision


def brought(body: Body, **changes: Any) -> bool:
    """Whether `body` brings the coffee row with `changes`."""
    return decision(body, rows=(offer(**changes),)) is not None


def test_every_kind_of_event_triggers_by_its_word_or_by_what_it_says() -> None:
    """Likes, reposts, follows, answers, closed cases, voids and most outcomes trigger nothing."""
    silent = {
        events.Void,
        events.Like,
        events.Announce,
        events.Follow,
        events.Answered,
        events.Closed,
        *BODY_TYPES["channel.outcome.v1"],
    }
    spoken = {events.Create, events.Opened, events.Referred}
    every = {body for bodies in BODY_TYPES.values() for body in bodies}

    assert set(TRIGGERS) == every - silent - spoken
    assert {"complaint", "mention", "purchase"} <= TRIGGER_WORDS


@pytest.mark.parametrize(
    ("changes", "body", "expected"),
    [
        ({}, view(), True),
        ({}, view(item("x", "tea")), False),
        ({}, view(item("x", "drinks", item_category2="coffee")), True),
        ({"categories": {"drinks"}}, view(item("x", "drinks", item_category2="coffee")), True),
        ({}, view(item("x", None)), False),
        ({}, cart(), False),
        ({"categories": set(), "products": {"sku-1"}}, view(), True),
        ({"categories": set(), "brands": {"Acme"}}, view(item(item_brand="Acme")), True),
        ({"categories": set()}, view(item("x", "tea")), True),
        ({"triggers": on("login", match=Match.ANY)}, events.Login(user_subject="a:1"), True),
        (
            {"triggers": on("search"), "terms": {"espresso"}},
            events.Search(search_term="Best ESPRESSO ever"),
            True,
        ),
        (
            {"triggers": on("search"), "terms": {"espresso"}},
            events.Search(search_term="tea"),
            False,
        ),
    ],
)
def test_an_event_brings_the_rows_that_it_names(
    changes: dict[str, Any],
    body: Body,
    expected: bool,  # noqa: FBT001  # a table
) -> None:
    """By product, category of either level, brand, term; or any item; or any event."""
    row = {name: frozenset(one) if isinstance(one, set) else one for name, one in changes.items()}

    assert brought(body, **row) is expected


@pytest.mark.parametrize(("liked", "expected"), [("coffee", True), ("tea", False)])
def test_affinity_brings_rows_about_what_the_customer_likes(
    liked: str,
    expected: bool,  # noqa: FBT001  # a table
) -> None:
    """A check-in names no item; the profile does."""
    row = offer(triggers=on("check_in", match=Match.AFFINITY))
    check_in = events.CheckIn(place_id="s1")

    assert (decision(view(item("x", liked)), check_in, rows=(row,)) is not None) is expected


def test_a_post_without_mention_and_a_question_bring_nothing() -> None:
    """Only what concerns us triggers care."""
    assert decision(post("broken"), rows=(care(),)) is None
    assert decision(opened(reason="question"), rows=(care(),)) is None
    assert decision(post("hi", OURS), rows=(care(),)) is not None


def test_a_view_without_a_matching_row_is_no_decision() -> None:
    """`decide` agrees with the cheap question that is asked first."""
    made = decision(view())
    assert made is not None
    other = policy(offer(categories=frozenset({"tea"})))
    none = policy(offer(triggers=on("login", match=Match.ANY)))

    assert decide(made.view, other) is None
    assert decide(made.view, none) is None


def _product(*bodies: Body, **changes: Any) -> Product | None:
    made = decision(*bodies, rows=(offer(**changes),))
    assert made is not None
    assert made.chosen is not None
    return made.chosen.product


def test_the_product_is_an_item_of_the_event_then_of_the_cart_then_the_rows_own() -> None:
    """Only one that the row covers."""
    own = Product("own", "Our own")
    tea = item("sku-tea", "tea")
    named = item("sku-1", "coffee", item_name="Arabica", item_brand="Acme")
    checkout = events.Login(user_subject="customer:1")
    anyway = on("login", "view_item", match=Match.ANY)

    assert _product(view(tea, named)) == Product("sku-1", "Arabica", "coffee", "Acme")
    assert _product(cart(), checkout, triggers=anyway) == Product("sku-1", None, "coffee")
    assert _product(view(tea), triggers=anyway, product=own) == own
    assert _product(view(item("own")), product=own) == own


def test_an_item_bought_too_recently_is_passed_over() -> None:
    """The next one in the cart is named instead."""
    body = sale(1, line("sku-1"))
    row = {"triggers": on("purchase"), "again_after_ms": DAY_MS}

    assert _product(cart(item("sku-2")), body, **row) == Product("sku-2", None, "coffee")


def test_an_answer_has_no_price() -> None:
    """Service sells nothing."""
    made = decision(opened(), rows=(care(),))

    assert made is not None
    assert made.chosen is not None
    assert made.chosen.price is None
    assert made.chosen.purpose == "service"


def test_nothing_is_given_away() -> None:
    """A coupon worth as much as the article is a gate, not a price of nothing."""
    levels = (PriceLevel(level="coupon", discount_minor=100),)
    cheap = decision(view(item(price_minor=100)), rows=(offer(price_levels=levels),))
    dear = decision(view(item(price_minor=101)), rows=(offer(price_levels=levels),))

    assert cheap is not None
    assert dear is not None
    assert cheap.gates == {"no_price": 1}
    assert "no_price" not in dear.gates


def test_the_reason_names_the_item_that_brought_the_offer() -> None:
    """Not whatever lay first on the receipt."""
    basket = sale(1, line("x", "tea", item_name="Tea"), line("y", "coffee", item_name="Coffee"))
    row = {"triggers": on("purchase"), "price_minor": 500, "margin_minor": 100}

    assert _reason(basket, **row) == "you just bought Coffee"
    assert _reason(view(item("x", "tea", item_name="Tea"), item("y", item_name="Y"))).startswith(
        "you just looked at Y"
    )
    assert _reason(basket, **row, categories=frozenset()) == "you just bought Tea"


def test_the_log_is_bounded() -> None:
    """Passing candidates first, best first; stopped ones counted by gate."""
    treatments = tuple(Treatment(treatment=f"t{n}", text="x") for n in range(6))
    rows = (
        *[offer(f"good-{n}", treatments=treatments, accepts=0.1 * n) for n in range(1, 4)],
        *[offer(f"late-{n}", valid_until_ms=NOON) for n in range(9)],
    )
    few = decision(view(), rows=rows[2:])
    many = decision(view(), rows=rows)
    assert few is not None
    assert many is not None

    assert len(many.candidates) == CANDIDATES_LOGGED_MAX
    assert many.candidates_count == 27
    assert [one.offer for one in many.candidates[:7]] == ["good-3"] * 6 + ["good-2"]
    stopped = [one for one in few.candidates if one.gate is Gate.NO_LONGER_VALID]
    assert len(stopped) == STOPPED_LOGGED_MAX
    assert few.gates == {"no_longer_valid": 9}


def test_the_view_is_bounded() -> None:
    """Items, terms, cart lines and interests."""
    goods = [item(f"sku-{n}", f"c{n}", item_brand=f"b{n}") for n in range(ITEMS_MAX + 1)]
    term = " ".join(f"t{n}" for n in range(TERMS_MAX + 1))
    rows = (offer(categories=frozenset(), triggers=on("search", "view_item", match=Match.ANY)),)
    seen = decision(view(*goods), rows=rows)
    searched = decision(cart(*goods), events.Search(search_term=term), rows=rows)
    assert seen is not None
    assert searched is not None

    assert len(seen.view.items) == ITEMS_MAX
    assert len(searched.view.terms) == TERMS_MAX
    assert len(searched.view.cart) == CART_ITEMS_MAX
    assert len(searched.view.categories.top) == INTERESTS_MAX
    assert searched.view.categories.known > INTERESTS_MAX


def _reason(*bodies: Body, **changes: Any) -> str:
    anyway = on(*TRIGGER_WORDS, match=Match.ANY)
    made = decision(*bodies, rows=(offer(**{"triggers": anyway, **changes}),))
    assert made is not None
    assert made.chosen is not None
    return made.chosen.reason


ARABICA = item("sku-1", "coffee", item_name="Arabica", quantity=2)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([view(ARABICA)], "you just looked at Arabica"),
        (
            [view(), view(), view()],
            "you came back to coffee again and again; coffee is your top category (n=3)",
        ),
        (
            [view(), view(), view(), view()],
            "you just looked at coffee; coffee is your top category (n=4)",
        ),
        ([view(item("x", None))], "you just looked at x"),
        ([sale()], "you just bought coffee"),
        ([cart(ARABICA)], "you have 2 coffee items in the cart"),
        ([cart(item("x", "tea"))], "you have 1 item in the cart"),
        ([events.Search(search_term="Good Coffee")], "you searched for good coffee"),
        ([events.CheckIn(place_id="s1")], "you are in one of our stores"),
        ([events.PageView()], "you just looked at our shop"),
        ([events.Login(user_subject="customer:1")], "you are back"),
    ],
)
def test_the_reason_says_what_happened_and_what_we_know(history: list[Body], expected: str) -> None:
    """In words, from the facts that made the decision."""
    assert _reason(*history) == expected


def test_a_lesser_interest_is_called_what_it_is() -> None:
    """Tea is the top category, coffee one they come back to; a brand is a brand."""
    tea = [view(item("t", "tea"))] * 5
    coffee = [view()] * 3
    acme = [view(item("x", None, item_brand="Acme"))] * 3

    assert _reason(*tea, *coffee).endswith("coffee is a category you come back to (n=3)")
    assert _reason(*acme, brands=frozenset({"Acme"})).endswith("Acme is your top brand (n=3)")


def test_a_complaint_open_for_days_says_so() -> None:
    """Care staff see how long the customer has waited."""
    history = [
        event("a", opened("old"), NOON - 3 * DAY_MS),
        event("b", opened("new"), NOON),
    ]
    results = run(new_profile("customer:1"), history, policy(care(ttl_ms=1)))

    reasons = [one.offers[0].reason for one in results]

    assert reasons == [
        "you told us that something went wrong",
        "you told us that something went wrong, open for 3 days",
    ]

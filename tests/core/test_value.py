"""Values, ids and draws: numbers a reader can check by hand."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.decide.ids import arm, draw, offer_id
from streams.core.decide.options import Option
from streams.core.decide.record import Price, Product
from streams.core.decide.value import (
    affinity,
    channel_fit,
    margin_of,
    names_of,
    price_at,
    recency,
    regular_of,
)
from streams.core.decide.view import Interest, Interests, ItemFact, View
from streams.core.decide.weigh import weigh
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Offer, PriceLevel, Treatment
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import (
    DECISION,
    FOLD,
    MANY,
    NOON,
    contact_policy,
    event,
    item,
    offer,
    policy,
    run,
    view,
)

COFFEE = Interest(30.0, 9, NOON)
TEA = Interest(10.0, 4, NOON)


def seen(**changes: object) -> View:
    """A view of nothing but `changes`."""
    known: dict[str, object] = {
        "subject": "customer:1",
        "cause_id": "e",
        "cause_topic": "clickstream.event.v1",
        "trigger": "view_item",
        "event_time_ms": NOON,
        "decision_time_ms": NOON,
        "fold_sequence": 1,
        "stage": "exploring",
    }
    return View(**{**known, **changes})  # type: ignore[arg-type]  # the caller names real fields


def weighed(row: Offer, view: View) -> Option:
    """The one candidate of `row`, by web, whose contact costs 5."""
    contact = replace(contact_policy(), costs_minor={"web": 5})
    (option,) = weigh((row,), view, policy(row, contact=contact), "main").options
    return option


def test_the_value_is_the_gain_over_what_happens_anyway() -> None:
    """P1 (m - d) - P0 m - cost = .5 * (100 - 20) - .2 * 100 - 5 = 15, twice by the lever."""
    levels = (PriceLevel(level="less", discount_minor=20),)
    row = offer(lever=2.0, accepts=0.5, anyway=0.2, categories=frozenset(), price_levels=levels)

    assert weighed(row, seen()).value_minor == pytest.approx(30.0)


def test_lifts_enter_both_chances_once() -> None:
    """Liking and freshness lift P1 and P0; P0 is never above 1."""
    tea = seen(categories=Interests(total=10.0, known=2, top={"tea": TEA}))
    liking, known = weighed(offer(categories=frozenset({"tea"})), tea).row.liking, {"tea"}
    lift = liking[0] * liking[1]
    some = weighed(offer(accepts=0.3, anyway=0.1, categories=frozenset(known)), tea)
    certain = weighed(offer(anyway=0.9, categories=frozenset(known)), tea)

    assert lift > 1.0 / 0.9
    assert some.expected == pytest.approx((0.3 * lift, 0.1 * lift))
    assert certain.expected[1] == 1.0


def test_price_and_treatment_lift_acceptance_up_to_certainty() -> None:
    """P1 is .5 for a customer nobody knows: .75 with a pitch that lifts by half, 1 with five."""
    half, five = (Treatment(treatment=f"{n}", text="x", accept_lift=n) for n in (1.5, 5.0))
    rows = policy(offer(treatments=(half, five), categories=frozenset()))
    (result,) = run(new_profile("customer:1"), [event("e", view(item("x", None)))], rows)

    assert result.decision is not None
    factors = [one.factors for one in result.decision.candidates if one.factors]
    expected = 0.5 * factors[0].affinity * factors[0].recency * factors[0].channel_fit
    assert [one.accepts for one in factors] == [1.0, pytest.approx(1.5 * expected)]


def test_affinity_is_the_root_of_the_posterior_share_against_an_even_one() -> None:
    """Coffee 30 of 40 in two categories, prior 10: ((30 + 5) / 50) / .5 = 1.4."""
    known = Interests(40.0, 2, {"coffee": COFFEE, "tea": TEA})

    lift, name = affinity(names_of(offer(), None), seen(categories=known), DECISION)

    assert lift == pytest.approx(math.sqrt(1.4))
    assert name == "coffee"


def test_the_products_own_category_counts_before_what_the_row_covers() -> None:
    """A tea inside a row about coffee is judged as tea; its brand may be liked better."""
    known = Interests(40.0, 2, {"coffee": COFFEE, "tea": TEA})
    brands = Interests(50.0, 2, {"Acme": Interest(50.0, 9, NOON)})
    view = seen(categories=known, brands=brands)

    tea = affinity(names_of(offer(), Product("x", category="tea")), view, DECISION)
    acme = affinity(names_of(offer(), Product("x", category="tea", brand="Acme")), view, DECISION)

    assert tea[0] == pytest.approx(math.sqrt(0.6))
    assert acme[0] == pytest.approx(math.sqrt(55 / 60 * 2))
    assert (tea[1], acme[1]) == ("tea", "Acme")


def test_a_weaker_brand_does_not_replace_a_stronger_category() -> None:
    """The best of both is taken."""
    view = seen(
        categories=Interests(40.0, 2, {"coffee": COFFEE}),
        brands=Interests(40.0, 2, {"Acme": Interest(1.0, 9, NOON)}),
    )

    _, name = affinity(names_of(offer(brands=frozenset({"Acme"})), None), view, DECISION)

    assert name == "coffee"


def test_never_seen_near_it_lowers_the_lift_by_the_evidence_there_is() -> None:
    """Nothing known: 1. Much known about other things: less, within the bound."""
    other = Interests(40.0, 2, {"tea": TEA})

    assert affinity(names_of(offer(), None), seen(), DECISION) == (1.0, None)
    assert affinity(names_of(offer(), None), seen(categories=other), DECISION) == (0.5, None)
    assert affinity(names_of(offer(categories=frozenset()), None), seen(), DECISION) == (1.0, None)


@pytest.mark.parametrize(("days", "expected"), [(0, 1.2), (30, 1.0), (3_000, 0.8)])
def test_recency_lifts_a_fresh_interest_and_lowers_a_stale_one(days: int, expected: float) -> None:
    """The half-life is 30 days."""
    last = Interest(1.0, 3, NOON - days * DAY_MS)
    view = seen(categories=Interests(1.0, 1, {"coffee": last}))

    assert recency("coffee", view, FOLD) == pytest.approx(expected)
    assert recency(None, view, FOLD) == 1.0


def test_channel_fit_is_the_share_of_the_channel_within_its_bounds() -> None:
    """All of 50 on one of six channels would be 3.1 and is 2; none of it would be .4 and is .5."""
    view = seen(channels={"web": 50.0})

    assert channel_fit("web", view, DECISION) == 2.0
    assert channel_fit("email", view, DECISION) == 0.5
    assert channel_fit("email", seen(), DECISION) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("price_minor", "level", "item", "expected"),
    [
        (None, PriceLevel(level="l"), None, Price("l", "EUR", 0)),
        (None, PriceLevel(level="l", discount_minor=5), None, Price("l", "EUR", 5)),
        (100, PriceLevel(level="l", discount_percent=10.0), None, Price("l", "EUR", 10, 100, 90)),
        (
            100,
            PriceLevel(level="l", discount_minor=5),
            ItemFact("x", price_minor=200, currency="EUR"),
            Price("l", "EUR", 5, 200, 195),
        ),
        (
            100,
            PriceLevel(level="l"),
            ItemFact("x", price_minor=200, currency="USD"),
            Price("l", "EUR", 0, 100, 100),
        ),
        (
            100,
            PriceLevel(level="l", discount_minor=900),
            ItemFact("x"),
            Price("l", "EUR", 100, 100, 0),
        ),
    ],
)
def test_the_price_is_the_events_if_it_names_one_in_our_currency(
    price_minor: int | None, level: PriceLevel, item: ItemFact | None, expected: Price
) -> None:
    """And never below nothing."""
    row = offer(price_minor=price_minor)

    assert price_at(level, regular_of(row, item), row.currency) == expected


def test_the_margin_is_given_or_a_share_of_the_regular_price() -> None:
    """Of an unknown price a share is nothing."""
    share = offer(margin_minor=None, margin_percent=30.0)

    assert margin_of(offer(margin_minor=70), 100) == 70
    assert margin_of(share, 100) == 30
    assert margin_of(share, None) == 0


def test_ids_and_draws_come_out_the_same_anywhere() -> None:
    """Fixed vectors: another machine, another release, the same hashes."""
    assert offer_id("customer:1", "e1", "main", "v1") == "879ee31c3a7fdda87f2f6d6c5805e355"
    assert draw("customer:1", "e1", "main", "salt") == 0.08020364038696792
    assert draw("customer:1", "e1", "main", "salt") != draw("customer:1", "e1", "care", "salt")
    assert 0.0 <= arm("customer:1", "salt") < 1.0


@MANY
@given(st.text(max_size=20), st.text(max_size=20))
def test_draws_lie_in_the_unit(subject: str, cause: str) -> None:
    """[0, 1), whatever the ids are."""
    assert 0.0 <= draw(subject, cause, "main", "salt") < 1.0

"""Offers about what a query on the product catalogue finds: brought, named, logged, answered."""

from dataclasses import replace

import pytest

from streams.codec.outputs import decode_decision, encode_decision
from streams.core import events
from streams.core.decide.decide import decide
from streams.core.decide.explaining import explain
from streams.core.decide.record import Action, Gate
from streams.core.decide.view import QUERIED_ITEMS_MAX
from streams.core.decision_policy import DecisionPolicy
from streams.core.events import Body
from streams.core.offers import Match
from streams.core.product_query import ProductQuery
from streams.core.products import Products, Version, pack
from streams.core.profile.profile import new_profile
from streams.core.step import fire
from streams.core.timers import next_timer
from streams.core.words.lexicon import Lexicon
from tests.core.queries import ORGANIC, STOCKED, asking, decided, listed, named, played, seen
from tests.strategies_profiles import (
    DECISION,
    FOLD,
    HOUR_MS,
    NOON,
    cart,
    consent,
    event,
    item,
    line,
    offer,
    on,
    policy,
    returned,
    run,
    sale,
    view,
)

HELD_OUT = DecisionPolicy(experiment_salt="experiment", holdout_salt="salt", holdout_share=1.0)


def test_an_article_that_satisfies_the_query_brings_the_row_and_is_named() -> None:
    """Though the event told nothing but its id; one that does not is no decision."""
    rules = policy(asking(), fold=STOCKED)

    made = decided(rules, seen("plain", "organic"))

    assert named(made) == "organic"
    assert made is not None
    assert made.view.queried == {"attribute organic": ("organic",)}
    assert decided(rules, seen("plain")) is None
    assert decided(rules, seen("nobody-knows-it")) is None
    assert decided(policy(asking()), seen("organic")) is None  # without a catalogue


def test_a_repeat_needs_no_product_catalogue() -> None:
    """What was found is in the view: the same bytes, with an empty shelf."""
    rows = (asking(), offer("beside", query=None))
    made = decided(policy(*rows, fold=STOCKED), view(item("organic"), item("plain")))
    assert made is not None
    logged, _ = encode_decision(made)

    again = decide(decode_decision(logged).view, policy(*rows))

    assert again is not None
    assert encode_decision(again)[0] == logged
    assert {one.offer for one in again.candidates} == {"coffee", "beside"}


def test_rows_without_a_query_read_no_catalogue() -> None:
    """Their views have the bytes that they have always had."""
    made = decided(policy(offer(), fold=STOCKED), view(item("organic")))

    assert made is not None
    assert made.view.queried == {}
    assert b"queried" not in encode_decision(made)[0]


def test_another_query_finds_nothing_in_a_view() -> None:
    """A candidate that asks something else under the same name decides nothing by mistake."""
    made = decided(policy(asking(), fold=STOCKED), seen("organic"))
    assert made is not None

    other = policy(asking(replace(ORGANIC, brands=frozenset({"Acme"}))))

    assert decide(made.view, other) is None


def test_what_the_query_finds_in_the_cart_is_named_and_brings_the_row_by_its_timer() -> None:
    """An event brings a row by its own articles, a left cart by those that lie in it."""
    row = asking(triggers=on("view_item", "cart_abandoned"))
    rules = policy(row, fold=STOCKED)
    profile = new_profile("customer:1")
    run(profile, [event("e", cart(item("organic", None)))], rules)
    timer = next_timer(profile, rules)
    assert timer is not None

    left = fire(profile, timer, policy=rules, now_ms=timer.due_ms, fold_sequence=1)

    assert named(left.decision) == "organic"
    assert decided(rules, cart(item("organic", None)), seen("plain")) is None
    both = policy(asking(), offer("beside"), fold=STOCKED)
    beside = decided(both, cart(item("organic", None)), view(item("plain")))
    assert beside is not None
    assert [*beside.view.queried.values()] == [("organic",)]
    assert {one.offer for one in beside.candidates} == {"beside"}
    anyway = policy(asking(triggers=on("view_item", match=Match.ANY)), fold=STOCKED)
    assert named(decided(anyway, cart(item("organic", None)), seen("plain"))) == "organic"


def test_a_row_that_stands_in_names_what_its_query_finds() -> None:
    """A fallback is weighed by the same view."""
    rows = (
        offer("first", stages=frozenset({"advocate"}), fallback="second"),
        asking(triggers=on("view_item", match=Match.ANY), offer="second"),
    )

    made = decided(policy(*rows, fold=STOCKED), view(item("plain"), item("organic")))

    assert made is not None
    assert made.chosen is not None
    assert (made.chosen.offer, named(made)) == ("second", "organic")


def test_a_view_names_a_bounded_number_of_articles() -> None:
    """The first of them, in the order of the event."""
    rows = {f"s{n}": pack(listed(organic=True)) for n in range(QUERIED_ITEMS_MAX + 1)}
    stocked = replace(FOLD, products=Products([Version(version="v", valid_from_ms=0, rows=rows)]))

    made = decided(policy(asking(), fold=stocked), seen(*rows))

    assert made is not None
    assert [*made.view.queried.values()] == [tuple(rows)[:QUERIED_ITEMS_MAX]]


def test_a_special_category_satisfies_no_query() -> None:
    """The event does not say what it is; the catalogue knows, and a view would tell."""
    fold = replace(STOCKED, lexicon=Lexicon(special_categories={"Inhalers": "health"}))

    assert decided(policy(asking(), fold=fold), seen("inhaler")) is None
    assert named(decided(policy(asking(), fold=STOCKED), seen("inhaler"))) == "inhaler"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("category", "coffee"), Gate.SUPPRESSED),
        (("category", "beans"), Gate.SUPPRESSED),
        (("brand", "Acme"), Gate.SUPPRESSED),
        (("attribute", "organic"), Gate.SUPPRESSED),
        (("brand", "Other"), None),
        (("brand", "None"), None),
    ],
)
def test_what_is_never_wanted_is_known_by_the_catalogue(
    said: tuple[str, str], expected: Gate | None
) -> None:
    """Though the event named neither category nor brand."""
    never = events.Suppressed(scope=said[0], name=said[1], suppressed=True)  # type: ignore[arg-type]

    made = decided(policy(asking(), fold=STOCKED), never, seen("organic"))

    assert made is not None
    assert [*made.gates] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("query", "said", "expected"),
    [
        (ORGANIC, ("attribute", "organic"), Gate.SUPPRESSED),
        (ORGANIC, ("attribute", "vegan"), None),
        (ProductQuery(brands=frozenset({"Acme"})), ("brand", "Acme"), Gate.SUPPRESSED),
        (ProductQuery(brands=frozenset({"Acme", "Other"})), ("brand", "Acme"), None),
        (ProductQuery(categories=frozenset({"tea"})), ("category", "tea"), Gate.SUPPRESSED),
    ],
)
def test_a_row_without_an_article_is_stopped_when_nothing_is_left_of_its_query(
    query: ProductQuery, said: tuple[str, str], expected: Gate | None
) -> None:
    """As one that lists what it covers."""
    never = events.Suppressed(scope=said[0], name=said[1], suppressed=True)  # type: ignore[arg-type]
    row = asking(query, triggers=on("login", match=Match.ANY))

    made = decided(policy(row, fold=STOCKED), never, events.Login(user_subject="customer:1"))

    assert made is not None
    assert [*made.gates] == ([expected] if expected else [])


def test_liking_is_judged_by_the_categories_of_the_query() -> None:
    """Where no article is named."""
    query = ProductQuery(categories=frozenset({"coffee"}))
    row = asking(query, triggers=on("login", match=Match.ANY))
    looks = [view(item("other-coffee", "coffee"))] * 4

    made = decided(policy(row, fold=STOCKED), *looks, events.Login(user_subject="customer:1"))

    assert made is not None
    assert made.chosen is not None
    assert "coffee is your top category" in made.chosen.reason


@pytest.mark.parametrize("decision", [DECISION, HELD_OUT])
@pytest.mark.parametrize(("bought", "accepted"), [("dear", True), ("plain", False)])
def test_a_purchase_of_what_the_query_finds_answers_the_trial(
    decision: DecisionPolicy,
    bought: str,
    accepted: bool,  # noqa: FBT001  # a case
) -> None:
    """Delivered or held out: any article of the query, as any of a category's."""
    rules = policy(asking(), fold=STOCKED, decision=decision)
    bodies: list[Body] = [consent(granted=True, channel="web"), seen("organic")]
    history = [event(f"e{n}", body, NOON + n * 1_000) for n, body in enumerate(bodies)]
    profile = new_profile("customer:1")
    run(profile, history, rules)
    for trial in profile.contact.trials.values():
        trial.delivered = True

    (result,) = run(profile, [event("s", sale(1, line(bought, None)), NOON + HOUR_MS)], rules)

    assert [one.accepted for one in result.trials] == ([True] if accepted else [])


def test_an_offer_ends_when_the_article_that_it_named_is_bought() -> None:
    """Another article of the query leaves it open; what comes back is no purchase."""
    rules = policy(asking(), fold=STOCKED)
    start = (consent(granted=True, channel="web"), seen("organic"))

    other = played(rules, *start, sale(1, line("dear", None)))[-1]
    same = played(rules, *start, sale(1, line("organic", None)))[-1]
    back = played(rules, *start, returned(1))[-1]

    assert other.offers == back.offers == ()
    assert [(one.action, one.reason) for one in same.offers] == [(Action.WITHDRAW, "it was bought")]


def test_an_explanation_says_what_the_query_found() -> None:
    """And claims only what was run on the view."""
    rules = policy(asking(), fold=STOCKED)
    made = decided(rules, seen("organic", "dear"))
    assert made is not None

    assert explain(made, policy(asking())).queried == {"attribute organic": ("organic", "dear")}

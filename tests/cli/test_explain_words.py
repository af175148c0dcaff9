"""An explanation in words that care staff can read."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from streams.cli.explain_words import in_words
from streams.cli.gate_words import GATES, gate_words
from streams.core import events
from streams.core.decide.claiming import Counterfactual
from streams.core.decide.counterfactual import Change, Fate, Kind
from streams.core.decide.explaining import Explanation, explain
from streams.core.decide.record import Gate, Result
from streams.core.profile.profile import new_profile
from tests.cli.decisions import COFFEE, a_holdout, a_silence, an_offer, decided, explanation_of
from tests.strategies_profiles import (
    DECISION,
    NOON,
    consent,
    offer,
    opened,
    policy,
    run,
)
from tests.strategies_profiles import event as event_of
from tests.strategies_profiles import view as looked

LATER_MS = NOON + 20 * 60_000


def words(one: Explanation) -> str:
    """All of its sentences."""
    return "\n".join(in_words(one))


def claiming(*changes: Change, **known: Any) -> str:
    """The last sentence of an explanation whose only claim takes `changes`."""
    then = Fate(Result.OFFER, "tea", "plain", "", "web")
    claim = Counterfactual("tea", "web", changes, then=then, changed=True, **known)
    one = structs.replace(explanation_of(an_offer()), counterfactuals=(claim,))
    return words(one).splitlines()[-1].strip()


def test_an_offer_is_told_with_why_and_what_if() -> None:
    """What, to whom, by which numbers, by how much, and what would have changed it."""
    said = words(explanation_of(an_offer()))

    for sentence in (
        "about customer:ann",
        "view_item, told by clickstream.event.v1, at 2025-06-15T12:01:00Z.",
        "An offer was made.",
        "coffee-again (marketing) by web.",
        'In these words (plain): "House coffee, roasted this week."',
        "About Dark roast.",
        "At price level regular: 7.99 USD.",
        "Because you just looked at Dark roast.",
        "Chance that they accept it when offered: 21.2%.",
        "A sale earns 2.40 USD; the discount costs 0.00 USD, the contact 0.00 USD.",
        "coffee-again by app: there was no consent; had the consent for app been given, it could",
        "Stopped in all: there was no consent (2).",
        "Had coffee-again at ten-off taken 0.62 USD off instead of 0.80 USD: coffee-again (plain)",
    ):
        assert sentence in said


def test_an_answer_is_told_with_its_urgency_and_what_to_know() -> None:
    """For whoever gives it; nothing about a tone that moved nothing."""
    said = words(explanation_of(decided(looked(), opened("one"), opened("two"))))

    assert "Urgency normal (score 0.26); to be answered by 2025-06-16T12:02:00Z." in said
    assert "It is about complaint (complaint), 1 min ago; 1 more wait." in said
    assert "Complaints before: 1." in said
    assert "The tone moved" not in said


def test_a_tone_that_moved_a_chance_is_told() -> None:
    """What they say of it, here: as much as may be."""
    like = events.TraitCorrected(trait="tone/friendly", share=1.0)
    given = consent(granted=True)
    cart = events.AddToCart(currency="USD", items=(COFFEE,))

    said = words(explanation_of(decided(given, like, cart)))

    assert "The tone moved the first: +100 %." in said


def test_a_silence_is_told_with_what_would_have_ended_it() -> None:
    """By its decision id; nothing was compared."""
    said = words(explanation_of(a_silence()))

    assert "Nothing was offered." in said
    assert "Every candidate was stopped by a rule before anything was compared." in said
    assert said.endswith(
        "Without the open complaint: coffee-again (plain) at regular by web; a complaint was open."
    )


def test_a_holdout_says_that_nothing_was_sent() -> None:
    """And why: it is no mistake."""
    said = words(explanation_of(a_holdout()))

    assert "not sent: the customer is in the comparison group" in said


def test_a_silence_below_the_bar_says_what_the_best_lacked() -> None:
    """In money."""
    rules = policy(offer(accepts=0.1), decision=replace(DECISION, bar_minor=50.0))
    (result,) = run(new_profile("customer:1"), [event_of("e", looked())], rules)
    assert result.decision is not None

    said = words(explain(result.decision, rules))

    assert "a contact must earn over 0.50 EUR" in said
    assert "It lacked 0.3" in said
    assert "less than what a contact must earn; it was worth too little; no chance" in said


def test_what_was_tried_out_says_so() -> None:
    """Less was taken than the best, by a draw; the part that it fell into is told."""
    one = explanation_of(an_offer())
    assert one.chosen is not None
    tried = structs.replace(
        one,
        margin_minor=-5.0,
        propensity=0.25,
        interval=(0.5, 0.75),
        silence_propensity=0.02,
        chosen=structs.replace(one.chosen, propensity=0.25),
    )

    said = words(tried)

    assert "0.05 USD less than the best" in said
    assert "it was tried, to learn (chance 25.0%)" in said
    assert "0.690410; what was taken had a chance of 25.0%: the part from 0.500000 to 0.75" in said


def test_equal_values_are_told_as_what_the_draw_decided() -> None:
    """By nothing: neither was better."""
    said = words(structs.replace(explanation_of(an_offer()), margin_minor=0.0))

    assert "at ten-off by web, was worth as much: the draw decided." in said


def test_a_drawn_silence_says_so() -> None:
    """The best was good enough, and the draw fell on silence."""
    one = structs.replace(
        explanation_of(an_offer()),
        chosen=None,
        result=Result.SILENCE,
        margin_minor=-5.0,
        silence_propensity=0.02,
    )

    assert "The draw fell on silence, which had a chance of 2.0%." in words(one)


def test_without_a_rival_the_gain_over_the_bar_is_told() -> None:
    """Nothing else had a value."""
    one = structs.replace(explanation_of(an_offer()), rival=None, factors=None, counterfactuals=())

    said = words(one)

    assert "over what a contact must earn; nothing else could be compared" in said
    assert "Nothing that was tried: no single rule, chance or discount." in said


def test_a_discount_is_told_against_the_regular_price() -> None:
    """Or as what is taken off at the till, where nobody named a price."""
    one = explanation_of(an_offer())
    assert one.chosen is not None
    assert one.chosen.price is not None
    less = structs.replace(one.chosen.price, discount_minor=80, amount_minor=719)
    unknown = structs.replace(less, regular_minor=None, amount_minor=None)
    toned = structs.replace(one.chosen.pitch, tone="friendly")

    nothing = structs.replace(unknown, discount_minor=0)

    reduced, at_till, regular = (
        words(structs.replace(one, chosen=structs.replace(one.chosen, price=price, pitch=toned)))
        for price in (less, unknown, nothing)
    )

    assert "At price level regular: 7.19 USD instead of 7.99 USD." in reduced
    assert "At price level regular: 0.80 USD off at the till." in at_till
    assert "At price level regular: nothing off, whatever it costs at the till." in regular
    assert "(plain, friendly)" in at_till


def test_a_long_list_is_cut_and_counted() -> None:
    """Twelve are told of each kind."""
    one = explanation_of(an_offer())
    stopped = tuple(Counterfactual(f"row-{n:02}", "web", (), Gate.NO_PRICE) for n in range(15))

    said = words(structs.replace(one, alternatives=stopped, unexamined=4))

    assert "row-11 by web: its price was unknown" in said
    assert "row-12" not in said
    assert "7 more are not told one by one." in said


@pytest.mark.parametrize(
    ("worth_minor", "sentence"),
    [
        (3.5, "it could have been taken, worth 0.04 EUR."),
        (3.0, "it would still have been worth too little, 0.03 EUR."),
        (-18.0, "it would still have been worth too little, -0.18 EUR."),
    ],
)
def test_what_is_worth_too_little_could_not_have_been_taken(
    worth_minor: float, sentence: str
) -> None:
    """Past its gate it would have met the bar."""
    changes = (Change(Kind.CONSENT, "tea", "app"),)
    claim = Counterfactual("tea", "app", changes, Gate.CONSENT, value_minor=worth_minor)
    one = structs.replace(explanation_of(an_offer()), alternatives=(claim,), bar_minor=3.0)

    assert f"had the consent for app been given, {sentence}" in words(
        structs.replace(one, currency="EUR")
    )


@pytest.mark.parametrize("gate", Gate)
def test_every_gate_has_words(gate: Gate) -> None:
    """Care staff read no identifiers."""
    assert gate in GATES
    assert gate_words("of another release") == "of another release"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            Change(Kind.LATER, "tea", "web", at_ms=LATER_MS),
            "Had it happened 19 min later (2025-06-15T12:20:00Z): tea (plain) by web.",
        ),
        (Change(Kind.CONSENT, "tea", "web"), "Had the consent for web been given: tea"),
        (Change(Kind.STILL_VALID, "tea", "web"), "Had tea not ended: tea"),
        (Change(Kind.OUTLET, "tea", "web", names=("s1",)), "Had it happened in outlet s1: tea"),
        (Change(Kind.NOT_OWNED, "tea", "web"), "Had they not bought what tea is about: tea"),
        (Change(Kind.STAGE, "tea", "web", names=("owning",)), "Had they been at the stage owning"),
        (Change(Kind.NO_COMPLAINT, "tea", "web"), "Without the open complaint: tea"),
        (Change(Kind.NEVER_REFUSED, "tea", "web"), "Had they never refused tea: tea"),
        (
            Change(Kind.NEVER_SAID, "tea", "web", names=("brand:x", "category:y")),
            "Had they not said that they never want brand:x or category:y: tea",
        ),
        (Change(Kind.FEWER_OPEN, "tea", "web", number=1.0), "With 1 open offer less: tea"),
        (Change(Kind.FEWER_OPEN, "tea", "web", number=2.0), "With 2 open offers less: tea"),
        (
            Change(Kind.ACCEPTS, "tea", "web", number=0.5, before=0.25),
            "Had 50.0% of customers accepted tea, not 25.0%: tea",
        ),
        (
            Change(Kind.DISCOUNT, "tea", "web", names=("off",), number=5.0, before=10.0),
            "Had tea at off taken 0.05 USD off instead of 0.10 USD: tea",
        ),
    ],
)
def test_every_change_has_words(change: Change, sentence: str) -> None:
    """As a condition that nobody has to decode."""
    assert claiming(change).startswith(sentence)


def test_two_changes_are_told_as_one_condition() -> None:
    """Both would have been needed."""
    consent, complaint = (Change(kind, "tea", "web") for kind in (Kind.CONSENT, Kind.NO_COMPLAINT))

    said = claiming(consent, complaint)

    assert said.startswith("Had the consent for web been given and without the open complaint: tea")


def test_a_customers_own_chance_is_told_where_it_is_known() -> None:
    """Not the row's."""
    change = Change(Kind.ACCEPTS, "tea", "web", number=0.5, before=0.25)

    said = claiming(change, accepts=0.4, accepts_before=0.2)

    assert said.startswith("Had their chance of accepting tea been 40.0% instead of 20.0%: tea")


def test_control_characters_do_not_reach_the_terminal() -> None:
    """Names of goods come from anywhere."""
    one = explanation_of(an_offer())
    assert one.chosen is not None

    said = words(structs.replace(one, chosen=structs.replace(one.chosen, reason="\x1b[31mred")))

    assert "Because \\x1b[31mred." in said

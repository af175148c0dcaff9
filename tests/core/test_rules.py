"""Rules of an offer among the gates: when they are asked, what they stop, what is written down."""

from typing import Any

import pytest

from streams.core import events
from streams.core.decide.facts import Facts, Own
from streams.core.decide.record import DecisionRecord, Gate
from streams.core.decide.rules import Rule, RuleKind
from streams.core.fold_policy import DAY_MS
from streams.core.offers import PriceLevel, Treatment
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import NOON, cart, event, item, offer, on, opened, policy, run, view


def rule(
    name: str, kind: str = "eligibility", *, says: bool | None = False, **changes: Any
) -> Rule:
    """A rule with one answer."""
    return Rule(name=name, kind=RuleKind(kind), when="", holds=lambda *_: says, **changes)


def never(*_: Any) -> bool:
    """A rule that must not be asked."""
    pytest.fail("this rule was asked")


def decided(*rows: Any, body: events.Body | None = None) -> DecisionRecord:
    """The decision on a view of coffee."""
    (result,) = run(new_profile("customer:1"), [event("e", body or view())], policy(*rows))
    assert result.decision is not None
    return result.decision


@pytest.mark.parametrize("kind", ["eligibility", "applicability", "suitability"])
def test_a_rule_that_does_not_hold_stops_the_offer(kind: str) -> None:
    """At its step; the log names the rule and counts what it stopped."""
    row = offer(rules=(rule("holds", kind, says=True), rule("fails", kind)))

    decision = decided(row)

    assert [(one.gate, one.rule) for one in decision.candidates] == [(Gate.RULE, "fails")]
    assert (decision.gates, decision.rules) == ({"rule": 1}, {"fails": 1})


def test_rules_that_hold_let_it_pass() -> None:
    """And leave no trace."""
    decision = decided(offer(rules=(rule("one", says=True), rule("two", "suitability", says=True))))

    assert [(one.gate, one.rule) for one in decision.candidates] == [(None, None)]
    assert (decision.gates, decision.rules) == ({}, {})


@pytest.mark.parametrize(("passes", "gate"), [(False, Gate.RULE), (True, None)])
def test_a_rule_says_what_holds_when_it_cannot_tell(passes: bool, gate: Gate | None) -> None:  # noqa: FBT001  # both
    """Its `unless_known`."""
    decision = decided(offer(rules=(rule("who knows", says=None, unless_known=passes),)))

    assert decision.candidates[0].gate is gate


def test_all_candidates_that_a_rule_stops_are_counted() -> None:
    """Two ways to say it, two prices, two channels."""
    row = offer(
        treatments=(Treatment(treatment="a", text="A"), Treatment(treatment="b", text="B")),
        price_levels=(PriceLevel(level="x"), PriceLevel(level="y", discount_minor=1)),
        channels=("web", "email"),
        rules=(rule("no"),),
    )

    decision = decided(row, offer("other", rules=(rule("no"),)))

    assert decision.gates == {"rule": 9}
    assert decision.rules == {"no": 9}


@pytest.mark.parametrize(
    ("changes", "gate"),
    [
        ({"valid_from_ms": NOON + DAY_MS}, Gate.NOT_YET_VALID),
        ({"stages": frozenset({"lapsing"})}, Gate.STAGE),
    ],
)
def test_the_gates_of_every_offer_come_before_its_rules(
    changes: dict[str, Any], gate: Gate
) -> None:
    """At the same step: what stopped it first is named, and the rules of later steps not asked."""
    late = Rule(name="late", kind=RuleKind.SUITABILITY, when="", holds=never)
    step = RuleKind.ELIGIBILITY if gate is Gate.NOT_YET_VALID else RuleKind.APPLICABILITY
    own = Rule(name="own", kind=step, when="", holds=never)

    decision = decided(offer(rules=(own, late), **changes))

    assert (decision.candidates[0].gate, decision.candidates[0].rule) == (gate, None)


def test_a_gate_of_suitability_comes_before_rules_of_suitability() -> None:
    """But behind those of applicability."""
    history = [event("b", opened(), NOON - DAY_MS), event("e", view())]
    early, late = rule("early", "applicability"), rule("late", "suitability")

    first = run(new_profile("customer:1"), history, policy(offer(rules=(late,))))
    second = run(new_profile("customer:1"), history, policy(offer(rules=(early, late))))

    assert first[-1].decision is not None
    assert second[-1].decision is not None
    assert first[-1].decision.candidates[0].gate is Gate.OPEN_COMPLAINT
    assert second[-1].decision.candidates[0].rule == "early"


def test_consent_is_asked_between_eligibility_and_the_rest() -> None:
    """A channel without consent is stopped by it; the rule counts for the other channel."""
    row = offer(channels=("social", "web"), rules=(rule("no", "applicability"),))

    decision = decided(row)

    assert [one.gate for one in decision.candidates] == [Gate.CONSENT, Gate.RULE]
    assert [one.rule for one in decision.candidates] == [None, "no"]


def test_rules_see_one_set_of_facts_and_the_offer_itself() -> None:
    """The product is the one the offer would name."""
    seen: list[tuple[Facts, Own]] = []

    def holds(facts: Facts, own: Own) -> bool:
        seen.append((facts, own))
        return True

    look = (Rule(name="look", kind=RuleKind.SUITABILITY, when="", holds=holds),)
    decided(offer("a", rules=look), offer("b", price_minor=7, rules=look))

    (first, a), (second, b) = seen
    assert first is second
    assert [own.offer for own in (a, b)] == ["a", "b"]
    assert (a.price_minor, b.price_minor) == (None, 7)
    assert a.product is not None
    assert a.product.item_id == "sku-1"


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ((item("a", price_minor=100, quantity=2), item("b", price_minor=50)), 250),
        ((item("a", price_minor=100), item("b")), None),
    ],
)
def test_the_view_says_what_the_cart_comes_to(
    items: tuple[events.Item, ...], expected: int | None
) -> None:
    """None where one thing in it names no price."""
    decision = decided(offer(triggers=on("add_to_cart")), body=cart(*items))

    assert decision.view.cart_total_minor == expected


def test_a_cart_of_more_lines_than_the_view_shows_is_summed_whole() -> None:
    """Ten of them."""
    lines = [item(f"s{number}", price_minor=10) for number in range(10)]

    decision = decided(offer(triggers=on("add_to_cart")), body=cart(*lines))

    assert (len(decision.view.cart), decision.view.cart_total_minor) == (8, 100)

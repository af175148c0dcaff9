"""Claims: what would have changed a decision, and nothing that would not."""

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given

from streams.core.contact_policy import Consented, ContactRule
from streams.core.decide.counterfactual import Case, Kind, apply, decided, fate_of
from streams.core.decide.explaining import explain
from streams.core.decide.record import DecisionRecord, Gate
from streams.core.decide.view import ItemFact
from streams.core.offers import PriceLevel
from tests.core.test_explaining import made, told
from tests.strategies_profiles import (
    FEW,
    NOON,
    contact_policy,
    offer,
    policy,
)
from tests.strategies_views import decisions


@FEW
@given(decisions)
def test_every_counterfactual_that_is_claimed_changes_the_result(
    drawn: tuple[DecisionRecord, Case],
) -> None:
    """To what it says, when `decide` is run on it."""
    record, case = drawn

    claims = explain(record, case.policy).counterfactuals

    after = [reduce(lambda at, change: apply(change, at), one.changes, case) for one in claims]
    assert [decided(one) for one in after] == [one.then for one in claims]
    assert fate_of(record) not in [one.then for one in claims]


def test_a_lower_chance_of_acceptance_lets_another_win() -> None:
    """40 against 50: the winner's rate below .4, or the other's above .5."""
    one = told(offer("a"), offer("b", accepts=0.4))

    winner, rival = one.counterfactuals
    assert winner.changes[0].number == pytest.approx(0.4)
    assert rival.changes[0].number == pytest.approx(0.5)
    assert [each.then.offer for each in one.counterfactuals if each.then] == ["b", "b"]
    assert rival.accepts == pytest.approx(winner.accepts_before)


def test_a_smaller_discount_lets_its_level_win() -> None:
    """A lift of 1.2 pays for 16 of 100, not for 20."""
    levels = (
        PriceLevel(level="regular"),
        PriceLevel(level="off", discount_minor=20, accept_lift=1.2),
    )
    one = told(offer(price_levels=levels))

    claim = one.counterfactuals[-1].changes[0]
    assert (claim.kind, claim.names, claim.number, claim.before) == (
        Kind.DISCOUNT,
        ("off",),
        16.0,
        20.0,
    )


def test_no_number_is_claimed_that_does_not_help() -> None:
    """The other one is worth less even if all accept it, and by any discount."""
    levels = (PriceLevel(level="off", discount_minor=1),)
    one = told(offer("a"), offer("b", margin_minor=2, price_levels=levels))

    assert [each.offer for each in one.counterfactuals] == ["a"]


def test_a_gate_is_told_with_what_it_kept_from_winning() -> None:
    """The stopped one would have been worth more; of a gate the best two are claimed."""
    rows = [offer(f"b{n}", accepts=0.6 + n / 100, outlets=frozenset({f"s{n}"})) for n in range(3)]
    one = told(offer("a"), *rows)

    stopped = [each.offer for each in one.counterfactuals if each.gate is Gate.OUTLET]
    assert stopped == ["b2", "b1"]
    assert [each.offer for each in one.alternatives] == ["b2", "b1", "b0"]


def test_a_claim_takes_no_change_that_it_does_not_need() -> None:
    """Without the complaint the web is free: that e-mail needs a consent too changes nothing."""
    rule = ContactRule(consent=Consented.UNLESS_WITHDRAWN)
    contact = contact_policy(rule)
    email = replace(rule, consent=Consented.REQUIRED)
    strict = replace(contact, rules={**contact.rules, ("email", "marketing"): email})
    rules = policy(offer(channels=("web", "email")), contact=strict)

    one = explain(made(rules, complaint_since_ms=NOON), rules)

    both = next(each for each in one.alternatives if each.channel == "email")
    assert [change.kind for change in both.changes] == [Kind.CONSENT, Kind.NO_COMPLAINT]
    assert not both.changed
    (claim,) = one.counterfactuals
    assert [change.kind for change in claim.changes] == [Kind.NO_COMPLAINT]


def test_one_change_that_lifts_many_rows_is_claimed_once() -> None:
    """Whichever of them then wins, also one beyond the bound of what is looked at."""
    rows = [offer(f"row-{number:02}", accepts=0.3 + number / 1_000) for number in range(70)]

    one = told(*rows, complaint_since_ms=NOON)

    (claim,) = one.counterfactuals
    assert [change.kind for change in claim.changes] == [Kind.NO_COMPLAINT]
    assert claim.then is not None
    assert claim.then.offer == "row-69"


def test_what_is_worth_less_is_told_and_not_claimed() -> None:
    """Another stage would let it pass, and change nothing."""
    one = told(offer("a"), offer("b", accepts=0.1, stages=frozenset({"owning"})))

    (stopped,) = one.alternatives
    assert (stopped.offer, stopped.changed, stopped.then) == ("b", False, one.fate)
    assert [each.offer for each in one.counterfactuals if each.gate] == []


def test_what_no_change_helps_is_told_too() -> None:
    """Nobody named a price."""
    level = (PriceLevel(level="off", discount_percent=10.0),)
    rules = policy(offer(price_levels=level))
    one = explain(made(rules, items=(ItemFact("sku-1", "coffee"),)), rules)

    (stopped,) = one.alternatives
    assert (stopped.gate, stopped.changes, stopped.then) == (Gate.NO_PRICE, (), None)

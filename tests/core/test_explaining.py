"""Explanations: what was decided, why not otherwise, and what would have changed it."""

from dataclasses import replace

import pytest
from hypothesis import given
from msgspec import structs

from streams.core.decide.counterfactual import Case, Kind, fate_of
from streams.core.decide.decide import decide
from streams.core.decide.explaining import ALTERNATIVES_MAX, Explanation, explain, taken_of
from streams.core.decide.record import DecisionRecord, Result
from streams.core.decide.view import ItemFact, OpenFact
from streams.core.events import Event
from streams.core.offers import Match, Offer, Policy
from streams.core.profile.profile import new_profile
from tests.core.test_value import seen
from tests.strategies_profiles import (
    DECISION,
    FEW,
    POLICY,
    care,
    lively,
    offer,
    on,
    policy,
    run,
)
from tests.strategies_views import decisions

COFFEE = (ItemFact("sku-1", "coffee", price_minor=200, currency="EUR"),)


def made(rules: Policy, **known: object) -> DecisionRecord:
    """The decision by `rules` on a look at coffee, with `known`."""
    record = decide(seen(**{"items": COFFEE, **known}), rules)
    assert record is not None
    return record


def told(*rows: Offer, **known: object) -> Explanation:
    """The explanation of the decision between `rows`."""
    rules = policy(*rows)
    return explain(made(rules, **known), rules)


@FEW
@given(decisions)
def test_any_decision_is_explained_and_what_was_chosen_is_named(
    drawn: tuple[DecisionRecord, Case],
) -> None:
    """Of any view and policy."""
    record, case = drawn

    one = explain(record, case.policy)

    assert one.fate == fate_of(record)
    assert one.chosen == record.chosen
    taken = taken_of(record)
    assert (taken is None) is (record.chosen is None)
    assert one.factors == (None if taken is None else taken.factors)
    assert len(one.others) == len(record.candidates) - (record.chosen is not None)


@FEW
@given(decisions)
def test_the_draw_lies_in_the_interval_which_is_as_wide_as_it_was_likely(
    drawn: tuple[DecisionRecord, Case],
) -> None:
    """All of [0, 1) for what was certain."""
    record, case = drawn

    one = explain(record, case.policy)

    assert one.interval[0] <= one.draw < one.interval[1]
    assert one.interval[1] - one.interval[0] == pytest.approx(one.propensity)


@FEW
@given(lively)
def test_decisions_of_whole_lives_are_explained(history: list[Event]) -> None:
    """Of a profile that was folded, with open offers, contacts and consents."""
    records = [
        result.decision
        for result in run(new_profile("customer:1"), history)
        if result.decision is not None
    ]

    assert [explain(one, POLICY).fate for one in records] == [fate_of(one) for one in records]


def test_the_best_of_the_rest_is_the_rival() -> None:
    """Worth 50 against 40: by 10."""
    one = told(offer("a"), offer("b", accepts=0.4))

    assert one.chosen is not None
    assert one.rival is not None
    assert (one.chosen.offer, one.rival.offer) == ("a", "b")
    assert one.margin_minor == pytest.approx(10 * one.chosen.value_minor / 50)


def test_without_a_rival_the_margin_is_that_above_the_bar() -> None:
    """The bar is 0."""
    one = told(offer())

    assert one.chosen is not None
    assert one.rival is None
    assert one.margin_minor == one.chosen.value_minor


def test_a_silence_tells_what_the_best_lacked() -> None:
    """A bar of 100 against what is worth less."""
    rules = policy(decision=replace(DECISION, bar_minor=100.0))
    one = explain(made(rules), rules)

    assert (one.result, one.propensity) == (Result.SILENCE, 1.0)
    assert one.rival is not None
    assert one.rival.value_minor is not None
    assert one.margin_minor == pytest.approx(100.0 - one.rival.value_minor)


def test_a_silence_of_gates_alone_has_no_margin() -> None:
    """Nothing had a value."""
    one = told(offer(outlets=frozenset({"s1"})))

    assert (one.rival, one.margin_minor) == (None, None)
    assert [each.changes[0].kind for each in one.counterfactuals] == [Kind.OUTLET]


def test_an_answer_is_told_without_a_price_level() -> None:
    """Service sells nothing."""
    one = told(care(triggers=on("view_item", match=Match.ANY)))

    assert (one.fate.offer, one.fate.price_level) == ("sorry", "")
    assert one.factors is not None


def test_equal_offers_share_the_draw() -> None:
    """Two of the same value have a half each, in the order of the catalogue."""
    one = told(offer("a"), offer("b"))

    halves = {"a": (0.0, 0.5), "b": (0.5, 1.0)}
    assert one.interval == halves[one.fate.offer]
    assert one.propensity == 0.5


def test_what_the_log_does_not_list_is_still_explained() -> None:
    """The chosen one, without its factors."""
    rules = policy(offer("a"), offer("b", accepts=0.1))
    record = made(rules)

    one = explain(structs.replace(record, candidates=record.candidates[1:]), rules)

    assert one.fate.offer == "a"
    assert (one.factors, taken_of(record)) == (None, record.candidates[0])


def test_a_large_catalogue_is_looked_at_up_to_a_bound() -> None:
    """The rest is counted."""
    gone = {"stages": frozenset({"owning"})}
    rows = [offer(f"row-{number:02}", **gone) for number in range(ALTERNATIVES_MAX + 1)]

    one = told(*rows)

    assert (len(one.alternatives), one.unexamined) == (ALTERNATIVES_MAX, 1)


def test_a_trigger_that_the_policy_does_not_know_has_no_alternatives() -> None:
    """A record of another catalogue is told as far as it goes."""
    record = made(policy())

    one = explain(structs.replace(record, view=structs.replace(record.view, trigger="x")), policy())

    assert one.alternatives == ()


@FEW
@given(decisions)
def test_no_identifier_is_told_but_the_subject(drawn: tuple[DecisionRecord, Case]) -> None:
    """Neither that of the event nor those of open offers."""
    _, case = drawn
    others = (OpenFact("open-offer-id", "a", "store", "main"),)
    view = structs.replace(case.view, cause_id="event-id", open_offers=others)
    record = decide(view, case.policy)
    assert record is not None

    told_of = repr(explain(record, case.policy))

    assert view.subject in told_of
    assert "event-id" not in told_of
    assert "open-offer-id" not in told_of

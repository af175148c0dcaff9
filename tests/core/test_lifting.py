"""What would have let an offer pass: for each gate the smallest change, and two for two gates."""

from dataclasses import replace
from typing import Any

import pytest

from streams.core.contact_policy import Cap, Consented, ContactRule
from streams.core.decide.counterfactual import Case, Change, Kind, accepts_of, alone, decided, stand
from streams.core.decide.decide import decide
from streams.core.decide.lifting import CHANGES_MAX, ways
from streams.core.decide.record import Gate, Product, Result
from streams.core.decide.view import Interest, Interests, ItemFact, OpenFact
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Offer, PriceLevel
from streams.core.profile.contact import Consent
from tests.core.test_value import seen
from tests.strategies_profiles import FOLD, HOUR_MS, NOON, contact_policy, offer, policy
from tests.strategies_views import SUMMER

COFFEE = (ItemFact("sku-1", "coffee"),)
REQUIRED = ContactRule(consent=Consented.REQUIRED)
FREE = ContactRule(consent=Consented.UNLESS_WITHDRAWN)
SPACED = replace(FREE, spacing_ms=HOUR_MS)
CAPPED = replace(FREE, caps=(Cap(contacts_max=1, window_ms=DAY_MS, channel="web"),))
QUIET = replace(FREE, quiet_from_ms=11 * HOUR_MS, quiet_until_ms=14 * HOUR_MS)
CONTACTED = {"web/marketing": (NOON - HOUR_MS // 3,)}
OPEN = tuple(OpenFact(f"{n}", "x", "store", "main") for n in range(3))
WITHDRAWN = {"*/marketing": Consent(granted=False, at_ms=NOON + 5, tie=1)}


def case_of(row: Offer, rule: ContactRule = FREE, **known: object) -> Case:
    """A look at coffee with `known`, under `rule`, and `row` alone in the catalogue."""
    contact = contact_policy(rule, open_offers_max=2)
    return Case(seen(**{"items": COFFEE, **known}), policy(row, contact=contact))


def found(case: Case) -> list[tuple[Change, ...]]:
    """The changes of each way."""
    (row,) = case.policy.offers.values()
    here = stand(case, row.offer, "web")
    return [one.changes for one in ways(case, row, "web", here)]


@pytest.mark.parametrize(
    ("row", "rule", "known", "gate", "expected"),
    [
        ({"valid_from_ms": NOON + 7}, FREE, {}, Gate.NOT_YET_VALID, {"at_ms": NOON + 7}),
        ({"valid_until_ms": NOON}, FREE, {}, Gate.NO_LONGER_VALID, {"kind": Kind.STILL_VALID}),
        (
            {"outlets": frozenset({"s2", "s1"})},
            FREE,
            {},
            Gate.OUTLET,
            {"kind": Kind.OUTLET, "names": ("s1",)},
        ),
        (
            {},
            FREE,
            {"out_of_stock": ("sku-1", "sku-2")},
            Gate.OUT_OF_STOCK,
            {"kind": Kind.IN_STOCK, "names": ("sku-1",)},
        ),
        ({}, REQUIRED, {}, Gate.CONSENT, {"kind": Kind.CONSENT}),
        ({}, FREE, {"consents": WITHDRAWN}, Gate.CONSENT, {"kind": Kind.CONSENT}),
        (
            {"once": True, "products": frozenset({"sku-1"})},
            FREE,
            {"bought": {"sku-1": NOON}},
            Gate.OWNED,
            {"kind": Kind.NOT_OWNED},
        ),
        (
            {"again_after_ms": DAY_MS, "product": Product("sku-1")},
            FREE,
            {"bought": {"sku-1": NOON - HOUR_MS}},
            Gate.JUST_BOUGHT,
            {"at_ms": NOON + DAY_MS - HOUR_MS},
        ),
        (
            {"stages": frozenset({"owning", "bought"})},
            FREE,
            {},
            Gate.STAGE,
            {"kind": Kind.STAGE, "names": ("bought",)},
        ),
        ({}, FREE, {"complaint_since_ms": NOON}, Gate.OPEN_COMPLAINT, {"kind": Kind.NO_COMPLAINT}),
        (
            {},
            FREE,
            {"never": ("brand:x", "category:coffee")},
            Gate.SUPPRESSED,
            {"kind": Kind.NEVER_SAID, "names": ("category:coffee",)},
        ),
        (
            {"products": frozenset({"sku-1"})},
            FREE,
            {"never": ("category:coffee", "product:sku-1")},
            Gate.SUPPRESSED,
            {"kind": Kind.NEVER_SAID, "names": ("category:coffee", "product:sku-1")},
        ),
        ({}, SPACED, {"contacts": CONTACTED}, Gate.SPACING, {"at_ms": NOON + 2 * HOUR_MS // 3}),
        ({}, CAPPED, {"contacts": CONTACTED}, Gate.CAP, {"at_ms": NOON + DAY_MS - HOUR_MS // 3}),
        ({}, QUIET, {}, Gate.QUIET_HOURS, {"at_ms": NOON + 2 * HOUR_MS}),
        (
            {},
            FREE,
            {"open_offers": OPEN},
            Gate.OPEN_OFFERS,
            {"kind": Kind.FEWER_OPEN, "number": 2.0},
        ),
        (
            {"stock": 5},
            FREE,
            {"tokens": {"stock:coffee": 0}},
            Gate.SOLD_OUT,
            {"kind": Kind.LEFT, "names": ("stock:coffee",)},
        ),
        (
            {"budget_minor": 50, "price_levels": (PriceLevel(level="off", discount_minor=9),)},
            FREE,
            {"tokens": {"budget:coffee": 8}},
            Gate.BUDGET,
            {"kind": Kind.LEFT, "names": ("budget:coffee",)},
        ),
        (
            {},
            FREE,
            {"tokens": {"capacity:web": 0}, "bid_prices": {"web": 1.0}},
            Gate.CAPACITY,
            {"kind": Kind.NOT_SCARCE},
        ),
        (
            {},
            FREE,
            {"tokens": {"capacity:web": 3}, "bid_prices": {"web": 1e6}},
            Gate.BID_PRICE,
            {"kind": Kind.NOT_SCARCE},
        ),
    ],
)
def test_a_gate_is_lifted_by_the_smallest_change(
    row: dict[str, Any],
    rule: ContactRule,
    known: dict[str, object],
    gate: Gate,
    expected: dict[str, Any],
) -> None:
    """Of one kind: a moment to the millisecond, one word, as few open offers as it takes."""
    case = case_of(offer(**row), rule, **known)

    assert stand(case, "coffee", "web").gate is gate
    assert found(case) == [
        (Change(**{"kind": Kind.LATER, **expected}, offer="coffee", channel="web"),)
    ]


def test_a_refusal_is_lifted_by_never_having_been_or_by_time() -> None:
    """Two kinds, a way each."""
    case = case_of(offer(rejected_for_ms=DAY_MS), refused={"coffee": NOON - HOUR_MS})

    assert found(case) == [
        (Change(Kind.NEVER_REFUSED, "coffee", "web"),),
        (Change(Kind.LATER, "coffee", "web", at_ms=NOON + DAY_MS - HOUR_MS),),
    ]


def test_waiting_lifts_all_rules_of_time_at_once() -> None:
    """The spacing ends inside the quiet hours: the end of those is the moment."""
    case = case_of(offer(), replace(QUIET, spacing_ms=HOUR_MS), contacts=CONTACTED)

    assert found(case) == [(Change(Kind.LATER, "coffee", "web", at_ms=NOON + 2 * HOUR_MS),)]


def test_quiet_hours_end_by_the_clock_of_their_end() -> None:
    """Clocks go forward at 18:00 UTC, 19:00 there: 22:00 comes after 8 hours, not 9."""
    rule = replace(QUIET, quiet_until_ms=22 * HOUR_MS)
    rules = policy(contact=contact_policy(rule, zone=SUMMER))
    case = Case(seen(items=COFFEE), rules)

    assert found(case) == [(Change(Kind.LATER, "coffee", "web", at_ms=NOON + 8 * HOUR_MS),)]


def test_a_second_gate_takes_a_second_change() -> None:
    """Consent, then the complaint behind it; five gates are too many."""
    two = case_of(offer(), REQUIRED, complaint_since_ms=NOON)
    row = offer(outlets=frozenset({"s1"}), stages=frozenset({"owning"}), valid_until_ms=NOON)
    many = case_of(row, REQUIRED, complaint_since_ms=NOON)

    kinds = [[change.kind for change in changes] for changes in found(two)]
    assert kinds == [[Kind.CONSENT, Kind.NO_COMPLAINT]]
    assert CHANGES_MAX < 5
    assert found(many) == []


def test_a_channel_without_a_rule_cannot_be_opened() -> None:
    """The contact policy says nothing of it, so no consent does."""
    row = offer(channels=("store",), valid_from_ms=NOON + 1)
    case = case_of(row)

    assert ways(case, row, "store", stand(case, "coffee", "store")) == []


def test_waiting_lets_interests_fade() -> None:
    """After two half-lives of an interest a quarter of its weight is left; channels fade slower."""
    liked = Interests(8.0, 1, {"coffee": Interest(8.0, 3, NOON)})
    case = case_of(offer(), categories=liked, channels={"web": 4.0})
    later = NOON + 2 * FOLD.interest_half_life_ms

    (way,) = ways(
        case_of(offer(valid_from_ms=later), categories=liked, channels={"web": 4.0}),
        offer(valid_from_ms=later),
        "web",
        stand(case_of(offer(valid_from_ms=later)), "coffee", "web"),
    )

    assert way.case.view.categories.total == pytest.approx(2.0)
    assert way.case.view.categories.top["coffee"] == Interest(2.0, 3, NOON)
    assert way.case.view.channels == pytest.approx({"web": 2.0})
    assert way.case.view.event_time_ms - NOON == later - NOON
    assert case.view.categories is liked


def test_a_row_alone_is_judged_as_among_others() -> None:
    """The same candidates, by one channel."""
    case = case_of(offer(channels=("web", "email")))
    record = decide(*case)

    assert record is not None
    (web,) = alone(case, "coffee", "web")
    assert (web.offer, web.value_minor) == ("coffee", record.candidates[0].value_minor)
    assert accepts_of(case, web) == record.candidates[0].factors.accepts  # type: ignore[union-attr]  # it has a value
    stopped = case_of(offer(stages=frozenset({"owning"})))
    assert accepts_of(stopped, web) is None


def test_a_case_that_matches_no_row_is_silence() -> None:
    """No decision at all."""
    case = case_of(offer(), items=())

    assert decided(case).result is Result.SILENCE
    assert stand(case, "coffee", "web").best is None

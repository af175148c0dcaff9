"""Gates: each rule stops what it must and nothing else, and the first failing one is named."""

from typing import Any

import pytest

from streams.core import events
from streams.core.contact_policy import Cap, Consented, ContactRule
from streams.core.decide.contacting import is_quiet, permitted
from streams.core.decide.record import DecisionRecord, Gate, Product, Result
from streams.core.fold_policy import DAY_MS, Zone
from streams.core.offers import Match, Offer, Policy, PriceLevel
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import (
    HOUR_MS,
    NOON,
    UTC_ZONE,
    cart,
    consent,
    contact_policy,
    event,
    item,
    offer,
    on,
    opened,
    policy,
    run,
    sale,
    view,
)

FREE = Consented.UNLESS_WITHDRAWN


def decided(
    rules: Policy, *before: events.Body, body: events.Body | None = None, now_ms: int = NOON
) -> DecisionRecord:
    """The decision on a view (or on `body`) at `now_ms`, a day after `before`."""
    profile = new_profile("customer:1")
    history = [event(f"b{n}", one, now_ms - DAY_MS + n) for n, one in enumerate(before)]
    run(profile, history, rules)
    (result,) = run(profile, [event("cause", body or view(), now_ms)], rules, now_ms)
    assert result.decision is not None
    return result.decision


def gate_of(row: Offer, *before: events.Body, body: events.Body | None = None) -> Gate | None:
    """What stops `row`, alone in the catalogue."""
    return decided(policy(row), *before, body=body).candidates[0].gate


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"valid_from_ms": NOON}, None),
        ({"valid_from_ms": NOON + 1}, Gate.NOT_YET_VALID),
        ({"valid_until_ms": NOON + 1}, None),
        ({"valid_until_ms": NOON}, Gate.NO_LONGER_VALID),
        ({"outlets": frozenset({"s1"})}, Gate.OUTLET),
        ({"stages": frozenset({"exploring"})}, None),
        ({"stages": frozenset({"lapsing"})}, Gate.STAGE),
        ({"margin_minor": 0}, Gate.BELOW_BAR),
        ({"price_levels": (PriceLevel(level="p", discount_percent=5.0),)}, Gate.NO_PRICE),
    ],
)
def test_a_row_is_stopped_by_its_own_rules(changes: dict[str, Any], expected: Gate | None) -> None:
    """Dates by decision time, outlet, stage, price and value."""
    assert gate_of(offer(**changes)) is expected


def test_an_offer_of_an_outlet_needs_the_event_to_happen_there() -> None:
    """A check-in and a receipt tell the outlet, a click does not."""
    row = offer(triggers=on("purchase", "check_in", match=Match.ANY), outlets=frozenset({"s1"}))

    assert gate_of(row, body=sale()) is None
    assert gate_of(row, body=events.CheckIn(place_id="s1")) is None
    assert gate_of(row, body=events.CheckIn(place_id="s2")) is Gate.OUTLET


def test_what_is_owned_is_not_offered_again() -> None:
    """`once`: a purchase of any of its products ends it."""
    row = offer(once=True, products=frozenset({"sku-1", "sku-2"}))

    assert gate_of(row) is None
    assert gate_of(row, sale(1)) is Gate.OWNED


def test_what_was_just_bought_is_not_offered() -> None:
    """Within `again_after` the product is passed over, and the row's own one is stopped."""
    row = offer(again_after_ms=2 * DAY_MS, product=Product("sku-1"))

    assert gate_of(row) is None
    assert gate_of(row, sale(1)) is Gate.JUST_BOUGHT
    assert gate_of(offer(again_after_ms=DAY_MS, product=Product("sku-1")), sale(1)) is None


def test_nothing_is_sold_into_an_open_complaint() -> None:
    """A closed case sells again."""
    closed = events.Closed(channel="phone", case_id="case")

    assert gate_of(offer(), opened()) is Gate.OPEN_COMPLAINT
    assert gate_of(offer(), opened(), closed) is None


def test_a_no_holds_for_a_while() -> None:
    """A rejected row is not offered again for `rejected_for`."""
    no = events.Rejected(offer_id="x", channel="web", offer_template="coffee")

    assert gate_of(offer(), no) is Gate.REJECTED
    assert gate_of(offer(rejected_for_ms=DAY_MS), no) is None


@pytest.mark.parametrize(
    ("needed", "before", "expected"),
    [
        (Consented.REQUIRED, [], Gate.CONSENT),
        (Consented.REQUIRED, [consent(granted=True)], None),
        (FREE, [], None),
        (FREE, [consent(granted=False)], Gate.CONSENT),
        (FREE, [consent(granted=False, channel="email")], None),
    ],
)
def test_consent_is_asked_for_channel_and_purpose(
    needed: Consented, before: list[events.Body], expected: Gate | None
) -> None:
    """Marketing by web."""
    rules = policy(contact=contact_policy(ContactRule(consent=needed)))

    assert decided(rules, *before).candidates[0].gate is expected


def test_a_channel_without_a_rule_is_not_permitted() -> None:
    """Nothing is sold by social."""
    assert not permitted({}, "social", "marketing", contact_policy())


@pytest.mark.parametrize(
    ("cap", "expected"),
    [
        (Cap(contacts_max=1, window_ms=2 * DAY_MS, channel="web", purpose="marketing"), Gate.CAP),
        (Cap(contacts_max=1, window_ms=DAY_MS, channel="web", purpose="marketing"), None),
        (Cap(contacts_max=2, window_ms=2 * DAY_MS, channel="web", purpose="marketing"), None),
        (Cap(contacts_max=1, window_ms=2 * DAY_MS, purpose="marketing"), Gate.CAP),
        (Cap(contacts_max=1, window_ms=2 * DAY_MS, channel="web"), Gate.CAP),
        (Cap(contacts_max=1, window_ms=2 * DAY_MS, channel="email"), None),
        (Cap(contacts_max=1, window_ms=2 * DAY_MS, purpose="service"), None),
        (Cap(contacts_max=1, window_ms=2 * DAY_MS), Gate.CAP),
    ],
)
def test_a_cap_counts_the_contacts_of_its_scope_in_its_window(
    cap: Cap, expected: Gate | None
) -> None:
    """One contact by web a day ago."""
    rules = policy(contact=contact_policy(ContactRule(consent=FREE, caps=(cap,))))

    assert decided(rules, view()).candidates[0].gate is expected


def test_contacts_keep_their_distance() -> None:
    """Spacing is per channel and purpose: exactly that far apart is far enough."""
    near = policy(contact=contact_policy(ContactRule(consent=FREE, spacing_ms=DAY_MS + 1)))
    far = policy(contact=contact_policy(ContactRule(consent=FREE, spacing_ms=DAY_MS)))

    assert decided(near, view()).candidates[0].gate is Gate.SPACING
    assert decided(far, view()).candidates[0].gate is None


@pytest.mark.parametrize(
    ("since", "until", "hour", "quiet"),
    [
        (12, 13, 12, True),
        (12, 13, 13, False),
        (21, 8, 22, True),
        (21, 8, 7, True),
        (21, 8, 8, False),
        (21, 8, 20, False),
    ],
)
def test_quiet_hours_may_cross_midnight(since: int, until: int, hour: int, quiet: bool) -> None:  # noqa: FBT001  # a table
    """In UTC; the end is no longer quiet."""
    rule = ContactRule(consent=FREE, quiet_from_ms=since * HOUR_MS, quiet_until_ms=until * HOUR_MS)

    assert is_quiet(rule, UTC_ZONE, NOON + (hour - 12) * HOUR_MS) is quiet


def test_quiet_hours_are_local_and_follow_summer_time() -> None:
    """The offset that holds from NOON on makes 12:00 UTC 14:00 local."""
    zone = Zone(name="test", offsets=((0, HOUR_MS), (NOON, 2 * HOUR_MS)))
    rule = ContactRule(consent=FREE, quiet_from_ms=14 * HOUR_MS, quiet_until_ms=15 * HOUR_MS)
    rules = policy(contact=contact_policy(rule, zone=zone))

    assert decided(rules).candidates[0].gate is Gate.QUIET_HOURS
    assert not is_quiet(rule, zone, NOON - 1)
    assert not is_quiet(ContactRule(consent=FREE), zone, NOON)


def test_open_offers_of_other_slots_are_bounded() -> None:
    """One offer is open in web's main slot: email is stopped, web would supersede it."""
    rules = policy(
        offer(ttl_ms=7 * DAY_MS),
        offer("mail", channels=("email",), triggers=on("add_to_cart")),
        contact=contact_policy(open_offers_max=1),
    )

    assert decided(rules, view(), body=cart()).candidates[0].gate is Gate.OPEN_OFFERS
    assert decided(rules, view()).result is Result.OFFER


def test_the_first_failing_rule_is_named() -> None:
    """Eligibility before consent, consent before suitability, that before the contact policy."""
    rule = ContactRule(
        consent=Consented.REQUIRED,
        caps=(Cap(contacts_max=1, window_ms=2 * DAY_MS, channel="web", purpose="marketing"),),
    )
    rules = policy(contact=contact_policy(rule))
    late = policy(offer(valid_until_ms=NOON), contact=contact_policy(rule))
    yes = consent(granted=True)

    assert decided(late).candidates[0].gate is Gate.NO_LONGER_VALID
    assert decided(rules, opened()).candidates[0].gate is Gate.CONSENT
    assert decided(rules, yes, view(), opened()).candidates[0].gate is Gate.OPEN_COMPLAINT
    assert decided(rules, yes, view()).candidates[0].gate is Gate.CAP


def test_gates_count_every_treatment_and_price_level() -> None:
    """Two treatments by two levels are four candidates, logged as one."""
    row = offer(price_levels=(PriceLevel(level="a"), PriceLevel(level="b")), valid_until_ms=NOON)
    decision = decided(policy(replace_treatments(row)))

    assert decision.gates == {"no_longer_valid": 4}
    assert decision.candidates_count == 4
    assert len(decision.candidates) == 1


def replace_treatments(row: Offer) -> Offer:
    """The row with two treatments."""
    one = row.treatments[0]
    return offer(
        treatments=(one, type(one)(treatment="other", text="Other!")),
        price_levels=row.price_levels,
        valid_until_ms=row.valid_until_ms,
    )


def test_an_item_elsewhere_is_no_match() -> None:
    """Another category is another customer's offer: no decision at all."""
    profile = new_profile("customer:1")
    (result,) = run(profile, [event("a", view(item("sku-9", "tea")))], policy())

    assert result.decision is None

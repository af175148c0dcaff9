"""Contact memory: consents, contact times, outcomes of offers."""

import pytest

from streams.core import events
from streams.core.profile.contact import (
    CONSENTS_MAX,
    CONTACTS_MAX,
    PURPOSES,
    TRIED_MAX,
    Consent,
    Contact,
    add_contact,
    consent_to,
    set_consent,
    tried_offer,
)
from streams.core.profile.profile import Profile, new_profile
from tests.strategies_profiles import NOON, consent, event, folded, offer, policy, run, view

RULES = policy(offer())


def offered() -> tuple[Profile, str]:
    """A profile with one open offer, and the offer's id."""
    profile = new_profile("customer:1")
    run(profile, [event("a", view())], RULES)
    (offer_id,) = profile.contact.open_offers
    return profile, offer_id


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], None),
        ([consent(granted=True)], True),
        ([consent(granted=True, channel="email")], True),
        ([consent(granted=True, channel="web")], None),
        ([consent(granted=False, channel="email"), consent(granted=True)], True),
        ([consent(granted=True), consent(granted=False, channel="email")], False),
        ([consent(granted=True, purpose="service")], None),
    ],
)
def test_the_latest_word_on_the_channel_or_on_all_holds(
    history: list[events.Body],
    expected: bool | None,  # noqa: FBT001  # a table
) -> None:
    """For marketing by email."""
    consents = folded(*history).contact.consents

    assert consent_to(consents, "email", "marketing") is expected


def test_an_older_consent_that_arrives_later_changes_nothing() -> None:
    """By event time."""
    profile = new_profile("customer:1")

    run(
        profile,
        [
            event("a", consent(granted=False), NOON),
            event("b", consent(granted=True), NOON - 1),
        ],
    )

    assert consent_to(profile.contact.consents, "email", "marketing") is False


def test_beyond_the_bound_a_consent_to_another_purpose_is_dropped() -> None:
    """What decisions ask for is never dropped, were it ever so old."""
    contact = Contact()
    for number, purpose in enumerate(PURPOSES):
        set_consent(contact, f"*/{purpose}", Consent(granted=False, at_ms=number, tie=0))
    for number in range(CONSENTS_MAX):
        set_consent(contact, f"*/other-{number}", Consent(granted=True, at_ms=99 + number, tie=0))

    assert len(contact.consents) == CONSENTS_MAX
    assert consent_to(contact.consents, "email", "marketing") is False
    assert "*/other-0" not in contact.consents


def test_contact_times_are_bounded_by_window_and_number() -> None:
    """What lies outside the longest window is dropped, and the oldest beyond `CONTACTS_MAX`."""
    contact = Contact()
    for number in range(CONTACTS_MAX + 1):
        add_contact(contact, "email", "marketing", 1_000 + number, window_ms=500)
    assert len(contact.contacts["email/marketing"]) == CONTACTS_MAX
    assert contact.contacts["email/marketing"][0] == 1_001

    add_contact(contact, "email", "marketing", 1_510, window_ms=500)

    assert contact.contacts["email/marketing"][0] == 1_011


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (events.Delivered, "delivered"),
        (events.Viewed, "viewed"),
        (events.Clicked, "clicked"),
    ],
)
def test_an_offer_that_was_seen_stays_open_and_knows_it(
    kind: type[events.Viewed], field: str
) -> None:
    """The outcome counts for its catalogue row, also once the offer is no longer held."""
    profile, offer_id = offered()
    outcome = kind(offer_id=offer_id, channel="web", offer_template="coffee")

    run(profile, [event("b", outcome, NOON + 1)], RULES)
    assert getattr(profile.contact.open_offers[offer_id], field) is True
    profile.contact.open_offers.clear()
    run(profile, [event("c", outcome, NOON + 2)], RULES)

    assert getattr(profile.contact.tried["coffee"], field) == 2


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (events.Undeliverable, "undeliverable"),
        (events.Accepted, "accepted"),
        (events.Rejected, "rejected"),
        (events.Dismissed, "dismissed"),
    ],
)
def test_an_offer_that_was_answered_is_closed(kind: type[events.Accepted], field: str) -> None:
    """The outcome counts for its catalogue row."""
    profile, offer_id = offered()

    run(profile, [event("b", kind(offer_id=offer_id, channel="web"), NOON + 1)], RULES)

    assert profile.contact.open_offers == {}
    assert getattr(profile.contact.tried["coffee"], field) == 1


def test_undelivered_is_not_rejected() -> None:
    """Only a no of the customer is one."""
    profile, offer_id = offered()
    lost = events.Undeliverable(offer_id=offer_id, channel="web")

    run(profile, [event("b", lost, NOON + 1)], RULES)

    assert profile.contact.tried["coffee"].refused_ms == 0


def test_an_outcome_of_an_unknown_offer_is_counted_and_harmless() -> None:
    """No row, no offer: the kind alone is counted."""
    profile = folded(events.Accepted(offer_id="unknown", channel="email"))

    assert profile.contact.tried == {}
    assert profile.counts == {"accepted": 1}


def test_rows_tried_beyond_the_bound_drop_the_one_touched_longest_ago() -> None:
    """`TRIED_MAX` rows stay."""
    contact = Contact()

    for number in range(TRIED_MAX + 1):
        tried_offer(contact, f"row-{number}", NOON + number)

    assert len(contact.tried) == TRIED_MAX
    assert "row-0" not in contact.tried


def test_contacts_stay_in_order_though_the_clock_of_who_was_linked_was_ahead() -> None:
    """Caps look for the beginning of a window in a rising order, and spacing at the last."""
    contact = Contact()

    for at_ms in (1_000, 6_000, 5_000):
        add_contact(contact, "web", "marketing", at_ms, window_ms=9_000)

    assert contact.contacts == {"web/marketing": [1_000, 5_000, 6_000]}

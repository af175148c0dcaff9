"""Consent and the contact policy: may this channel be used for this purpose now.

Caps are exact: contacts are decision times recorded in the same fold, and the profile keeps as
many as the largest cap allows.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from streams.core.contact_policy import Cap, Consented, ContactPolicy, ContactRule
from streams.core.decide.record import Gate
from streams.core.decide.scarce import is_taken_up
from streams.core.decide.view import View
from streams.core.fold_policy import DAY_MS, Zone
from streams.core.profile.contact import Consent, consent_to
from streams.core.zones import zone_named


def permitted(
    consents: dict[str, Consent], channel: str, purpose: str, policy: ContactPolicy
) -> bool:
    """Whether consent allows this contact; a channel without a rule for the purpose does not."""
    rule = policy.rules.get((channel, purpose))
    if rule is None:
        return False
    granted = consent_to(consents, channel, purpose) if consents else None
    return rule.consent is Consented.UNLESS_WITHDRAWN if granted is None else granted


def contact_gate(
    view: View, scope: tuple[str, str], slot: str, policy: ContactPolicy
) -> Gate | None:
    """The first rule of the contact policy that forbids a contact by `scope` now.

    `scope` is (channel, purpose), and must have a rule.
    """
    channel, purpose = scope
    now_ms = view.decision_time_ms
    rule = policy.rules[scope]
    contacts = view.contacts
    if contacts:
        known = sum([len(times) for times in contacts.values()])
        for cap in rule.caps:
            if known >= cap.contacts_max and _reached(cap, contacts, now_ms):
                return Gate.CAP
        times = contacts.get(f"{channel}/{purpose}")
        if times and now_ms - times[-1] < rule.spacing_ms:
            return Gate.SPACING
    if rule.quiet_from_ms is not None and is_quiet(rule, zone_of(view, policy), now_ms):
        return Gate.QUIET_HOURS
    held = view.open_offers
    if len(held) >= policy.open_offers_max:
        others = [one for one in held if one.channel != channel or one.slot != slot]
        if len(others) >= policy.open_offers_max:
            return Gate.OPEN_OFFERS
    if view.tokens and is_taken_up(channel, view):
        return Gate.CAPACITY
    return None


def zone_of(view: View, policy: ContactPolicy) -> Zone:
    """Whose clocks the customer of `view` goes by."""
    return zone_named(view.zone, policy.zones, policy.zone)


def is_quiet(rule: ContactRule, zone: Zone, now_ms: int) -> bool:
    """Whether `now_ms` lies in the quiet hours, local time of `zone`."""
    if rule.quiet_from_ms is None:
        return False
    at = bisect_right(zone.offsets, (now_ms, DAY_MS))  # no offset is as large as a day
    local_ms = (now_ms + zone.offsets[max(at - 1, 0)][1]) % DAY_MS
    if rule.quiet_from_ms <= rule.quiet_until_ms:
        return rule.quiet_from_ms <= local_ms < rule.quiet_until_ms
    return local_ms >= rule.quiet_from_ms or local_ms < rule.quiet_until_ms


def _reached(cap: Cap, contacts: Mapping[str, Sequence[int]], now_ms: int) -> bool:
    since_ms = now_ms - cap.window_ms
    count = 0
    for scope, times in contacts.items():
        if scope in cap.scopes:
            count += len(times) - bisect_right(times, since_ms)
    return count >= cap.contacts_max

"""Contact memory as the genome shows it: permissions, contacts, outcomes, hours, open offers."""

from collections.abc import Iterable
from typing import TypeVar

from streams.core.genome.background import Reading
from streams.core.genome.contact import best_hour, response_rates, tone_preference, tone_rates
from streams.core.genome.reached import (
    ConsentShown,
    Contacts,
    ContactShown,
    IdentityShown,
    MemberShown,
    OpenShown,
    ReachShown,
    SaidShown,
    TriedShown,
)
from streams.core.genome.tastes import TraitShown, WordShown
from streams.core.genome.traits import estimated
from streams.core.profile.contact import Consent, OpenOffer, Tried
from streams.core.profile.stated import is_muted

_Value = TypeVar("_Value")


def contact(reading: Reading) -> ContactShown:
    """All of it, as of now."""
    held, now_ms = reading.profile.contact, reading.now_ms
    return ContactShown(
        consents=[_consent(scope, one) for scope, one in _scopes(held.consents.items())],
        contacts=[
            Contacts(channel=channel, purpose=purpose, times_ms=times)
            for (channel, purpose), times in _scopes(held.contacts.items())
        ],
        reach=_reach(reading),
        tones=_tones(reading),
        tone=_tone(reading),
        open_offers=[
            _open(offer_id, one)
            for offer_id, one in sorted(
                held.open_offers.items(), key=lambda pair: (pair[1].issued_ms, pair[0])
            )
            if one.expires_ms > now_ms
        ],
        tried=[
            TriedShown(offer=offer, outcomes=_outcomes(one), last_ms=one.last_ms)
            for offer, one in sorted(
                held.tried.items(), key=lambda pair: (-pair[1].last_ms, pair[0])
            )
        ],
    )


def identity(reading: Reading) -> IdentityShown:
    """Whose events these are, the person's own first."""
    profile = reading.profile
    members = [
        MemberShown(
            subject=name,
            own=name == profile.subject,
            source=one.source,
            since_ms=one.since_ms,
            events=None if one.part is None else one.part.applied,
            via=one.via or None,
        )
        for name, one in profile.joined.items()
    ]
    members.sort(key=lambda one: (not one.own, one.since_ms, one.subject))
    alone = profile.alone
    return IdentityShown(
        members=members, shared=alone.shared, unlinked_ms=alone.unlinked_ms or None
    )


def said(reading: Reading) -> list[SaidShown]:
    """What the customer said of themselves and still holds, the latest first."""
    stated = reading.profile.stated
    found = [
        SaidShown(
            kind="corrected",
            name=name,
            share=one.share,
            at_ms=one.at_ms,
            source=one.source or None,
        )
        for name, one in stated.corrections.items()
        if one.holds
    ]
    found += [
        SaidShown(kind="muted", name=name, share=None, at_ms=one.at_ms, source=one.source or None)
        for name, one in stated.muted.items()
        if one.holds
    ]
    found += [
        SaidShown(kind="never", name=name, share=None, at_ms=one.at_ms, source=one.source or None)
        for name, one in stated.never.items()
        if one.holds
    ]
    found.sort(key=lambda one: (-one.at_ms, one.kind, one.name))
    return found


def _consent(scope: tuple[str, str], one: Consent) -> ConsentShown:
    channel, purpose = scope
    source = one.source or None
    return ConsentShown(
        channel=channel, purpose=purpose, granted=one.granted, at_ms=one.at_ms, source=source
    )


def _reach(reading: Reading) -> list[ReachShown]:
    responses, now_ms = reading.profile.contact.responses, reading.now_ms
    minimum = reading.evidence_min
    shown: list[ReachShown] = []
    for channel, found in sorted(response_rates(responses, now_ms, evidence_min=minimum).items()):
        if is_muted(reading.profile.stated, "channel", channel):
            continue
        best = best_hour(responses, channel, now_ms, evidence_min=minimum)
        hour = share = None
        if best is not None:
            hour, share = best[0], estimated(reading, f"{best[0]} h", best[1], "share")
        response = estimated(reading, channel, found)
        shown.append(
            ReachShown(channel=channel, response=response, best_hour=hour, best_hour_share=share)
        )
    return shown


def _tones(reading: Reading) -> list[TraitShown]:
    responses, stated = reading.profile.contact.responses, reading.profile.stated
    rates = tone_rates(responses, reading.now_ms, evidence_min=reading.evidence_min)
    return [
        estimated(reading, tone, one)
        for tone, one in sorted(rates.items())
        if not is_muted(stated, "tone", tone)
    ]


def _tone(reading: Reading) -> WordShown | None:
    found = tone_preference(
        reading.profile.contact.responses, reading.now_ms, evidence_min=reading.evidence_min
    )
    if found is None or is_muted(reading.profile.stated, "tone", found[0]):
        return None
    tone, rate = found
    why = f"answered {rate.value:.0%} of the time, more than other tones together"
    return WordShown(word=tone, why=why, count=rate.count, last_ms=rate.last_ms)


def _open(offer_id: str, one: OpenOffer) -> OpenShown:
    return OpenShown(
        offer_id=offer_id,
        offer=one.offer,
        channel=one.channel,
        purpose=one.purpose,
        issued_ms=one.issued_ms,
        expires_ms=one.expires_ms,
        item_id=one.item_id,
        shadow=one.shadow,
        state=_state(one),
    )


def _state(offer: OpenOffer) -> str:
    if offer.shadow:
        return "held out"
    reached = ((offer.clicked, "clicked"), (offer.viewed, "viewed"), (offer.delivered, "delivered"))
    return next((word for true, word in reached if true), "issued")


def _outcomes(tried: Tried) -> dict[str, int]:
    counts = {
        "delivered": tried.delivered,
        "undeliverable": tried.undeliverable,
        "viewed": tried.viewed,
        "clicked": tried.clicked,
        "accepted": tried.accepted,
        "rejected": tried.rejected,
        "dismissed": tried.dismissed,
    }
    return {word: count for word, count in counts.items() if count}


def _scopes(pairs: Iterable[tuple[str, _Value]]) -> list[tuple[tuple[str, str], _Value]]:
    split = (((scope.partition("/")[0], scope.partition("/")[2]), one) for scope, one in pairs)
    return sorted(split, key=lambda pair: pair[0])

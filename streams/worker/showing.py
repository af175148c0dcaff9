"""From a stored row to the genome: weights as of now, names for digests and flags.

A stored profile keeps weights as of landmarks, so that nothing is touched to age; see `core.decay`.
"""

from collections.abc import Iterable
from typing import TypeVar

from streams.codec.rows import Link, decode_row
from streams.core.decay import DecayedMap, decayed, strongest
from streams.core.profile.buying import Buying
from streams.core.profile.contact import Contact, OpenOffer, Tried
from streams.core.profile.profile import EVIDENCE_MIN, Profile, stage
from streams.worker.genome import (
    Bought,
    BuyingShown,
    CareShown,
    ConsentShown,
    Contacts,
    Genome,
    InCart,
    Interest,
    LinkShown,
    OpenShown,
    Shown,
    Spent,
    TriedShown,
)

INTERESTS_SHOWN_MAX = 12

_Value = TypeVar("_Value")


def show_row(row: bytes, now_ms: int) -> Shown:
    """Return what `row` of the table holds, as of `now_ms`.

    Raises:
        ProfileVersionError: another release wrote it.
    """
    value = decode_row(row)
    if isinstance(value, Link):
        return LinkShown(target=value.target, since_ms=value.since_ms, source=value.source)
    return genome(value, now_ms)


def genome(profile: Profile, now_ms: int) -> Genome:
    """Return `profile` as of `now_ms`."""
    care, contact = profile.care, profile.contact
    return Genome(
        subject=profile.subject,
        as_of_ms=now_ms,
        stage=stage(profile, now_ms),
        events=profile.applied,
        counts=profile.counts,
        first_seen_ms=profile.first_seen_ms or None,
        last_seen_ms=profile.last_seen_ms or None,
        offer_sequence=profile.offer_sequence,
        buying=_buying(profile.buying, now_ms),
        categories=_interests(profile.categories, now_ms),
        brands=_interests(profile.brands, now_ms),
        channels=_interests(profile.channels, now_ms),
        outlets=_interests(profile.outlets, now_ms),
        cart=_cart(profile),
        consents=[
            ConsentShown(channel=channel, purpose=purpose, granted=one.granted, at_ms=one.at_ms)
            for (channel, purpose), one in _scopes(contact.consents.items())
        ],
        contacts=[
            Contacts(channel=channel, purpose=purpose, times_ms=times)
            for (channel, purpose), times in _scopes(contact.contacts.items())
        ],
        open_offers=_open_offers(contact, now_ms),
        tried=[
            TriedShown(offer=offer, outcomes=_outcomes(one), last_ms=one.last_ms)
            for offer, one in sorted(contact.tried.items(), key=lambda pair: -pair[1].last_ms)
        ],
        care=CareShown(
            posts=care.posts,
            complaints=care.complaints,
            mentions=care.mentions,
            delays=care.delays,
            last_complaint_ms=care.last_complaint_ms or None,
            last_answer_ms=care.last_answer_ms or None,
            cases_open_since_ms=sorted(one.opened_ms for one in care.cases.values() if one.open),
        ),
    )


def _interests(sums: DecayedMap, now_ms: int) -> list[Interest]:
    total = decayed(sums, sums.total, now_ms)
    shown = []
    for name in strongest(sums, INTERESTS_SHOWN_MAX):
        trait = sums.traits[name]
        weight = decayed(sums, trait.weight, now_ms)
        known = trait.count >= EVIDENCE_MIN and total > 0
        shown.append(
            Interest(
                name=name,
                weight=weight,
                share=weight / total if known else None,
                count=trait.count,
                last_ms=trait.last_ms,
            )
        )
    return shown


def _buying(buying: Buying, now_ms: int) -> BuyingShown:
    return BuyingShown(
        spend=[
            Spent(
                currency=currency,
                lifetime_minor=one.lifetime_minor,
                recent_minor=decayed(one.recent, one.recent.weight, now_ms),
                half_life_ms=one.recent.half_life_ms,
                purchases=one.recent.count,
                last_ms=one.recent.last_ms,
            )
            for currency, one in sorted(buying.spend.items())
        ],
        purchases=[
            Bought(item_id=item, at_ms=at_ms)
            for item, at_ms in sorted(buying.purchases.items(), key=lambda pair: (-pair[1], pair))
        ],
        last_purchase_ms=buying.last_purchase_ms or None,
        returns=buying.returns,
        voids=buying.voids,
    )


def _cart(profile: Profile) -> list[InCart]:
    return [
        InCart(
            item_id=item,
            quantity=line.quantity,
            at_ms=line.at_ms,
            category=line.category,
            brand=line.brand,
            price_minor=line.price_minor,
            currency=line.currency,
        )
        for item, line in sorted(profile.cart.items(), key=lambda pair: -pair[1].at_ms)
        if line.quantity
    ]


def _open_offers(contact: Contact, now_ms: int) -> list[OpenShown]:
    return [
        OpenShown(
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
        for offer_id, one in sorted(contact.open_offers.items(), key=lambda pair: pair[1].issued_ms)
        if one.expires_ms > now_ms
    ]


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

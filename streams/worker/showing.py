"""From a stored row to the genome: weights as of now, names for digests and flags.

A stored profile keeps weights as of landmarks, so that nothing is touched to age; see `core.decay`.
"""

from collections.abc import Iterable
from typing import TypeVar

from streams.codec.rows import Link, decode_row
from streams.core.decay import decayed
from streams.core.profile.buying import Buying
from streams.core.profile.care import Care
from streams.core.profile.contact import Contact, OpenOffer, Tried
from streams.core.profile.profile import Profile, stage
from streams.worker.genome import (
    Bought,
    BuyingShown,
    CareShown,
    ConsentShown,
    Contacts,
    Genome,
    InCart,
    LinkShown,
    OpenShown,
    Shown,
    Spent,
    TriedShown,
)
from streams.worker.showing_traits import basket, habits, interests, means

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
    care, contact, stated = profile.care, profile.contact, profile.stated
    taste, worlds, situation = profile.taste, profile.worlds, profile.situation
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
        categories=interests(profile.categories, now_ms, stated, "category"),
        brands=interests(profile.brands, now_ms, stated, "brand"),
        channels=interests(profile.channels, now_ms, stated, "channel"),
        outlets=interests(profile.outlets, now_ms, stated, "outlet"),
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
        care=_care(care),
        basket=basket(profile.buying),
        habits=habits(profile.buying.habits, stated, now_ms),
        attributes=interests(taste.attributes, now_ms, stated, "attribute"),
        bands=means(taste.bands, now_ms),
        values=interests(taste.values, now_ms, stated, "value"),
        said_values=means(worlds.values, now_ms),
        topics=interests(worlds.topics, now_ms, stated, "topic"),
        entities=interests(worlds.entities, now_ms, stated, "entity"),
        opinions=means(worlds.opinions, now_ms),
        influences=interests(worlds.influences, now_ms),
        moments=interests(care.moments, now_ms),
        devices=interests(situation.devices, now_ms, stated, "device"),
        places=interests(situation.places, now_ms),
    )


def _care(care: Care) -> CareShown:
    return CareShown(
        posts=care.posts,
        complaints=care.complaints,
        mentions=care.mentions,
        delays=care.delays,
        last_complaint_ms=care.last_complaint_ms or None,
        last_answer_ms=care.last_answer_ms or None,
        cases_open_since_ms=sorted(one.opened_ms for one in care.cases.values() if one.open),
    )


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

"""Folds of `channel.outcome.v1`: what became of offers, and consents.

An outcome of an offer we do not hold open counts for its catalogue row if the record names one,
and is harmless otherwise. Undelivered is not rejected.
"""

from streams.core import events
from streams.core.offers import FoldPolicy
from streams.core.profile.contact import (
    EVERY_CHANNEL,
    Consent,
    OpenOffer,
    Tried,
    set_consent,
    tried_offer,
)
from streams.core.profile.profile import NAME_MAX, Profile, last_tie
from streams.core.profile.shopping import use_channel


def fold_delivered(
    profile: Profile, outcome: events.Delivered, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The offer reached the customer."""
    held, tried = _concerned(profile, outcome, at_ms)
    tried.delivered += 1
    if held is not None:
        held.delivered = True


def fold_undeliverable(
    profile: Profile, outcome: events.Undeliverable, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The offer could not reach the customer: it is no longer open."""
    _, tried = _concerned(profile, outcome, at_ms)
    tried.undeliverable += 1
    profile.contact.open_offers.pop(outcome.offer_id, None)


def fold_viewed(
    profile: Profile, outcome: events.Viewed, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer saw the offer."""
    held, tried = _concerned(profile, outcome, at_ms)
    tried.viewed += 1
    use_channel(profile, outcome.channel, at_ms)
    if held is not None:
        held.viewed = True


def fold_clicked(
    profile: Profile, outcome: events.Clicked, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer followed the offer's link."""
    held, tried = _concerned(profile, outcome, at_ms)
    tried.clicked += 1
    use_channel(profile, outcome.channel, at_ms)
    if held is not None:
        held.clicked = True


def fold_accepted(
    profile: Profile, outcome: events.Accepted, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer took the offer: it is answered. Money comes with the sale, not with this."""
    _, tried = _concerned(profile, outcome, at_ms)
    tried.accepted += 1
    use_channel(profile, outcome.channel, at_ms)
    profile.contact.open_offers.pop(outcome.offer_id, None)


def fold_rejected(
    profile: Profile, outcome: events.Rejected, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer said no: it is answered."""
    _, tried = _concerned(profile, outcome, at_ms)
    tried.rejected += 1
    tried.refused_ms = max(tried.refused_ms, at_ms)
    profile.contact.open_offers.pop(outcome.offer_id, None)


def fold_dismissed(
    profile: Profile, outcome: events.Dismissed, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer closed the offer without a word: it is answered."""
    _, tried = _concerned(profile, outcome, at_ms)
    tried.dismissed += 1
    tried.refused_ms = max(tried.refused_ms, at_ms)
    profile.contact.open_offers.pop(outcome.offer_id, None)


def fold_consent(
    profile: Profile, change: events.ConsentChanged, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """A consent was given or withdrawn."""
    scope = f"{change.channel or EVERY_CHANNEL}/{change.purpose}"
    consent = Consent(change.granted, at_ms, last_tie(profile))
    set_consent(profile.contact, scope, consent)


def _concerned(
    profile: Profile, outcome: events.OfferOutcome, at_ms: int
) -> tuple[OpenOffer | None, Tried]:
    held = profile.contact.open_offers.get(outcome.offer_id)
    name = held.offer if held is not None else outcome.offer_template
    if name is None:
        return held, Tried()  # counted by kind in the profile, and for no row
    return held, tried_offer(profile.contact, name[:NAME_MAX], at_ms)

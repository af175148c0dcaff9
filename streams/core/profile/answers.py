"""Folds of `channel.outcome.v1`: what became of offers, and what customers say of themselves.

An outcome of an offer we do not hold open counts for its catalogue row if the record names one,
and is harmless otherwise. Undelivered is not rejected. What an outcome answers stays open here:
`decide/life.py` ends it, and says so to its channel.
"""

from streams.core import events
from streams.core.decay import add
from streams.core.evidence import OUTCOME
from streams.core.fold_policy import FoldPolicy
from streams.core.kinds.outcome import NEVER_SCOPES
from streams.core.local import hour_of, local_ms
from streams.core.profile.contact import (
    EVERY_CHANNEL,
    Consent,
    OpenOffer,
    Tried,
    set_consent,
    tried_offer,
)
from streams.core.profile.forgetting import forget_special
from streams.core.profile.profile import NAME_MAX, Profile, last_tie
from streams.core.profile.responses import (
    ACCEPTED,
    CLICKED,
    DELIVERED,
    REFUSED,
    VIEWED,
    note_channel,
    note_tone,
)
from streams.core.profile.shopping import use_channel
from streams.core.profile.special import consented
from streams.core.profile.stated import (
    SOURCE_MAX,
    Correction,
    Mute,
    Never,
    correct,
    mute,
    suppress,
)
from streams.core.profile.trials import note_answer, note_delivered


def fold_delivered(
    profile: Profile, outcome: events.Delivered, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The offer reached the customer."""
    held, tried = _concerned(profile, outcome, at_ms)
    _respond(profile, outcome, held, DELIVERED, policy, at_ms=at_ms)
    tried.delivered += 1
    note_delivered(profile.contact.trials, outcome.offer_id)
    if held is not None:
        held.delivered = True


def fold_undeliverable(
    profile: Profile, outcome: events.Undeliverable, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The offer could not reach the customer."""
    _, tried = _concerned(profile, outcome, at_ms)
    tried.undeliverable += 1
    profile.contact.trials.pop(outcome.offer_id, None)


def fold_viewed(
    profile: Profile, outcome: events.Viewed, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer saw the offer."""
    held, tried = _concerned(profile, outcome, at_ms)
    _respond(profile, outcome, held, VIEWED, policy, at_ms=at_ms)
    tried.viewed += 1
    note_delivered(profile.contact.trials, outcome.offer_id)
    use_channel(profile, outcome.channel, at_ms, OUTCOME)
    if held is not None:
        held.viewed = True


def fold_clicked(
    profile: Profile, outcome: events.Clicked, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer followed the offer's link."""
    held, tried = _concerned(profile, outcome, at_ms)
    _respond(profile, outcome, held, CLICKED, policy, at_ms=at_ms)
    tried.clicked += 1
    note_delivered(profile.contact.trials, outcome.offer_id)
    use_channel(profile, outcome.channel, at_ms, OUTCOME)
    if held is not None:
        held.clicked = True


def fold_accepted(
    profile: Profile, outcome: events.Accepted, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer took the offer: it is answered. Money comes with the sale, not with this."""
    held, tried = _concerned(profile, outcome, at_ms)
    _respond(profile, outcome, held, ACCEPTED, policy, at_ms=at_ms)
    tried.accepted += 1
    note_answer(profile.contact.trials, outcome.offer_id, accepted=True, at_ms=at_ms)
    use_channel(profile, outcome.channel, at_ms, OUTCOME)


def fold_rejected(
    profile: Profile, outcome: events.Rejected, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer said no: it is answered. A reason of `NEVER_SCOPES` is a suppression too."""
    held, tried = _concerned(profile, outcome, at_ms)
    _respond(profile, outcome, held, REFUSED, policy, at_ms=at_ms)
    tried.rejected += 1
    note_answer(profile.contact.trials, outcome.offer_id, accepted=False, at_ms=at_ms)
    tried.refused_ms = max(tried.refused_ms, at_ms)
    scope = NEVER_SCOPES.get(outcome.reason or "")
    if scope is None:
        return
    name = outcome.name
    if scope == "product":
        name = outcome.item_id or name or (held.item_id if held is not None else None)
    if name is not None:
        never = Never(suppressed=True, at_ms=at_ms, tie=last_tie(profile), source=outcome.channel)
        suppress(profile.stated, scope, name[:NAME_MAX], never)


def fold_dismissed(
    profile: Profile, outcome: events.Dismissed, policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer closed the offer without a word: it is answered."""
    held, tried = _concerned(profile, outcome, at_ms)
    _respond(profile, outcome, held, REFUSED, policy, at_ms=at_ms)
    tried.dismissed += 1
    note_answer(profile.contact.trials, outcome.offer_id, accepted=False, at_ms=at_ms)
    tried.refused_ms = max(tried.refused_ms, at_ms)


def fold_consent(
    profile: Profile, change: events.ConsentChanged, policy: FoldPolicy, *, at_ms: int
) -> None:
    """A consent was given or withdrawn."""
    scope = f"{change.channel or EVERY_CHANNEL}/{change.purpose}"
    consent = Consent(change.granted, at_ms, last_tie(profile), _source(change.source))
    set_consent(profile.contact, scope, consent)
    if not change.granted and not consented(profile.contact.consents, change.purpose):
        forget_special(profile, change.purpose, policy)


def fold_corrected(
    profile: Profile, said: events.TraitCorrected, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer said how much of a trait they are, or took that back."""
    word = Correction(said.share, at_ms, last_tie(profile), said.withdrawn, _source(said.source))
    correct(profile.stated, _kept(said.trait), word)


def fold_muted(
    profile: Profile, said: events.TraitMuted, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer said that a trait, or a group of them, may not be used, or may again."""
    word = Mute(said.muted, at_ms, last_tie(profile), _source(said.source))
    mute(profile.stated, _kept(said.trait), word)


def fold_suppressed(
    profile: Profile, said: events.Suppressed, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer said that something must never be offered, or may be again."""
    word = Never(said.suppressed, at_ms, last_tie(profile), _source(said.source))
    suppress(profile.stated, said.scope, said.name[:NAME_MAX], word)


def fold_referred(
    profile: Profile, referred: events.Referred, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """Somebody bought by this customer's introduction: its margin is theirs too.

    One currency is summed, the first in the alphabet of those seen: a choice that the order of
    arrival cannot change. Margins in others are counted by kind alone.
    """
    care, currency = profile.care, referred.currency
    referrals, summed = care.referrals, care.referral_currency
    if not summed or currency < summed:
        care.referral_currency = currency
        referrals.weight, referrals.count, referrals.last_ms = 0.0, 0, 0
    elif currency != summed:
        return
    margin_minor = referred.margin_minor
    add(referrals, float(margin_minor), at_ms, count=-1 if margin_minor < 0 else 1)


def fold_link(
    _profile: Profile,
    _said: events.Linked | events.Unlinked | events.Erased,
    _policy: FoldPolicy,
    *,
    at_ms: int,
) -> None:
    """Who is who is no trait: `core.identity` acts on it, and the profile counts it."""
    del at_ms


def _kept(trait: str) -> str:
    group, _, name = trait.partition("/")
    return f"{group}/{name[:NAME_MAX]}"


def _source(source: str | None) -> str:
    return (source or "")[:SOURCE_MAX]


def _respond(  # noqa: PLR0913  # an outcome, and what is known about it
    profile: Profile,
    outcome: events.OfferOutcome,
    held: OpenOffer | None,
    place: int,
    policy: FoldPolicy,
    *,
    at_ms: int,
) -> None:
    responses, half_life_ms = profile.contact.responses, policy.channel_half_life_ms
    hour = hour_of(local_ms(policy.zone, at_ms))
    note_channel(
        responses, outcome.channel, place, hour=hour, half_life_ms=half_life_ms, at_ms=at_ms
    )
    if held is not None and held.tone is not None:
        note_tone(responses, held.tone, place, half_life_ms=half_life_ms, at_ms=at_ms)


def _concerned(
    profile: Profile, outcome: events.OfferOutcome, at_ms: int
) -> tuple[OpenOffer | None, Tried]:
    held = profile.contact.open_offers.get(outcome.offer_id)
    name = held.offer if held is not None else outcome.offer_template
    if name is None:
        return held, Tried()  # counted by kind in the profile, and for no row
    return held, tried_offer(profile.contact, name[:NAME_MAX], at_ms)

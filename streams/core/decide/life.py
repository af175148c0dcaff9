"""The life of offers in the profile: issue, supersede, withdraw; each message takes a number.

Everything a message says is kept in the profile in the same fold, so the next decision sees it.
A holdout's offers live there as shadows: they pace decisions alike and send nothing.
"""

from collections.abc import Callable, Mapping
from typing import TypeGuard

from streams.core import events
from streams.core.decide.contacting import permitted
from streams.core.decide.gates import is_suppressed
from streams.core.decide.items import item_ids_of, items_of
from streams.core.decide.querying import is_about
from streams.core.decide.record import Action, Chosen, DecisionRecord, OfferId, OfferMessage, Result
from streams.core.decide.triggers import COMPLAINT, TRIGGERS
from streams.core.decide.viewing import words_about
from streams.core.events import Body, Event
from streams.core.offers import Policy
from streams.core.profile.complaints import open_complaint_since
from streams.core.profile.contact import OpenOffer, add_contact, drop_expired
from streams.core.profile.profile import NAME_MAX, Profile
from streams.core.profile.stated import view_never
from streams.core.profile.trials import Trial, add_trial, close_due

BOUGHT = "it was bought"
UNWANTED = "it is never wanted"
ANSWERED: dict[type[Body], str] = {
    events.Accepted: "it was accepted",
    events.Rejected: "it was rejected",
    events.Dismissed: "it was dismissed",
    events.Undeliverable: "it could not be delivered",
}
"""What ends the offer that it is about, and the reason that its channel is told."""
_ENDING = {
    events.ConsentChanged,
    events.Sale,
    events.Purchase,
    events.Create,
    events.Opened,
    events.Return,
    events.Suppressed,
    *ANSWERED,
}
_COMPLAINING = (COMPLAINT, TRIGGERS[events.Return])


def carry_out(
    profile: Profile, decision: DecisionRecord, policy: Policy
) -> tuple[OfferMessage, ...]:
    """Record the chosen offer in the profile and return its message; none for a holdout.

    An open offer of the same channel and slot ends: the message supersedes it.
    """
    chosen = decision.chosen
    if chosen is None:
        return ()
    now_ms = decision.decision_time_ms
    contact = profile.contact
    shadow = decision.result is Result.HOLDOUT
    messages: list[OfferMessage] = []
    supersedes: OfferId | None = None
    for one in [
        one
        for one, held in contact.open_offers.items()
        if held.channel == chosen.channel and held.slot == decision.slot
    ]:
        if shadow:  # the holdout grew: what was sent before to this subject must not stay open
            messages += end_offer(
                profile, one, policy, because=(decision.cause_id, now_ms, "replaced")
            )
        elif not contact.open_offers.pop(one).shadow:
            supersedes = OfferId(one)
    add_contact(contact, chosen.channel, chosen.purpose, now_ms, policy.contact.window_max_ms)
    contact.open_offers[chosen.offer_id] = OpenOffer(
        offer=chosen.offer[:NAME_MAX],
        channel=chosen.channel,
        slot=decision.slot,
        purpose=chosen.purpose,
        issued_ms=now_ms,
        expires_ms=chosen.expires_at_ms,
        item_id=chosen.product.item_id if chosen.product else None,
        shadow=shadow,
        tone=chosen.pitch.tone[:NAME_MAX] if chosen.pitch.tone else None,
    )
    _try(profile, decision, chosen, policy, shadow=shadow)
    if not shadow:
        messages.append(_issue(profile, decision, chosen, supersedes))
    return tuple(messages)


def _try(
    profile: Profile, decision: DecisionRecord, chosen: Chosen, policy: Policy, *, shadow: bool
) -> None:
    if shadow and policy.offers[chosen.offer].about_anything:
        return  # whether somebody takes that anyway, no purchase tells
    trial = Trial(
        chosen.offer[:NAME_MAX],
        chosen.channel,
        chosen.price_level or "",
        decision.view.stage,
        chosen.expires_at_ms + policy.decision.trial_grace_ms,
        chosen.expected,
        shadow,
    )
    add_trial(profile.contact.trials, chosen.offer_id, trial)


def close_trials(
    profile: Profile, event: Event, policy: Policy, *, now_ms: int
) -> tuple[Trial, ...]:
    """Take out the trials that `event`, already folded, or the time has closed; only those count.

    A purchase of what an offer is about answers it, delivered or kept back alike: what an offer
    brings is the difference of the two, so both are measured by the same.
    """
    trials, body = profile.contact.trials, event.body
    if takes(body):
        for trial in trials.values():
            if (trial.shadow or trial.delivered) and concerns(trial.offer, body, policy, now_ms):
                trial.accepted = event.event_time_ms < trial.due_ms
                trial.closed = True
    return close_due(trials, now_ms)


def takes(body: Body) -> TypeGuard[events.Sale | events.Purchase]:
    """Whether goods were taken; a return, a sale to the type system alone, took none."""
    return isinstance(body, events.Sale | events.Purchase) and type(body) is not events.Return


def concerns(name: str, body: events.Sale | events.Purchase, policy: Policy, now_ms: int) -> bool:
    """Whether an item of the receipt or order is what the row `name` of `policy` is about."""
    offer = policy.offers.get(name)
    return offer is not None and any(
        is_about(offer, item, policy, now_ms) for item in items_of(body)
    )


def withdraw(
    profile: Profile, event: Event, trigger: str | None, policy: Policy, *, now_ms: int
) -> tuple[OfferMessage, ...]:
    """End the open offers whose reason `event`, already folded, has taken away.

    `trigger` is the catalogue's word for what happened, `viewing.trigger_of`.

    An answer ends its offer, whichever adapter of the channel reported it, and so does a failed
    delivery. A consent withdrawn ends the offers that need it, a purchase those for what was
    bought, that is the item an offer named or one that its row lists, a complaint that is open
    then, a streak of returns among them, all that sell, and a "never again" those that sell what is
    meant.
    """
    body, open_offers = event.body, profile.contact.open_offers
    if type(body) not in _ENDING:
        return ()
    drop_expired(profile.contact, now_ms)
    ended: dict[str, str] = {}
    ends = _ends(profile, body, trigger, policy, now_ms=now_ms)
    if ends is not None:
        doomed, reason = ends
        ended = {one: reason for one, held in open_offers.items() if doomed(held)}
    if isinstance(body, events.OfferOutcome) and body.offer_id in open_offers:
        ended[body.offer_id] = ANSWERED[type(body)]
    return _end_each(profile, event, policy, ended, now_ms=now_ms)


def end_all(
    profile: Profile, event: Event, policy: Policy, reason: str, *, now_ms: int
) -> tuple[OfferMessage, ...]:
    """End every open offer of `profile`: whoever it was made to is somebody else."""
    drop_expired(profile.contact, now_ms)
    ended = dict.fromkeys(profile.contact.open_offers, reason)
    return _end_each(profile, event, policy, ended, now_ms=now_ms)


def _end_each(
    profile: Profile, event: Event, policy: Policy, ended: Mapping[str, str], *, now_ms: int
) -> tuple[OfferMessage, ...]:
    """End these open offers, id -> the reason, because of `event`."""
    messages: list[OfferMessage] = []
    for one, reason in ended.items():
        messages += end_offer(profile, one, policy, because=(event.event_id, now_ms, reason))
    return tuple(messages)


def _ends(
    profile: Profile, body: Body, trigger: str | None, policy: Policy, *, now_ms: int
) -> tuple[Callable[[OpenOffer], bool], str] | None:
    if isinstance(body, events.ConsentChanged):
        consents = profile.contact.consents
        return (
            lambda held: not permitted(consents, held.channel, held.purpose, policy.contact),
            "consent was withdrawn",
        )
    if isinstance(body, events.Suppressed | events.Rejected):
        never = frozenset(view_never(profile.stated))
        return (lambda held: _is_unwanted(held, never, policy, now_ms), UNWANTED) if never else None
    if takes(body):
        items = item_ids_of(body)
        return lambda held: _bought(held, items, policy), BOUGHT
    if trigger in _COMPLAINING:
        since_ms = open_complaint_since(profile.care, profile.buying, policy.fold, now_ms)
        if since_ms is not None:
            return lambda held: held.purpose == "marketing", "a complaint is open"
    return None


def _is_unwanted(held: OpenOffer, never: frozenset[str], policy: Policy, now_ms: int) -> bool:
    """Whether an offer sells what the customer never wants, as far as it is known what that is."""
    offer, item = policy.offers.get(held.offer), held.item_id
    if held.purpose != "marketing":
        return False
    if item is not None:
        known = policy.fold.products.at(item, now_ms)
        if f"product:{item}" in never or (known and not never.isdisjoint(words_about(known))):
            return True
    if offer is None:
        return False
    own = offer.product
    named = own if own is not None and own.item_id == item else None
    return is_suppressed(offer, None, None, never) or (
        named is not None and is_suppressed(offer, named, None, never)
    )


def _bought(held: OpenOffer, items: set[str], policy: Policy) -> bool:
    if held.purpose != "marketing":
        return False
    if held.item_id in items:
        return True
    offer = policy.offers.get(held.offer)
    return offer is not None and not items.isdisjoint(offer.products)


def _issue(
    profile: Profile, decision: DecisionRecord, chosen: Chosen, supersedes: OfferId | None
) -> OfferMessage:
    profile.offer_sequence += 1
    return OfferMessage(
        offer_id=chosen.offer_id,
        action=Action.ISSUE if supersedes is None else Action.SUPERSEDE,
        sequence=profile.offer_sequence,
        subject=decision.subject,
        channel=chosen.channel,
        slot=decision.slot,
        offer=chosen.offer,
        purpose=chosen.purpose,
        reason=chosen.reason,
        issued_at_ms=decision.decision_time_ms,
        cause_id=decision.cause_id,
        policy_version=decision.policy_version,
        decision_id=decision.decision_id,
        expires_at_ms=chosen.expires_at_ms,
        pitch=chosen.pitch,
        product=chosen.product,
        price=chosen.price,
        campaign=chosen.campaign,
        supersedes=supersedes,
        answer=chosen.answer,
    )


def end_offer(
    profile: Profile, one: str, policy: Policy, *, because: tuple[str, int, str]
) -> tuple[OfferMessage, ...]:
    """End one open offer, `because` of a cause id, at a time, for a reason; a shadow in silence."""
    held = profile.contact.open_offers.pop(one)
    if held.shadow:
        return ()
    profile.offer_sequence += 1
    cause_id, now_ms, reason = because
    message = OfferMessage(
        offer_id=OfferId(one),
        action=Action.WITHDRAW,
        sequence=profile.offer_sequence,
        subject=profile.subject,
        channel=held.channel,
        slot=held.slot,
        offer=held.offer,
        purpose=held.purpose,
        reason=reason,
        issued_at_ms=now_ms,
        cause_id=cause_id,
        policy_version=policy.policy_version,
    )
    return (message,)

"""step = fold + decide: the only entry the shells call.

Pure: the same profile, event, policy, decision time and fold sequence give the same profile, the
same decision and the same messages, live or replayed.
"""

from msgspec import Struct

from streams.core.decide.candidates import may_bring
from streams.core.decide.decide import decide
from streams.core.decide.life import carry_out, withdraw
from streams.core.decide.record import DecisionRecord, OfferMessage
from streams.core.decide.viewing import items_of, make_view, terms_of, trigger_of
from streams.core.events import Event
from streams.core.fold import Outcome, fold
from streams.core.offers import Policy
from streams.core.profile.profile import Profile


class StepResult(Struct, frozen=True, gc=False):
    """What became of an event: messages in the order of their sequence."""

    outcome: Outcome
    decision: DecisionRecord | None = None
    offers: tuple[OfferMessage, ...] = ()


_NOTHING = {outcome: StepResult(outcome) for outcome in Outcome}


def step(
    profile: Profile, event: Event, *, policy: Policy, now_ms: int, fold_sequence: int
) -> StepResult:
    """Fold `event` into `profile` in place, then decide if it could change the answer.

    Args:
        profile: of the event's subject; owned by the caller and changed here.
        event: decoded and validated.
        policy: the adopted catalogue and contact policy.
        now_ms: decision time, monotone per partition; caps, quiet hours and expiry use it.
        fold_sequence: the position of this event in the partition's fold order; goes to the log.
    """
    outcome = fold(profile, event, policy.fold, now_ms=now_ms)
    if outcome is not Outcome.APPLIED:
        return _NOTHING[outcome]
    withdrawn: tuple[OfferMessage, ...] = ()
    if profile.contact.open_offers:
        withdrawn = withdraw(profile, event, policy, now_ms=now_ms)
    decision = _decide(profile, event, policy, now_ms=now_ms, fold_sequence=fold_sequence)
    if decision is None:
        return StepResult(outcome, None, withdrawn) if withdrawn else _NOTHING[outcome]
    return StepResult(outcome, decision, withdrawn + carry_out(profile, decision, policy))


def _decide(
    profile: Profile, event: Event, policy: Policy, *, now_ms: int, fold_sequence: int
) -> DecisionRecord | None:
    trigger = trigger_of(event.body, policy.fold)
    index = policy.triggers.get(trigger) if trigger is not None else None
    if trigger is None or index is None or now_ms - event.event_time_ms > index.age_max_ms:
        return None
    items = items_of(event.body)
    if not may_bring(index, items, terms_of(event.body)):
        return None
    view = make_view(
        profile,
        event,
        policy,
        trigger=trigger,
        items=items,
        now_ms=now_ms,
        fold_sequence=fold_sequence,
    )
    return decide(view, policy)

"""step = fold + decide, and fire = the same for a timer: the only entries the shells call.

Pure: the same profile, event or timer, policy, decision time and fold sequence give the same
profile, the same decision and the same messages, live or replayed.
"""

from msgspec import Struct

from streams.core.decide.answering import NOTHING_ASKED, asked_of
from streams.core.decide.candidates import may_bring
from streams.core.decide.decide import decide
from streams.core.decide.goods import with_buys
from streams.core.decide.items import brings_listed, items_of, known_items
from streams.core.decide.life import carry_out, close_trials, withdraw
from streams.core.decide.querying import brings_queried, with_queried
from streams.core.decide.quiet import wait_for_morning
from streams.core.decide.record import DecisionRecord, OfferMessage
from streams.core.decide.scarce import with_tokens
from streams.core.decide.triggers import COMPLAINT, MOMENTS, trigger_of, words_of
from streams.core.decide.view import View
from streams.core.decide.viewing import Cause, make_view, outlet_of, terms_of
from streams.core.events import Event
from streams.core.fold import Outcome, fold, listen
from streams.core.leases.desk import Desk
from streams.core.offers import Policy
from streams.core.profile.complaints import open_complaint_since
from streams.core.profile.contact import drop_expired
from streams.core.profile.profile import Profile
from streams.core.profile.trials import Trial, close_due
from streams.core.timers import EXPIRY, TIMER_TOPIC, Timer, happened
from streams.core.words.hearing import Heard


class StepResult(Struct, frozen=True, gc=False):
    """What became of an event: messages in the order of their sequence."""

    outcome: Outcome
    decision: DecisionRecord | None = None
    offers: tuple[OfferMessage, ...] = ()
    trials: tuple[Trial, ...] = ()
    """Trials that closed: each counts once, in the tally of its offer."""


_NOTHING = {outcome: StepResult(outcome) for outcome in Outcome}


def step(  # noqa: PLR0913  # all that a step may come from
    profile: Profile,
    event: Event,
    *,
    policy: Policy,
    now_ms: int,
    fold_sequence: int,
    standing: Desk | None = None,
) -> StepResult:
    """Fold `event` into `profile` in place, then decide if it could change the answer.

    Args:
        profile: of the event's subject; owned by the caller and changed here.
        event: decoded and validated.
        policy: the adopted catalogue and contact policy.
        now_ms: decision time, monotone per partition; caps, quiet hours and expiry use it.
        fold_sequence: the position of this event in the partition's fold order; goes to the log.
        standing: tokens of the limits that all share; None where nothing is limited.
    """
    heard = listen(event.body, policy.fold)
    outcome = fold(profile, event, policy.fold, now_ms=now_ms, heard=heard)
    if outcome is not Outcome.APPLIED:
        return _NOTHING[outcome]
    trigger = trigger_of(event.body, heard, policy)
    trials: tuple[Trial, ...] = ()
    if profile.contact.trials:
        trials = close_trials(profile, event, policy, now_ms=now_ms)
    withdrawn: tuple[OfferMessage, ...] = ()
    if profile.contact.open_offers:
        withdrawn = withdraw(profile, event, trigger, policy, now_ms=now_ms)
    moments = trigger in MOMENTS
    if trigger is None or not (moments or _asks(trigger, profile, policy, now_ms)):
        return _without_decision(outcome, withdrawn, trials)
    for word in words_of(profile, event, trigger, heard, policy) if moments else (trigger,):
        decision = _decide(
            profile,
            event,
            word,
            heard,
            policy,
            now_ms=now_ms,
            fold_sequence=fold_sequence,
            standing=standing,
        )
        if decision is not None:
            return _carried(profile, decision, policy, withdrawn, trials)
    return _without_decision(outcome, withdrawn, trials)


def _without_decision(
    outcome: Outcome, withdrawn: tuple[OfferMessage, ...], trials: tuple[Trial, ...]
) -> StepResult:
    if withdrawn or trials:
        return StepResult(outcome, None, withdrawn, trials)
    return _NOTHING[outcome]


def fire(  # noqa: PLR0913  # the same
    profile: Profile,
    timer: Timer,
    *,
    policy: Policy,
    now_ms: int,
    fold_sequence: int,
    standing: Desk | None = None,
) -> StepResult:
    """Let `timer`, which `core.timers` says is due, change `profile`, then decide if it may.

    Args:
        profile: owned by the caller and changed here; `timer` is not one of its timers any more.
        timer: due at or before `now_ms`.
        policy: as for `step`.
        now_ms: decision time, monotone per partition.
        fold_sequence: as for `step`: a fired timer takes a number like an event.
        standing: as for `step`.
    """
    if timer.kind == EXPIRY:
        return _expire(profile, timer.due_ms)
    one = happened(profile, timer, policy)
    if not _asks(one.trigger, profile, policy, now_ms):
        return _NOTHING[Outcome.APPLIED]
    if now_ms - one.at_ms > policy.triggers[one.trigger].age_max_ms:
        return _NOTHING[Outcome.APPLIED]
    view = make_view(
        profile,
        Cause(profile.subject, timer.cause_id, TIMER_TOPIC, one.at_ms),
        policy,
        trigger=one.trigger,
        items=one.items,
        terms=one.terms,
        outlet=one.outlet,
        now_ms=now_ms,
        fold_sequence=fold_sequence,
    )
    decision = decide(_with_more(view, profile, policy, standing), policy)
    return _NOTHING[Outcome.APPLIED] if decision is None else _carried(profile, decision, policy)


def _carried(
    profile: Profile,
    decision: DecisionRecord,
    policy: Policy,
    before: tuple[OfferMessage, ...] = (),
    trials: tuple[Trial, ...] = (),
) -> StepResult:
    """What `decision` comes to, after the messages `before` it; silence may wait for morning."""
    wait_for_morning(profile, decision, policy)
    offers = before + carry_out(profile, decision, policy)
    return StepResult(Outcome.APPLIED, decision, offers, trials)


def _asks(trigger: str, profile: Profile, policy: Policy, now_ms: int) -> bool:
    """Whether rows may answer: a complaint that came late or waited for morning may be settled."""
    if trigger not in policy.triggers:
        return False
    if trigger != COMPLAINT:
        return True
    return open_complaint_since(profile.care, profile.buying, policy.fold, now_ms) is not None


def _expire(profile: Profile, due_ms: int) -> StepResult:
    """End the offers that nobody answered in time, and the trials whose time is over.

    Channels know the expiry without a message.
    """
    contact = profile.contact
    drop_expired(contact, due_ms)
    return _without_decision(Outcome.APPLIED, (), close_due(contact.trials, due_ms))


def _decide(  # noqa: PLR0913  # all that a decision may come from
    profile: Profile,
    event: Event,
    trigger: str,
    heard: Heard,
    policy: Policy,
    *,
    now_ms: int,
    fold_sequence: int,
    standing: Desk | None,
) -> DecisionRecord | None:
    index = policy.triggers[trigger]
    # What may not be known of a customer may not bring an offer either, and stays out of the log.
    terms = () if heard.special else terms_of(event.body)
    too_old = now_ms - event.event_time_ms > index.age_max_ms
    if too_old or not (
        may_bring(index, event.body, terms)
        or brings_listed(index, event.body, policy.fold, now_ms)
        or brings_queried(index, event.body, policy, now_ms)
    ):
        return None
    view = make_view(
        profile,
        Cause(event.subject, event.event_id, event.topic, event.event_time_ms),
        policy,
        trigger=trigger,
        items=known_items(items_of(event.body), policy.fold, now_ms),
        terms=terms,
        outlet=outlet_of(event.body),
        asked=asked_of(event, heard, policy) if index.answers else NOTHING_ASKED,
        now_ms=now_ms,
        fold_sequence=fold_sequence,
    )
    return decide(_with_more(view, profile, policy, standing), policy)


def _with_more(view: View, profile: Profile, policy: Policy, standing: Desk | None) -> View:
    """`view` with what only the rows that it brings ask for."""
    index = policy.triggers[view.trigger]
    if index.queries:
        view = with_queried(view, policy)
    if index.goods:
        view = with_buys(view, profile, policy)
    if standing is not None and view.trigger in policy.limits.triggers:
        view = with_tokens(view, policy, standing)
    return view

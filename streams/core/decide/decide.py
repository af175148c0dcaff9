"""decide: from a view to a decision, the same bytes every time.

In this order: candidates, gates, value, draw. Every limit is a gate before the draw; nothing
changes the result after it. The function reads the view and the policy and nothing else.
"""

from streams.core.decide.arbitration import propensities, take
from streams.core.decide.candidates import matching
from streams.core.decide.ids import arm, draw, offer_id
from streams.core.decide.reason import reason_of
from streams.core.decide.record import (
    CANDIDATES_LOGGED_MAX,
    Candidate,
    Chosen,
    DecisionId,
    DecisionRecord,
    Gate,
    OfferId,
    Pitch,
    Result,
)
from streams.core.decide.value import hope_of
from streams.core.decide.view import View
from streams.core.decide.weigh import Option, Weighed, tried, weigh
from streams.core.offers import Policy


def decide(view: View, policy: Policy) -> DecisionRecord | None:
    """The decision on `view`; None when no catalogue row matches it, which is no decision."""
    index = policy.triggers.get(view.trigger)
    if index is None:
        return None
    offers = matching(view, index)
    if not offers:
        return None
    slot = index.slot
    weighed = weigh(offers, view, policy, slot)
    chances, silence = _chances(weighed.options, policy)
    drawn = draw(view.subject, view.cause_id, slot, policy.decision.experiment_salt)
    odds = (chances, silence, drawn, take(chances, silence, drawn))
    return _record(view, policy, slot, weighed=weighed, odds=odds)


def _chances(options: list[Option], policy: Policy) -> tuple[list[float], float]:
    """The chance of each option, and that of silence: 1 when nothing clears the bar."""
    decision, learned = policy.decision, policy.acceptance
    exploration = decision.exploration
    silence = exploration.silence
    for one in options:
        if not one.offer.selling:  # care never rests
            silence = 0.0
            break
    values = [one.value_minor for one in options]
    hoped = values
    if exploration.optimism and learned.version:
        optimism = exploration.optimism
        hoped = [one.value_minor + hope_of(one.offer, one.factors, optimism) for one in options]
    chances = propensities(
        values,
        decision.bar_minor,
        exploration,
        hoped=hoped,
        silence=silence,
        tried=lambda at: tried(options[at], learned),
        gamma=learned.gamma,
    )
    return chances, silence if any(chances) else 1.0


def _record(
    view: View,
    policy: Policy,
    slot: str,
    *,
    weighed: Weighed,
    odds: tuple[list[float], float, float, int | None],
) -> DecisionRecord:
    chances, silence, drawn, taken = odds
    identity = offer_id(view.subject, view.cause_id, slot, policy.policy_version)
    result, chosen = Result.SILENCE, None
    if taken is not None:
        option = weighed.options[taken]
        held_out = _held_out(option, view, policy)
        drawn_from = sum(chances[:taken])
        chosen = _chosen(option, identity, (drawn_from, chances[taken]), view, held_out=held_out)
        result = Result.HOLDOUT if held_out else Result.OFFER
    _count_below_bar(weighed, policy.decision.bar_minor)
    return DecisionRecord(  # in the order of its fields, for speed, as everywhere in a decision
        DecisionId(identity),
        view.subject,
        view.cause_id,
        view.cause_topic,
        view.trigger,
        slot,
        view.event_time_ms,
        view.decision_time_ms,
        view.fold_sequence,
        policy.policy_version,
        result,
        drawn,
        silence,
        weighed.count,
        _logged(weighed, chances, policy.decision.bar_minor),
        weighed.gates,
        view,
        chosen,
        policy.acceptance.version,
        weighed.rules,
    )


def _held_out(option: Option, view: View, policy: Policy) -> bool:
    """Care is never kept back; selling is, from the same subjects under every policy."""
    decision = policy.decision
    return (
        option.offer.selling and arm(view.subject, decision.holdout_salt) < decision.holdout_share
    )


def _chosen(
    option: Option, identity: OfferId, drawn: tuple[float, float], view: View, *, held_out: bool
) -> Chosen:
    offer, treatment = option.offer, option.treatment
    return Chosen(
        identity,
        offer.offer,
        offer.purpose,
        option.channel,
        Pitch(treatment.treatment, treatment.text, treatment.tone),
        reason_of(offer, option.product, option.interest, view),
        view.decision_time_ms + offer.ttl_ms,
        option.value_minor,
        drawn[1],
        option.product,
        option.price if offer.selling else None,
        offer.campaign,
        option.price.level,
        option.expected[held_out],
        drawn[0],
    )


def _count_below_bar(weighed: Weighed, bar_minor: float) -> None:
    below = len([True for one in weighed.options if one.value_minor <= bar_minor])
    if below:
        weighed.gates[Gate.BELOW_BAR] = below


def _logged(weighed: Weighed, chances: list[float], bar_minor: float) -> tuple[Candidate, ...]:
    """The best in full, whatever else had a chance without its factors, then what was stopped."""
    options = weighed.options
    if not options:
        return tuple(weighed.stopped)
    ranked = sorted(range(len(options)), key=lambda at: -options[at].value_minor)
    logged: list[Candidate] = []
    for place, at in enumerate(ranked):
        full = place < CANDIDATES_LOGGED_MAX
        if not full and not chances[at]:
            continue
        option = options[at]
        logged.append(
            Candidate(
                option.offer.offer,
                option.treatment.treatment,
                option.price.level,
                option.channel,
                None if option.value_minor > bar_minor else Gate.BELOW_BAR,
                option.value_minor,
                chances[at],
                option.factors if full else None,
            )
        )
    return (*logged, *weighed.stopped[: max(CANDIDATES_LOGGED_MAX - len(logged), 0)])

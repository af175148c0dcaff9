"""decide: from a view to a decision, the same bytes every time.

In this order: candidates, gates, value, draw. Every limit is a gate before the draw; nothing
changes the result after it. The function reads the view and the policy and nothing else.
"""

from streams.core.decide.answering import answer_of
from streams.core.decide.arbitration import propensities, take
from streams.core.decide.candidates import matching
from streams.core.decide.ids import arm, draw, offer_id
from streams.core.decide.known import Weighed
from streams.core.decide.options import Option, factors_of
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
from streams.core.decide.value import hope
from streams.core.decide.view import View
from streams.core.decide.weigh import tried, weigh
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
    values = [one.value_minor for one in weighed.options]
    chances, silence = _chances(weighed, values, policy)
    drawn = draw(view.subject, view.cause_id, slot, policy.decision.experiment_salt)
    odds = (chances, silence, drawn, take(chances, silence, drawn))
    return _record(view, policy, slot, weighed=weighed, values=values, odds=odds)


def _chances(weighed: Weighed, values: list[float], policy: Policy) -> tuple[list[float], float]:
    """The chance of each option, and that of silence: 1 when nothing clears the bar."""
    decision, learned, options = policy.decision, policy.acceptance, weighed.options
    exploration = decision.exploration
    silence = exploration.silence
    if weighed.caring and any(
        value > decision.bar_minor and not one.offer.selling
        for one, value in zip(options, values, strict=True)
    ):
        silence = 0.0  # care never rests
    hoped = values
    if exploration.optimism and learned.version:
        optimism = exploration.optimism
        hoped = [one.value_minor + _hope(one, optimism) for one in options]
    chances = propensities(
        values,
        decision.bar_minor,
        exploration,
        hoped=hoped,
        silence=silence,
        tried=(lambda at: tried(options[at], learned)) if learned.accepts.children else None,
        gamma=learned.gamma,
    )
    return chances, silence if any(chances) else 1.0


def _hope(option: Option, optimism: float) -> float:
    _, price, margin_minor = option.priced
    gain_minor = margin_minor - price.discount_minor
    return hope(option.row.offer.lever, option.accepts, option.leaf.spread, gain_minor, optimism)


def _record(  # noqa: PLR0913  # all that a record tells
    view: View,
    policy: Policy,
    slot: str,
    *,
    weighed: Weighed,
    values: list[float],
    odds: tuple[list[float], float, float, int | None],
) -> DecisionRecord:
    chances, silence, drawn, taken = odds
    identity = offer_id(view.subject, view.cause_id, slot, policy.policy_version)
    result, chosen = Result.SILENCE, None
    if taken is not None:
        option = weighed.options[taken]
        held_out = _held_out(option, view, policy)
        drawn_from = sum(chances[:taken])
        drawn_at = (drawn_from, chances[taken])
        chosen = _chosen(option, identity, drawn_at, view, policy, held_out=held_out)
        result = Result.HOLDOUT if held_out else Result.OFFER
    _count_below_bar(weighed, values, policy.decision.bar_minor)
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
        _logged(weighed, values, chances, policy.decision.bar_minor),
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


def _chosen(  # noqa: PLR0913  # all that an offer is made of
    option: Option,
    identity: OfferId,
    drawn: tuple[float, float],
    view: View,
    policy: Policy,
    *,
    held_out: bool,
) -> Chosen:
    offer, treatment = option.offer, option.treatment
    expires_at_ms = view.decision_time_ms + offer.ttl_ms
    return Chosen(
        identity,
        offer.offer,
        offer.purpose,
        option.via.channel,
        Pitch(treatment.treatment, treatment.text, treatment.tone),
        reason_of(offer, option.row.product, option.row.liking[2], view),
        expires_at_ms,
        option.value_minor,
        drawn[1],
        option.row.product,
        option.price if offer.selling else None,
        offer.campaign,
        option.price.level,
        option.expected[held_out],
        drawn[0],
        None if offer.selling else answer_of(view, policy, expires_at_ms),
    )


def _count_below_bar(weighed: Weighed, values: list[float], bar_minor: float) -> None:
    below = len([True for value in values if value <= bar_minor])
    if below:
        weighed.gates[Gate.BELOW_BAR] = below


def _logged(
    weighed: Weighed, values: list[float], chances: list[float], bar_minor: float
) -> tuple[Candidate, ...]:
    """The best in full, whatever else had a chance without its factors, then what was stopped."""
    options = weighed.options
    if not options:
        return tuple(weighed.stopped)
    ranked = sorted(range(len(values)), key=values.__getitem__, reverse=True)  # stable all the same
    logged: list[Candidate] = []
    for place, at in enumerate(ranked):
        full, chance = place < CANDIDATES_LOGGED_MAX, chances[at]
        if not full and not chance:
            continue
        option, worth = options[at], values[at]
        logged.append(
            Candidate(
                option.row.offer.offer,
                option.treatment.treatment,
                option.priced[0].level,
                option.via.channel,
                None if worth > bar_minor else Gate.BELOW_BAR,
                worth,
                chance,
                factors_of(option) if full else None,
            )
        )
    return (*logged, *weighed.stopped[: max(CANDIDATES_LOGGED_MAX - len(logged), 0)])

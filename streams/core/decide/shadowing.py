"""Shadow decisions: what a candidate policy makes of the very view that the live one decided on.

Nothing is carried out: no profile, offer, trial or contact knows of it. Both draw the same number
where their experiment salts are equal, so what differs would have been another message, or another
silence, in that very moment.
"""

from streams.core.decide.decide import decide
from streams.core.decide.ids import arm, draw, offer_id
from streams.core.decide.record import DecisionId, DecisionRecord, Result
from streams.core.offers import Policy

_SHARE_SALT = "shadow-share"
PERCENT = 100


def shadowed(subject: str, share_percent: int) -> bool:
    """Whether decisions about `subject` have shadows: all of them or none, the same for ever."""
    return share_percent >= PERCENT or arm(subject, _SHARE_SALT) * PERCENT < share_percent


def shadow_of(live: DecisionRecord, candidate: Policy) -> DecisionRecord:
    """What `candidate` decides on the view of `live`.

    Where no row of its catalogue matches, which is no decision, the record says so: silence for
    certain, of no candidates. Every live decision has a shadow.
    """
    view = live.view
    made = decide(view, candidate)
    if made is not None:
        return made
    version, salt = candidate.policy_version, candidate.decision.experiment_salt
    return DecisionRecord(
        decision_id=DecisionId(offer_id(view.subject, view.cause_id, live.slot, version)),
        subject=view.subject,
        cause_id=view.cause_id,
        cause_topic=view.cause_topic,
        trigger=view.trigger,
        slot=live.slot,
        event_time_ms=view.event_time_ms,
        decision_time_ms=view.decision_time_ms,
        fold_sequence=view.fold_sequence,
        policy_version=version,
        result=Result.SILENCE,
        draw=draw(view.subject, view.cause_id, live.slot, salt),
        silence_propensity=1.0,
        candidates_count=0,
        candidates=(),
        gates={},
        view=view,
        acceptance_version=candidate.acceptance.version,
    )


def alike(one: DecisionRecord, other: DecisionRecord) -> bool:
    """Whether two decisions on a view name the same offer, words, price level and channel.

    Or the same silence. What is held out counts as what it keeps back.
    """
    mine, theirs = one.chosen, other.chosen
    if mine is None or theirs is None:
        return mine is theirs
    return (
        mine.offer == theirs.offer
        and mine.channel == theirs.channel
        and mine.price_level == theirs.price_level
        and mine.pitch.treatment == theirs.pitch.treatment
    )

"""Explaining: a logged decision as values that can be told, and what would have changed it.

Nothing here names a customer but the subject of the decision. Every counterfactual was run: a claim
is what `decide` came to. Sources of the numbers are the record, and `decide` on changed cases.
"""

from collections.abc import Iterator
from itertools import groupby

from msgspec import Struct

from streams.core.decide.candidates import matching
from streams.core.decide.counterfactual import (
    Case,
    Change,
    Fate,
    accepts_of,
    apply,
    decided,
    fate_of,
    stand,
)
from streams.core.decide.drawing import interval_of
from streams.core.decide.lifting import PASSED, ways
from streams.core.decide.record import Candidate, Chosen, DecisionRecord, Factors, Gate, Result
from streams.core.decide.tipping import discount_tips, rate_tips
from streams.core.offers import Policy

ALTERNATIVES_MAX = 60
"""Pairs of row and channel that are looked at; a large catalogue brings more."""
CLAIMS_OF_A_GATE_MAX = 2


class Counterfactual(Struct, frozen=True, omit_defaults=True, gc=False):
    """What `changes`, all together, would have brought to `offer` by `channel`.

    `gate` stopped it; None where a number was moved instead. `changes` is empty, and `then` None,
    where no few changes help. `accepts` is this customer's chance after them, before it
    `accepts_before`. `changed` says that the decision would have been another, `then`, and for
    what was stopped, that it would have been taken itself.
    """

    offer: str
    channel: str
    changes: tuple[Change, ...]
    gate: Gate | None = None
    value_minor: float | None = None
    accepts: float | None = None
    accepts_before: float | None = None
    then: Fate | None = None
    changed: bool = False


class Explanation(Struct, frozen=True, omit_defaults=True, gc=False):
    """A decision, why, why not otherwise, and what would have changed it.

    `propensity` is how likely the draw was to take what it took, `interval` the part of [0, 1) that
    stood for it. `margin_minor` is how much more the taken one was worth than `rival`, the best of
    the rest; without a rival, than the bar; negative for one that was tried out. In a silence it is
    what the rival lacked. `alternatives` are what gates stopped, the most valuable first;
    `counterfactuals` are those that change the decision.
    """

    decision_id: str
    subject: str
    result: Result
    trigger: str
    cause_topic: str
    slot: str
    event_time_ms: int
    decision_time_ms: int
    policy_version: str
    currency: str
    bar_minor: float
    draw: float
    propensity: float
    silence_propensity: float
    candidates_count: int
    fate: Fate
    gates: dict[str, int]
    others: tuple[Candidate, ...]
    alternatives: tuple[Counterfactual, ...]
    counterfactuals: tuple[Counterfactual, ...]
    unexamined: int = 0
    """How many pairs of row and channel were stopped beyond `ALTERNATIVES_MAX`."""
    interval: tuple[float, float] | None = None
    chosen: Chosen | None = None
    factors: Factors | None = None
    """Of the chosen one; None where the log does not list it."""
    rival: Candidate | None = None
    margin_minor: float | None = None


def explain(record: DecisionRecord, policy: Policy) -> Explanation:
    """The explanation of `record`, a decision made by `policy`."""
    case, chosen = Case(record.view, policy), record.chosen
    taken = taken_of(record)
    others = tuple(one for one in record.candidates if one is not taken)
    rival = max((one for one in others if one.value_minor is not None), key=_worth, default=None)
    stopped = [*_stopped(case)]
    alternatives = [
        one
        for row, channel in stopped[:ALTERNATIVES_MAX]
        for one in _alternatives(case, row, channel, fate_of(record))
    ]
    return Explanation(
        decision_id=record.decision_id,
        subject=record.subject,
        result=record.result,
        trigger=record.trigger,
        cause_topic=record.cause_topic,
        slot=record.slot,
        event_time_ms=record.event_time_ms,
        decision_time_ms=record.decision_time_ms,
        policy_version=record.policy_version,
        currency=next(iter(policy.offers.values())).currency,
        bar_minor=policy.decision.bar_minor,
        draw=record.draw,
        propensity=record.silence_propensity if chosen is None else chosen.propensity,
        silence_propensity=record.silence_propensity,
        candidates_count=record.candidates_count,
        fate=fate_of(record),
        gates={str(gate): count for gate, count in record.gates.items()},
        others=others,
        alternatives=tuple(_ranked(alternatives)),
        counterfactuals=(*_lifted(alternatives), *_tipped(case, fate_of(record), taken, others)),
        unexamined=len(stopped[ALTERNATIVES_MAX:]),
        interval=interval_of(record, case),
        chosen=chosen,
        factors=None if taken is None else taken.factors,
        rival=rival,
        margin_minor=_margin(chosen, rival, policy),
    )


def taken_of(record: DecisionRecord) -> Candidate | None:
    """The candidate that was taken; None for silence, or where the log does not list it."""
    chosen = record.chosen
    if chosen is None:
        return None
    level = None if chosen.price is None else chosen.price.level
    for one in record.candidates:
        same = (one.offer, one.treatment, one.channel, one.value_minor) == (
            chosen.offer,
            chosen.pitch.treatment,
            chosen.channel,
            chosen.value_minor,
        )
        if same and level in {None, one.price_level}:
            return one
    return None


def _margin(chosen: Chosen | None, rival: Candidate | None, policy: Policy) -> float | None:
    best = None if rival is None else rival.value_minor
    bar_minor = policy.decision.bar_minor
    if chosen is None:
        return None if best is None else bar_minor - best
    return chosen.value_minor - (bar_minor if best is None else best)


def _stopped(case: Case) -> Iterator[tuple[str, str]]:
    """Row and channel of all that a gate stopped, in the order of the catalogue."""
    index = case.policy.triggers.get(case.view.trigger)
    for row in matching(case.view, index) if index is not None else ():
        for channel in row.channels:
            if stand(case, row.offer, channel).gate not in PASSED:
                yield row.offer, channel


def _alternatives(case: Case, row: str, channel: str, fate: Fate) -> Iterator[Counterfactual]:
    here = stand(case, row, channel)
    found = ways(case, case.policy.offers[row], channel, here)
    for changes, after, there in found:
        then = decided(after)
        yield Counterfactual(
            row,
            channel,
            changes,
            here.gate,
            None if there.best is None else there.best.value_minor,
            then=then,
            changed=then != fate and (then.offer, then.channel) == (row, channel),
        )
    if not found:
        yield Counterfactual(row, channel, (), here.gate)


def _ranked(alternatives: list[Counterfactual]) -> list[Counterfactual]:
    return sorted(alternatives, key=lambda one: -_worth(one))


def _lifted(alternatives: list[Counterfactual]) -> list[Counterfactual]:
    """Of each gate the most valuable that change the decision; first what takes the fewest."""
    claims: list[Counterfactual] = []
    changing = [one for one in _ranked(alternatives) if one.changed]
    for _, group in groupby(sorted(changing, key=_gate), key=_gate):
        claims += [*group][:CLAIMS_OF_A_GATE_MAX]
    return sorted(claims, key=lambda one: (len(one.changes), -_worth(one)))


def _tipped(
    case: Case, fate: Fate, taken: Candidate | None, others: tuple[Candidate, ...]
) -> Iterator[Counterfactual]:
    """What a chance or a discount would have to be for another decision."""
    if taken is not None:
        yield from _claim(case, taken, rate_tips(case, fate, taken, 0.0))
    valued = sorted(
        (one for one in others if one.value_minor is not None), key=lambda one: -_worth(one)
    )
    rivals = [one for one in valued if taken is None or one.offer != taken.offer]
    for one in rivals[:1]:
        yield from _claim(case, one, rate_tips(case, fate, one, 1.0))
    discounted = [one for one in valued if one.factors is not None and one.factors.discount_minor]
    for one in discounted[:1]:
        yield from _claim(case, one, discount_tips(case, fate, one))


def _claim(case: Case, one: Candidate, change: Change | None) -> Iterator[Counterfactual]:
    if change is not None:
        after = apply(change, case)
        yield Counterfactual(
            one.offer,
            one.channel,
            (change,),
            accepts=accepts_of(after, one),
            accepts_before=None if one.factors is None else one.factors.accepts,
            then=decided(after),
            changed=True,
        )


def _worth(one: Candidate | Counterfactual) -> float:
    return float("-inf") if one.value_minor is None else one.value_minor


def _gate(one: Counterfactual) -> str:
    return str(one.gate)

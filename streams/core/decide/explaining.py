"""Explaining: a logged decision as values that can be told, and what would have changed it.

Nothing here names a customer but the subject of the decision. Every counterfactual was run: a claim
is what `decide` came to. Sources of the numbers are the record, and `decide` on changed cases.
"""

from msgspec import Struct

from streams.core.decide.candidates import product_of
from streams.core.decide.claiming import (
    Counterfactual,
    alternatives,
    lifted,
    ranked,
    stopped,
    tipped,
    worth,
)
from streams.core.decide.counterfactual import Case, Fate, fate_of
from streams.core.decide.drawing import interval_of
from streams.core.decide.record import Candidate, Chosen, DecisionRecord, Factors, Result
from streams.core.decide.view import View
from streams.core.offers import Offer, Policy

ALTERNATIVES_MAX = 60
"""Pairs of row and channel that are looked at; a large catalogue brings more."""


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
    interval: tuple[float, float]
    unexamined: int = 0
    """How many pairs of row and channel were stopped beyond `ALTERNATIVES_MAX`."""
    chosen: Chosen | None = None
    factors: Factors | None = None
    """Of the chosen one; None where the log does not list it."""
    rival: Candidate | None = None
    margin_minor: float | None = None
    shadow: bool = False
    """Whether it was decided beside the live policy, and never sent."""
    queried: dict[str, tuple[str, ...]] = {}
    """Query on the product catalogue, in words -> items of event and cart that it found."""
    own_goods: tuple[int, int, int] | None = None
    """How many of the chosen row's goods the customer bought, of how many, and in how many
    receipts; None where none is remembered."""
    near: tuple[float, float] | None = None
    """Receipts with the categories of its goods, their mean, and with a usual one; None where the
    liking is for the product that it names."""


def explain(record: DecisionRecord, policy: Policy, *, shadow: bool = False) -> Explanation:
    """The explanation of `record`, a decision made by `policy`: live, or as its shadow."""
    case, chosen = Case(record.view, policy), record.chosen
    taken = taken_of(record)
    others = tuple(one for one in record.candidates if one is not taken)
    rival = max((one for one in others if one.value_minor is not None), key=worth, default=None)
    kept = [*stopped(case)]
    found = [
        one
        for row, channel in kept[:ALTERNATIVES_MAX]
        for one in alternatives(case, row, channel, fate_of(record))
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
        currency=policy.currency,
        bar_minor=policy.decision.bar_minor,
        draw=record.draw,
        propensity=record.silence_propensity if chosen is None else chosen.propensity,
        silence_propensity=record.silence_propensity,
        candidates_count=record.candidates_count,
        fate=fate_of(record),
        gates={str(gate): count for gate, count in record.gates.items()},
        others=others,
        alternatives=tuple(ranked(found)),
        counterfactuals=(*lifted(found), *tipped(case, fate_of(record), taken, others)),
        unexamined=len(kept[ALTERNATIVES_MAX:]),
        interval=interval_of(record),
        chosen=chosen,
        factors=None if taken is None else taken.factors,
        rival=rival,
        margin_minor=_margin(chosen, rival, policy),
        shadow=shadow,
        queried=record.view.queried,
        own_goods=None if chosen is None else _own_goods(policy.offers[chosen.offer], record.view),
        near=None if chosen is None else _near(policy.offers[chosen.offer], record.view),
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


def _own_goods(row: Offer, view: View) -> tuple[int, int, int] | None:
    own = view.buys.lists.get(row.goods)
    return None if own is None else (own.articles, len(row.products), own.receipts)


def _near(row: Offer, view: View) -> tuple[float, float] | None:
    buys = view.buys
    if not row.goods or not buys.usual or row.goods in buys.hidden:
        return None
    _, item = product_of(row, view, {})
    return None if item is not None else (buys.near.get(row.goods, 0.0), buys.usual)


def _margin(chosen: Chosen | None, rival: Candidate | None, policy: Policy) -> float | None:
    best = None if rival is None else rival.value_minor
    bar_minor = policy.decision.bar_minor
    if chosen is None:
        return None if best is None else bar_minor - best
    return chosen.value_minor - (bar_minor if best is None else best)

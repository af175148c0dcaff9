"""The draw of a logged decision: which part of [0, 1) it fell into.

A record has how likely each candidate was, not in which order they share [0, 1). An order is
believed when `REDRAWS` decisions on the same view, with other draws, all came out as it says.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from msgspec import structs

from streams.core.decide.counterfactual import Case, Fate, fate_of
from streams.core.decide.decide import decide
from streams.core.decide.record import Candidate, DecisionRecord, Result
from streams.core.offers import Policy

REDRAWS = 32
ROUNDING = 1e-9


class Part(NamedTuple):
    """What takes the draws from `low` to below `high`."""

    fate: Fate
    low: float
    high: float


def interval_of(record: DecisionRecord, case: Case) -> tuple[float, float] | None:
    """The part of [0, 1) that the draw fell into; None where the log does not tell."""
    drawn = [(record.draw, _who(record)), *_redrawn(record, case)]
    for parts in _orders(record, case.policy):
        if all(_at(parts, draw) == fate for draw, fate in drawn):
            return next((one.low, one.high) for one in parts if one.low <= record.draw < one.high)
    return None


def _who(record: DecisionRecord | None) -> Fate:
    """What was taken, sent or kept back."""
    fate = fate_of(record)
    return fate if fate.result is Result.SILENCE else structs.replace(fate, result=Result.OFFER)


def _redrawn(record: DecisionRecord, case: Case) -> Iterator[tuple[float, Fate]]:
    decision = case.policy.decision
    for number in range(REDRAWS):
        salt = f"{decision.experiment_salt} {number}"
        policy = replace(case.policy, decision=replace(decision, experiment_salt=salt))
        again = decide(case.view, policy)
        yield (record.draw if again is None else again.draw), _who(again)


def _orders(record: DecisionRecord, policy: Policy) -> Iterator[list[Part]]:
    """Candidates as logged, or as in the catalogue; silence after or before them."""
    likely = [one for one in record.candidates if one.propensity > 0.0]
    total = sum(one.propensity for one in likely) + record.silence_propensity
    if abs(total - 1.0) > ROUNDING:
        return  # not all that were likely are in the log
    silence = [(Fate(Result.SILENCE), record.silence_propensity)]
    for order in (likely, sorted(likely, key=lambda one: _row(one, policy))):
        parts = [(_fate(one, policy), one.propensity) for one in order]
        yield _laid([*parts, *silence])
        yield _laid([*silence, *parts])


def _laid(shares: list[tuple[Fate, float]]) -> list[Part]:
    ends = [*accumulate(share for _, share in shares)]
    starts = [0.0, *ends[:-1]]
    parts = [
        Part(fate, low, high)
        for (fate, share), low, high in zip(shares, starts, ends, strict=True)
        if share > 0.0
    ]
    return [*parts[:-1], parts[-1]._replace(high=1.0)]  # the last takes what rounding left


def _at(parts: list[Part], draw: float) -> Fate:
    return next(one.fate for one in parts if draw < one.high)


def _fate(one: Candidate, policy: Policy) -> Fate:
    level = one.price_level if policy.offers[one.offer].selling else ""
    return Fate(Result.OFFER, one.offer, one.treatment, level, one.channel)


def _row(one: Candidate, policy: Policy) -> tuple[str, int, int, int]:
    offer = policy.offers[one.offer]
    treatments = [each.treatment for each in offer.treatments]
    levels = [each.level for each in offer.price_levels]
    return (
        one.offer,
        offer.channels.index(one.channel),
        treatments.index(one.treatment),
        levels.index(one.price_level),
    )

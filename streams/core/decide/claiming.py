"""Claiming: what a case put otherwise would have brought, and which of it changes the decision.

A claim was run: `decide` comes to something else on the case with all of its changes, and to the
same on the case with any smaller part of them.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import combinations, groupby

from msgspec import Struct, structs

from streams.core.decide.candidates import matching
from streams.core.decide.counterfactual import (
    Case,
    Change,
    Fate,
    Kind,
    accepts_of,
    apply,
    decided,
    stand,
)
from streams.core.decide.lifting import PASSED, ways
from streams.core.decide.record import Candidate, Gate
from streams.core.decide.tipping import discount_tips, rate_tips

CLAIMS_OF_A_GATE_MAX = 2
_OF_ONE_ROW = frozenset({Kind.STILL_VALID, Kind.NOT_OWNED, Kind.NEVER_REFUSED})


class Counterfactual(Struct, frozen=True, omit_defaults=True, gc=False):
    """What `changes`, all together, would have brought to `offer` by `channel`.

    `gate` stopped it; None where a number was moved instead. `changes` is empty, and `then` None,
    where no few changes help. `accepts` is this customer's chance after them, before it
    `accepts_before`. `changed` says that the decision would have been another, `then`, and that no
    smaller part of the changes does it.
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


def stopped(case: Case) -> Iterator[tuple[str, str]]:
    """Row and channel of all that a gate stopped, in the order of the catalogue."""
    index = case.policy.triggers.get(case.view.trigger)
    for row in matching(case.view, index) if index is not None else ():
        for channel in row.channels:
            if stand(case, row.offer, channel).gate not in PASSED:
                yield row.offer, channel


def alternatives(case: Case, row: str, channel: str, fate: Fate) -> Iterator[Counterfactual]:
    """What each of the shortest ways past the gates of `row` by `channel` would have brought.

    One without changes where no way was found.
    """
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
            changed=then != fate and _is_least(case, changes, fate),
        )
    if not found:
        yield Counterfactual(row, channel, (), here.gate)


def ranked(found: Sequence[Counterfactual]) -> list[Counterfactual]:
    """The most valuable first."""
    return sorted(found, key=lambda one: -worth(one))


def lifted(found: Sequence[Counterfactual]) -> list[Counterfactual]:
    """Of each gate the best two claims; first what takes the fewest changes.

    The best are those that would have been taken themselves, and the most valuable of them.
    """
    claims: list[Counterfactual] = []
    changing = sorted([one for one in ranked(found) if one.changed], key=_is_overtaken)
    different: dict[tuple[object, ...], Counterfactual] = {}
    for one in changing:
        different.setdefault(_telling(one), one)
    for _, group in groupby(sorted(different.values(), key=_gate), key=_gate):
        claims += [*group][:CLAIMS_OF_A_GATE_MAX]
    return sorted(claims, key=lambda one: (len(one.changes), -worth(one)))


def tipped(
    case: Case, fate: Fate, taken: Candidate | None, others: Sequence[Candidate]
) -> Iterator[Counterfactual]:
    """What a chance or a discount would have to be for another decision."""
    if taken is not None:
        yield from _claim(case, taken, rate_tips(case, fate, taken, 0.0))
    valued = sorted(
        (one for one in others if one.value_minor is not None), key=lambda one: -worth(one)
    )
    rivals = [one for one in valued if taken is None or one.offer != taken.offer]
    for one in rivals[:1]:
        yield from _claim(case, one, rate_tips(case, fate, one, 1.0))
    discounted = [one for one in valued if one.factors is not None and one.factors.discount_minor]
    for one in discounted[:1]:
        yield from _claim(case, one, discount_tips(case, fate, one))


def worth(one: Candidate | Counterfactual) -> float:
    """Its value; less than anything where it has none."""
    return float("-inf") if one.value_minor is None else one.value_minor


def _is_least(case: Case, changes: Sequence[Change], fate: Fate) -> bool:
    """Whether no smaller part of `changes` ends `fate`."""
    return all(
        decided(reduce(lambda at, change: apply(change, at), part, case)) == fate
        for size in range(1, len(changes))
        for part in combinations(changes, size)
    )


def _is_overtaken(one: Counterfactual) -> bool:
    return one.then is None or (one.then.offer, one.then.channel) != (one.offer, one.channel)


def _telling(one: Counterfactual) -> tuple[object, ...]:
    """What makes it another claim: not for whose sake a fact was put otherwise."""
    changes = [
        structs.replace(
            change,
            offer=change.offer if change.kind in _OF_ONE_ROW else "",
            channel=change.channel if change.kind is Kind.CONSENT else "",
        )
        for change in one.changes
    ]
    return (*changes, one.then)


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


def _gate(one: Counterfactual) -> str:
    return str(one.gate)

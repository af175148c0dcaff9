"""How often each offer was chosen before outcomes were learned from, and since.

The decisions since are also made once more without what was learned: customers, days and draws are
then the same, so whatever differs comes of the learning alone.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from streams.cli.words import clean
from streams.core.acceptance import Acceptance
from streams.core.decide.record import DecisionRecord
from streams.core.offers import Policy
from streams.evaluate.chances import taken

TRIED_MIN = 1.0
"""Trials, decayed, of an offer that is told of: what nobody tried was learned of others."""


class Move(NamedTuple):
    """An offer, what was learned of it, and in how many of the decisions it was chosen."""

    offer: str
    tried: float
    lift: float
    anyway: float | None
    """Lift of buying anyway; None where nobody was kept back to learn it from."""
    before: int
    since: int
    without: int
    """Of the decisions since, made without what was learned."""


class Shares:
    """What was chosen, counted by catalogue row; held out counts as chosen."""

    def __init__(self) -> None:
        """No decision was seen."""
        self.decisions_before = 0
        self.decisions_since = 0
        self._before: Counter[str] = Counter()
        self._since: Counter[str] = Counter()
        self._without: Counter[str] = Counter()

    def add_before(self, decision: DecisionRecord) -> None:
        """Count one that nothing was learned for."""
        self.decisions_before += 1
        _count(self._before, decision)

    def add_since(self, decision: DecisionRecord, without: DecisionRecord | None) -> None:
        """Count one made with what was learned, and what it would have been without."""
        self.decisions_since += 1
        _count(self._since, decision)
        _count(self._without, without)

    def moves(self, learned: Acceptance) -> list[Move]:
        """The offer that lost most and the one that won most by what was learned, if any did."""
        found = [
            Move(
                offer=name,
                tried=node.tried,
                lift=node.lift,
                anyway=learned.anyway.children[name].lift
                if name in learned.anyway.children
                else None,
                before=self._before[name],
                since=self._since[name],
                without=self._without[name],
            )
            for name, node in sorted(learned.accepts.children.items())
            if node.tried >= TRIED_MIN
        ]
        fell = min(found, key=_won, default=None)
        rose = max(found, key=_won, default=None)
        return [
            *([fell] if fell is not None and _won(fell) < 0 else []),
            *([rose] if rose is not None and _won(rose) > 0 else []),
        ]


def share_lines(shares: Shares, policy: Policy | None) -> Iterable[str]:
    """What was learned of an offer, beside how often it was chosen before and since.

    `policy` is the one with what was learned; None while no decision was made with that.
    """
    if policy is None or not shares.decisions_since:
        yield "no decision was made with that: it came too late to be seen at work"
        return
    moves = shares.moves(policy.acceptance)
    if not moves:
        yield "no offer that was tried was chosen more or less often for it"
    for one in moves:
        row = policy.offers.get(one.offer)
        words = f' "{clean(row.treatments[0].text)}"' if row is not None else ""
        yield (
            f"{clean(one.offer)}{words}: {one.tried:,.1f} trials, {_learned(one)}; chosen in "
            f"{_of(one.before, shares.decisions_before)} decisions before, in "
            f"{_of(one.since, shares.decisions_since)} since, "
            f"where it would have been {one.without:,} without what was learned"
        )


def _count(chosen: Counter[str], decision: DecisionRecord | None) -> None:
    action = taken(decision)
    if action is not None:
        chosen[action.offer] += 1


def _learned(one: Move) -> str:
    taken_words = f"taken {one.lift:.2f} times as often as foretold"
    return taken_words if one.anyway is None else f"{taken_words}, bought anyway {one.anyway:.2f}"


def _won(one: Move) -> int:
    return one.since - one.without


def _of(count: int, decisions: int) -> str:
    share = f" ({count / decisions:.2%})" if decisions else ""
    return f"{count:,} of {decisions:,}{share}"

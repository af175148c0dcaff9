"""How the demo's offers ended, and what of its decisions comes from what outcomes taught."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from streams.cli.words import age, clean
from streams.core.decide import record
from streams.core.decide.record import DecisionRecord, OfferMessage
from streams.evaluate.chances import Action, taken

OPEN_MAX = 5_000
"""Offers remembered until they end, the latest."""


class Ended(NamedTuple):
    """An offer and its withdrawal."""

    offer: OfferMessage
    withdrawal: OfferMessage


class Endings:
    """Looks at all messages in the order of their topics."""

    def __init__(self) -> None:
        """Nothing was offered yet."""
        self.reasons: Counter[str] = Counter()
        self.example: Ended | None = None
        """The latest that was bought, or else the latest of all."""
        self._open: dict[str, OfferMessage] = {}

    def see(self, message: OfferMessage) -> None:
        """Remember one message."""
        if message.action is not record.Action.WITHDRAW:
            self._open[message.offer_id] = message
            if len(self._open) > OPEN_MAX:
                del self._open[next(iter(self._open))]
            return
        self.reasons[message.reason] += 1
        offer = self._open.pop(message.offer_id, None)
        if offer is not None and (self.example is None or message.reason == "it was bought"):
            self.example = Ended(offer, message)


def ending_lines(reasons: Mapping[str, int], example: Ended | None) -> Iterable[str]:
    """Withdrawals by reason, and one of them."""
    if not reasons:
        return
    told = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    yield "withdrawn because " + ", ".join(f"{clean(one)} ({count:,})" for one, count in told)
    if example is not None:
        offer, end = example
        after = age(end.issued_at_ms - offer.issued_at_ms)
        what = clean(offer.pitch.text if offer.pitch else offer.offer)
        yield (
            f"for example {clean(offer.subject)}, offered by {offer.channel}: {what}; "
            f"withdrawn {'at once' if after == 'now' else f'{after} later'}: {clean(end.reason)}"
        )


class Taught:
    """Decisions made with what outcomes had taught, beside what they would have been without."""

    def __init__(self) -> None:
        """None yet."""
        self.decisions = 0
        self.moved: Counter[str] = Counter()
        self.example: tuple[DecisionRecord, Action | None] | None = None

    def add(self, decision: DecisionRecord, without: DecisionRecord | None) -> None:
        """Count one of them."""
        now, then = taken(decision), taken(without)
        self.decisions += 1
        if now == then:
            return
        self.moved["silence" if now is None else "an offer" if then is None else "another"] += 1
        if now is not None or self.example is None:
            self.example = decision, then


def taught_lines(taught: Taught) -> Iterable[str]:
    """How many of them came out otherwise, and one of these."""
    if not taught.decisions:
        return
    moved = ", ".join(f"{words} {taught.moved[word]:,}" for word, words in _MOVED.items())
    yield (
        f"of {taught.decisions:,} decisions made with that, {sum(taught.moved.values()):,} would "
        f"have been others without it: {moved}"
    )
    if taught.example is not None:
        decision, then = taught.example
        yield (
            f"for example {clean(decision.subject)}: {_said(taken(decision))}; "
            f"without it {_said(then)}"
        )


_MOVED = {
    "silence": "now silence",
    "an offer": "an offer instead of silence",
    "another": "another offer, price or channel",
}


def _said(action: Action | None) -> str:
    return "silence" if action is None else f"{clean(action.offer)} by {action.channel}"

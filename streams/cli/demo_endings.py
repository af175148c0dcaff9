"""How the demo's offers ended, and what of its decisions comes from what outcomes taught."""

from collections import Counter, deque
from collections.abc import Iterable
from statistics import median_low
from typing import NamedTuple

from streams.cli.demo_view import told
from streams.cli.words import age, clean
from streams.core.decide import record
from streams.core.decide.life import BOUGHT
from streams.core.decide.record import DecisionRecord, OfferMessage
from streams.evaluate.chances import Action, taken

OPEN_MAX = 5_000
"""Offers remembered until they end, the latest."""

HALF_MIN = 20
"""Offers that half of is told: of a handful it would be chance."""
SEEN_MS = 60_000
"""An offer that was open for less is no example: nobody saw it."""


class Ended(NamedTuple):
    """An offer and its withdrawal."""

    offer: OfferMessage
    withdrawal: OfferMessage

    @property
    def after_ms(self) -> int:
        """How long it was open."""
        return self.withdrawal.issued_at_ms - self.offer.issued_at_ms


class Endings:
    """Looks at all messages in the order of their topics."""

    def __init__(self) -> None:
        """Nothing was offered yet."""
        self.reasons: Counter[str] = Counter()
        self.example: Ended | None = None
        """The latest that was bought a while after, or else the latest of all."""
        self._open: dict[str, OfferMessage] = {}
        self._after_ms: dict[str, deque[int]] = {}

    def see(self, message: OfferMessage) -> None:
        """Remember one message."""
        if message.action is not record.Action.WITHDRAW:
            self._open[message.offer_id] = message
            if len(self._open) > OPEN_MAX:
                del self._open[next(iter(self._open))]
            return
        self.reasons[message.reason] += 1
        offer = self._open.pop(message.offer_id, None)
        if offer is None:
            return
        ended = Ended(offer, message)
        self._after_ms.setdefault(message.reason, deque(maxlen=OPEN_MAX)).append(ended.after_ms)
        if self.example is None or (message.reason == BOUGHT and ended.after_ms >= SEEN_MS):
            self.example = ended

    def half_after_ms(self) -> dict[str, int]:
        """Reason -> within what time half of the offers that ended for it did, the latest of them.

        A reason of fewer than `HALF_MIN` offers is left out.
        """
        return {
            reason: median_low(list(ages))
            for reason, ages in list(self._after_ms.items())
            if len(ages) >= HALF_MIN
        }


def ending_lines(endings: Endings) -> Iterable[str]:
    """Withdrawals by reason, and one of them."""
    if not endings.reasons:
        return
    ordered = sorted(endings.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    half = endings.half_after_ms()
    words = [f"{clean(why)} ({count:,}{_half(half.get(why))})" for why, count in ordered]
    yield "withdrawn because " + ", ".join(words)
    if endings.example is not None:
        offer, end = endings.example
        yield (
            f"for example {clean(offer.subject)}, offered by {offer.channel}: "
            f"{clean(told(offer))}, because {clean(offer.reason)}; "
            f"withdrawn {_later(endings.example.after_ms)}: {clean(end.reason)}"
        )


def _half(after_ms: int | None) -> str:
    if after_ms is None:
        return ""
    return f", half within {age(after_ms) if after_ms >= SEEN_MS else 'a minute'}"


def _later(after_ms: int) -> str:
    return f"{age(after_ms)} later" if after_ms >= SEEN_MS else "at once"


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

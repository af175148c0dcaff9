"""The real subscriber with one fault put in from outside: `python -m` this instead of `streams`.

STREAMS_TEST_FAULT names it: `deaf` ignores withdrawals, `forward` believes any message whatever
its sequence, `late` shows what has expired, `dirty` reads what was never committed.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from streams.channel import book, reading
from streams.channel.book import Book, Change, Offer
from streams.cli.main import main
from streams.core.decide.record import Action, OfferMessage

Apply = Callable[..., Change]
real_apply: Apply = Book.apply
real_best: Callable[..., Offer | None] = Book.best
DAY_MS = 86_400_000


def deaf(self: Book, message: OfferMessage, shown: bytes, *, now_ms: int) -> Change:
    """Take issues alone."""
    if message.action is Action.WITHDRAW:
        return Change.UNCHANGED
    return real_apply(self, message, shown, now_ms=now_ms)


def forward(self: Book, message: OfferMessage, shown: bytes, *, now_ms: int) -> Change:
    """Take each message for the newest."""
    self._subjects.get(message.subject, {}).pop(message.slot, None)
    return real_apply(self, message, shown, now_ms=now_ms)


def late(self: Book, subject: str, slot: str | None, now_ms: int) -> Offer | None:
    """Ask for the offer of a day ago."""
    return real_best(self, subject, slot, now_ms - DAY_MS)


def keep(self: Book, now_ms: int, *, most: int) -> bool:
    """Let go of nothing."""
    del self, now_ms, most
    return False


def uncommitted(settings: Any) -> dict[str, Any]:
    """Read as a consumer of librdkafka's older defaults does."""
    return {**real_consumer(settings), "isolation.level": "read_uncommitted"}


real_consumer: Callable[[Any], dict[str, Any]] = reading.offers_consumer  # type: ignore[attr-defined]  # where it is called


def put_in(fault: str) -> None:
    """Put the fault in."""
    match fault:
        case "deaf":
            book.Book.apply = deaf  # type: ignore[method-assign]  # the fault
        case "forward":
            book.Book.apply = forward  # type: ignore[method-assign]  # the fault
        case "late":
            book.Book.best = late  # type: ignore[method-assign]  # the fault
            book.Book.forget = keep  # type: ignore[method-assign]  # the fault
        case "dirty":
            reading.offers_consumer = uncommitted  # type: ignore[attr-defined]  # the fault


if __name__ == "__main__":
    put_in(os.environ["STREAMS_TEST_FAULT"])
    sys.exit(main())

"""Books that were told something, and the logs they may be told."""

from collections.abc import Sequence

import msgspec
from hypothesis import strategies as st

from streams.channel.book import Book, Change
from streams.core.decide.record import Action, OfferMessage
from tests.channel.messages import ANN, HOUR_MS, NOW_MS, issue

REMEMBER_MS = 24 * HOUR_MS
BOB = "customer:bob"
SUBJECTS = (ANN, BOB)
SLOTS = ("main", "care")


def told(
    messages: Sequence[OfferMessage], *, now_ms: int = NOW_MS, rows_max: int = 1_000
) -> tuple[Book, list[Change]]:
    """Return a book that was told `messages`, and what each changed."""
    book = Book(rows_max=rows_max, remember_ms=REMEMBER_MS)
    return book, [book.apply(one, one.offer_id.encode(), now_ms=now_ms) for one in messages]


def shown(book: Book, *, now_ms: int = NOW_MS) -> dict[tuple[str, str], str]:
    """Return (subject, slot) -> open offer, of all there are."""
    return {(one.subject, one.slot): one.offer_id for one in book.open_offers(now_ms)}


def known(book: Book) -> dict[str, dict[str, msgspec.Struct]]:
    """Return all that a book knows, but for how it finds what is due."""
    unlisted = {"in_open": False, "in_over": False}
    return {
        subject: {name: msgspec.structs.replace(one, **unlisted) for name, one in slots.items()}
        for subject, slots in book._subjects.items()
    }


@st.composite
def logs(draw: st.DrawFn) -> list[OfferMessage]:
    """Draw what a worker may have written: sequences rise with gaps, times never fall."""
    found: list[OfferMessage] = []
    for subject in SUBJECTS:
        steps = draw(st.lists(st.tuples(st.sampled_from(Action), st.integers(1, 3)), max_size=9))
        sequence, issued_ms = 0, NOW_MS - REMEMBER_MS // 2
        for action, gap in steps:
            sequence += gap
            issued_ms += draw(st.integers(0, HOUR_MS))
            ends = action is Action.WITHDRAW
            life_ms = draw(st.integers(1, REMEMBER_MS))
            found.append(
                issue(
                    draw(st.sampled_from("abcdef")),
                    sequence,
                    action=action,
                    subject=subject,
                    slot=draw(st.sampled_from(SLOTS)),
                    issued_at_ms=issued_ms,
                    expires_at_ms=None if ends else issued_ms + life_ms,
                )
            )
    return found

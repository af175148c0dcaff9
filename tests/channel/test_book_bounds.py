"""How much a book holds at most, and what goes first."""

import pytest
from hypothesis import given

from streams.channel.book import ENDED_MAX, SLOTS_MAX, STALE_MAX, Change
from streams.core.decide.record import OfferMessage
from tests.channel.books import logs, shown, told
from tests.channel.messages import ANN, NOW_MS, issue, withdraw


def test_one_row_too_many_costs_what_is_over_first() -> None:
    """At the bound plus one the remembered end goes, not an open offer; it is counted."""
    messages = [
        issue("a", 1, subject="customer:1"),
        issue("b", 1, subject="customer:2"),
        withdraw("b", 2, subject="customer:2"),
        issue("c", 1, subject="customer:3"),
    ]

    book, _ = told(messages, rows_max=2)

    assert shown(book).keys() == {("customer:1", "main"), ("customer:3", "main")}
    assert (book.rows, book.dropped) == (2, 1)


def test_with_open_offers_alone_the_one_that_expires_first_goes() -> None:
    """It had the least to lose."""
    messages = [
        issue("a", 1, subject="customer:1"),
        issue("b", 1, subject="customer:2", expires_at_ms=NOW_MS + 5),
        issue("c", 1, subject="customer:3"),
    ]

    book, _ = told(messages, rows_max=2)

    assert shown(book).keys() == {("customer:1", "main"), ("customer:3", "main")}
    assert (book.rows, book.dropped) == (2, 1)


def test_one_slot_too_many_of_a_subject_is_not_taken() -> None:
    """At the bound plus one: counted, and the others stay."""
    messages = [issue("a", one + 1, slot=f"slot-{one}") for one in range(SLOTS_MAX + 1)]

    book, changes = told(messages)

    assert changes == [Change.OPENED] * SLOTS_MAX + [Change.DROPPED]
    assert (book.rows, book.dropped) == (SLOTS_MAX, 1)


def test_one_unseen_withdrawal_too_many_costs_the_oldest() -> None:
    """At the bound plus one the lowest sequence is forgotten, and counted."""
    messages = [withdraw(f"{one:x}", one) for one in range(2, ENDED_MAX + 3)]

    book, _ = told(messages)

    ended = book._subjects[ANN]["main"].ended or {}
    assert (len(ended), min(ended.values()), book.dropped) == (ENDED_MAX, 3, 1)


def test_withdrawals_of_offers_replaced_out_of_order_are_bounded() -> None:
    """A log in an order that no worker writes cannot fill a slot either."""
    pairs = [(issue(f"{one:x}", one), withdraw(f"{one:x}", 100 + one)) for one in range(1, 40)]

    book, _ = told([message for pair in pairs for message in pair])

    assert len(book._subjects[ANN]["main"].ended or {}) == ENDED_MAX


def test_entries_that_no_longer_hold_are_thrown_out() -> None:
    """An offer opened and closed over and over costs no more memory than once."""
    pairs = [(issue("a", 2 * one + 1), withdraw("a", 2 * one + 2)) for one in range(STALE_MAX)]

    book, _ = told([message for pair in pairs for message in pair])

    assert book.rows == 1
    assert len(book._open) + len(book._over) <= 2 + STALE_MAX


@pytest.mark.parametrize("rows_max", [1, 2, 5])
@given(logs())
def test_rows_never_pass_their_bound(rows_max: int, log: list[OfferMessage]) -> None:
    """However many subjects there are."""
    spread = [
        issue("a", one.sequence, subject=f"{one.subject}-{number % 7}", action=one.action)
        for number, one in enumerate(log)
    ]

    book, _ = told(spread, rows_max=rows_max)

    assert book.rows <= rows_max
    assert sum(map(len, book._subjects.values())) == book.rows
    assert {(one[1], one[2]) for one in (*book._open, *book._over)} >= {
        (subject, slot) for subject, slots in book._subjects.items() for slot in slots
    }

"""How much a book holds at most, and what goes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.channel.book import ENDED_MAX, SLOTS_MAX, STALE_MAX, Change
from streams.core.decide.record import OfferMessage
from tests.channel.books import REMEMBER_MS, logs, shown, told
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

    assert (book.rows, len(book._open), len(book._over)) == (1, 1, 1)


def test_entries_of_what_was_forgotten_early_are_thrown_out() -> None:
    """Customers that come and go at the bound cost no more memory than those that stay."""
    pairs = [
        (
            issue("a", 1, subject=f"customer:{one}"),
            withdraw("a", 2, subject=f"customer:{one}"),
        )
        for one in range(2 * STALE_MAX)
    ]

    book, _ = told([message for pair in pairs for message in pair], rows_max=1)

    assert (book.rows, book.dropped) == (1, 2 * STALE_MAX - 1)
    assert len(book._open) + len(book._over) <= 2 + STALE_MAX


def test_no_call_lets_go_of_more_than_it_is_asked_to() -> None:
    """A campaign's offers expire together; who asks meanwhile need not wait for all of them."""
    book, _ = told([issue("a", 1, subject=f"customer:{one}") for one in range(5)])

    first = book.forget(NOW_MS + REMEMBER_MS, most=4)
    left = [one for slots in book._subjects.values() for one in slots.values() if one.offer]
    rest = [book.forget(NOW_MS + REMEMBER_MS, most=4) for _ in range(3)]

    assert (first, len(left)) == (True, 1)
    assert (rest, book.rows) == ([True, False, False], 0)


@pytest.mark.parametrize("rows_max", [1, 2, 5, 99])
@given(logs(), st.lists(st.integers(0, REMEMBER_MS), max_size=5))
def test_every_slot_will_be_looked_at_and_rows_keep_their_bound(
    rows_max: int, log: list[OfferMessage], times: list[int]
) -> None:
    """However many subjects there are, what is open or over is in the heap that says when."""
    spread = [replace(one, subject=f"{one.subject}-{number % 7}") for number, one in enumerate(log)]
    book, _ = told([*spread, *log], rows_max=rows_max)
    assert all(not book.forget(NOW_MS + one, most=999) for one in times)

    slots = {
        (subject, name): one
        for subject, found in book._subjects.items()
        for name, one in found.items()
    }
    open_slots = {place for place, one in slots.items() if one.offer is not None}

    assert book.rows == len(slots) <= rows_max
    assert open_slots <= {(one[1], one[2]) for one in book._open}
    assert slots.keys() - open_slots <= {(one[1], one[2]) for one in book._over}

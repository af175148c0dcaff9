"""The open offers of a channel: whatever order they come in, they end the same."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from streams.channel.book import Book, Change
from streams.core.decide.record import Action, OfferMessage
from tests.channel.books import BOB, REMEMBER_MS, known, logs, shown, told
from tests.channel.messages import ANN, HOUR_MS, NOW_MS, issue, offer_id, supersede, withdraw


def main(book: Book, subject: str = ANN, *, now_ms: int = NOW_MS) -> str | None:
    """Return the best offer in the slot `main`, by its id."""
    found = book.best(subject, "main", now_ms)
    return None if found is None else found.offer_id


def replayed(log: Sequence[OfferMessage]) -> dict[tuple[str, str], str]:
    """Return what is open after `log` in order, by the plainest rules there are."""
    slots: dict[tuple[str, str], OfferMessage] = {}
    for one in log:
        place = (one.subject, one.slot)
        if one.action is not Action.WITHDRAW:
            slots[place] = one
        elif place in slots and slots[place].offer_id == one.offer_id:
            del slots[place]
    return {
        place: one.offer_id for place, one in slots.items() if (one.expires_at_ms or 0) > NOW_MS
    }


@given(logs())
def test_log_in_order_ends_as_the_plainest_rules_say(log: list[OfferMessage]) -> None:
    """The newest issue of a slot is open unless it was withdrawn after it, or expired."""
    book, _ = told(log)

    assert shown(book) == replayed(log)


@given(st.data())
def test_any_order_any_repetition_ends_in_the_same_book(data: st.DataObject) -> None:
    """Interleaved, doubled and read again from anywhere, a log leaves what it leaves in order."""
    log = data.draw(logs())
    again = data.draw(st.lists(st.sampled_from(log), max_size=9) if log else st.just([]))
    mixed = data.draw(st.permutations([*log, *again]))

    ordered, shuffled = told(log)[0], told(mixed)[0]

    assert shown(shuffled) == shown(ordered)
    assert known(shuffled) == known(ordered)


@given(logs(), st.integers(0, 20))
def test_reading_a_log_again_from_anywhere_changes_nothing(
    log: list[OfferMessage], start: int
) -> None:
    """A consumer that was set back tells the book what it knows."""
    book, _ = told(log)
    before = shown(book)

    changes = {book.apply(one, b"again", now_ms=NOW_MS) for one in log[start:]}

    assert shown(book) == before
    assert Change.OPENED not in changes
    assert Change.CLOSED not in changes


def test_issue_opens_and_withdrawal_closes() -> None:
    """The plain life of an offer."""
    book, changes = told([issue("a", 1), withdraw("a", 2)])

    assert changes == [Change.OPENED, Change.CLOSED]
    assert main(book) is None


def test_superseding_offer_replaces_the_one_before() -> None:
    """One offer of a slot is open at a time."""
    book, changes = told([issue("a", 1), supersede("b", 9, supersedes=offer_id("a"))])

    assert changes == [Change.OPENED, Change.OPENED]
    assert shown(book) == {(ANN, "main"): offer_id("b")}


def test_older_sequence_never_overwrites_a_newer() -> None:
    """An issue that comes late is not the newest."""
    book, changes = told([issue("b", 5), issue("a", 3)])

    assert changes == [Change.OPENED, Change.UNCHANGED]
    assert main(book) == offer_id("b")


def test_withdrawal_before_its_issue_keeps_it_closed() -> None:
    """Read in the wrong order, it still ends what it names."""
    book, changes = told([withdraw("a", 2), issue("a", 1)])

    assert changes == [Change.UNCHANGED, Change.UNCHANGED]
    assert main(book) is None


def test_withdrawal_of_another_offer_leaves_the_open_one() -> None:
    """It ends the offer it names, and no other of the slot."""
    book, _ = told([issue("b", 2), withdraw("a", 3)])

    assert main(book) == offer_id("b")


def test_offer_is_not_shown_from_its_expiry_on() -> None:
    """At the millisecond of its expiry it is over; nobody has to say so."""
    book, _ = told([issue("a", 1)])

    assert main(book, now_ms=NOW_MS + HOUR_MS - 1) == offer_id("a")
    assert main(book, now_ms=NOW_MS + HOUR_MS) is None


def test_offer_that_came_expired_still_replaces_the_one_before() -> None:
    """What it superseded does not come back."""
    expired = supersede("b", 2, expires_at_ms=NOW_MS)

    book, changes = told([issue("a", 1), expired])

    assert changes == [Change.OPENED, Change.EXPIRED]
    assert shown(book) == {}


def test_offer_without_expiry_lives_as_long_as_any_may() -> None:
    """The schema lets a message name none."""
    book, _ = told([issue("a", 1, expires_at_ms=None)])

    assert main(book, now_ms=NOW_MS + REMEMBER_MS - 1) == offer_id("a")
    assert main(book, now_ms=NOW_MS + REMEMBER_MS) is None


def test_message_from_before_the_longest_life_is_not_kept() -> None:
    """Reading a topic from its beginning does not fill the memory."""
    long_ago = NOW_MS - REMEMBER_MS

    book, changes = told([issue("a", 1, issued_at_ms=long_ago, expires_at_ms=long_ago + 1)])

    assert (changes, book.rows) == ([Change.EXPIRED], 0)


def test_best_of_all_slots_is_the_one_issued_last() -> None:
    """Without a slot the highest sequence wins; with one, that slot's."""
    book, _ = told([issue("a", 7, slot="care"), issue("b", 4)])

    best, in_main = book.best(ANN, None, NOW_MS), book.best(ANN, "main", NOW_MS)
    assert best is not None
    assert in_main is not None
    assert (best.offer_id, in_main.offer_id) == (offer_id("a"), offer_id("b"))


def test_unknown_subject_and_unknown_slot_have_no_offer() -> None:
    """Nothing is made up for them."""
    book, _ = told([issue("a", 1)])

    assert book.best(BOB, None, NOW_MS) is None
    assert book.best(ANN, "care", NOW_MS) is None


def test_words_go_at_expiry_and_the_slot_when_its_time_is_over() -> None:
    """An expired offer is remembered until no older one of its slot can be alive."""
    book, _ = told([issue("a", 1)])

    book.forget(NOW_MS + HOUR_MS, most=99)
    rows_at_expiry = book.rows
    words = book._subjects[ANN]["main"].offer
    book.forget(NOW_MS + REMEMBER_MS, most=99)

    assert (rows_at_expiry, words) == (1, None)
    assert (book.rows, book._subjects) == (0, {})


def test_slot_opened_again_outlives_its_first_offer() -> None:
    """What is due for the first is not done to the second."""
    book, _ = told([issue("a", 1), withdraw("a", 2)])
    later = NOW_MS + REMEMBER_MS - HOUR_MS
    book.apply(
        issue("b", 3, issued_at_ms=later, expires_at_ms=later + 2 * HOUR_MS), b"", now_ms=later
    )

    book.forget(NOW_MS + REMEMBER_MS, most=99)

    assert main(book, now_ms=NOW_MS + REMEMBER_MS) == offer_id("b")


def test_forgetting_something_leaves_the_rest_open() -> None:
    """Each slot has its own time."""
    book, _ = told([issue("a", 1), issue("b", 2, slot="care", expires_at_ms=NOW_MS + 5)])

    book.forget(NOW_MS + 5, most=99)

    assert shown(book, now_ms=NOW_MS + 5) == {(ANN, "main"): offer_id("a")}


def test_an_answered_offer_is_shown_no_more() -> None:
    """Told again it stays closed; the next one of its slot opens."""
    book, _ = told([issue("a", 1)])

    book.answered(BOB, offer_id("a"))
    book.answered(ANN, offer_id("b"))
    assert main(book) == offer_id("a")

    book.answered(ANN, offer_id("a"))
    book.answered(ANN, offer_id("a"))
    assert book.apply(issue("a", 1), b"a", now_ms=NOW_MS) is Change.UNCHANGED
    assert main(book) is None

    assert book.apply(issue("b", 2), b"b", now_ms=NOW_MS) is Change.OPENED
    assert main(book) == offer_id("b")

"""The refold of offer topics finds what is planted, and agrees with the book on any log."""

import pytest
from hypothesis import given

from streams.codec.outputs import encode_offer
from streams.core.decide.record import OfferMessage
from tests.channel import books
from tests.channel.messages import ANN, HOUR_MS, NOW_MS, issue, offer_id, supersede, withdraw
from tests.channel.refolding import Said, ended, newest, read, shown, told_wrong

A, B, C = offer_id("a"), offer_id("b"), offer_id("c")
MAIN = (ANN, "web", "main")
SOUND = (
    issue("a", 1),
    supersede("b", 2, supersedes=A),
    issue("d", 3, slot="care"),
    withdraw("b", 5),
    issue("c", 6, expires_at_ms=NOW_MS + 1),
    issue("e", 7, issued_at_ms=NOW_MS + 1),
    issue("f", 8, channel="app"),
    issue("9", 1, subject=books.BOB),
)


def said(*messages: OfferMessage) -> list[Said]:
    """Return `messages` as they come from their topics."""
    return read(encode_offer(one, one.issued_at_ms)[0] for one in messages)


def shown_in(log: list[Said], now_ms: int = NOW_MS) -> str | None:
    """Return what Ann is shown in the main slot of the web."""
    return shown([one for place, one in newest(log).items() if place == MAIN], now_ms)


@given(books.logs())
def test_book_and_refold_agree(log: list[OfferMessage]) -> None:
    """Two ways of reading the same contract, for any log."""
    book, _ = books.told(log)

    open_offers = {
        (subject, slot): one.offer_id
        for (subject, _, slot), one in newest(said(*log)).items()
        if not one.over(NOW_MS)
    }
    assert books.shown(book) == open_offers


def test_withdrawn_offer_is_not_shown() -> None:
    """Also when it is read before what it ends."""
    log = said(issue("a", 1), withdraw("a", 2))

    assert shown_in(log[:1]) == A
    assert shown_in(log) is None
    assert shown_in(log[::-1]) is None


def test_withdrawal_of_the_one_before_leaves_the_newest() -> None:
    """It names an offer, not a slot."""
    assert shown_in(said(issue("a", 1), supersede("b", 2), withdraw("a", 3))) == B


def test_highest_sequence_wins_in_any_order() -> None:
    """Not what was read last."""
    assert shown_in(said(supersede("b", 2, supersedes=A), issue("a", 1))) == B


def test_offer_is_shown_until_its_time_is_over() -> None:
    """To the millisecond."""
    log = said(issue("a", 1))

    assert shown_in(log, NOW_MS + HOUR_MS - 1) == A
    assert shown_in(log, NOW_MS + HOUR_MS) is None


def test_of_all_slots_the_last_said_is_shown() -> None:
    """Unless its time is over."""
    held = newest(said(issue("a", 1), issue("b", 2, slot="care", expires_at_ms=NOW_MS + 1)))

    assert shown(held.values(), NOW_MS) == B
    assert shown(held.values(), NOW_MS + 1) == A


def test_what_was_withdrawn_or_superseded_has_ended() -> None:
    """What expired ended by itself."""
    assert ended(said(*SOUND)) == {A, B}


def test_sound_log_is_told_right() -> None:
    """Over all channels and subjects, in any order."""
    assert told_wrong(said(*SOUND)) == []
    assert told_wrong(said(*SOUND)[::-1]) == []


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        ((issue("a", 9, slot="care", issued_at_ms=NOW_MS + HOUR_MS),), "it was issued before"),
        ((issue("a", 9, channel="email"),), "it was issued before"),
        ((issue("0", 8, channel="email"),), "the number was used before"),
        ((issue("0", 9),), f"{offer_id('e')} is still open"),
        ((withdraw("b", 9, channel="email"),), f"ends {B}, open is None"),
        ((withdraw("d", 9, slot="care"), withdraw("d", 10, slot="care")), "open is None"),
        ((withdraw("a", 9),), f"ends {A}, open is {offer_id('e')}"),
        ((supersede("0", 9, supersedes=A),), f"ends {A}, open is {offer_id('e')}"),
        ((supersede("0", 9, channel="email", supersedes=C),), f"ends {C}, open is None"),
    ],
)
def test_planted_error_is_found(planted: tuple[OfferMessage, ...], words: str) -> None:
    """A doubled offer, a number used twice, an end of what is not open: one sentence each."""
    (problem,) = told_wrong(said(*SOUND, *planted))

    assert words in problem

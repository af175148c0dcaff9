"""The demo's endings: withdrawals by reason, an example, and what comes of what was taught."""

from itertools import chain
from typing import Any

import pytest
from msgspec import structs

from streams.cli import demo_endings
from streams.cli.demo_endings import Endings, Taught, ending_lines, taught_lines
from streams.core.decide.record import DecisionRecord, OfferMessage, Result
from tests.channel.messages import HOUR_MS, NOW_MS, issue, offer_id, withdraw
from tests.cli.decisions import an_offer

BOUGHT, DISMISSED = "it was bought", "it was dismissed"


LONG_MS = 76 * HOUR_MS


def ended(
    name: str, sequence: int, reason: str, *, after_ms: int = LONG_MS
) -> tuple[OfferMessage, OfferMessage]:
    """An offer and its withdrawal, three days and four hours later if not told otherwise."""
    issued_ms = NOW_MS + after_ms
    return (
        issue(name, sequence),
        withdraw(name, sequence + 1, reason=reason, issued_at_ms=issued_ms),
    )


def seen(*messages: OfferMessage) -> Endings:
    """What is known of these messages."""
    endings = Endings()
    for one in messages:
        endings.see(one)
    return endings


def test_withdrawals_are_told_by_reason_with_one_that_was_bought() -> None:
    """The most frequent first."""
    endings = seen(
        *ended("a", 1, DISMISSED),
        *ended("b", 3, BOUGHT),
        *ended("c", 5, DISMISSED),
        withdraw("never-seen", 7, reason=DISMISSED),
    )

    first, second = ending_lines(endings)

    assert first == "withdrawn because it was dismissed (3), it was bought (1)"
    assert second == (
        "for example customer:ann, offered by web: Still thinking about it?, "
        "because a sweater has been in the cart; withdrawn 3 d 4 h later: it was bought"
    )


def test_what_was_withdrawn_at_once_is_an_example_only_where_there_is_no_other() -> None:
    """Nobody saw the second one; the first stays."""
    at_once = seen(*ended("a", 1, BOUGHT, after_ms=2_500))
    then = seen(*ended("a", 1, BOUGHT), *ended("b", 3, BOUGHT, after_ms=2_500))

    assert list(ending_lines(at_once))[1].endswith("; withdrawn at once: it was bought")
    assert then.example is not None
    assert then.example.offer.offer_id == offer_id("a")


@pytest.mark.parametrize(
    ("after_ms", "told"), [(7_500_000, "half within 2 h 5 min"), (2_500, "half within a minute")]
)
def test_within_what_time_half_of_them_ended(after_ms: int, told: str) -> None:
    """Eleven by then and nine later; of one fewer in all it is not told."""
    soon = [ended(f"a{n}", 2 * n, BOUGHT, after_ms=after_ms) for n in range(11)]
    late = [ended(f"b{n}", 2 * n, BOUGHT, after_ms=LONG_MS) for n in range(9)]

    assert f"it was bought (20, {told})" in next(iter(ending_lines(seen(*chain(*soon, *late)))))
    assert "it was bought (19)" in next(iter(ending_lines(seen(*chain(*soon, *late[1:])))))


def test_nothing_is_told_of_no_withdrawal() -> None:
    """Nor an example where no issue was seen."""
    alone = seen(withdraw("a", 1, reason=BOUGHT))

    assert list(ending_lines(Endings())) == []
    assert list(ending_lines(alone)) == ["withdrawn because it was bought (1)"]


def test_only_the_latest_offers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of hours holds no more."""
    monkeypatch.setattr(demo_endings, "OPEN_MAX", 1)

    endings = seen(issue("a", 1), issue("b", 2), withdraw("a", 3, reason=BOUGHT))

    assert (endings.example, endings.reasons) == (None, {BOUGHT: 1})


def made(**changes: Any) -> DecisionRecord:
    """A decision to offer tea, or as `changes` have it."""
    return structs.replace(an_offer(), **changes)


def silence() -> DecisionRecord:
    """A decision to say nothing."""
    return made(chosen=None, result=Result.SILENCE)


def test_what_was_taught_is_told_by_what_would_have_been_without_it() -> None:
    """The same is none; a holdout's choice is one, too."""
    taught, other = Taught(), an_offer()
    assert other.chosen is not None
    dearer = made(chosen=structs.replace(other.chosen, offer="dearer"))
    for one, without in (
        (silence(), made()),
        (made(), None),
        (made(), dearer),
        (made(), made()),
        (silence(), None),
        (silence(), made()),
    ):
        taught.add(one, without)

    first, second = taught_lines(taught)

    assert first == (
        "of 6 decisions made with that, 4 would have been others without it: "
        "now silence 2, an offer instead of silence 1, another offer, price or channel 1"
    )
    said = f"{other.chosen.offer} by {other.chosen.channel}"
    assert (
        second
        == f"for example {other.subject}: {said}; without it dearer by {other.chosen.channel}"
    )


def test_nothing_is_told_where_nothing_was_decided_with_it() -> None:
    """Nor an example where nothing moved."""
    same = Taught()
    same.add(made(), made())

    assert list(taught_lines(Taught())) == []
    assert len(list(taught_lines(same))) == 1

"""The demo's endings: withdrawals by reason, an example, and what comes of what was taught."""

from typing import Any

import pytest
from msgspec import structs

from streams.cli import demo_endings
from streams.cli.demo_endings import Endings, Taught, ending_lines, taught_lines
from streams.core.decide.record import DecisionRecord, OfferMessage, Result
from tests.channel.messages import NOW_MS, issue, offer_id, withdraw
from tests.cli.decisions import an_offer

BOUGHT, DISMISSED = "it was bought", "it was dismissed"


def ended(name: str, sequence: int, reason: str) -> tuple[OfferMessage, OfferMessage]:
    """An offer and its withdrawal 2.5 seconds later."""
    issued_ms = NOW_MS + 2_500
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

    first, second = ending_lines(endings.reasons, endings.example)

    assert first == "withdrawn because it was dismissed (3), it was bought (1)"
    assert second.endswith("; withdrawn at once: it was bought")
    assert endings.example is not None
    assert endings.example.offer.offer_id == offer_id("b")


def test_nothing_is_told_of_no_withdrawal() -> None:
    """Nor an example where no issue was seen."""
    alone = seen(withdraw("a", 1, reason=BOUGHT))

    assert list(ending_lines({}, None)) == []
    assert list(ending_lines(alone.reasons, alone.example)) == [
        "withdrawn because it was bought (1)"
    ]


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

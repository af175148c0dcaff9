"""The script that checks adapters: fresh, harmless, and kept by our own book."""

from collections.abc import Iterator

import pytest

from streams.channel.book import Book
from streams.channel.conformance import (
    FENCE,
    SAID_MAX,
    Ask,
    Rule,
    Say,
    Wait,
    endings,
    fence,
    rules,
)
from streams.codec.outputs import decode_offer, encode_offer
from streams.core.decide.record import Action, OfferMessage
from tests.channel.books import shown
from tests.channel.messages import HOUR_MS, NOW_MS

RUN = "00000000000000ab"
SCRIPT = rules("web", RUN, now_ms=NOW_MS)
NAMES = [one.name for one in SCRIPT]


def said(rule: Rule) -> list[OfferMessage]:
    """Return all that is said for `rule`, as the check says it: fences and endings too."""
    fences = (fence(rule, one + 1, "web", RUN, now_ms=NOW_MS) for one in range(SAID_MAX))
    return [*rule.messages(), *fences, *endings(rule, "web", RUN, now_ms=NOW_MS)]


def answers(rule: Rule) -> Iterator[tuple[Ask, str | None]]:
    """Yield each question of `rule` with the answer of our book, told all before it."""
    book, at_ms, fences = Book(rows_max=99, remember_ms=HOUR_MS), NOW_MS, 0
    for step in rule.steps:
        match step:
            case Say(messages=messages, abort=False):
                fences += 1
                last = fence(rule, fences, "web", RUN, now_ms=NOW_MS)
                for one in (*messages, last):
                    book.apply(one, b"", now_ms=at_ms)
            case Wait(until_ms=until_ms):
                at_ms = until_ms
            case Ask(subject=subject, slot=slot):
                found = book.best(subject, slot, at_ms)
                yield step, None if found is None else found.offer_id
            case _:
                pass


@pytest.mark.parametrize("rule", SCRIPT, ids=NAMES)
def test_our_book_keeps_every_rule(rule: Rule) -> None:
    """What is expected of others we do ourselves."""
    assert [(one, got) for one, got in answers(rule) if got != one.expected] == []


@pytest.mark.parametrize("rule", SCRIPT, ids=NAMES)
def test_nothing_stays_open_after_a_rule(rule: Rule) -> None:
    """Whatever was said is withdrawn by what is said at the end."""
    book = Book(rows_max=99, remember_ms=HOUR_MS)
    for one in said(rule):
        book.apply(one, b"", now_ms=NOW_MS)

    assert shown(book) == {}


def test_every_rule_has_a_subject_of_its_own() -> None:
    """One rule cannot spoil another, or a customer."""
    subjects = {one.subject for one in SCRIPT}

    assert len(subjects) == len(SCRIPT)
    assert all(one.startswith(f"customer:conformance-{RUN}-") for one in subjects)
    assert {one.subject for rule in SCRIPT for one in said(rule)} == subjects


def test_runs_share_no_offer() -> None:
    """A run cannot take the offers of an earlier one for its own."""
    others = rules("web", "00000000000000ac", now_ms=NOW_MS)
    ours = {one.offer_id for rule in SCRIPT for one in said(rule)}

    assert ours.isdisjoint(one.offer_id for rule in others for one in rule.messages())


@pytest.mark.parametrize("rule", SCRIPT, ids=NAMES)
def test_no_rule_speaks_more_often_than_it_has_fences(rule: Rule) -> None:
    """Each time has its own, above all sequences that the rule uses."""
    times = [one for one in rule.steps if isinstance(one, Say)]
    first = fence(rule, 1, "web", RUN, now_ms=NOW_MS)

    assert len(times) <= SAID_MAX
    assert first.slot == FENCE
    assert all(one.sequence < first.sequence for one in rule.messages())


@pytest.mark.parametrize("rule", SCRIPT, ids=NAMES)
def test_what_is_said_is_what_a_worker_may_write(rule: Rule) -> None:
    """Messages survive the wire; a withdrawal has no words."""
    messages = said(rule)

    assert [decode_offer(encode_offer(one, NOW_MS)[0]) for one in messages] == messages
    ends = [one for one in messages if one.action is Action.WITHDRAW]
    assert [one for one in ends if one.pitch or one.expires_at_ms] == []

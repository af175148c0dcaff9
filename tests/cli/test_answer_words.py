"""Answers in words: what care staff reads in `offers tail` and `explain`."""

from msgspec.structs import replace

from streams.cli.answer_words import answer_lines, answer_mark
from streams.cli.offers import line
from streams.core.care_policy import Urgency
from streams.core.decide.record import Answer, Context
from tests.cli.test_offers import OFFER

NOW_MS = 1_738_316_096_000
HOUR_MS = 3_600_000
FULL = Answer(
    Urgency.HIGH,
    0.4812,
    NOW_MS + 4 * HOUR_MS,
    Context(
        about="complaint",
        since_ms=NOW_MS - 26 * HOUR_MS,
        waiting=2,
        complaints_before=3,
        reason="damaged",
        topics=("coffee",),
        item_id="sku-1",
        last_purchase_ms=NOW_MS - 72 * HOUR_MS,
        balance=0.25,
    ),
)
BARE = Answer(Urgency.LOW, 0.0, NOW_MS, Context(about="praise", since_ms=NOW_MS))


def test_everything_known_is_told() -> None:
    """In five sentences."""
    assert [*answer_lines(FULL, NOW_MS)] == [
        "Urgency high (score 0.48); to be answered by 2025-01-31T13:34:56Z.",
        "It is about complaint (damaged, coffee, sku-1), 1 d 2 h ago; 2 more wait.",
        "Complaints before: 3.",
        "Of what they went through with us, 25% was good.",
        "They last bought something 3 d ago.",
    ]


def test_what_is_unknown_is_not_told() -> None:
    """Nothing waits, nothing was bought."""
    assert [*answer_lines(BARE, NOW_MS)] == [
        "Urgency low (score 0.00); to be answered by 2025-01-31T09:34:56Z.",
        "It is about praise, just now; nothing else waits.",
    ]


def test_a_line_of_the_tail_tells_how_urgent_it_is() -> None:
    """Between what is said and why."""
    answer = replace(OFFER, answer=BARE, product=None, price=None)

    assert answer_mark(BARE) == "low, due 2025-01-31T09:34:56Z, praise"
    assert f"| {answer_mark(BARE)} | because" in line(answer)

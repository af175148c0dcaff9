"""What became of an offer: what its messages and its channels say."""

from typing import Any

import msgspec
import pytest
from msgspec import structs

from streams.cli.aftermath import Later, lines, sent, told
from streams.cli.reading import Record
from streams.codec.outputs import encode_offer
from streams.codec.sources import Limits
from streams.core.decide.record import Action, OfferId, OfferMessage
from tests.cli.decisions import an_offer, as_record
from tests.cli.test_offers import OFFER
from tests.strategies_profiles import NOON

OFFER_ID = "0123456789abcdef0123456789abcdef"
LIMITS = Limits(record_bytes_max=100_000, future_max_ms=0)


def outcome(value: bytes, *, key: bytes = b"device:secret") -> Record:
    """A record of the outcomes' topic."""
    headers: list[tuple[str, bytes | None]] = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"o1"),
        ("ce_source", b"/mailer"),
        ("ce_type", b"channel.outcome.v1"),
        ("ce_time", b"2025-06-15T12:00:00Z"),
        ("content-type", b"application/json"),
    ]
    return Record("channel.outcome.v1", 0, 0, key, value, headers, NOON)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("sent", "")]),
        ({"action": Action.WITHDRAW, "reason": "it was bought"}, [("withdrawn", "it was bought")]),
        (
            {"offer_id": OfferId("f" * 32), "supersedes": OfferId(OFFER_ID)},
            [("superseded", "coffee-week instead, because coffee bought 6 times in 60 days")],
        ),
        ({"offer_id": OfferId("f" * 32)}, []),
    ],
)
def test_messages_say_what_became_of_an_offer(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Sent, ended, replaced by another; those of other offers say nothing."""
    made: OfferMessage = structs.replace(OFFER, **{"offer_id": OfferId(OFFER_ID), **changes})
    record = as_record(an_offer(), encode_offer(made, NOON)[0])

    found = [*sent(record, OFFER_ID, LIMITS)]

    assert [(one.what, one.why) for one in found] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"outcome": "viewed"}, [("viewed", "")]),
        ({"outcome": "rejected", "reason": "too-expensive"}, [("rejected", "too-expensive")]),
        ({"outcome": "viewed", "offer_id": "f" * 32}, []),
        ({"outcome": "nonsense"}, []),
    ],
)
def test_channels_say_what_became_of_an_offer(
    body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """As they told it; of other offers, and what is no outcome, nothing."""
    value = msgspec.json.encode({"offer_id": OFFER_ID, "channel": "web", **body})

    found = [*told(outcome(value), OFFER_ID, LIMITS)]

    assert [(one.what, one.why) for one in found] == expected
    assert "secret" not in str(found)


def test_bytes_that_are_no_offer_say_nothing() -> None:
    """Somebody else wrote to the topic."""
    assert [*sent(as_record(an_offer(), b"{"), OFFER_ID, LIMITS)] == []


def test_what_came_after_is_told_in_lines() -> None:
    """With its time; or that nothing was told."""
    found = [Later(NOON, "rejected", "web", "\x07"), Later(NOON, "sent", "web")]

    assert [*lines(found)] == [
        "\nAfterwards",
        "  2025-06-15T12:00:00Z  rejected by web: \\x07",
        "  2025-06-15T12:00:00Z  sent by web",
    ]
    assert [*lines([])][1] == "  Nothing was told of it."

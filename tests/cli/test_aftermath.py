"""What became of an offer: what its messages and its channels say."""

from typing import Any, cast

import msgspec
import pytest
from msgspec import structs

from streams.cli.aftermath import UNCOUNTED, Later, after, lines, once, sent, told
from streams.cli.reading import Reader, Record
from streams.codec.envelope import Ways
from streams.codec.outputs import encode_offer, forward_headers, offer_topic
from streams.codec.sources import Limits
from streams.config import Settings
from streams.core.decide.record import Action, OfferId, OfferMessage
from streams.core.events import FORWARD_TOPIC
from tests.cli.decisions import an_offer, as_record
from tests.cli.test_offers import OFFER
from tests.strategies_profiles import NOON

OFFER_ID = "0123456789abcdef0123456789abcdef"
LIMITS = Limits(record_bytes_max=100_000, future_max_ms=0)


SUBJECT = "customer:1"
DEVICE = "device:secret"
DELIVERED = {"outcome": "delivered", "offer_id": OFFER_ID, "channel": "web"}


def outcome(body: dict[str, Any], *, key: str = SUBJECT, event_id: str = "o1") -> Record:
    """A record of the outcomes' topic."""
    headers: list[tuple[str, bytes | None]] = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", b"/mailer"),
        ("ce_type", b"channel.outcome.v1"),
        ("ce_time", b"2025-06-15T12:00:00Z"),
        ("content-type", b"application/json"),
    ]
    value = msgspec.json.encode(body)
    return Record("channel.outcome.v1", 0, 7, key.encode(), value, headers, NOON)


def forwarded(record: Record, subject: str) -> Record:
    """The same on its way to `subject`, whom its identifier is linked to."""
    come = forward_headers(
        record.headers,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key or b"",
        come=Ways(1),
    )
    return record._replace(topic=FORWARD_TOPIC, key=subject.encode(), headers=[*come])


def all_told(*records: Record) -> list[tuple[str, bool]]:
    """What they tell of the offer to the customer, and whether it counts."""
    events = [one for record in records for one in told(record, OFFER_ID, LIMITS)]
    found = [*once(events, SUBJECT)]
    assert "secret" not in str(found)
    return [(one.what, one.counts) for one in found]


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

    found = [*sent(record, OFFER_ID)]

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
    record = outcome({**DELIVERED, **body})

    found = [*once(told(record, OFFER_ID, LIMITS), SUBJECT)]

    assert [(one.what, one.why) for one in found] == expected


def test_a_report_that_was_sent_twice_is_told_once() -> None:
    """By its event id, as a profile counts it; two reports are two."""
    again, other = outcome(DELIVERED), outcome(DELIVERED, event_id="o2")

    assert all_told(outcome(DELIVERED), again) == [("delivered", True)]
    assert all_told(outcome(DELIVERED), other) == [("delivered", True)] * 2


def test_what_was_told_under_another_subject_counts_for_nothing() -> None:
    """Its profile has no such offer."""
    assert all_told(outcome(DELIVERED, key=DEVICE)) == [("delivered", False)]


@pytest.mark.parametrize("order", [1, -1])
def test_what_was_told_under_a_linked_identifier_counts_once(order: int) -> None:
    """It goes on to the person by the forward topic."""
    came = outcome(DELIVERED, key=DEVICE)

    assert all_told(*[came, forwarded(came, SUBJECT)][::order]) == [("delivered", True)]


def test_bytes_that_are_no_offer_say_nothing() -> None:
    """Somebody else wrote to the topic."""
    assert [*sent(as_record(an_offer(), b"{"), OFFER_ID)] == []


def test_what_came_after_is_told_in_lines() -> None:
    """With its time; or that nothing was told."""
    found = [
        Later(NOON, "rejected", "web", "\x07"),
        Later(NOON, "sent", "web"),
        Later(NOON, "viewed", "web", counts=False),
    ]

    assert [*lines(found)] == [
        "\nAfterwards",
        "  2025-06-15T12:00:00Z  rejected by web: \\x07",
        "  2025-06-15T12:00:00Z  sent by web",
        "  2025-06-15T12:00:00Z  viewed by web" + UNCOUNTED,
    ]
    assert [*lines([])][1] == "  Nothing was told of it."


class Log:
    """A reader of records in memory, whose topics have a prefix."""

    def __init__(self, *records: Record) -> None:
        """Keep the records."""
        self._records = [one._replace(topic=f"test.{one.topic}") for one in records]

    def bounds(self, topics: list[str]) -> list[str]:
        """All of the topics."""
        return topics

    def since(self, bounds: list[str], _time_ms: int) -> list[str]:
        """All of their times."""
        return bounds

    def records(self, bounds: list[str]) -> list[Record]:
        """Those of the topics."""
        return [one for one in self._records if one.topic in bounds]


def test_what_came_after_is_read_from_offers_outcomes_and_forwards() -> None:
    """In the order of its times, whatever the topics are called."""
    chosen = an_offer().chosen
    assert chosen is not None
    named = {**DELIVERED, "offer_id": chosen.offer_id}
    ended = structs.replace(OFFER, offer_id=chosen.offer_id, action=Action.WITHDRAW)
    offers = as_record(an_offer(), encode_offer(ended, NOON)[0])
    log = Log(
        offers._replace(topic=offer_topic(chosen.channel)),
        forwarded(outcome({**named, "outcome": "viewed"}, key=DEVICE, event_id="o2"), SUBJECT),
        outcome(named),
        outcome(named),
        outcome(DELIVERED, event_id="o3"),
        outcome(named, key=DEVICE, event_id="o4"),
    )
    settings = Settings(topic_prefix="test.")

    found = after(cast("Reader", log), settings, chosen, SUBJECT, NOON)

    assert [(one.what, one.counts) for one in found if one.what != "withdrawn"] == [
        ("delivered", False),
        ("delivered", True),
        ("viewed", True),
    ]
    assert [one.at_ms for one in found] == sorted(one.at_ms for one in found)
    assert "withdrawn" in [one.what for one in found]

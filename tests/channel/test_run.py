"""What a subscriber makes of the records it is handed; there is no broker here."""

import logging
from typing import Any

import pytest
from prometheus_client import REGISTRY

from streams.channel.contract import OutcomeReport, OutcomeWord
from streams.channel.http import now_ms
from streams.channel.outcomes import Outcomes
from streams.channel.run import VALUE_BYTES_MAX, Options, Subscriber, make_book
from streams.codec.outputs import encode_offer
from streams.config import Settings
from streams.core.errors import RestartError
from tests.channel.messages import ANN, HOUR_MS, issue, offer_id

SETTINGS = Settings(broker_urls="kafka://127.0.0.1:1")


@pytest.fixture
def subscriber() -> Subscriber:
    """Return a subscriber of the web that was not started."""
    options = Options(channel="web", life_max_ms=24 * HOUR_MS)
    return Subscriber(SETTINGS, options, make_book(options))


def record(name: str, sequence: int, **changes: Any) -> bytes:
    """Return the value of a record of an offer made just now."""
    at_ms = now_ms()
    times = {"issued_at_ms": at_ms, "expires_at_ms": at_ms + HOUR_MS}
    return encode_offer(issue(name, sequence, **{**times, **changes}), at_ms)[0]


def refused() -> float:
    """Return how many records were refused so far."""
    name = "streams_channel_messages_total"
    return REGISTRY.get_sample_value(name, {"change": "refused"}) or 0.0


async def test_record_is_shown_byte_for_byte(subscriber: Subscriber) -> None:
    """An adapter gets what the engine wrote, also fields that this release does not know."""
    value = record("a", 1).replace(b'{"offer_id"', b'{"later_field":[1],"offer_id"', 1)

    await subscriber._take([value])

    found = subscriber.best(ANN, None)
    assert found is not None
    assert found.shown == value


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"nonsense",
        b"{}",
        record("a", 1, channel="email"),
        record("a", 1, reason="x" * VALUE_BYTES_MAX),
    ],
)
async def test_record_that_is_no_offer_of_the_channel_is_counted(
    subscriber: Subscriber, value: bytes
) -> None:
    """It is passed over; what comes after it is not."""
    before = refused()

    await subscriber._take([value, record("b", 2)])

    found = subscriber.best(ANN, None)
    assert refused() == before + 1
    assert found is not None
    assert found.offer_id == offer_id("b")


async def test_ready_when_the_log_was_read(subscriber: Subscriber) -> None:
    """Not with the records before the end, but with the last of them."""
    await subscriber._take([record("a", 1)])
    before = subscriber.ready()[0]
    subscriber._reading.caught_up = True
    await subscriber._take([record("b", 2)])

    assert (before, subscriber.ready()[0]) == (False, True)


async def test_offer_that_lives_longer_than_is_read_back_is_told_once(
    subscriber: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    """A restart would not know it any more; the line says which option to raise."""
    late_ms = now_ms() + 48 * HOUR_MS

    with caplog.at_level(logging.WARNING, "streams.channel.run"):
        await subscriber._take(
            [record("a", 1, expires_at_ms=late_ms), record("b", 2, expires_at_ms=late_ms)]
        )

    said = [one.getMessage() for one in caplog.records]
    assert said == ["an offer lives longer than is read at a start; raise --life-max-days"]


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        ("rejected", False),
        ("dismissed", False),
        ("accepted", False),
        ("undeliverable", False),
        ("viewed", True),
        ("clicked", True),
    ],
)
async def test_what_was_answered_is_not_shown_again(
    subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch, *, outcome: OutcomeWord, left: bool
) -> None:
    """Once the broker has the answer: until then it may have to be sent again."""
    await subscriber._take([record("a", 1)])
    report = OutcomeReport(offer_id=offer_id("a"), subject=ANN, outcome=outcome)
    away = RestartError(cause="not acknowledged", what="away")

    async def refuse(_self: Outcomes, _report: OutcomeReport, *, now_ms: int) -> str:
        del now_ms
        raise away

    async def take(_self: Outcomes, _report: OutcomeReport, *, now_ms: int) -> str:
        return str(now_ms)

    monkeypatch.setattr(Outcomes, "report", refuse)
    with pytest.raises(RestartError):
        await subscriber.report(report)
    assert subscriber.best(ANN, None) is not None

    monkeypatch.setattr(Outcomes, "report", take)
    await subscriber.report(report)
    assert (subscriber.best(ANN, None) is not None) is left

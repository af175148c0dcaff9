"""What became of an offer later: messages that replace or end it, and what the channels told."""

from collections.abc import Iterator
from typing import NamedTuple

from streams.cli.reading import Reader, Record
from streams.cli.words import clean, utc
from streams.codec.outputs import decode_offer, offer_topic
from streams.codec.sources import Limits, decode
from streams.config import Settings
from streams.core.decide.record import Action, Chosen, OfferMessage
from streams.core.errors import DecodeError
from streams.core.events import kind_of
from streams.core.kinds.outcome import OfferOutcome

OUTCOME_TOPIC = "channel.outcome.v1"
EARLIER_MS = 60_000
"""Records of one transaction are appended at different times; so much is read before."""


class Later(NamedTuple):
    """One thing that was said of the offer; `why` is empty where nobody said why."""

    at_ms: int
    what: str
    channel: str
    why: str = ""


def after(reader: Reader, settings: Settings, chosen: Chosen, logged_ms: int) -> list[Later]:
    """All that was said of the offer since it was logged, in the order of its times.

    Raises:
        RestartError: the broker does not answer.
    """
    offers = settings.topic_prefix + offer_topic(chosen.channel)
    outcomes = settings.topic_prefix + OUTCOME_TOPIC
    limits = Limits(
        record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
    )
    bounds = reader.since(reader.bounds([offers, outcomes]), max(logged_ms - EARLIER_MS, 0))
    named = chosen.offer_id.encode()
    found: list[Later] = []
    for record in reader.records(bounds):
        if named in (record.value or b""):
            read = told if record.topic == outcomes else sent
            found += read(record, chosen.offer_id, limits)
    return sorted(found)


def sent(record: Record, offer_id: str, _: Limits) -> Iterator[Later]:
    """What an offer message says of `offer_id`; the message that issued it says nothing new."""
    try:
        offer = decode_offer(record.value or b"")
    except DecodeError:
        return
    if offer.supersedes == offer_id:
        yield Later(offer.issued_at_ms, "superseded", offer.channel, _instead(offer))
    elif offer.offer_id == offer_id and offer.action is Action.WITHDRAW:
        yield Later(offer.issued_at_ms, "withdrawn", offer.channel, offer.reason)
    elif offer.offer_id == offer_id:
        yield Later(offer.issued_at_ms, "sent", offer.channel)


def told(record: Record, offer_id: str, limits: Limits) -> Iterator[Later]:
    """What a channel told of `offer_id`; whose identifier it was told under is left out."""
    try:
        event = decode(
            OUTCOME_TOPIC, record.key, record.value, record.headers, record.time_ms, limits
        )
    except DecodeError:
        return
    body = event.body
    if isinstance(body, OfferOutcome) and body.offer_id == offer_id:
        yield Later(event.event_time_ms, kind_of(body), body.channel, body.reason or "")


def lines(found: list[Later]) -> Iterator[str]:
    """Yield a line for each, safe to print."""
    yield "\nAfterwards"
    if not found:
        yield "  Nothing was told of it."
    for one in found:
        why = f": {one.why}" if one.why else ""
        yield f"  {utc(one.at_ms)}  {clean(f'{one.what} by {one.channel}{why}')}"


def _instead(offer: OfferMessage) -> str:
    return f"{offer.offer} instead, because {offer.reason}"

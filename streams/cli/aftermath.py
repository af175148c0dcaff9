"""What became of an offer later: messages that replace or end it, and what the channels told."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streams.cli.reading import Reader, Record
from streams.cli.words import clean, utc
from streams.codec.outputs import decode_offer, offer_topic
from streams.codec.sources import Limits, decode
from streams.config import Settings
from streams.core.decide.record import Action, Chosen, OfferMessage
from streams.core.errors import DecodeError
from streams.core.events import FORWARD_TOPIC, Event, kind_of
from streams.core.kinds.outcome import OfferOutcome

TOLD_IN = ("channel.outcome.v1", FORWARD_TOPIC)
"""Where channels tell outcomes, and where those of linked identifiers go on to their person."""
UNCOUNTED = "; told under another subject, so it counts for nothing"
EARLIER_MS = 60_000
"""Records of one transaction are appended at different times; so much is read before."""


class Later(NamedTuple):
    """One thing that was said of the offer; `why` is empty where nobody said why."""

    at_ms: int
    what: str
    channel: str
    why: str = ""
    counts: bool = True
    """False for what was told under a subject that has no such offer: the engine ignores it."""


def after(
    reader: Reader, settings: Settings, chosen: Chosen, subject: str, logged_ms: int
) -> list[Later]:
    """All that was said of the offer to `subject` since it was logged, in the order of its times.

    Raises:
        RestartError: the broker does not answer.
    """
    prefix = settings.topic_prefix
    offers, told_in = prefix + offer_topic(chosen.channel), [prefix + one for one in TOLD_IN]
    limits = Limits(
        record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
    )
    bounds = reader.since(reader.bounds([offers, *told_in]), max(logged_ms - EARLIER_MS, 0))
    named = chosen.offer_id.encode()
    found: list[Later] = []
    events: list[Event] = []
    for record in reader.records(bounds):
        if named not in (record.value or b""):
            continue
        if record.topic == offers:
            found += sent(record, chosen.offer_id)
        else:
            topic = record.topic.removeprefix(prefix)
            events += told(record._replace(topic=topic), chosen.offer_id, limits)
    return sorted([*found, *once(events, subject)])


def sent(record: Record, offer_id: str) -> Iterator[Later]:
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


def told(record: Record, offer_id: str, limits: Limits) -> Iterator[Event]:
    """The event in which a channel told of `offer_id`, as it came or as it was forwarded."""
    try:
        event = decode(
            record.topic, record.key, record.value, record.headers, record.time_ms, limits
        )
    except DecodeError:
        return
    if isinstance(event.body, OfferOutcome) and event.body.offer_id == offer_id:
        yield event


def once(events: Iterable[Event], subject: str) -> Iterator[Later]:
    """What `events` told, each event once, as it came to `subject` if it ever did.

    What was told under an identifier that is linked to them comes forwarded, under their own. Whose
    identifier another one is, is left out.
    """
    known: dict[str, Event] = {}
    for one in sorted(events, key=lambda one: one.subject != subject):  # theirs come first
        known.setdefault(one.event_id, one)
    for one in known.values():
        if isinstance(body := one.body, OfferOutcome):
            counts = one.subject == subject
            yield Later(one.event_time_ms, kind_of(body), body.channel, body.reason or "", counts)


def lines(found: list[Later]) -> Iterator[str]:
    """Yield a line for each, safe to print."""
    yield "\nAfterwards"
    if not found:
        yield "  Nothing was told of it."
    for one in found:
        why = f": {one.why}" if one.why else ""
        why += "" if one.counts else UNCOUNTED
        yield f"  {utc(one.at_ms)}  {clean(f'{one.what} by {one.channel}{why}')}"


def _instead(offer: OfferMessage) -> str:
    return f"{offer.offer} instead, because {offer.reason}"

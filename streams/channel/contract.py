"""What a channel's systems ask over HTTP, and what they report: the contract in two structs.

`POST /best-offer` with a `BestOffer` answers 200 with the offer message (`offer.channel.v1`, as it
is in the topic), 204 when there is nothing to show, 503 until the log was read. `POST /outcome`
with an `OutcomeReport` answers 202 once the broker has acknowledged the record of
`channel.outcome.v1`, 503 when it did not: send the same again, it counts once. Both answer 400
with `{"error": one sentence}` to what they cannot understand. Schemas: `channel.best-offer.v1`
and `channel.outcome-report.v1`. No subject is in a URL, an error or a log line.
"""

from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec

from streams.codec.envelope import TIME_END_MS, TIME_MIN_MS
from streams.codec.reasons import in_words
from streams.codec.sources import Limits, decode, encode_event
from streams.core.errors import DecodeError
from streams.core.events import BODY_TYPES, Channel, Event
from streams.core.kinds.bounds import END, Identifier, Subject, Word
from streams.core.kinds.outcome import (
    Accepted,
    Clicked,
    Delivered,
    Dismissed,
    Rejected,
    Undeliverable,
    Viewed,
)

OUTCOME_TOPIC = "channel.outcome.v1"
OFFER_ID_PATTERN = rf"^[0-9a-f]{{32}}{END}"

OfferIdText: TypeAlias = Annotated[str, msgspec.Meta(pattern=OFFER_ID_PATTERN)]
TimeMs: TypeAlias = Annotated[int, msgspec.Meta(ge=TIME_MIN_MS, le=TIME_END_MS - 1)]
OutcomeWord: TypeAlias = Literal[
    "delivered", "undeliverable", "viewed", "clicked", "accepted", "rejected", "dismissed"
]
OfferBody: TypeAlias = (
    Delivered | Undeliverable | Viewed | Clicked | Accepted | Rejected | Dismissed
)
_KINDS: dict[OutcomeWord, type[OfferBody]] = {
    "delivered": Delivered,
    "undeliverable": Undeliverable,
    "viewed": Viewed,
    "clicked": Clicked,
    "accepted": Accepted,
    "rejected": Rejected,
    "dismissed": Dismissed,
}
assert set(_KINDS.values()) <= set(BODY_TYPES[OUTCOME_TOPIC])


class BestOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which offer to show to `subject` now; in `slot`, or in any when None."""

    subject: Subject
    slot: Identifier | None = None


class OutcomeReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of an offer.

    `event_time_ms` is when it happened. The event's id is made of offer, outcome and this time: a
    report sent twice is one outcome. Without it the time is that of the report and the id has
    none, so each outcome of an offer counts once.
    """

    offer_id: OfferIdText
    subject: Subject
    outcome: OutcomeWord
    reason: Word | None = None
    item_id: Identifier | None = None
    event_time_ms: TimeMs | None = None


class RequestError(ValueError):
    """A request cannot be understood; the text is one sentence for its sender."""


_Request = TypeVar("_Request", BestOffer, OutcomeReport)
_EXAMPLES: dict[type[Any], str] = {
    BestOffer: '{"subject": "customer:1", "slot": "main"}',
    OutcomeReport: '{"offer_id": "...", "subject": "customer:1", "outcome": "viewed"}',
}


def read_request(body: bytes, kind: type[_Request]) -> _Request:
    """Return the request in `body`.

    Raises:
        RequestError: it is not one.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        trouble = in_words(error, {OFFER_ID_PATTERN: "an offer's id, 32 of 0-9 a-f"})
        what = f"reading the request: expected {_EXAMPLES[kind]}; {trouble}"
        raise RequestError(what) from None


def outcome_event(report: OutcomeReport, channel: Channel, *, now_ms: int) -> Event:
    """Return the event that `report` is; a report made twice is the same event."""
    at_ms = now_ms if report.event_time_ms is None else report.event_time_ms
    parts = [report.offer_id, report.outcome]
    if report.event_time_ms is not None:
        parts.append(str(report.event_time_ms))
    body = _KINDS[report.outcome](
        offer_id=report.offer_id, channel=channel, item_id=report.item_id, reason=report.reason
    )
    return Event(
        event_id=":".join(parts),
        subject=report.subject,
        event_time_ms=at_ms,
        topic=OUTCOME_TOPIC,
        body=body,
    )


def outcome_record(
    event: Event, channel: Channel, *, now_ms: int, limits: Limits
) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Return key, value and headers of the record of `event`, as a worker will decode it.

    Raises:
        RequestError: a worker would refuse it, for example because its time is still to come.
    """
    key, value, headers = encode_event(event, source=f"/streams/channel/{channel}")
    try:
        decode(OUTCOME_TOPIC, key, value, headers, now_ms, limits)
    except DecodeError as error:
        raise RequestError(str(error)) from None
    return key, value, headers

"""What a worker writes: offers, decisions, dead letters and forwarded events, as bytes.

Dead letters and forwarded events keep their original key and value; only headers are made here.
"""

import msgspec

from streams.codec.envelope import (
    FORWARD_HOPS_HEADER,
    FORWARD_KEY_HEADER,
    FORWARD_OFFSET_HEADER,
    FORWARD_PARTITION_HEADER,
    FORWARD_RETURNS_HEADER,
    FORWARD_TOPIC_HEADER,
    Headers,
    Ways,
    make_envelope,
)
from streams.codec.packed import PLAIN_BYTES_MAX, check_packed, inflate, pack, read_packed
from streams.codec.reasons import refuse_value
from streams.core.decide.record import DecisionRecord, OfferMessage
from streams.core.errors import DecodeError
from streams.core.events import CHANNELS, FORWARD_TOPIC

DECISION_TOPIC = "decision.log.v1"
SHADOW_TOPIC = "decision.shadow.v1"  # by a candidate policy, in the format of the log
OFFER_TOPICS = "offer.<channel>.v1"
SOURCE = "/streams"  # CloudEvents source of everything a worker decides
DETAIL_BYTES_MAX = 1_000  # of the sentence in a dead letter; the room for headers is 64 KiB

DLQ_REASON_HEADER = "dlq_reason"
DLQ_DETAIL_HEADER = "dlq_detail"
DLQ_TOPIC_HEADER = "dlq_topic"
DLQ_PARTITION_HEADER = "dlq_partition"
DLQ_OFFSET_HEADER = "dlq_offset"
# Of a record larger than its topic's limit, which only a compressed batch can bring: its size
# before the value was cut. The whole record stays where `dlq_topic` and `dlq_offset` say.
DLQ_TRUNCATED_HEADER = "dlq_truncated_from"
DLQ_HEADERS = frozenset(
    (
        DLQ_REASON_HEADER,
        DLQ_DETAIL_HEADER,
        DLQ_TOPIC_HEADER,
        DLQ_PARTITION_HEADER,
        DLQ_OFFSET_HEADER,
        DLQ_TRUNCATED_HEADER,
    )
)

_ENCODER = msgspec.json.Encoder()
_OFFER_TOPICS: dict[str, str] = {
    channel: OFFER_TOPICS.replace("<channel>", channel) for channel in CHANNELS
}
_OFFERS = msgspec.json.Decoder(OfferMessage)
_DECISIONS = msgspec.json.Decoder(DecisionRecord)


def offer_topic(channel: str) -> str:
    """The topic that the systems of `channel` read: `offer.<channel>.v1`."""
    return _OFFER_TOPICS[channel]


def encode_offer(offer: OfferMessage, time_ms: int) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Value and headers of a record of `offer.<channel>.v1`; `time_ms` is its `ce_time`.

    The CloudEvents id is `<offer id>:<action>`: an offer is issued once and withdrawn once.
    """
    headers = make_envelope(
        event_id=f"{offer.offer_id}:{offer.action.value}",
        source=SOURCE,
        kind=offer_topic(offer.channel),
        time_ms=time_ms,
        subject=offer.subject,
    )
    return _ENCODER.encode(offer), headers


def decode_offer(value: bytes) -> OfferMessage:
    """The offer message of a record's value.

    Raises:
        DecodeError: reason undecodable or schema.
    """
    try:
        return _OFFERS.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value(OFFER_TOPICS, value, error) from None


def encode_decision(decision: DecisionRecord) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Value and headers of a record of `decision.log.v1`; a large one is packed."""
    return _encode(decision), _decision_headers(decision, DECISION_TOPIC)


def encode_shadow(decision: DecisionRecord) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Value and headers of a record of `decision.shadow.v1`, which `decode_decision` reads too."""
    return _encode(decision), _decision_headers(decision, SHADOW_TOPIC)


def _encode(decision: DecisionRecord) -> bytes:
    value = _ENCODER.encode(decision)
    return pack(decision, value) if len(value) > PLAIN_BYTES_MAX else value


def _decision_headers(decision: DecisionRecord, topic: str) -> list[tuple[str, bytes]]:
    return make_envelope(
        event_id=decision.decision_id,
        source=SOURCE,
        kind=topic,
        time_ms=decision.decision_time_ms,
        subject=decision.subject,
    )


def decode_decision(value: bytes) -> DecisionRecord:
    """The decision of a record's value, packed or plain.

    Raises:
        DecodeError: reason undecodable or schema.
    """
    packed = read_packed(value)
    plain = value if packed is None else inflate(packed)
    try:
        decision = _DECISIONS.decode(plain)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value(DECISION_TOPIC, plain, error) from None
    if packed is not None:
        check_packed(packed, decision)
    return decision


def dead_letter_headers(
    original_headers: Headers | None,
    *,
    topic: str,
    partition: int,
    offset: int,
    error: DecodeError,
) -> list[tuple[str, bytes | None]]:
    """Headers of the dead letter for the record at `topic`, `partition`, `offset`.

    The original ones stay, in order; why and where from comes after them.
    """
    return [
        *strip_dead_letter_headers(original_headers),
        (DLQ_REASON_HEADER, error.reason.encode()),
        (DLQ_DETAIL_HEADER, _clip_text(str(error))),
        (DLQ_TOPIC_HEADER, topic.encode()),
        (DLQ_PARTITION_HEADER, str(partition).encode()),
        (DLQ_OFFSET_HEADER, str(offset).encode()),
    ]


def strip_dead_letter_headers(headers: Headers | None) -> list[tuple[str, bytes | None]]:
    """The headers the record had before it became a dead letter."""
    return [(name, value) for name, value in headers or () if name not in DLQ_HEADERS]


def forward_headers(  # noqa: PLR0913  # where a record lay, and what is new about it
    original_headers: Headers | None,
    *,
    topic: str,
    partition: int,
    offset: int,
    key: bytes,
    come: Ways,
) -> list[tuple[str, bytes | None]]:
    """Headers of the record that forwards the one at `topic`, `partition`, `offset`.

    `key` is that record's key. `come` is how far the event has come with this way. Where it first
    came from stays, however often it is forwarded.
    """
    counts: dict[str, bytes] = {FORWARD_HOPS_HEADER: str(come.hops).encode()}
    if come.returns:
        counts[FORWARD_RETURNS_HEADER] = str(come.returns).encode()
    if topic == FORWARD_TOPIC:
        return [*[one for one in original_headers or () if one[0] not in counts], *counts.items()]
    origin: dict[str, bytes] = {
        FORWARD_TOPIC_HEADER: topic.encode(),
        FORWARD_PARTITION_HEADER: str(partition).encode(),
        FORWARD_OFFSET_HEADER: str(offset).encode(),
        FORWARD_KEY_HEADER: key,
        **counts,
    }
    ours = {*origin, FORWARD_RETURNS_HEADER}
    # A source record may carry some of these names by chance; it does not say where it came from.
    kept = [pair for pair in original_headers or () if pair[0] not in ours]
    return [*kept, *origin.items()]


def _clip_text(text: str) -> bytes:
    # An error may quote a lone surrogate, which UTF-8 cannot carry.
    return text.encode(errors="replace")[:DETAIL_BYTES_MAX].decode(errors="ignore").encode()

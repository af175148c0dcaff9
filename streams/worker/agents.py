"""From a chunk of records to the open unit: decode, read the row, step, write the row, publish.

The hot path. No logging, no framework calls; whatever a record does, the unit commits whole.
"""

from collections.abc import Callable
from typing import Any

from confluent_kafka import Message

from streams.codec.envelope import Headers, hops
from streams.codec.outputs import (
    DECISION_TOPIC,
    DLQ_TRUNCATED_HEADER,
    dead_letter_headers,
    encode_decision,
    encode_offer,
    forward_headers,
    offer_topic,
)
from streams.codec.rows import Link
from streams.codec.sources import Limits, decode
from streams.config import Settings
from streams.core.errors import DecodeError
from streams.core.events import CHANNELS, FORWARD_TOPIC
from streams.core.fold import Outcome
from streams.core.profile.profile import new_profile
from streams.core.step import StepResult, step
from streams.kafka.chunks import Chunk
from streams.kafka.clients import source_bytes_max
from streams.kafka.partitioner import partition_for
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.adopting import Adopting

DEAD_LETTERED = "dead_lettered"
FORWARDED = "forwarded"


class Folding:
    """Folds chunks into the unit, one at a time; the same for every partition of a worker."""

    def __init__(self, settings: Settings, adopting: Adopting, unit: Unit) -> None:
        """Look up once what every record needs."""
        prefix = settings.topic_prefix
        self._adopting = adopting
        self._adopted = adopting.adopted
        self._policy = self._adopted.policy
        self._unit = unit
        self._prefix = prefix
        self._partitions = settings.partitions
        self._by_event_time = settings.decision_clock == "event"
        self._limits = Limits(
            record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
        )
        self._offer_topics: dict[str, str] = {
            channel: prefix + offer_topic(channel) for channel in CHANNELS
        }
        self._decision_topic = prefix + DECISION_TOPIC
        self._forward_topic = prefix + FORWARD_TOPIC
        self._letter_bytes_max = source_bytes_max(settings)

    def fold(self, chunk: Chunk) -> None:
        """Fold every record of `chunk`, in order; the position moves behind the last one."""
        unit = self._unit
        opened = unit.partitions[chunk.partition]
        topic = chunk.topic.removeprefix(self._prefix)
        if not unit.started_s:  # the first chunk of a unit: the only moment to change versions
            self._adopted = self._adopting.adopted
            self._policy = self._adopted.policy
        unit.touch(opened)
        ledger = opened.ledger
        ledger.adopted = self._adopted.versions
        outcomes: dict[str, int] = {}
        fold_record: Callable[[str, Message, OpenPartition], str] = self._fold_record
        for record in chunk.records:
            outcome = fold_record(topic, record, opened)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        first, last = chunk.records[0].offset(), chunk.records[-1].offset()
        ledger.advance(chunk.topic, first or 0, (last or 0) + 1)
        totals = unit.totals
        totals.events += len(chunk.records)
        for outcome, number in outcomes.items():
            ledger.count(topic, outcome, number)
            totals.count(number, "event", topic, outcome)

    def _fold_record(self, topic: str, record: Message, opened: OpenPartition) -> str:
        """Fold one record and return its outcome, one word of a closed set."""
        key: Any = record.key()  # bytes once decode() has accepted it
        headers: Any = record.headers()
        append_time_ms = record.timestamp()[1]
        ledger = opened.ledger
        try:
            event = decode(topic, key, record.value(), headers, append_time_ms, self._limits)
            row = opened.read(key)
            if row is None:
                if partition_for(key, self._partitions) != opened.number:
                    return self._forward(topic, record, opened, key, headers)
                row = new_profile(event.subject)
            elif type(row) is Link:
                return self._forward(topic, record, opened, row.target.encode(), headers)
        except DecodeError as error:
            return self._dead_letter(topic, record, opened, error, headers)
        now_ms = event.event_time_ms if self._by_event_time else append_time_ms
        if now_ms > ledger.clock_ms:  # noqa: PLR1730  # max() costs a call an event
            ledger.clock_ms = now_ms
        ledger.folded += 1
        result = step(
            row, event, policy=self._policy, now_ms=ledger.clock_ms, fold_sequence=ledger.folded
        )
        if result.outcome is Outcome.APPLIED:
            opened.put(key, row)
            if result.decision is not None or result.offers:
                self._publish(result, key, opened, append_time_ms)
        return result.outcome.value

    def _publish(
        self,
        result: StepResult,
        key: bytes,
        opened: OpenPartition,
        append_time_ms: int,
    ) -> None:
        """Send the offers and the decision; write the latency down for after the commit."""
        unit, number = self._unit, opened.number
        totals = unit.totals
        for offer in result.offers:
            value, headers = encode_offer(offer, opened.ledger.clock_ms)
            unit.send(
                self._offer_topics[offer.channel],
                value=value,
                key=key,
                partition=number,
                headers=headers,
            )
            totals.count(1, "offer", offer.channel, offer.action.value)
        if result.offers:
            totals.append_times_ms.append(append_time_ms)
        decision = result.decision
        if decision is None:
            return
        value, headers = encode_decision(decision)
        unit.send(self._decision_topic, value=value, key=key, partition=number, headers=headers)
        totals.count(1, "decision", decision.result.value)
        for gate, stopped in decision.gates.items():
            totals.count(stopped, "gate", gate)

    def _forward(
        self, topic: str, record: Message, opened: OpenPartition, key: bytes, headers: Headers
    ) -> str:
        """Send the record on to the partition of `key`, once, with its original coordinates.

        Raises:
            DecodeError: it was forwarded too often already.
        """
        forwarded = forward_headers(
            headers,
            topic=topic,
            partition=opened.number,
            offset=record.offset() or 0,
            key=record.key() or b"",
            hops=hops(headers) + 1,
        )
        self._unit.send(
            self._forward_topic,
            value=record.value(),
            key=key,
            partition=partition_for(key, self._partitions),
            headers=forwarded,
        )
        return FORWARDED

    def _dead_letter(
        self,
        topic: str,
        record: Message,
        opened: OpenPartition,
        error: DecodeError,
        headers: Headers,
    ) -> str:
        """Send the record as it came, with the reason, to the topic's dead letters."""
        value, full = record.value(), 0
        if value is not None and len(value) > self._letter_bytes_max:
            # Only a compressed batch can carry it, and ours might not: keep what fits for certain.
            full, value = len(value), value[: self._letter_bytes_max]
        explained = dead_letter_headers(
            headers,
            topic=topic,
            partition=opened.number,
            offset=record.offset() or 0,
            error=error,
        )
        if full:
            explained.append((DLQ_TRUNCATED_HEADER, str(full).encode()))
        self._unit.send(
            f"{self._prefix}{topic}.dlq",
            value=value,
            key=record.key(),
            partition=opened.number,
            headers=explained,
        )
        self._unit.totals.count(1, "dead_letter", topic, error.reason)
        return DEAD_LETTERED

"""What a record leaves behind: offers, decisions, forwarded events, exchanges, dead letters.

All of it goes into the open unit and is committed whole; nothing here is sent by itself.
"""

from typing import Any

from confluent_kafka import Message

from streams.codec.envelope import Headers, Ways
from streams.codec.exchanges import encode_exchange
from streams.codec.leasing import encode_said
from streams.codec.outputs import (
    DECISION_TOPIC,
    DLQ_TRUNCATED_HEADER,
    dead_letter_headers,
    encode_decision,
    encode_offer,
    forward_headers,
    offer_topic,
)
from streams.config import Settings
from streams.core.errors import DecodeError
from streams.core.events import CHANNELS, FORWARD_TOPIC
from streams.core.identity.routing import Send
from streams.core.leases.saying import Said
from streams.core.step import StepResult
from streams.kafka.clients import source_bytes_max
from streams.kafka.partitioner import partition_for
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.shadowing import Shadow

DEAD_LETTERED = "dead_lettered"
FORWARDED = "forwarded"


class Publisher:
    """Puts records into the unit; the same for every partition of a worker."""

    def __init__(self, settings: Settings, unit: Unit, shadow: Shadow | None = None) -> None:
        """Look up once what every record needs; `shadow` decides what is published once more."""
        prefix = settings.topic_prefix
        self._unit = unit
        self._shadow = shadow
        self._prefix = prefix
        self._partitions = settings.partitions
        self._offer_topics: dict[str, str] = {
            channel: prefix + offer_topic(channel) for channel in CHANNELS
        }
        self._decision_topic = prefix + DECISION_TOPIC
        self._forward_topic = prefix + FORWARD_TOPIC
        self._letter_bytes_max = source_bytes_max(settings)

    def say(self, send: Send, ways: int) -> None:
        """Send an exchange to the partition of its target."""
        value, headers = encode_exchange(send, ways)
        self._pass_on(send.target.encode(), value, headers)

    def lease(self, to: int, said: Said) -> None:
        """Send an exchange about tokens to partition `to`."""
        key, value, headers = encode_said(said)
        self._pass_to(to, key, value, headers)

    def publish(
        self,
        result: StepResult,
        key: bytes,
        opened: OpenPartition,
        append_time_ms: int | None,
    ) -> None:
        """Send the offers and the decision; write the latency down for after the commit.

        `append_time_ms` is the record's; None for a timer, which has a delay of its own.
        """
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
        if result.offers and append_time_ms is not None:
            totals.append_times_ms.append(append_time_ms)
        decision = result.decision
        if decision is None:
            return
        value, headers = encode_decision(decision)
        unit.send(self._decision_topic, value=value, key=key, partition=number, headers=headers)
        totals.count(1, "decision", decision.result.value)
        for gate, stopped in decision.gates.items():
            totals.count(stopped, "gate", gate)
        for rule, stopped in decision.rules.items():
            totals.count(stopped, "rule", rule)
        if self._shadow is not None:
            self._shadow.decide(decision, key, number)

    def forward(
        self, topic: str, record: Message, opened: OpenPartition, key: bytes, come: Ways
    ) -> str:
        """Send the record on to the partition of `key`, once, with its original coordinates."""
        headers: Any = record.headers()
        forwarded = forward_headers(
            headers,
            topic=topic,
            partition=opened.number,
            offset=record.offset() or 0,
            key=record.key() or b"",
            come=come,
        )
        self._pass_on(key, record.value(), forwarded)
        self._unit.totals.count(1, "forward", str(come.hops))
        return FORWARDED

    def _pass_on(self, key: bytes, value: bytes | None, headers: Headers) -> None:
        self._pass_to(partition_for(key, self._partitions), key, value, headers)

    def _pass_to(self, number: int, key: bytes, value: bytes | None, headers: Headers) -> None:
        unit = self._unit
        unit.send(self._forward_topic, value=value, key=key, partition=number, headers=headers)
        if number in unit.partitions:
            unit.returning.sent()

    def dead_letter(
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

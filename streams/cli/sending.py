"""Sending dead letters back to the topic they came from, byte for byte."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.cli.reading import Record
from streams.codec.outputs import DLQ_TRUNCATED_HEADER, strip_dead_letter_headers
from streams.config import Settings
from streams.kafka.clients import produced_bytes_max
from streams.kafka.quiet import Complaints, connect, no_answer

SEND_MAX_S = 12.0
PROPERTIES = {
    "enable.idempotence": True,
    "partitioner": "murmur2_random",
    "delivery.timeout.ms": int(SEND_MAX_S * 1_000) - 1_000,
    "linger.ms": 5,
}


@dataclass
class Delivery:
    """How many records the broker has taken, and the first refusal."""

    taken: int = 0
    refused: int = 0
    why: str = ""

    def note(self, error: KafkaError | None, _message: Message) -> None:
        """Count one answer of the broker."""
        if error is None:
            self.taken += 1
            return
        self.refused += 1
        self.why = self.why or error.str()


def send_back(settings: Settings, records: Iterable[tuple[Record, str]]) -> int:
    """Produce each record to its topic; return the exit code.

    Key, value and headers are the original ones. The same event sent twice is folded once: its
    event id tells. A record without a key goes to the partition it came from.

    Raises:
        RestartError: the broker does not answer.
    """
    complaints, delivery = Complaints(), Delivery()
    # The broker has the last word: the limit of the source topic.
    properties = PROPERTIES | {"message.max.bytes": produced_bytes_max(settings)}
    producer = connect(Producer, settings, complaints, properties)
    count = 0
    for record, topic in records:
        if record.header(DLQ_TRUNCATED_HEADER):
            print(
                f"{record.topic}:{record.partition}:{record.offset} left out: its value was cut; "
                "the whole record is at the place its headers name",
                file=sys.stderr,
            )
            continue
        _send(producer, record, topic, delivery)
        count += 1
    if not count:
        print("no such dead letter", file=sys.stderr)
        return 1
    if producer.flush(SEND_MAX_S):
        error = KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001  # librdkafka's own codes start with an underscore
        doing = f"sending dead letters back, {delivery.taken} of {count} taken,"
        raise no_answer(settings, doing, error, complaints.last)
    print(f"{delivery.taken} of {count} records went back; what was counted before counts once")
    if delivery.refused:
        print(f"the broker refused {delivery.refused}: {delivery.why}", file=sys.stderr)
    return 1 if delivery.refused else 0


def _send(producer: Producer, record: Record, topic: str, delivery: Delivery) -> None:
    by_key = -1  # the partitioner chooses
    headers: list[tuple[str, str | bytes | None]] = [*strip_dead_letter_headers(record.headers)]
    while True:
        try:
            producer.produce(
                topic,
                value=record.value,
                key=record.key,
                partition=record.partition if record.key is None else by_key,
                headers=headers,
                on_delivery=delivery.note,
            )
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return

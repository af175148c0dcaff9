"""Rows of a reference topic: what is there, and writing them, each acknowledged, in order."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from confluent_kafka import KafkaError, Message, Producer

from streams.cli.reading import Reader
from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.kafka.quiet import Complaints, connect
from streams.worker.topics import REFERENCE_BYTES_MAX

SEND_MAX_S = 12.0
POLL_S = 0.1


class Row(Protocol):
    """A record to write."""

    @property
    def key(self) -> bytes:
        """Its key, `<id>@<version>`."""

    @property
    def value(self) -> bytes | None:
        """Its value, as in the topic's schema; None takes away what the key named."""

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """Its CloudEvents headers."""


class _Refusals(NamedTuple):
    """What the broker said no to."""

    sentences: list[str]

    def note(self, error: KafkaError | None, _message: Message) -> None:
        """Keep the sentence of one refusal."""
        if error is not None:
            self.sentences.append(error.str())


def latest_rows(
    settings: Settings, topic: str, wanted: Callable[[bytes], bool]
) -> dict[bytes, bytes | None]:
    """Key -> latest value of the `wanted` keys in the topic; None for one that was removed.

    Raises:
        ConfigError: the topic does not exist.
        RestartError: the broker does not answer.
    """
    found: dict[bytes, bytes | None] = {}
    with Reader(settings) as reader:
        bounds = reader.bounds([topic])
        if not bounds:
            problem = f"topic {topic} does not exist; run: streams topics create --apply"
            raise ConfigError(problems=[problem])
        for one in reader.records(bounds):
            key = one.key or b""
            if wanted(key):
                found[key] = one.value
    return found


def write_rows(settings: Settings, topic: str, rows: Iterable[Row]) -> int:
    """Write `rows` to `topic` and return how many; readers see them as they arrive.

    Raises:
        RestartError: the broker did not take all of them; writing the same rows again is safe.
    """
    complaints, refusals = Complaints(), _Refusals([])
    properties = {
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "delivery.timeout.ms": int(SEND_MAX_S * 1_000) - 1_000,
        "message.max.bytes": REFERENCE_BYTES_MAX,
        "compression.type": "lz4",
        "linger.ms": 5,
    }
    producer = connect(Producer, settings, complaints, properties)
    count = 0
    for row in rows:
        _write(producer, topic, row, refusals)
        count += 1
    missing = producer.flush(SEND_MAX_S)
    if refusals.sentences or missing:
        silence = complaints.last or f"no answer within {SEND_MAX_S:.0f} s"
        why = refusals.sentences[0] if refusals.sentences else silence
        raise RestartError(cause="not acknowledged", what=f"writing to {topic}: {why}")
    return count


def _write(producer: Producer, topic: str, row: Row, refusals: _Refusals) -> None:
    headers: list[tuple[str, str | bytes | None]] = [*row.headers]
    while True:
        try:
            producer.produce(
                topic, value=row.value, key=row.key, headers=headers, on_delivery=refusals.note
            )
        except BufferError:
            producer.poll(POLL_S)
        else:
            producer.poll(0)
            return

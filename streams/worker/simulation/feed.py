"""Producing simulated records: at a steady rate or as fast as it goes, each one acknowledged."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import IO, Any, cast

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.core.events import BODY_TYPES
from streams.kafka.clients import connection
from streams.worker.simulation.pace import TICK_S, due
from streams.worker.simulation.records import SimulatedRecord
from streams.worker.simulation.truth import write_fact

# Records in librdkafka's queue before the feed waits for acknowledgements.
QUEUED_MAX = 20_000
# Records between two looks at acknowledgements when no rate is set.
CHUNK = 500
POLL_S = 0.05
ANSWER_MAX_S = 8.0
# At full speed librdkafka may wait this long to fill its batches; at a rate it sends at once.
LINGER_MS = 20

Acknowledged = Callable[[SimulatedRecord, int, int], None]
"""Called with a record, its partition and its offset."""


class Feed:
    """A producer that remembers what the broker acknowledged.

    Idempotent, acks=all, `murmur2_random`, and it never gives a record up: a broker that is away
    for a while delays the feed and loses nothing.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        linger_ms: int = LINGER_MS,
        acknowledged: Acknowledged | None = None,
    ) -> None:
        """Connect lazily to the brokers of `settings`."""
        self._producer = Producer(
            connection(settings)
            | {
                "client.id": "streams-simulate",
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "acks": "all",
                "message.timeout.ms": 0,
                "message.max.bytes": 16_777_216,
                "linger.ms": linger_ms,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 2 * QUEUED_MAX,
                "allow.auto.create.topics": False,
            }
        )
        self._prefix = settings.topic_prefix
        self._acknowledged = acknowledged
        self.sent = 0
        self.acked = 0
        self.failed: list[str] = []

    def check_topics(self) -> None:
        """Make sure that the topics are there before anything is sent.

        Raises:
            ConfigError: one is missing.
            RestartError: no broker answers.
        """
        try:
            found = self._producer.list_topics(timeout=ANSWER_MAX_S).topics
        except KafkaException as error:
            what = f"listing topics within {ANSWER_MAX_S:.0f} s: {error.args[0].str()}"
            raise RestartError(cause="broker away", what=what) from error
        missing = [
            self._prefix + topic for topic in BODY_TYPES if self._prefix + topic not in found
        ]
        if missing:
            names = ", ".join(missing)
            problem = f"topic {names} does not exist; run: streams topics create --apply"
            raise ConfigError(problems=[problem])

    def send(self, record: SimulatedRecord) -> None:
        """Queue one record; waits while the queue is full."""
        while len(self._producer) >= QUEUED_MAX:
            self._producer.poll(POLL_S)
        self._producer.produce(
            self._prefix + record.topic,
            key=record.key,
            value=record.value,
            headers=cast("Any", record.headers),  # its type forbids list[tuple[str, bytes]]
            on_delivery=partial(self._delivered, record),
        )
        self.sent += 1

    def poll(self, timeout_s: float = 0.0) -> None:
        """Take acknowledgements, waiting at most `timeout_s` for the first."""
        self._producer.poll(timeout_s)

    def flush(self, timeout_s: float) -> int:
        """Wait until everything is acknowledged; return how many records still are not."""
        return self._producer.flush(timeout_s)

    def _delivered(
        self, record: SimulatedRecord, error: KafkaError | None, message: Message
    ) -> None:
        partition, offset = message.partition(), message.offset()
        if error is not None or partition is None or offset is None:
            self.failed.append(str(error))
            return
        self.acked += 1
        if self._acknowledged is not None:
            self._acknowledged(record, partition, offset)


def to_file(file: IO[bytes]) -> Acknowledged:
    """Write every acknowledged record into the truth file."""
    return partial(_write, file)


def run(
    feed: Feed,
    records: Iterator[SimulatedRecord],
    *,
    rate: float,
    duration_s: float | None = None,
) -> float:
    """Send `records` until they end or `duration_s` is over; return the seconds it took.

    `rate` is records a second; 0 means as fast as it goes.
    """
    start_s = time.monotonic()
    while not feed.failed:
        elapsed_s = time.monotonic() - start_s
        if duration_s is not None and elapsed_s >= duration_s:
            break
        count = due(rate=rate, elapsed_s=elapsed_s, sent=feed.sent) if rate > 0 else CHUNK
        chunk = list(islice(records, count))
        for record in chunk:
            feed.send(record)
        feed.poll()
        if len(chunk) < count:
            break
        if rate > 0:
            time.sleep(max(0.0, TICK_S - (time.monotonic() - start_s - elapsed_s)))
    return time.monotonic() - start_s


def _write(file: IO[bytes], record: SimulatedRecord, partition: int, offset: int) -> None:
    write_fact(file, record, partition, offset)

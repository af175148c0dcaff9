"""The yardstick: the whole job as one bare loop, with no framework and no event loop.

Consume a batch, decode, step, produce, one transaction a batch, RocksDB after the commit. It has
the worker's settings, librdkafka properties and stores, and makes the same records but for the
reserved row. It has no restore, no fencing on a rebalance, no watchdog, no metrics, no HTTP: it
must be the only member of its group, on a new state directory.
"""

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from rocksdict import WriteBatch

from streams.codec.outputs import dead_letter_headers, encode_decision, encode_offer
from streams.codec.rows import encode_row
from streams.codec.sources import decode
from streams.config import Settings
from streams.core.errors import DecodeError
from streams.core.events import SOURCE_TOPICS
from streams.core.profile.profile import Profile
from streams.core.step import step
from streams.kafka.clients import group_consumer, transactional_producer
from streams.kafka.ledger import Checkpoint
from streams.kafka.table import Stores
from tests.bench.profiles import limits_of, policy_of, read

BATCH_RECORDS_MAX = 4_000
POLL_S = 0.1
TIMEOUT_S = 30.0
NOWHERE = Checkpoint(cluster_id="", changelog_topic_id="", position=0, written_ms=0)


class RawLoop:
    """Consumer, producer and one store a partition; `turn` is one transaction."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._policy = policy_of(settings)
        self._limits = limits_of(settings)
        self._topics = {settings.topic_prefix + one: one for one in SOURCE_TOPICS}
        self._prefix = settings.topic_prefix
        self._decisions = settings.topic_prefix + "decision.log.v1"
        self._consumer = Consumer(
            group_consumer(settings, client_id=settings.worker_name)
            | {"auto.offset.reset": "earliest"}
        )
        self._producer = Producer(transactional_producer(settings))
        self._producer.init_transactions(TIMEOUT_S)
        self._consumer.subscribe(list(self._topics))
        self._all = Stores(settings.state_dir, settings.application_id)
        self._stores = [self._all.open(number) for number in range(settings.partitions)]
        self._clock_ms = [0] * settings.partitions
        self._folded = [0] * settings.partitions

    def turn(self) -> int:
        """Take what is there, at most a batch, in one transaction; the number of records."""
        first = self._consumer.poll(POLL_S)
        if first is None:
            return 0
        messages = [first, *self._consumer.consume(BATCH_RECORDS_MAX - 1, 0)]
        dirty: list[dict[bytes, Profile]] = [{} for _ in self._stores]
        positions: dict[tuple[str, int], int] = {}
        self._producer.begin_transaction()
        message: Any  # its parts are typed as if each might be absent
        for message in messages:
            error = message.error()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:
                    continue
                raise RuntimeError(error)
            self._take(message, dirty)
            positions[message.topic(), message.partition()] = message.offset() + 1
        batches = [self._rows(number, rows) for number, rows in enumerate(dirty)]
        offsets = [TopicPartition(*where, offset) for where, offset in positions.items()]
        member = self._consumer.consumer_group_metadata()
        self._producer.send_offsets_to_transaction(offsets, member, TIMEOUT_S)
        self._producer.commit_transaction(TIMEOUT_S)
        for store, batch in zip(self._stores, batches, strict=True):
            store.write(batch, NOWHERE)
        return len(messages)

    def close(self) -> None:
        """Leave the group and close the stores."""
        self._consumer.close()
        self._all.close_all()

    def _take(self, message: Any, dirty: list[dict[bytes, Profile]]) -> None:
        topic, number = self._topics[message.topic()], message.partition()
        key, value, headers = message.key(), message.value(), message.headers()
        append_ms = message.timestamp()[1]
        try:
            event = decode(topic, key, value, headers, append_ms, self._limits)
        except DecodeError as error:
            bounced: Any = dead_letter_headers(
                headers, topic=topic, partition=number, offset=message.offset(), error=error
            )
            self._producer.produce(message.topic() + ".dlq", value, key, number, headers=bounced)
            return
        rows = dirty[number]
        profile = rows.get(key)
        if profile is None:
            profile = rows[key] = read(self._stores[number].get(key), event.subject)
        now_ms = self._clock_ms[number] = max(self._clock_ms[number], append_ms)
        self._folded[number] += 1
        result = step(
            profile, event, policy=self._policy, now_ms=now_ms, fold_sequence=self._folded[number]
        )
        produce = self._producer.produce
        out: Any  # librdkafka's own type for headers fits no list but its own
        for offer in result.offers:
            body, out = encode_offer(offer, now_ms)
            produce(f"{self._prefix}offer.{offer.channel}.v1", body, key, number, headers=out)
        if result.decision is not None:
            body, out = encode_decision(result.decision)
            produce(self._decisions, body, key, number, headers=out)

    def _rows(self, number: int, rows: Mapping[bytes, Profile]) -> WriteBatch:
        batch = WriteBatch(raw_mode=True)
        produce, topic = self._producer.produce, self._settings.changelog_topic
        for key, profile in rows.items():
            row = encode_row(profile)
            batch.put(key, row)
            produce(topic, row, key, number)
        return batch


def main() -> int:
    """Run until SIGTERM."""
    loop = RawLoop(Settings.from_env(os.environ))
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    while not stopped:
        loop.turn()
    loop.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

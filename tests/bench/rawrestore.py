"""The yardstick of restore: consume the changelog and write batches, nothing else.

Prints one line of JSON: rows, seconds and CPU seconds between the first record and the last.
"""

import json
import os
import sys
import time
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from rocksdict import WriteBatch

from streams.config import Settings
from streams.kafka.clients import restore_consumer
from streams.kafka.ledger import Checkpoint
from streams.kafka.table import Stores

NOWHERE = Checkpoint(cluster_id="", changelog_topic_id="", position=0, written_ms=0)
READ_RECORDS_MAX = 5_000
READ_WAIT_S = 0.05


def main() -> int:
    """Restore all partitions of the settings' changelog."""
    settings = Settings.from_env(os.environ)
    stores = Stores(settings.state_dir, settings.application_id)
    numbers = range(settings.partitions)
    open_stores = [stores.open(number) for number in numbers]
    consumer = Consumer(restore_consumer(settings))
    topic = settings.changelog_topic
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in numbers])
    waiting, rows, began, cpu = set(numbers), 0, 0.0, 0.0
    while waiting:
        messages = consumer.consume(READ_RECORDS_MAX, READ_WAIT_S)
        if messages and not began:
            began, cpu, rows = time.perf_counter(), time.process_time(), -len(messages)
        batches = [WriteBatch(raw_mode=True) for _ in numbers]
        message: Any  # its parts are typed as if each might be absent
        for message in messages:
            if message.error() is not None:
                waiting.discard(message.partition())
                continue
            batches[message.partition()].put(message.key(), message.value())
            rows += 1
        for store, batch in zip(open_stores, batches, strict=True):
            if len(batch):
                store.write(batch, NOWHERE)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu_s": cpu_s}))
    consumer.close()
    stores.close_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Changelog to table: one consumer reads the partitions being taken over, all at once.

Reads only committed rows, until the end of the partition lies at or past the high watermark that
was seen before: a dead worker's open transaction may hide rows for a while, and stopping at the
last stable offset would miss them.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from rocksdict import WriteBatch

from streams.config import Settings
from streams.core.errors import RestartError
from streams.kafka.clients import restore_consumer
from streams.kafka.ledger import Checkpoint
from streams.kafka.table import Store
from streams.metrics import RESTORE_PROGRESS_RATIO, RESTORED_ROWS_TOTAL

log = logging.getLogger(__name__)

READ_RECORDS_MAX = 5_000
READ_WAIT_S = 0.05
# Longer than a dead worker's transaction can hide rows: its time-out plus the broker's sweep.
STALL_S = 120.0


@dataclass(slots=True, kw_only=True)
class Target:
    """One partition on its way: from `position` up to `high`, both changelog offsets."""

    store: Store
    position: int
    high: int
    started_at: int = 0

    @property
    def progress(self) -> float:
        """Share that has been read, 0 to 1."""
        span = self.high - self.started_at
        return 1.0 if span <= 0 else min(1.0, (self.position - self.started_at) / span)


def restore(  # noqa: PLR0913  # what to read, how to stamp it, how to stop
    settings: Settings,
    targets: dict[int, Target],
    *,
    topic: str,
    stamp: Callable[[int], Checkpoint],
    stopped: Event,
    on_progress: Callable[[int, float], None],
) -> Iterator[int]:
    """Bring every store of `targets` up to its high watermark; yield each number when it is there.

    Returns early, without the rest, once `stopped` is set. `stamp(position)` makes a checkpoint.

    Raises:
        RestartError: the changelog could not be read any further.
    """
    waiting = dict(targets)
    for number, target in targets.items():
        target.started_at = target.position
        if target.position >= target.high:
            del waiting[number]
            RESTORE_PROGRESS_RATIO.labels(number).set(1)
            yield number
    if not waiting or stopped.is_set():
        return
    consumer = Consumer(restore_consumer(settings))
    try:
        consumer.assign([TopicPartition(topic, n, t.position) for n, t in waiting.items()])
        moved_s = time.monotonic()
        while waiting and not stopped.is_set():
            messages = _consume(consumer, topic)
            if messages:
                moved_s = time.monotonic()
            elif time.monotonic() - moved_s > STALL_S:
                what = f"reading {topic}: nothing came for {STALL_S:.0f} s"
                raise RestartError(cause="restore stalled", what=what)
            ended = _write(messages, waiting, stamp)
            for number in list(waiting):
                on_progress(number, waiting[number].progress)
                RESTORE_PROGRESS_RATIO.labels(number).set(waiting[number].progress)
            for number in ended:
                del waiting[number]
                consumer.incremental_unassign([TopicPartition(topic, number)])
                yield number
    finally:
        consumer.close()


def _consume(consumer: Consumer, topic: str) -> list[Message]:
    try:
        return consumer.consume(READ_RECORDS_MAX, READ_WAIT_S)
    except KafkaException as error:
        what = f"reading {topic}: {error.args[0].str()}"
        raise RestartError(cause="restore", what=what) from error


def _write(
    messages: list[Message], waiting: dict[int, Target], stamp: Callable[[int], Checkpoint]
) -> list[int]:
    """Put the rows of `messages` into their stores; return the partitions that are done."""
    batches: dict[int | None, WriteBatch] = {}
    last: dict[int | None, Message] = {}
    ended: list[int] = []
    for message in messages:
        number = message.partition()
        problem = message.error()
        if problem is not None:
            if number in waiting and _ended(waiting[number], message, problem):
                ended.append(number)
            continue
        batch = batches.get(number)
        if batch is None:
            if number not in waiting:
                continue
            batch = batches[number] = WriteBatch(raw_mode=True)
        key, value = message.key() or b"", message.value()
        if value is None:
            batch.delete(key)
        else:
            batch.put(key, value)
        last[number] = message
    for number, batch in batches.items():
        assert number is not None, "only records of waiting partitions are kept"
        target = waiting[number]
        target.position = max(target.position, (last[number].offset() or 0) + 1)
        RESTORED_ROWS_TOTAL.inc(batch.len())
        target.store.write(batch, stamp(target.position))
    return ended


def _ended(target: Target, message: Message, problem: KafkaError) -> bool:
    """Whether `message`, which carries no record, says that the partition is restored."""
    if problem.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001  # librdkafka's own name
        what = f"partition {message.partition()}: {problem.str()}"
        raise RestartError(cause="restore", what=what)
    target.position = max(target.position, message.offset() or 0)
    return target.position >= target.high

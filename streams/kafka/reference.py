"""Compacted topics that every worker reads whole: to their end at the start, then as they grow.

A plain consumer in a thread of its own, member of no group; the thread alone touches it. What a
record means is the reader's business: it gets every one, in the order of its partition, and is
told whenever nothing more is at hand.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import cast

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from streams.config import Settings
from streams.core.errors import RestartError
from streams.kafka.clients import reference_consumer
from streams.kafka.ending import end_process

log = logging.getLogger(__name__)

READ_RECORDS_MAX = 500
"""Decoding these takes a few ms; the fold gets its turn between two such batches."""
READ_WAIT_S = 0.2
READ_LINGER_S = 0.01
"""What was written together mostly comes within this, and is settled together."""
STALL_S = 60.0
"""A worker that cannot read to the end at its start waits this long without a record."""
STOP_S = 5.0
_EOF = KafkaError._PARTITION_EOF  # noqa: SLF001  # librdkafka's own codes start with an underscore

Take = Callable[[str, bytes | None, bytes | None, int], None]
"""Topic, key, value and offset of one record; a value of None removes what the key named."""


class Reference:
    """Reads partition 0 of `topics`: all rows of a reference topic have one order."""

    def __init__(
        self, settings: Settings, topics: Sequence[str], take: Take, settle: Callable[[], None]
    ) -> None:
        """Start nothing yet; `take` and `settle` are called in the thread of this reader.

        `settle` comes after each batch that was read to the end of all topics, and at least every
        `READ_WAIT_S`: the time to act on what was taken, or on the clock. It comes at once after
        a quiet time; records that follow one another are gathered for so long.
        """
        self._settings = settings
        self._topics = topics
        self._take = take
        self._settle = settle
        self._read = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reference", daemon=True)

    @property
    def read(self) -> bool:
        """Whether all topics were read to the end that they had at the start."""
        return self._read.is_set()

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def wait(self) -> None:
        """Return when everything was read and settled once, or `stop` was called."""
        self._read.wait()

    def stop(self) -> None:
        """Stop reading, and wait a moment for the thread."""
        self._stopping.set()
        self._read.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        try:
            consumer = Consumer(reference_consumer(self._settings))
            try:
                self._follow(consumer)
            finally:
                consumer.close()
        except KafkaException as error:
            end_process(RestartError(cause="reference", what=error.args[0].str()))
        except BaseException as error:  # noqa: BLE001  # the outermost frame of this thread
            end_process(error)

    def _follow(self, consumer: Consumer) -> None:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING) for topic in self._topics])
        behind = set(self._topics)
        heard_s = time.monotonic()
        batch_s = 0.0
        while not self._stopping.is_set():
            # Asked for many, it waits the whole time for the rest of them.
            messages = consumer.consume(1, READ_WAIT_S)
            if messages:
                linger_s = max(READ_LINGER_S, batch_s + READ_WAIT_S - time.monotonic())
                messages += consumer.consume(READ_RECORDS_MAX - 1, linger_s)
                batch_s = time.monotonic()
            for message in messages:
                if self._heard(message, behind):
                    heard_s = time.monotonic()
            if not behind and len(messages) < READ_RECORDS_MAX:
                self._settle()
                self._read.set()
            elif not self.read and time.monotonic() - heard_s > STALL_S:
                what = f"reading {', '.join(sorted(behind))}: nothing came for {STALL_S:.0f} s"
                raise RestartError(cause="reference stalled", what=what)

    def _heard(self, message: Message, behind: set[str]) -> bool:
        """Hand a record over, or note the end of its topic; whether it was one of these."""
        topic, problem = cast("str", message.topic()), message.error()
        if problem is None:
            self._take(topic, message.key(), message.value(), message.offset() or 0)
        elif problem.code() == _EOF:
            behind.discard(topic)
        else:  # librdkafka goes on by itself; what was read stays good
            log.warning("reading %s: %s", topic, problem.str())
            return False
        return True

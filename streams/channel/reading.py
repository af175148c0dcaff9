"""The thread that reads a channel's topic: from where an open offer may be, to its end, and on.

The thread alone touches the consumer; records go to the event loop in chunks, and the next chunk
is read when the loop has taken the last. All partitions are read, by a member of no group: a
subscriber that answers for everybody must have read of everybody. Nothing is stored: at each start
the log is read again from the first record of the longest life of an offer ago. Partitions that
are added while it runs are not read.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.kafka.clients import offers_consumer, probe_consumer
from streams.kafka.quiet import ANSWER_MAX_S, Complaints, Grumbles, connect, no_answer

log = logging.getLogger(__name__)

REBUILD_RECORDS = 2_000
"""Of one chunk while the log is read: some 10 ms of the event loop, which nobody waits for yet."""
LIVE_RECORDS = 100
"""Of one chunk later: half a millisecond, which a question may have to wait."""
WAIT_S = 0.1
STALL_S = 60.0
"""A start without a record for so long ends with exit code 1."""
STOP_S = 5.0
MARGIN_MS = 3_600_000
"""A record's time may lie before the time its offer was issued at by as much as clocks differ."""
LEADERLESS = frozenset((KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE))
LEADER_WAIT_S = 0.2
_EOF = KafkaError._PARTITION_EOF  # noqa: SLF001  # librdkafka's own codes start with an underscore

Take = Callable[[list[bytes]], Coroutine[Any, Any, None]]
"""The values of some records, in the order of each partition."""


class Reading:
    """Reads `topic` for one taker; `start`, then `stop`."""

    def __init__(
        self, settings: Settings, topic: str, take: Take, ended: Callable[[BaseException], None]
    ) -> None:
        """Start nothing yet; `take` runs in the loop that starts it, `ended` says why it ended."""
        self._settings = settings
        self._topic = topic
        self._take = take
        self._ended = ended
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._behind: dict[int, int] = {}
        self._partitions = 0
        self._thread = threading.Thread(target=self._run, name="offers", daemon=True)
        self._since_ms = 0
        self.caught_up = False
        """Whether every partition was read to the log end it had at the start."""

    def states(self) -> dict[str, str]:
        """Return partition -> `ready` or `reading`."""
        behind = {*self._behind}
        return {
            str(one): "reading" if one in behind else "ready" for one in range(self._partitions)
        }

    def start(self, since_ms: int) -> None:
        """Begin to read, from the first record after `since_ms`, less `MARGIN_MS`."""
        self._loop = asyncio.get_running_loop()
        self._since_ms = max(0, since_ms - MARGIN_MS)
        self._thread.start()

    async def stop(self) -> None:
        """Stop reading; the loop goes on until the last chunk was taken."""
        self._stopping.set()
        await asyncio.to_thread(self._thread.join, STOP_S)

    def _run(self) -> None:
        try:
            consumer = connect(
                Consumer, self._settings, Grumbles(), offers_consumer(self._settings)
            )
            try:
                self._follow(consumer)
            finally:
                consumer.close()
        except BaseException as error:  # noqa: BLE001  # the outermost frame of this thread
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._ended, error)

    def _follow(self, consumer: Consumer) -> None:
        starts, ends = self._bounds()
        self._partitions = len(starts)
        self._behind = {one: end for one, end in ends.items() if starts[one] < end}
        consumer.assign([TopicPartition(self._topic, *place) for place in starts.items()])
        heard_s = time.monotonic()
        while not self._stopping.is_set():
            size = LIVE_RECORDS if self.caught_up else REBUILD_RECORDS
            first = consumer.poll(WAIT_S)
            chunk = [] if first is None else [first, *consumer.consume(size - 1, 0)]
            values = [value for one in chunk if (value := self._heard(one)) is not None]
            self.caught_up = not self._behind
            self._hand_over(values)
            heard_s = time.monotonic() if chunk else heard_s
            if not self.caught_up and time.monotonic() - heard_s > STALL_S:
                what = f"reading {self._topic}: nothing came for {STALL_S:.0f} s"
                raise RestartError(cause="broker away", what=what)

    def _hand_over(self, values: list[bytes]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._take(values), self._loop).result()

    def _heard(self, message: Message) -> bytes | None:
        """The value of a record, empty when there is none; None for what is no record."""
        problem, number = message.error(), cast("int", message.partition())
        if problem is not None and problem.code() != _EOF:
            # librdkafka goes on by itself; what was read stays good.
            log.warning("reading %s: %s", self._topic, problem.str())
            return None
        end = self._behind.get(number)
        reached = cast("int", message.offset()) + (0 if problem is not None else 1)
        if end is not None and reached >= end:
            del self._behind[number]
        return None if problem is not None else message.value() or b""

    def _bounds(self) -> tuple[dict[int, int], dict[int, int]]:
        """Partition -> first offset to read, and -> log end, both as they are now.

        Asked read_uncommitted: what is behind a transaction that is still open counts too.
        """
        doing = f"looking for the offers in {self._topic}"
        complaints = Complaints()
        properties = probe_consumer(self._settings, isolation="read_uncommitted")
        probe = connect(Consumer, self._settings, complaints, properties)
        try:
            # Asking for one topic by name could make it; asking for all never does.
            found = probe.list_topics(timeout=ANSWER_MAX_S).topics.get(self._topic)
            if found is None:
                problem = f"topic {self._topic} does not exist; run: streams topics create --apply"
                raise ConfigError(problems=[problem])
            numbers = sorted(found.partitions)
            # The ends first: what comes between the two questions is behind them.
            ends = {one: self._end(probe, one) for one in numbers}
            if self._settings.broker_kind == "embedded":  # it knows no times, and little is there
                return dict.fromkeys(numbers, 0), ends
            asked = [TopicPartition(self._topic, one, self._since_ms) for one in numbers]
            starts = _answered(probe.offsets_for_times(asked, timeout=ANSWER_MAX_S))
        except KafkaException as error:
            probe.poll(0)  # serves the callback that says why
            raise no_answer(self._settings, doing, error, complaints.last) from error
        finally:
            probe.close()
        # Below 0: no record is younger.
        return {
            one.partition: one.offset if one.offset >= 0 else ends[one.partition] for one in starts
        }, ends

    def _end(self, probe: Consumer, number: int) -> int:
        place, until_s = TopicPartition(self._topic, number), time.monotonic() + ANSWER_MAX_S
        while True:
            try:
                low_high = probe.get_watermark_offsets(place, timeout=ANSWER_MAX_S)
                break
            except KafkaException as error:
                # A topic that was made a moment ago has no leader yet.
                if error.args[0].code() not in LEADERLESS or time.monotonic() > until_s:
                    raise
                time.sleep(LEADER_WAIT_S)
        if low_high is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001  # the same
        return low_high[1]


def _answered(found: list[TopicPartition]) -> list[TopicPartition]:
    for one in found:
        if one.error is not None:
            raise KafkaException(one.error)
    return found

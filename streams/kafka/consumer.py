"""Membership, rebalance, and records in chunks of one partition, many chunks a Faust message.

A thread polls from the moment of subscription to the end, because librdkafka serves rebalances
only there. It never blocks for long: partitions are paused until their restore ends, and when
folding falls far behind.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer as KafkaConsumer
from confluent_kafka import Message, TopicPartition
from faust.types import TP, ConsumerMessage

from streams.core.errors import RestartError
from streams.kafka.chunks import (
    Chunk,
    check_error,
    cut,
    end_if_failed,
    faust_message,
    named,
    seek,
    whole_partitions,
)
from streams.kafka.ending import end_process
from streams.kafka.offsets import NoOffsets
from streams.metrics import REBALANCES_TOTAL

log = logging.getLogger(__name__)

READ_RECORDS_MAX = 4_000
POLL_S = 0.1
GATHER_S = 0.002
FLOW_WAIT_S = 0.1
BUFFERED_RECORDS_MAX = 8_000
# Waiting a little for room is cheaper than a pause, which throws away what was fetched ahead.
ROOM_WAIT_S = 1.0


class Consumer(NoOffsets):
    """Faust's consumer on librdkafka; the shell on `app.shell` owns tables and transactions."""

    logger = log

    async def on_start(self) -> None:
        """Create the group member; it joins at `subscribe`."""
        self._shell = self.app.shell
        self._group = KafkaConsumer(self._shell.group_config())
        self._events = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._chunks: list[Chunk] = []
        self._commands: deque[Callable[[], None]] = deque()
        self._open: dict[tuple[str, int], int] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        self._last: dict[tuple[str, int], int] = {}
        self._assigned: set[TP] = set()
        self._topics: frozenset[str] = frozenset()
        self._room = threading.Event()
        # Two counters with one writer each, the poll thread and the event loop.
        self._records_in = 0
        self._records_out = 0
        self._halted = False
        self._epoch = 0
        self._closing = False
        self._thread: threading.Thread | None = None
        if self._shell.settings.broker_kind == "embedded":
            self._shell.unit.after_commit = self._commit_plainly

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group for `topics`, once."""
        if self._thread is not None:  # Faust calls again when agents change
            return
        self._topics = frozenset(topics)
        self._group.subscribe(
            sorted(self._topics),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_lost,
        )
        self._thread = threading.Thread(target=self._poll, name="poll", daemon=True)
        self._thread.start()

    def _poll(self) -> None:
        try:
            while not self._closing:
                while self._commands:
                    self._commands.popleft()()
                self._shell.ends.look(self._group, self._assigned)
                first = self._group.poll(POLL_S)
                if first is not None:
                    if self._shell.unit.committing:  # it waits anyway: let more records gather
                        time.sleep(GATHER_S)
                    self._deliver([first, *self._group.consume(READ_RECORDS_MAX - 1, 0)])
            self._group.close()
        except BaseException as error:  # noqa: BLE001  # the outermost loop of this thread
            end_process(named("polling", error))

    def _deliver(self, messages: list[Message]) -> None:
        """Sort records into chunks and hand them to the event loop."""
        lists: dict[tuple[str, int], list[Message]] = {}
        for message in messages:
            problem = message.error()
            if problem is not None:
                check_error(message, problem, self._shell.ends)
                continue
            key = (message.topic(), message.partition())
            records = lists.get(key)  # type: ignore[arg-type]  # a record without error has both
            if records is None:
                records = lists[key] = []  # type: ignore[index]
            records.append(message)
        chunks = [chunk for key, records in lists.items() for chunk in self._cut(key, records)]
        if not chunks:
            return
        self._records_in += sum(len(chunk.records) for chunk in chunks)
        self._events.call_soon_threadsafe(self._enqueue, chunks)
        if self.buffered > BUFFERED_RECORDS_MAX:
            self._wait_for_room()

    def _commit_plainly(self, offsets: list[TopicPartition]) -> None:
        # The embedded broker forgets offsets sent with a transaction; `streams lag` wants them.
        self._commands.append(lambda: self._group.commit(offsets=offsets, asynchronous=True))

    def _cut(self, key: tuple[str, int], records: list[Message]) -> list[Chunk]:
        """Drop what is not expected of this partition now, cut the rest."""
        expected = self._open.get(key)
        if expected is None:  # fetched before a rebalance, or not restored yet
            return []
        if (records[0].offset() or 0) < expected:
            records = [one for one in records if (one.offset() or 0) >= expected]
            if not records:
                return []
        # An offset above the expected one is right: transaction markers and compaction leave gaps.
        self._open[key] = (records[-1].offset() or 0) + 1
        chunks = cut(key, records, epoch=self._epoch, number=self._numbers[key])
        self._numbers[key] = chunks[-1].number
        return chunks

    def _wait_for_room(self) -> None:
        self._room.clear()
        if self.buffered <= BUFFERED_RECORDS_MAX or self._room.wait(ROOM_WAIT_S):
            return
        if not self._halted and self._open:
            self._halted = True
            self._group.pause([TopicPartition(*key) for key in self._open])

    def _go_on(self) -> None:
        if self._halted:
            self._halted = False
            self._group.resume([TopicPartition(*key) for key in self._open])

    # Rebalances, called by librdkafka inside poll and consume.

    def _on_assign(self, group: KafkaConsumer, parts: list[TopicPartition]) -> None:
        try:
            REBALANCES_TOTAL.labels("assigned").inc()
            numbers = whole_partitions(parts, self._topics)
            # Paused from the start: nothing is fetched before the restore says from where.
            group.assign([TopicPartition(one.topic, one.partition, 0) for one in parts])
            if parts:
                group.pause(parts)
            self._epoch += 1
            # The live metadata turns to generation -1 when the group is lost, and the broker
            # accepts that from a zombie: this copy serves the whole assignment.
            metadata = group.consumer_group_metadata()
            self._assigned = {TP(one.topic, one.partition) for one in parts}
            self._halted = False
            self._from_thread(self._begin_assignment(self._epoch, numbers, metadata))
        except BaseException as error:  # noqa: BLE001  # librdkafka would swallow it
            end_process(named("assignment", error))

    async def _begin_assignment(self, epoch: int, numbers: set[int], metadata: Any) -> None:
        # Faust skips messages of any other generation, without a word.
        self.app.consumer_generation_id = epoch
        self._forget()
        self.app.on_rebalance_start()
        self._shell.assigned(epoch, numbers, metadata, self._resume)
        task = asyncio.ensure_future(self.on_partitions_assigned(set(self._assigned), epoch))
        task.add_done_callback(end_if_failed)

    def _on_revoke(self, group: KafkaConsumer, parts: list[TopicPartition]) -> None:
        try:
            REBALANCES_TOTAL.labels("revoked").inc()
            self._stop_reading()
            self._from_thread(self._end_assignment(self._epoch, parts))
            # Only now: Faust's own handler asks assignment() whether to suspend its flow.
            self._assigned -= {TP(one.topic, one.partition) for one in parts}
            group.unassign()
        except BaseException as error:  # noqa: BLE001  # librdkafka would swallow it
            end_process(named("revocation", error))

    async def _end_assignment(self, epoch: int, parts: list[TopicPartition]) -> None:
        self.app.consumer_generation_id = epoch
        self._forget()
        await self._shell.revoked()
        await self.on_partitions_revoked({TP(one.topic, one.partition) for one in parts})

    def _on_lost(self, _: KafkaConsumer, parts: list[TopicPartition]) -> None:
        what = f"the group gave {len(parts)} partitions to others while we were silent"
        end_process(RestartError(cause="lost", what=what))

    def _stop_reading(self) -> None:
        self._open = {}
        self._numbers = {}
        self._epoch += 1

    def _from_thread(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._events).result()

    def _resume(self, epoch: int, number: int, starts: Mapping[str, int]) -> None:
        """Read partition `number` from `starts` on; may be called from any thread."""

        def in_poll_thread() -> None:
            if epoch != self._epoch:
                return
            parts = [TopicPartition(topic, number, start) for topic, start in starts.items()]
            for part in parts:
                seek(self._group, part)
                key = (part.topic, part.partition)
                self._open[key] = part.offset
                self._numbers[key] = 0
            if not self._halted:
                self._group.resume(parts)

        self._commands.append(in_poll_thread)

    def _enqueue(self, chunks: list[Chunk]) -> None:
        self._chunks.extend(chunks)
        self._arrived.set()

    def _forget(self) -> None:
        """Drop what was delivered; the poll thread waits for us meanwhile."""
        self._chunks = []
        self._last.clear()
        self._records_out = self._records_in

    @property
    def buffered(self) -> int:
        """Records delivered and not yet folded."""
        return self._records_in - self._records_out

    @property
    def dry(self) -> bool:
        """Whether every record delivered so far has been folded."""
        return self.buffered == 0

    def expects(self, chunk: Chunk) -> bool:
        """Whether `chunk` is the next one of its partition; False if its assignment is over.

        Raises:
            AssertionError: a chunk before it got lost on the way; folding on would skip it.
        """
        if chunk.epoch != self._epoch:
            return False
        key = (chunk.topic, chunk.partition)
        last = self._last.get(key, 0)
        assert chunk.number == last + 1, f"chunk {last + 1} of {key} never arrived"
        self._last[key] = chunk.number
        return True

    def folded(self, chunk: Chunk) -> None:
        """Tell that `chunk` is done; makes room for more."""
        if chunk.epoch != self._epoch:
            return
        self._records_out += len(chunk.records)
        if self.buffered <= BUFFERED_RECORDS_MAX // 2 and not self._room.is_set():
            self._room.set()
            self._commands.append(self._go_on)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109  # Faust's signature
        """Yield the chunks that have arrived; wait up to `timeout` seconds for the first."""
        try:
            if not self._chunks:
                self._arrived.clear()
                await asyncio.wait_for(self._arrived.wait(), timeout)
            if not self.flow_active:  # Faust drops what is yielded now
                # Not for ever: at the end of the worker nobody lets the flow go on.
                await asyncio.wait_for(self.can_resume_flow.wait(), FLOW_WAIT_S)
        except TimeoutError:
            return
        if self._chunks and not self.should_stop:
            # One message for all that is here: what Faust does for each costs more than a fold.
            chunks, self._chunks = self._chunks, []
            if chunks[0].epoch == self._epoch:
                yield TP(chunks[0].topic, chunks[0].partition), faust_message(chunks)

    def assignment(self) -> set[TP]:
        """All partitions of this worker, restored or not."""
        return set(self._assigned)

    async def on_stop(self) -> None:
        """Leave the group; commits first, through the revocation."""
        self._closing = True
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

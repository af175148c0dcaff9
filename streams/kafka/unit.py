"""One unit of work: records in, rows and records out, all in one Kafka transaction, or nothing.

Folding goes on in memory while the previous unit is being committed; RocksDB is written only
after the commit returned success. Whatever fails ends the process, so nothing is half done.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Message, TopicPartition
from rocksdict import WriteBatch

from streams.kafka.index import Index
from streams.kafka.ledger import LEDGER_KEY, Checkpoint, Ledger, encode
from streams.kafka.producing import Headers, TransactionalProducer
from streams.kafka.returning import Returning
from streams.kafka.rows import Identity, RowCodec
from streams.kafka.table import Store
from streams.kafka.timers import Timers
from streams.kafka.totals import Totals

# Rows of a worker whose bytes stay at hand after their commit, as the busiest customers come again
# at once: a look into RocksDB takes half as long as decoding. 2 to 10 kB each.
ROWS_KEPT_MAX = 9_000


class OpenPartition:
    """One partition's rows and ledger, as of everything folded so far.

    Between two events a row is bytes. A decoded profile is hundreds of objects all over the memory:
    by the next event of its customer no cache of the processor has them any more, and to walk them
    costs more than to decode 2 kB. What was just folded is encoded fastest at once.
    """

    def __init__(
        self,
        number: int,
        store: Store,
        ledger: Ledger,
        codec: RowCodec,
        rows_kept_max: int = ROWS_KEPT_MAX,
    ) -> None:
        """Start from what `store` holds; `ledger` is its last committed one."""
        self.number = number
        self.ledger = ledger
        self.touched = False
        self.dirty: dict[bytes, Any] = {}
        """Rows to write: bytes, None for a tombstone, or a row that is held decoded."""
        self.timers = Timers(store)
        self.index = Index(store)
        self._store = store
        self._codec = codec
        self._decode, self._encode, self._seal = codec.decode, codec.encode, codec.seal
        self._inflight: dict[bytes, bytes | None] = {}
        # Two generations of committed rows, the older one to be dropped next; each has that many
        # rows, or those of one unit.
        self._generation_max = rows_kept_max // 2
        self._kept: dict[bytes, bytes | None] = {}
        self._older: dict[bytes, bytes | None] = {}

    def read(self, key: bytes) -> Any:
        """The row of `key` as last `put`, None if there is none; the caller's own, to be changed.

        Nothing that is done to it counts until it is `put`. A row that is held is everybody's.
        """
        data = self.dirty.get(key)
        if data is None:
            if key in self.dirty:  # a tombstone
                return None
            data = self._inflight.get(key)
            if data is None:
                if key in self._inflight:
                    return None
                data = self._kept.get(key) or self._older.get(key) or self._store.get(key)
                if data is None:
                    return None
        elif type(data) is not bytes:
            return data
        return self._decode(data)

    def put(self, key: bytes, row: Any) -> None:
        """Write `row`, as it is now, with the unit.

        It may be another object than what was read: a profile becomes a link.
        """
        self.dirty[key] = self._encode(row)

    def hold(self, key: bytes, row: Any) -> None:
        """Write `row`, as it will be then, with the unit; until then `read` gives this object.

        For the few rows that many events change.
        """
        self.dirty[key] = row

    def remove(self, key: bytes) -> None:
        """Erase the row of `key` with the unit: a tombstone in the changelog."""
        self.dirty[key] = None

    def take(self, identity: Identity) -> "PartitionWork":
        """Hand over what was folded since the last time, encoded, and start afresh."""
        dirty, self.dirty = self.dirty, {}
        for key, row in dirty.items():
            if row is not None:
                dirty[key] = self._seal(row if type(row) is bytes else self._encode(row))
        self._inflight = dirty
        rows = [*dirty.items(), *self.timers.take().items(), *self.index.take().items()]
        ledger = self.ledger
        ledger.cluster_id = identity.cluster_id
        ledger.changelog_topic_id = identity.changelog_topic_id
        ledger.topic_ids = identity.topic_ids
        rows.append((LEDGER_KEY, encode(ledger)))
        # Without input (a fired timer) the unchanged position is sent: it is what gets us fenced.
        topics = {topic for topic, _, _ in ledger.runs} or set(list(ledger.positions)[:1])
        work = PartitionWork(self, rows, {topic: ledger.positions[topic] for topic in topics})
        ledger.begin_unit()
        self.touched = False
        return work

    def written(self, work: "PartitionWork", checkpoint: Checkpoint) -> None:
        """Bring the store to what was committed."""
        batch = WriteBatch(raw_mode=True)
        for key, value in work.rows:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        self._store.write(batch, checkpoint)

    def settled(self) -> None:
        """Nothing is in flight any more: the store has it now."""
        inflight, self._inflight = self._inflight, {}
        if len(self._kept) + len(inflight) > self._generation_max:
            self._older, self._kept = self._kept, {}
        self._kept.update(inflight)
        for key, data in inflight.items():
            if data is None:
                self._older[key] = None
        self.timers.settled()
        self.index.settled()


@dataclass(slots=True)
class PartitionWork:
    """The encoded part of a unit that belongs to one partition."""

    partition: OpenPartition
    rows: list[tuple[bytes, bytes | None]]
    positions: dict[str, int]
    changelog_offset: int = -1


class Unit:
    """The open unit of all partitions of this worker, and the one being committed."""

    def __init__(
        self,
        producer: TransactionalProducer,
        identity: Identity,
        codec: RowCodec,
        on_committed: Callable[[Totals, float], None],
    ) -> None:
        """`on_committed(totals, seconds)` is called after each commit, in the event loop."""
        self.partitions: dict[int, OpenPartition] = {}
        self.totals = Totals()
        self.returning = Returning()
        self.metadata: Any = None
        self.after_commit: Callable[[list[TopicPartition]], None] | None = None
        self.started_s = 0.0
        self.committed_s = time.monotonic()
        self.rows_kept_max = ROWS_KEPT_MAX
        self._producer = producer
        self._identity = identity
        self._codec = codec
        self._on_committed = on_committed
        self._outputs: list[tuple[str, bytes | None, bytes | None, int, Headers | None]] = []
        self._lock = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")

    def open(self, number: int, store: Store, ledger: Ledger) -> None:
        """Fold partition `number` from now on."""
        kept = self.rows_kept_max
        self.partitions[number] = OpenPartition(number, store, ledger, self._codec, kept)

    def drop(self) -> None:
        """Fold no partition any more; the caller has committed before."""
        self.partitions.clear()
        self._outputs.clear()
        self.totals = Totals()

    def send(  # a record's five parts and the topic, as Kafka has them
        self,
        topic: str,
        *,
        value: bytes | None,
        key: bytes | None,
        partition: int,
        headers: Headers | None = None,
    ) -> None:
        """Publish a record with the unit; partition is the source partition's number."""
        self._outputs.append((topic, value, key, partition, headers))
        self.totals.bytes += len(value or b"") + len(key or b"")

    @property
    def committing(self) -> bool:
        """Whether a commit is on its way; readable from any thread."""
        return self._lock.locked()

    def touch(self, partition: OpenPartition) -> None:
        """Note that `partition` has something to commit."""
        if not self.started_s:
            self.started_s = time.monotonic()
        partition.touched = True

    async def commit(self) -> None:
        """Commit everything folded so far; returns when it is in Kafka and in the stores.

        Raises:
            RestartError: the transaction did not go through; nothing of it is visible.
        """
        # Shielded: a cancelled caller must not leave the table behind the topic.
        await asyncio.shield(asyncio.ensure_future(self._commit_one()))

    async def _commit_one(self) -> None:
        async with self._lock:
            touched = [one for one in self.partitions.values() if one.touched]
            if not touched:
                return
            began = time.perf_counter()
            works = [one.take(self._identity) for one in touched]
            outputs, self._outputs = self._outputs, []
            totals, self.totals = self.totals, Totals()
            returning = self.returning.take()
            self.started_s = 0.0
            work = (works, outputs, self.metadata)
            await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, *work)
            for one in touched:
                one.settled()
            if totals.events:  # timers alone do not prove that folding goes on
                self.committed_s = time.monotonic()
            if self.after_commit is not None:
                self.after_commit(_offsets(works))
            seconds = time.perf_counter() - began
            self.returning.committed(returning, seconds)
            self._on_committed(totals, seconds)

    def _commit(
        self,
        works: list[PartitionWork],
        outputs: list[tuple[str, bytes | None, bytes | None, int, Headers | None]],
        metadata: Any,
    ) -> None:
        offsets = _offsets(works)
        # The broker does not fence a transaction that sends no offset at all.
        assert offsets, "a unit without a single source offset would not be fenced"
        producer = self._producer
        producer.begin()
        for topic, value, key, partition, headers in outputs:
            producer.produce(topic, value, key, partition, headers)
        for work in works:
            self._produce_rows(work)
        producer.commit(offsets, metadata)
        now_ms = time.time_ns() // 1_000_000
        for work in works:
            work.partition.written(work, self._checkpoint(work, now_ms))

    def _produce_rows(self, work: PartitionWork) -> None:
        producer, topic = self._producer, self._identity.changelog_topic
        number = work.partition.number
        *rows, (ledger_key, ledger) = work.rows
        for key, value in rows:
            producer.produce(topic, value, key, number, None)

        def delivered(error: Any, message: Message) -> None:
            if error is None:
                work.changelog_offset = message.offset() or 0

        # Last of its partition: its offset is where this store will stand.
        producer.produce(topic, ledger, ledger_key, number, None, delivered)

    def _checkpoint(self, work: PartitionWork, now_ms: int) -> Checkpoint:
        assert work.changelog_offset >= 0, "the ledger row was committed but not reported"
        return Checkpoint(
            cluster_id=self._identity.cluster_id,
            changelog_topic_id=self._identity.changelog_topic_id,
            position=work.changelog_offset + 1,
            written_ms=now_ms,
        )


def _offsets(works: list[PartitionWork]) -> list[TopicPartition]:
    return [
        TopicPartition(topic, work.partition.number, offset)
        for work in works
        for topic, offset in work.positions.items()
    ]

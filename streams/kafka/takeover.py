"""Taking over partitions: from an assignment to stores that may be folded into.

In this order: committed offsets (waits for a predecessor's pending ones) -> high watermark of the
changelog -> restore -> compare positions -> ready. Any other order lets stale rows win.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from streams.config import Settings
from streams.core.errors import RestartError
from streams.kafka.clients import probe_consumer
from streams.kafka.ledger import FORMAT, LEDGER_KEY, Checkpoint, Ledger, decode_ledger
from streams.kafka.positions import Found, starts
from streams.kafka.restore import Target, restore
from streams.kafka.rows import Identity
from streams.kafka.table import Store, Stores
from streams.metrics import LOST_RECORDS_TOTAL, RESTORE_PROGRESS_RATIO

log = logging.getLogger(__name__)

# Pending transactional offsets of a dead predecessor clear within its transaction time-out plus
# the broker's sweep, about 20 s.
COMMITTED_S = 40.0
COMMITTED_CALL_S = 3.0  # a revocation waits no longer than this for a takeover to stop
WATERMARK_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A restored partition: where each source topic goes on."""

    store: Store
    ledger: Ledger
    starts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """What a takeover needs, the same for every assignment."""

    settings: Settings
    identity: Identity
    stores: Stores
    topics: tuple[str, ...]
    accept_reset: bool

    def run(
        self,
        numbers: Iterable[int],
        *,
        stopped: Event,
        on_progress: Callable[[int, float], None],
        on_ready: Callable[[int, Ready], None],
    ) -> None:
        """Restore every partition of `numbers` and report each when it is ready.

        Blocks; runs in a thread of its own and returns early once `stopped` is set.

        Raises:
            ConfigError: positions and rows contradict each other.
            RestartError: the broker went away.
        """
        numbers = sorted(numbers)
        try:
            committed = self._committed(numbers, stopped)
            probe = Consumer(probe_consumer(self.settings, isolation="read_uncommitted"))
            try:
                targets = {n: self._target(probe, n) for n in numbers if not stopped.is_set()}
                self._restore(targets, probe, committed, stopped, on_progress, on_ready)
            finally:
                probe.close()
        except KafkaException as error:
            what = f"taking over partitions {numbers}: {error.args[0].str()}"
            raise RestartError(cause="takeover", what=what) from error

    def _restore(  # noqa: PLR0913, PLR0917  # the second half of run(), its arguments handed through
        self,
        targets: dict[int, Target],
        probe: Consumer,
        committed: dict[tuple[str, int], int],
        stopped: Event,
        on_progress: Callable[[int, float], None],
        on_ready: Callable[[int, Ready], None],
    ) -> None:
        began = time.monotonic()
        rows = restore(
            self.settings,
            targets,
            topic=self.identity.changelog_topic,
            stamp=self._stamp,
            stopped=stopped,
            on_progress=on_progress,
        )
        for number in rows:
            if stopped.is_set():
                return
            ready = self._ready(probe, number, targets[number].store, committed)
            RESTORE_PROGRESS_RATIO.labels(number).set(1)
            log.info(
                "partition ready",
                extra={"partition": number, "seconds": round(time.monotonic() - began, 2)},
            )
            on_ready(number, ready)

    def _committed(self, numbers: list[int], stopped: Event) -> dict[tuple[str, int], int]:
        # Not the member itself: its committed() hangs while another thread polls it
        # (confluent-kafka 2.16). A stranger with the same group id may ask as well, and
        # read_committed makes the broker wait for pending transactional offsets (KIP-447).
        stranger = Consumer(probe_consumer(self.settings, isolation="read_committed"))
        try:
            return self._ask_committed(stranger, numbers, stopped)
        finally:
            stranger.close()

    def _ask_committed(
        self, stranger: Consumer, numbers: list[int], stopped: Event
    ) -> dict[tuple[str, int], int]:
        asked = [TopicPartition(topic, n) for topic in self.topics for n in numbers]
        deadline = time.monotonic() + COMMITTED_S
        while not stopped.is_set():
            try:
                found = stranger.committed(asked, COMMITTED_CALL_S)
            except KafkaException as error:
                if not _pending(error.args[0]) or time.monotonic() > deadline:
                    raise
                continue
            wrong = next((one.error for one in found if one.error is not None), None)
            if wrong is None:
                return {(one.topic, one.partition): one.offset for one in found}
            if not _pending(wrong) or time.monotonic() > deadline:
                raise KafkaException(wrong)
        return {}

    def _target(self, probe: Consumer, number: int) -> Target:
        """Where the store of `number` stands, and how far it has to go."""
        topic = self.identity.changelog_topic
        # The probe reads uncommitted: this end includes whatever a dead worker left open.
        low, high = probe.get_watermark_offsets(TopicPartition(topic, number), WATERMARK_S)
        store = self.stores.open(number)
        checkpoint = store.checkpoint()
        if checkpoint is None:
            if store.get(LEDGER_KEY) is not None:
                store = self.stores.set_aside(number, "it has rows but no readable position")
            return Target(store=store, position=low, high=high)
        why = self._unusable(checkpoint, low, high)
        if why is None:
            return Target(store=store, position=checkpoint.position, high=high)
        return Target(store=self.stores.set_aside(number, why), position=low, high=high)

    def _unusable(self, checkpoint: Checkpoint, low: int, high: int) -> str | None:
        """Why a local store does not count, None if it does."""
        age_ms = time.time_ns() // 1_000_000 - checkpoint.written_ms
        checks = (
            (checkpoint.format != FORMAT, "it has another format"),
            (checkpoint.cluster_id != self.identity.cluster_id, "it is from another cluster"),
            (
                checkpoint.changelog_topic_id != self.identity.changelog_topic_id,
                "the changelog topic was made anew",
            ),
            (checkpoint.position > high, "the changelog ends before it"),
            (checkpoint.position < low, "the changelog begins after it"),
            # An older one may have missed a tombstone that is gone by now.
            (age_ms > self.settings.checkpoint_age_max_ms, "it is too old"),
        )
        return next((why for wrong, why in checks if wrong), None)

    def _stamp(self, position: int) -> Checkpoint:
        return Checkpoint(
            cluster_id=self.identity.cluster_id,
            changelog_topic_id=self.identity.changelog_topic_id,
            position=position,
            written_ms=time.time_ns() // 1_000_000,
        )

    def _ready(
        self, probe: Consumer, number: int, store: Store, committed: dict[tuple[str, int], int]
    ) -> Ready:
        data = store.get(LEDGER_KEY)
        ledger = decode_ledger(data) if data is not None else Ledger()
        ledger.begin_unit()
        found = [self._found(probe, topic, number, ledger, committed) for topic in self.topics]
        positions = starts(
            found,
            partition=number,
            accept_reset=self.accept_reset,
            compare=self.settings.broker_kind == "kafka",
        )
        for topic, (start, lost) in positions.items():
            if lost:
                self._count_lost(ledger, topic, number, start, lost)
            ledger.positions[topic] = start
        return Ready(
            store=store,
            ledger=ledger,
            starts={topic: start for topic, (start, _) in positions.items()},
        )

    def _count_lost(self, ledger: Ledger, topic: str, number: int, start: int, lost: int) -> None:
        plain = topic.removeprefix(self.settings.topic_prefix)
        ledger.count(plain, "lost", lost)
        LOST_RECORDS_TOTAL.labels(plain).inc(lost)
        log.error(
            "records lost to retention before they were folded",
            extra={"topic": topic, "partition": number, "before_offset": start, "lost": lost},
        )

    def _found(
        self,
        probe: Consumer,
        topic: str,
        number: int,
        ledger: Ledger,
        committed: dict[tuple[str, int], int],
    ) -> Found:
        low, high = probe.get_watermark_offsets(TopicPartition(topic, number), WATERMARK_S)
        offset = committed[topic, number]
        known = ledger.topic_ids.get(topic)
        return Found(
            topic=topic,
            committed=offset if offset >= 0 else None,
            row=ledger.positions.get(topic),
            low=low,
            high=high,
            recreated=known is not None and known != self.identity.topic_ids.get(topic),
        )


def _pending(error: KafkaError) -> bool:
    codes = (KafkaError._TIMED_OUT, KafkaError.UNSTABLE_OFFSET_COMMIT)  # noqa: SLF001  # librdkafka's name
    return error.retriable() or error.code() in codes

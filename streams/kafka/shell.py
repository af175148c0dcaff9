"""The exactly-once engine of one worker: transactions, tables and takeovers behind one name.

Created before Faust's app starts; the consumer calls `assigned` and `revoked`, the agent folds
into `unit`, and `commit_when_due` decides when a unit ends.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaException

from streams.config import Settings
from streams.core.errors import RestartError
from streams.kafka.clients import group_consumer
from streams.kafka.ending import end_process
from streams.kafka.lag import Ends
from streams.kafka.producing import TransactionalProducer
from streams.kafka.rows import Identity, RowCodec
from streams.kafka.table import Stores
from streams.kafka.takeover import Ready, Takeover
from streams.kafka.totals import Totals
from streams.kafka.unit import ROWS_KEPT_MAX, OpenPartition, Unit
from streams.metrics import LAG_RECORDS, PARTITIONS_READY, RESTORE_PROGRESS_RATIO, TABLE_ROWS

log = logging.getLogger(__name__)

Resume = Callable[[int, int, dict[str, int]], None]
Fire = Callable[[OpenPartition, int], int]
# A timer is seen this much after it is due at the latest; looking costs less than 1 us a partition.
TIMER_TURN_S = 0.2
# News mostly finds a unit open and is in force with the next; until then it is looked for so often.
NEWS_TURN_S = 0.02
# What is due at once is fired in turns, and folding has its own between them: 10 to 20 ms each.
TIMER_TURN_MAX = 200


class Shell:
    """Owns the unit of work and the stores; every method but the takeover runs in the loop."""

    def __init__(  # noqa: PLR0913  # the parts a worker is wired from
        self,
        settings: Settings,
        identity: Identity,
        topics: tuple[str, ...],
        *,
        codec: RowCodec,
        on_committed: Callable[[Totals, float], None],
        accept_reset: bool,
    ) -> None:
        """Open the state directory and register the transactional id.

        Raises:
            ConfigError: the state directory is not ours.
            RestartError: it is in use, or no broker answered.
        """
        self.settings = settings
        self.topics = topics
        self.progress: dict[int, str] = {}
        self.http_port = settings.http_port
        self.joined = False
        self.ends = Ends()
        self._stores = Stores(settings.state_dir, settings.application_id)
        self._producer = TransactionalProducer(settings)
        self.unit = Unit(self._producer, identity, codec, on_committed)
        self._takeover = Takeover(
            settings=settings,
            identity=identity,
            stores=self._stores,
            topics=topics,
            accept_reset=accept_reset,
        )
        self._epoch = 0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._due = asyncio.Event()
        self._news = asyncio.Event()
        self._news_until_s = 0.0

    def group_config(self) -> dict[str, Any]:
        """Properties of the group member; its client id tells commands where to ask."""
        settings = self.settings
        client_id = f"{settings.worker_name}@{settings.http_host}:{self.http_port}"
        return group_consumer(settings, client_id=client_id)

    # Rebalances.

    def assigned(self, epoch: int, numbers: set[int], metadata: Any, resume: Resume) -> None:
        """Begin to take over `numbers`; `resume(epoch, number, starts)` is called for each."""
        self.joined = True
        self.unit.metadata = metadata
        self.unit.rows_kept_max = ROWS_KEPT_MAX // max(1, len(numbers))
        self.unit.committed_s = time.monotonic()
        self._epoch = epoch
        self._stopped = threading.Event()
        self.progress = dict.fromkeys(numbers, "waiting")
        log.info("assigned", extra={"partitions": sorted(numbers)})
        arguments = (epoch, numbers, self._stopped, asyncio.get_running_loop(), resume)
        self._thread = threading.Thread(
            target=self._take_over, args=arguments, name="takeover", daemon=True
        )
        self._thread.start()

    async def revoked(self) -> None:
        """Commit what was folded, then let go of every partition; stores stay on disk."""
        self._stopped.set()
        self._epoch = -1
        self.ends.clear()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
            self._thread = None
        await self.unit.commit()
        self.unit.drop()
        for store in self._stores:
            self._stores.close(store.number)
        self.progress = {}
        PARTITIONS_READY.set(0)
        # Another worker tells of them from now on; a value left here would count twice.
        for gauge in (LAG_RECORDS, TABLE_ROWS, RESTORE_PROGRESS_RATIO):
            gauge.clear()
        log.info("revoked")

    def _take_over(
        self,
        epoch: int,
        numbers: set[int],
        stopped: threading.Event,
        loop: asyncio.AbstractEventLoop,
        resume: Resume,
    ) -> None:
        def on_progress(number: int, share: float) -> None:
            self.progress[number] = f"restoring {share:.0%}"

        def on_ready(number: int, ready: Ready) -> None:
            loop.call_soon_threadsafe(self._ready, epoch, number, ready, resume)

        try:
            self._takeover.run(numbers, stopped=stopped, on_progress=on_progress, on_ready=on_ready)
        except KafkaException as error:
            end_process(RestartError(cause="takeover", what=error.args[0].str()))
        except BaseException as error:  # noqa: BLE001  # the outermost frame of this thread
            end_process(error)

    def _ready(self, epoch: int, number: int, ready: Ready, resume: Resume) -> None:
        if epoch != self._epoch:
            return
        self.unit.open(number, ready.store, ready.ledger)
        self.progress[number] = "ready"
        PARTITIONS_READY.set(len(self.unit.partitions))
        resume(epoch, number, ready.starts)

    # Commits.

    def end_unit_if(self, *, dry: bool) -> bool:
        """Ask for a commit when the unit is due; True when folding must wait for it.

        Due when the input ran dry, after a number of events or bytes, or after a time.
        """
        unit, settings = self.unit, self.settings
        totals = unit.totals
        full = totals.events >= settings.unit_events_max or totals.bytes >= settings.unit_bytes_max
        old = (
            unit.started_s > 0
            and (time.monotonic() - unit.started_s) * 1000 >= settings.unit_age_max_ms
        )
        if dry or full or old:
            self._due.set()
        return full

    async def commit_when_due(self) -> None:
        """Commit whenever asked to, with what the last unit sent to this worker, if it is near."""
        while True:
            await self._due.wait()
            self._due.clear()
            await self.unit.returning.wait()
            await self.unit.commit()

    async def fire_when_due(self, *fires: Fire) -> None:
        """Let each `fire(partition, count_max)` do what is due, in turns; runs as the worker does.

        Between chunks only, since neither awaits anything; a partition that is being revoked
        fires no more.
        """
        while True:
            self._news.clear()
            fired, more = self._turn(fires)
            if fired and self.end_unit_if(dry=True):
                await self.unit.commit()
            await (asyncio.sleep(0) if more else self._rest())

    def tell_news(self) -> None:
        """Let what is due be looked for now: another version may have been adopted."""
        self._news_until_s = time.monotonic() + TIMER_TURN_S
        self._news.set()

    async def _rest(self) -> None:
        hurried = time.monotonic() < self._news_until_s
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NEWS_TURN_S if hurried else TIMER_TURN_S):
                await self._news.wait()

    def _turn(self, fires: tuple[Fire, ...]) -> tuple[bool, bool]:
        """Whether anything was done, and whether some partition may have more to do."""
        partitions = [*self.unit.partitions.values()] if self._epoch >= 0 else []
        count_max = TIMER_TURN_MAX // max(1, len(partitions)) + 1
        counts = [fire(opened, count_max) for opened in partitions for fire in fires]
        return any(counts), max(counts, default=0) >= count_max

    def store_rows(self) -> dict[int, int]:
        """Partition -> estimated rows of its store."""
        return {store.number: store.rows() for store in self._stores}

    def find(self, number: int, key: bytes) -> bytes | None:
        """The committed row of `key`, as stored; None if there is none."""
        return self._stores.open(number).get(key)

    def close(self) -> None:
        """Close all stores and let go of the state directory."""
        self._stores.close_all()

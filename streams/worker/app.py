"""A worker, wired: settings, policy, shell, pages, Faust's app and its one agent. No logic."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
from typing import Any

import faust
import uvloop

from streams.codec.rows import decode_row, pack_row, plain_row
from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.core.events import SOURCE_TOPICS
from streams.core.offers import Policy
from streams.kafka.chunks import end_if_failed
from streams.kafka.ending import end_process
from streams.kafka.reference import Reference
from streams.kafka.rows import Identity, RowCodec
from streams.kafka.shell import Fire, Shell
from streams.kafka.topics import Admin, check, cluster_id, topic_ids
from streams.kafka.watchdog import watch
from streams.pages import bound_port
from streams.worker.adopting import Adopting, reference_topics
from streams.worker.agents import Folding
from streams.worker.firing import Firing
from streams.worker.http import start_http
from streams.worker.inspected import RunningWorker
from streams.worker.observing import observe_tables, on_committed
from streams.worker.policies import read_policy
from streams.worker.shadowing import Shadow, read_candidate
from streams.worker.sweeping import Sweeping
from streams.worker.topics import specs

log = logging.getLogger(__name__)

OBSERVE_S = 2.0
YIELD_RECORDS = 200
M_ARENA_MAX = -8  # mallopt's name for it, from malloc.h
STOP_S = 40.0  # leaving takes a commit and one round with the group; longer means it hangs


class StreamsApp(faust.App):  # type: ignore[misc]  # Faust is untyped here
    """Faust's app with the exactly-once shell on it, for the transport to find."""

    shell: Shell


def run_worker(settings: Settings, *, accept_reset: bool) -> int:
    """Run a worker until SIGTERM or SIGINT and return the exit code.

    Raises:
        ConfigError: something is not as it must be; do not start again.
        RestartError: the broker is away.
    """
    log.info("settings", extra=settings.masked())
    _save_memory_and_time()
    policy = read_policy(settings)
    candidate = read_candidate(settings, policy)
    topics = tuple(settings.topic_prefix + topic for topic in SOURCE_TOPICS)
    identity = identify(settings, topics)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(
            _work(settings, (policy, candidate), identity, topics, accept_reset=accept_reset)
        )


def identify(settings: Settings, topics: tuple[str, ...]) -> Identity:
    """Check every topic and read the ids that tell this cluster's rows from another's.

    Raises:
        ConfigError: a topic is missing or differs from what the release needs.
        RestartError: the broker did not answer.
    """
    admin = Admin(settings)
    real = settings.broker_kind == "kafka"
    problems = check(admin, specs(settings), with_config=real)
    if problems:
        raise ConfigError(problems=problems)
    changelog = settings.changelog_topic
    # The embedded broker gives topics no ids; its state lives no longer than it does.
    ids = topic_ids(admin, [*topics, changelog]) if real else {}
    return Identity(
        cluster_id=cluster_id(admin),
        changelog_topic=changelog,
        changelog_topic_id=ids.pop(changelog, ""),
        topic_ids=ids,
    )


def make_app(settings: Settings, shell: Shell, folding: Folding) -> StreamsApp:
    """Faust's app with one agent over all source topics."""
    app = StreamsApp(
        settings.application_id,
        broker=f"rdkafka://{settings.bootstrap_servers.split(',')[0]}",
        store="memory://",
        datadir=str(settings.state_dir / settings.application_id / "faust"),
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        stream_buffer_maxsize=16,
        table_standby_replicas=0,
        cython_optimizations=True,
    )
    app.shell = shell
    topic = app.topic(*shell.topics, schema=_Chunks())

    @app.agent(topic, name="fold")  # type: ignore[untyped-decorator]  # Faust is untyped here
    async def fold(stream: Any) -> None:
        await _fold_all(app, shell, folding, stream)

    return app


class _Chunks(faust.Schema):  # type: ignore[misc]  # Faust is untyped here
    """Nothing to decode: the transport's messages carry chunks of records."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> None:
        """No key: a chunk holds many."""

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:  # noqa: ARG002  # Faust's signature
        """The chunk, as it is."""
        return message.value


async def _fold_all(app: StreamsApp, shell: Shell, folding: Folding, stream: Any) -> None:
    """The agent: fold each chunk, tell the consumer, end the unit when it is due."""
    consumer = app.consumer
    try:
        async for event in stream.events():
            folded = 0
            for chunk in event.value:
                if not consumer.expects(chunk):
                    continue
                folding.fold(chunk)
                consumer.folded(chunk)
                folded += len(chunk.records)
                if shell.end_unit_if(dry=consumer.dry):
                    await shell.unit.commit()
                elif folded > YIELD_RECORDS:  # pages and commits want their turn
                    folded = 0
                    await asyncio.sleep(0)
    except Exception as error:  # noqa: BLE001  # the outermost loop; Faust would restart and skip
        end_process(error)


async def _work(
    settings: Settings,
    policies: tuple[Policy, Policy | None],
    identity: Identity,
    topics: tuple[str, ...],
    *,
    accept_reset: bool,
) -> int:
    policy, candidate = policies
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    codec = RowCodec(decode=decode_row, encode=plain_row, seal=pack_row)
    shell = Shell(
        settings,
        identity,
        topics,
        codec=codec,
        on_committed=on_committed,
        accept_reset=accept_reset,
    )
    adopting = Adopting(
        policy, topic_prefix=settings.topic_prefix, products_max=settings.products_max
    )
    pages = await start_http(settings, RunningWorker(shell, adopting))
    shell.http_port = bound_port(pages)

    def settle() -> None:  # in the thread of the reader
        before = adopting.adopted
        adopting.settle()
        if adopting.adopted is not before:
            loop.call_soon_threadsafe(shell.tell_news)

    reference = Reference(settings, reference_topics(settings), adopting.take, settle)
    # Nothing is folded, and no page says ready, before products and model are read.
    if await _read_whole(reference, stop):
        shadow = Shadow(settings, shell.unit, candidate)
        folding = Folding(settings, adopting, shell.unit, shadow)
        fires = (
            Firing(settings, shell.unit, folding.begin, shadow).fire,
            Sweeping(settings, shell.unit, folding.begin, folding.current).sweep,
        )
        await _run(make_app(settings, shell, folding), shell, fires, stop)
    reference.stop()
    await pages.cleanup()
    shell.close()
    log.info("stopped")
    return os.EX_OK


async def _read_whole(reference: Reference, stop: asyncio.Event) -> bool:
    """Read the reference topics to their end; False when told to stop meanwhile."""
    reference.start()
    reading = asyncio.create_task(asyncio.to_thread(reference.wait))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([reading, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if stop.is_set():
        reference.stop()
    await reading
    return not stop.is_set()


async def _run(app: StreamsApp, shell: Shell, fires: tuple[Fire, ...], stop: asyncio.Event) -> None:
    """Fold until told to stop, then commit and leave the group."""
    watch(shell)
    running = (
        shell.commit_when_due(),
        shell.fire_when_due(*fires),
        _observe(shell),
        app.start(),
    )
    background = [asyncio.create_task(one) for one in running]
    for task in background:
        task.add_done_callback(end_if_failed)
    stopped: list[asyncio.Task[Any]] = [
        asyncio.create_task(stop.wait()),
        asyncio.create_task(_crashed(app)),
    ]
    await asyncio.wait(stopped, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        end_process(app.crash_reason or RestartError(cause="faust", what="its app ended by itself"))
    log.info("stopping")
    async with asyncio.timeout(STOP_S):
        await app.stop()
    for task in (*background, *stopped):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _save_memory_and_time() -> None:
    # glibc gives every thread an arena of its own, which librdkafka's threads leave half empty.
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    collect_seldom()


def collect_seldom() -> None:
    """Look for cycles only when objects pile up: rows, events and decisions hold none.

    A threshold that the dictionaries of a unit's new rows reach (50,000) costs 6 us an event, as
    each is then visited once. Kept rows come and go and stay below this one.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(400_000, 50, 100)


async def _crashed(app: StreamsApp) -> None:
    """Return when Faust's app has crashed or stopped by itself."""
    while not (app.crashed or app.should_stop):  # noqa: ASYNC110  # Faust has no event for it
        await asyncio.sleep(1)


async def _observe(shell: Shell) -> None:
    while True:
        observe_tables(shell)
        await asyncio.sleep(OBSERVE_S)

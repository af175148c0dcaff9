"""Where a benchmark plays: one real Kafka, and for every run fresh topics filled beforehand."""

import itertools
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from streams.config import Settings, bootstrap
from streams.core.events import SOURCE_TOPICS
from streams.kafka.topics import create
from streams.worker.topics import specs
from tests.bench.children import ROOT, free_port
from tests.bench.mix import PARTITIONS, Source, sources
from tests.bench.watch import Backlog
from tests.integration.broker import Broker

# The broker gets what a small production broker has; the tests' heap would collect all the time.
JVM = ("-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")
OFFERS = ROOT / "deploy" / "offers"
LEXICON = ROOT / "deploy" / "lexicon"
LOADER = {
    "partitioner": "murmur2_random",
    "linger.ms": 50,
    "queue.buffering.max.messages": 200_000,
    "acks": "all",
    "log_level": 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The topics, settings and directory of one side's one run."""

    settings: Settings
    directory: Path
    env: dict[str, str]

    @property
    def source_topics(self) -> list[str]:
        """The source topics under this run's prefix."""
        return [self.settings.topic_prefix + topic for topic in SOURCE_TOPICS]

    @property
    def log(self) -> Path:
        """Where the side's output goes."""
        return self.directory / "side.log"


class Stage:
    """A broker and a scratch directory; makes runs."""

    def __init__(self, bootstrap: str, directory: Path) -> None:
        self.bootstrap = bootstrap
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
        self._directory = directory
        self._numbers = itertools.count(1)

    def run(self, name: str, **settings: str) -> Run:
        """Fresh topics, settings and state for one run of side `name`."""
        prefix = f"b{os.getpid()}-{next(self._numbers)}-{name}"
        directory = self._directory / prefix
        directory.mkdir()
        env = {
            "STREAMS_BROKER_URLS": f"kafka://{self.bootstrap}",
            "STREAMS_APPLICATION_ID": prefix,
            "STREAMS_TOPIC_PREFIX": f"{prefix}.",
            "STREAMS_WORKER_NAME": prefix,
            "STREAMS_STATE_DIR": str(directory / "state"),
            "STREAMS_OFFERS_DIR": str(OFFERS),
            "STREAMS_LEXICON_DIR": str(LEXICON),
            "STREAMS_HTTP_PORT": str(free_port()),
            "STREAMS_PARTITIONS": str(PARTITIONS),
            **settings,
        }
        run = Run(settings=Settings.from_env(env), directory=directory, env=env)
        create(self.admin, specs(run.settings), apply=True)
        return run

    def load(self, run: Run, events: int, *, first: int = 0, seed: int) -> Backlog:
        """Produce `events` records of the mix into the run's topics; what is then to be drained."""
        now_ms = time.time_ns() // 1_000_000
        return self.fill(run, sources(first, events, seed=seed, now_ms=now_ms))

    def fill(self, run: Run, records: Iterable[Source]) -> Backlog:
        """Produce `records` into the run's topics; what is then to be drained."""
        producer = Producer({**LOADER, "bootstrap.servers": self.bootstrap})
        prefix = run.settings.topic_prefix
        for one in records:
            while True:
                try:
                    producer.produce(prefix + one.topic, one.value, one.key, headers=[*one.headers])
                except BufferError:
                    producer.poll(0.1)
                else:
                    break
        producer.flush()
        return Backlog(self.bootstrap, run.settings.application_id, run.source_topics, PARTITIONS)

    def drop(self, run: Run) -> None:
        """Delete the run's topics, so that later runs find the broker as the first one did."""
        own = run.settings.application_id
        names = [name for name in self.admin.list_topics().topics if name.startswith(own)]
        for future in self.admin.delete_topics(names).values():
            future.result()


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage on a Kafka of its own, or on the one that STREAMS_TEST_KAFKA names."""
    other = os.environ.get("STREAMS_TEST_KAFKA")
    with tempfile.TemporaryDirectory(prefix="streams-bench-") as text:
        directory = Path(text)
        if other:
            yield Stage(bootstrap(other), directory)
            return
        broker = Broker(directory / "kafka", jvm=JVM)
        broker.start()
        try:
            yield Stage(broker.bootstrap, directory)
        finally:
            broker.stop()

"""One application on a real broker: its topics, workers, load, and the comparison at the end."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streams.config import Settings
from streams.core.events import CHANNELS, SOURCE_TOPICS
from streams.kafka.topics import Admin, create
from streams.worker.adopting import TOPICS
from streams.worker.topics import specs
from tests.integration.broker import free_port
from tests.integration.checks import verify
from tests.integration.feed import Feed, Source, stream
from tests.integration.group import Group
from tests.integration.kept import Kept, read_stores
from tests.integration.oracle import Oracle
from tests.integration.reading import Logged, read_topics
from tests.integration.subscribers import Subscriber
from tests.integration.workers import Worker, wait_until

MakeScene = Callable[..., "Scene"]
DRAIN_DEADLINE_S = 60.0
OUTPUT_TOPICS = (
    *(f"offer.{channel}.v1" for channel in CHANNELS),
    "decision.log.v1",
    "decision.shadow.v1",
)
DLQ_TOPICS = tuple(f"{topic}.dlq" for topic in SOURCE_TOPICS)
# A restart in a test costs the session time-out only when the victim cannot leave the group.
SESSION_TIMEOUT_MS = 3_000


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a scene came to: how much of everything, all of it compared with the oracle."""

    records: int
    units: int
    outcomes: dict[str, int]
    offers: dict[str, int]
    decisions: int
    shadows: int
    dead_letters: int
    rows: int


@dataclass(kw_only=True)
class Scene(Group):
    """Topics with a prefix of their own, workers and one feed; `close` ends what was started."""

    directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    feeds: list[Feed] = field(default_factory=list)
    subscribers: list[Subscriber] = field(default_factory=list)
    archive: dict[tuple[str, int, int], Logged] = field(default_factory=dict)

    def env(self, name: str = "worker-1", **changes: str) -> dict[str, str]:
        """Environment of worker `name`; `changes` are settings in lower case."""
        values = {
            "broker_urls": f"kafka://{self.bootstrap}",
            "topic_prefix": self.prefix,
            "application_id": self.application,
            "worker_name": name,
            "state_dir": str(self.directory / name),
            "http_port": str(free_port()),
            "partitions": str(self.partitions),
            "session_timeout_ms": str(SESSION_TIMEOUT_MS),
            **self.settings,
            **changes,
        }
        return {f"STREAMS_{key.upper()}": value for key, value in values.items()}

    def create_topics(self, **changes: str) -> "Scene":
        """Make every topic; the changelog keeps all of its rows as long as a test may last."""
        made = Settings.from_env(self.env(**changes))
        create(Admin(made), specs(made), apply=True)
        self.alter_topic(made.changelog_topic, "min.compaction.lag.ms", "86400000")
        return self

    def worker(
        self,
        name: str = "worker-1",
        *,
        supervised: bool = True,
        module: str = "streams",
        arguments: tuple[str, ...] = (),
        **changes: str,
    ) -> Worker:
        """Start a worker with a state directory of its own."""
        made = Worker(
            self.env(name, **changes),
            self.directory,
            supervised=supervised,
            module=module,
            arguments=arguments,
        )
        self.workers.append(made)
        return made.start()

    def subscriber(self, channel: str) -> Subscriber:
        """Start the reference subscriber of `channel` and wait until it has read the log."""
        settings = Settings.from_env(self.env())
        made = Subscriber(settings, self.directory, channel=channel)
        self.subscribers.append(made)
        return made.wait_ready()

    def feed(self, seed: int, *, rate: int = 1_000, subjects: int = 300) -> Feed:
        """Load that starts with `start()` or `send(count)`."""
        return self.load(stream(seed, subjects=subjects, partitions=self.partitions), rate=rate)

    def load(self, source: Iterator[Source], *, rate: int = 0) -> Feed:
        """Load of `source`, as `feed`; without a rate it is for `send` alone."""
        made = Feed(self.bootstrap, source, prefix=self.prefix, rate=rate)
        self.feeds.append(made)
        return made

    def drain(self, deadline_s: float = DRAIN_DEADLINE_S) -> float:
        """Wait until nothing is left to fold; nobody helps. Return the seconds it took."""
        began = time.monotonic()
        while behind := self.lag():
            assert time.monotonic() - began < deadline_s, "\n".join(
                [f"lag {behind} after {deadline_s} s", *(one.story("lag") for one in self.workers)]
            )
            time.sleep(0.3)
        return time.monotonic() - began

    def wait_owners(self, *owners: Worker, deadline_s: float = 40.0) -> None:
        """Wait until each of `owners` has restored partitions, and together they have all."""

        def there() -> bool:
            owned = [worker.ready_partitions() for worker in owners]
            return all(owned) and sum(map(len, owned)) == self.partitions

        names = ", ".join(worker.name for worker in owners)
        wait_until(there, f"all partitions are at {names}", deadline_s=deadline_s)

    def wait_folding(self, records: int, deadline_s: float = 40.0) -> float:
        """Wait until the group has committed `records` more than now; return the seconds."""
        before = sum(self.committed().values())

        def moved() -> bool:
            return sum(self.committed().values()) >= before + records

        return wait_until(moved, f"{records} more records folded", deadline_s=deadline_s)

    def keep_sources(self) -> None:
        """Remember what the source topics hold now, for a test that deletes some of it."""
        for one in read_topics(
            self.bootstrap, [self.full(topic) for topic in SOURCE_TOPICS], prefix=self.prefix
        ):
            self.archive[one.topic, one.partition, one.offset] = one

    def finish(self, *, drain_s: float = DRAIN_DEADLINE_S) -> Figures:
        """End the load, wait for the lag to drain, stop the workers, compare everything."""
        for feed in self.feeds:
            feed.stop()
        self.drain(drain_s)
        for worker in self.workers:
            if worker.running():
                code = worker.terminate()
                assert code == 0, worker.story(f"SIGTERM ended it with {code}")
        return self.compare()

    def compare(self, lost: frozenset[tuple[str, int, int]] = frozenset()) -> Figures:
        """Compare what is kept with the oracle.

        Raises:
            AssertionError: naming every guarantee that is broken.
        """
        kept = self.kept(lost)
        self._all_arrived(kept)
        expected = Oracle(Settings.from_env(self.env()), kept.reference).refold(kept)
        verify(kept, expected)
        outcomes: Counter[str] = Counter()
        for by_name in expected.counts.values():
            for name, number in by_name.items():
                outcomes[name.partition("|")[2]] += number
        offers = Counter(one.topic for one in kept.outputs if one.topic.startswith("offer."))
        return Figures(
            records=len(kept.sources),
            units=sum(map(len, kept.units.values())),
            outcomes=dict(outcomes),
            offers=dict(offers),
            decisions=sum(one.topic == "decision.log.v1" for one in kept.outputs),
            shadows=sum(one.topic == "decision.shadow.v1" for one in kept.outputs),
            dead_letters=len(kept.dead_letters),
            rows=sum(map(len, expected.rows.values())),
        )

    def kept(self, lost: frozenset[tuple[str, int, int]] = frozenset()) -> Kept:
        """Everything in Kafka and, of stopped workers, on disk."""
        self.keep_sources()
        read = {
            topics: read_topics(self.bootstrap, map(self.full, topics), prefix=self.prefix)
            for topics in (OUTPUT_TOPICS, DLQ_TOPICS, TOPICS)
        }
        changelog = Settings.from_env(self.env()).changelog_topic
        return Kept(
            sources=sorted(self.archive.values(), key=lambda one: one[:3]),
            changelog=read_topics(self.bootstrap, [changelog]),
            outputs=read[OUTPUT_TOPICS],
            dead_letters=read[DLQ_TOPICS],
            reference=read[TOPICS],
            committed=self.committed(),
            lost=lost,
            prefix=self.prefix,
            stores=[
                store
                for worker in self.workers
                if not worker.running()
                for store in read_stores(
                    Path(worker.env["STREAMS_STATE_DIR"]),
                    self.application,
                    worker.name,
                    prefix=self.prefix,
                )
            ],
        )

    def _all_arrived(self, kept: Kept) -> None:
        there = {(one.topic, one.partition, one.offset) for one in kept.sources}
        for feed in self.feeds:
            missing = sorted(feed.acknowledged.keys() - there)
            assert not missing, f"acknowledged, yet not in the topics: {missing[:5]}"

    def close(self) -> None:
        """End every process and the load, whatever state they are in."""
        for feed in self.feeds:
            feed.abandon()
        for worker in self.workers:
            worker.close()
        for subscriber in self.subscribers:
            subscriber.close()

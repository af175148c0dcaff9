"""What Kafka keeps after a test: whole topics as a read_committed consumer sees them.

Topic names in the results are the contract's, without the prefix of the test.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple, TypeVar, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

READ_DEADLINE_S = 60.0
BATCH = 5_000
Place = tuple[str, int]
# What a broker answers while it starts, or when it is away.
PASSING = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._WAIT_COORD,
    }
)
PATIENCE_S = 60.0
Answer = TypeVar("Answer")


class Logged(NamedTuple):
    """One record of a topic; `time_ms` is the broker's append time where the topic says so."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    time_ms: int

    def where(self) -> str:
        """Place and key in words, for failures."""
        key = "no key" if self.key is None else self.key.decode(errors="replace")
        return f"{self.topic}/{self.partition}@{self.offset} ({key})"


def patiently(ask: Callable[[], Answer]) -> Answer:
    """The answer to `ask()`, asked again while the broker is coming up."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except (KafkaException, TimeoutError) as error:
            passing = isinstance(error, TimeoutError) or error.args[0].code() in PASSING
            if not passing or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def watermarks(
    bootstrap: str, topics: Iterable[str], *, isolation: str = "read_uncommitted"
) -> dict[Place, tuple[int, int]]:
    """Low and high watermark of every partition of `topics`; unknown topics are left out.

    Asked for read_uncommitted: a read_committed answer stops at the first open transaction.
    """
    consumer = _consumer(bootstrap, isolation=isolation)
    try:
        known = consumer.list_topics(timeout=30).topics
        places = [(name, one) for name in topics if name in known for one in known[name].partitions]
        found = {}
        for place in places:
            part = TopicPartition(*place)
            low_high = patiently(partial(consumer.get_watermark_offsets, part, timeout=30))
            assert low_high is not None, f"no watermarks of {place} within 30 s"
            found[place] = low_high
        return found
    finally:
        consumer.close()


def read_topics(bootstrap: str, topics: Iterable[str], *, prefix: str = "") -> list[Logged]:
    """Read every committed record of `topics`, in offset order inside a partition.

    A topic that does not exist is empty. `prefix` is cut from the names.
    """
    ends = watermarks(bootstrap, topics)
    return read_places(bootstrap, {place: low for place, (low, _) in ends.items()}, prefix=prefix)


def read_places(bootstrap: str, starts: dict[Place, int], *, prefix: str = "") -> list[Logged]:
    """Read every committed record from `starts` on, to the present end of each partition."""
    ends = watermarks(bootstrap, {topic for topic, _ in starts})
    pending = {place for place, start in starts.items() if start < ends[place][1]}
    consumer = _consumer(bootstrap, isolation="read_committed")
    found: list[Logged] = []
    deadline = time.monotonic() + READ_DEADLINE_S
    try:
        consumer.assign([TopicPartition(*place, starts[place]) for place in sorted(pending)])
        while pending:
            assert time.monotonic() < deadline, f"no end of {sorted(pending)[:5]} in time"
            for message in consumer.consume(BATCH, 0.1):
                place, offset = _place(message)
                error = message.error()
                if error is None:
                    found.append(_logged(message, place, prefix))
                    continue
                assert error.code() == KafkaError._PARTITION_EOF, f"reading {place}: {error}"
                pending -= {place} if offset >= ends[place][1] else set()
    finally:
        consumer.close()
    return sorted(found, key=lambda one: (one.topic, one.partition, one.offset))


def _consumer(bootstrap: str, *, isolation: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": isolation,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 20,
        }
    )


def _place(message: Message) -> tuple[Place, int]:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return (topic, partition), offset


def _logged(message: Message, place: Place, prefix: str) -> Logged:
    pairs = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    return Logged(
        topic=place[0].removeprefix(prefix),
        partition=place[1],
        offset=_place(message)[1],
        key=message.key(),
        value=message.value(),
        headers=tuple(pairs),
        time_ms=message.timestamp()[1],
    )

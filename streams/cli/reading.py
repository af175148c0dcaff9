"""What the commands read from Kafka: committed records of whole topics, as a member of no group.

Nothing here joins a group, commits an offset or makes a topic, so looking never moves a worker.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import NamedTuple, Self, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.config import Settings
from streams.core.errors import RestartError
from streams.kafka.quiet import ANSWER_MAX_S, Complaints, Place, connect, no_answer

MARKERS_MAX_S = 3.0
"""Lag is shown as offsets have it where looking for records takes longer."""
LEADERLESS = frozenset((KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE))
"""Of a partition that was just made, or whose broker just went: another answers in a moment."""
BATCH = 2_000
POLL_S = 0.1


class Record(NamedTuple):
    """One record of a topic; `time_ms` is the broker's append time where the topic says so."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    time_ms: int

    def header(self, name: str) -> str | None:
        """Return the text of the last header called `name`, None when there is none."""
        found = [value for one, value in self.headers if one == name and value is not None]
        return found[-1].decode(errors="replace") if found else None


class Reader:
    """One read_committed consumer of a command; use it in a `with` statement."""

    def __init__(self, settings: Settings) -> None:
        """Connect lazily: the first question finds out whether there is a broker."""
        self._settings = settings
        self._complaints = Complaints()
        self._consumer = connect(
            Consumer,
            settings,
            self._complaints,
            {
                "group.id": f"{settings.application_id}-commands",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                # Retention may delete a record between the question and the read.
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "queued.max.messages.kbytes": 16_384,
            },
        )

    def __enter__(self) -> Self:
        """Return the reader itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._consumer.close()

    def partitions(self) -> dict[str, int]:
        """Return topic -> number of partitions, of all topics there are.

        Raises:
            RestartError: the broker does not answer.
        """
        # Asking for one topic by name could make it; asking for all never does.
        try:
            found = self._consumer.list_topics(timeout=ANSWER_MAX_S).topics
        except KafkaException as error:
            doing = "listing topics"
            raise self._no_answer(doing, error) from error
        return {name: len(one.partitions) for name, one in found.items()}

    def bounds(self, topics: Iterable[str]) -> dict[Place, tuple[int, int]]:
        """Return (topic, partition) -> (first offset, next offset); unknown topics are left out."""
        counts = self.partitions()
        return {
            (topic, number): self._watermarks(topic, number)
            for topic in topics
            for number in range(counts.get(topic, 0))
        }

    def records(self, bounds: Mapping[Place, tuple[int, int]]) -> Iterator[Record]:
        """Yield the committed records inside `bounds`, as `bounds()` gives them.

        What arrives meanwhile is left out, so reading ends however fast a topic grows. Order is
        kept inside a partition.

        Raises:
            RestartError: the broker refused, or said nothing for `ANSWER_MAX_S`.
        """
        pending = {place: end for place, (start, end) in bounds.items() if start < end}
        self._assign({place: bounds[place][0] for place in pending})
        heard = time.monotonic()
        while pending:
            batch = self._consumer.consume(BATCH, POLL_S)
            if batch:
                heard = time.monotonic()
            elif time.monotonic() - heard > ANSWER_MAX_S:
                raise self._silence(pending)
            for message in batch:
                place, offset = self._place(message)
                end = pending.get(place, 0)
                if message.error() is None and offset < end:
                    yield record(message)
                # The last offsets may be markers of transactions, which no consumer sees.
                if message.error() is not None or offset >= end - 1:
                    pending.pop(place, None)

    def follow(self, starts: Mapping[Place, int]) -> Iterator[Record]:
        """Yield the committed records from `starts` on, for ever; a broker may come and go.

        Raises:
            RestartError: the broker refused.
        """
        self._assign(starts)
        while True:
            for message in self._consumer.consume(BATCH, POLL_S):
                self._place(message)
                if message.error() is None:
                    yield record(message)

    def only_markers(self, bounds: Mapping[Place, tuple[int, int]]) -> set[Place]:
        """Return those of `bounds` that hold no record at all, only ends of transactions.

        A marker takes an offset that no consumer ever sees, so a position may stay below the log
        end for ever. A record of a transaction that is still open counts as a record.
        """
        pending = {place: end for place, (start, end) in bounds.items() if start < end}
        self._assign({place: bounds[place][0] for place in pending})
        empty = set()
        until = time.monotonic() + MARKERS_MAX_S
        while pending and time.monotonic() < until:
            for message in self._consumer.consume(1, POLL_S):
                place, offset = self._place(message)
                end = pending.pop(place, None)
                if end is not None and message.error() is not None and offset >= end:
                    empty.add(place)
        return empty

    def since(
        self, bounds: Mapping[Place, tuple[int, int]], time_ms: int
    ) -> dict[Place, tuple[int, int]]:
        """Return `bounds` without what comes before the first record of `time_ms` or later."""
        asked = [TopicPartition(*place, time_ms) for place in sorted(bounds)]
        if not asked:
            return {}
        try:
            found = self._consumer.offsets_for_times(asked, timeout=ANSWER_MAX_S)
        except KafkaException as error:
            doing = f"asking for the records of {asked[0].topic} since a time"
            raise self._no_answer(doing, error) from error
        starts = {(one.topic, one.partition): one.offset for one in found}
        # A partition whose records are all older answers -1.
        return {
            place: (max(low, starts[place]) if starts[place] >= 0 else end, end)
            for place, (low, end) in bounds.items()
        }

    def fetch(self, place: Place, offset: int) -> Record | None:
        """Return the record at exactly `offset`, None when it is not there (any more)."""
        low_high = self.bounds([place[0]]).get(place)
        if low_high is None or not low_high[0] <= offset < low_high[1]:
            return None
        return next(self.records({place: (offset, offset + 1)}), None)

    def _assign(self, starts: Mapping[Place, int]) -> None:
        self._consumer.assign([TopicPartition(*place, starts[place]) for place in sorted(starts)])

    def _watermarks(self, topic: str, number: int) -> tuple[int, int]:
        place = TopicPartition(topic, number)
        deadline = time.monotonic() + ANSWER_MAX_S
        while True:
            try:
                found = self._consumer.get_watermark_offsets(place, timeout=ANSWER_MAX_S)
            except KafkaException as error:
                if error.args[0].code() in LEADERLESS and time.monotonic() < deadline:
                    time.sleep(POLL_S)
                    continue
                doing = f"asking for the end of {topic}:{number}"
                raise self._no_answer(doing, error) from error
            if found is None:
                raise self._silence({(topic, number)})
            return found

    def _place(self, message: Message) -> tuple[Place, int]:
        """Return where `message` is from; an error other than the end of a partition is raised."""
        error = message.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001  # librdkafka's own codes start with an underscore
            doing = f"reading {message.topic()}"
            raise self._no_answer(doing, KafkaException(error))
        place = (message.topic(), message.partition())
        return cast("Place", place), cast("int", message.offset())

    def _no_answer(self, doing: str, error: KafkaException) -> RestartError:
        self._consumer.poll(0)  # serves the callback that says why
        return no_answer(self._settings, doing, error, self._complaints.last)

    def _silence(self, pending: Iterable[Place]) -> RestartError:
        names = ", ".join(f"{topic}:{number}" for topic, number in sorted(pending)[:3])
        return self._no_answer(
            f"reading {names}",
            KafkaException(KafkaError(KafkaError._TIMED_OUT)),  # noqa: SLF001  # the same
        )


def record(message: Message) -> Record:
    """Return what `message` holds, as plain values."""
    return Record(
        topic=cast("str", message.topic()),
        partition=cast("int", message.partition()),
        offset=cast("int", message.offset()),
        key=message.key(),
        value=message.value(),
        headers=cast("list[tuple[str, bytes | None]]", message.headers() or []),
        time_ms=message.timestamp()[1],
    )

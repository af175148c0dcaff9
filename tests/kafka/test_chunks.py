"""What the poll thread makes of what librdkafka delivers."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import KafkaError, Message, TopicPartition

from streams.core.errors import ConfigError, RestartError
from streams.kafka.chunks import CHUNK_RECORDS_MAX, check_error, cut, whole_partitions
from streams.kafka.consumer import Consumer
from streams.kafka.lag import Ends

TOPICS = frozenset({"a", "b"})


class Record:
    """Stands for librdkafka's message: coordinates only."""

    def __init__(self, offset: int, topic: str = "a", partition: int = 0) -> None:
        self._place = (topic, partition, offset)

    def topic(self) -> str:
        """Its topic."""
        return self._place[0]

    def partition(self) -> int:
        """Its partition."""
        return self._place[1]

    def offset(self) -> int:
        """Its offset."""
        return self._place[2]


def records(*offsets: int) -> list[Message]:
    """Records of topic a, partition 0."""
    return [cast(Message, Record(offset)) for offset in offsets]


def consumer(expected: int | None) -> Any:
    """A consumer that reads partition 0 of topic a from `expected` on; None: not restored yet."""
    made = Consumer.__new__(Consumer)
    made._open = {} if expected is None else {("a", 0): expected}
    made._numbers = {("a", 0): 0}
    made._last = {}
    made._epoch = 7
    return made


def offsets(chunks: list[Any]) -> list[list[int]]:
    """Offsets by chunk."""
    return [[one.offset() for one in chunk.records] for chunk in chunks]


def test_record_of_a_partition_that_is_not_ready_is_dropped() -> None:
    """One consume call may return records from before a rebalance; they are read again."""
    assert consumer(None)._cut(("a", 0), records(5, 6)) == []


def test_record_below_the_expected_position_is_dropped() -> None:
    """It was folded already."""
    reading = consumer(6)

    assert offsets(reading._cut(("a", 0), records(4, 5, 6, 7))) == [[6, 7]]
    assert reading._cut(("a", 0), records(6, 7)) == []


def test_record_above_the_expected_position_is_right() -> None:
    """Transaction markers and compaction leave gaps."""
    assert offsets(consumer(6)._cut(("a", 0), records(9, 11))) == [[9, 11]]


def test_chunks_are_bounded_and_numbered() -> None:
    """A chunk that gets lost on its way through Faust is noticed by the next one's number."""
    chunks = cut(("a", 0), records(*range(2 * CHUNK_RECORDS_MAX + 1)), epoch=3, number=10)

    assert [len(one.records) for one in chunks] == [CHUNK_RECORDS_MAX, CHUNK_RECORDS_MAX, 1]
    assert [one.number for one in chunks] == [11, 12, 13]
    assert {one.epoch for one in chunks} == {3}


def test_lost_chunk_ends_the_worker() -> None:
    """Folding the next one would skip a thousand records in silence."""
    reading = consumer(0)
    first, second, third = cut(
        ("a", 0), records(*range(2 * CHUNK_RECORDS_MAX + 1)), epoch=7, number=0
    )
    assert reading.expects(first)

    with pytest.raises(AssertionError, match=r"chunk 2 of .* never arrived"):
        reading.expects(third)
    assert reading.expects(second)


def test_chunk_of_an_assignment_that_is_over_is_not_expected() -> None:
    """Its partition may be another worker's by now."""
    (old,) = cut(("a", 0), records(1), epoch=6, number=0)

    assert not consumer(0).expects(old)


async def test_chunks_wait_while_the_flow_is_stopped_but_not_for_ever() -> None:
    """Faust drops what it is given then; at the end of a worker nobody lets the flow go on."""
    reading = consumer(0)
    reading._chunks = cut(("a", 0), records(1), epoch=7, number=0)
    reading.flow_active = False
    reading.can_resume_flow = asyncio.Event()

    while_stopped = [one async for one in reading.getmany(1.0)]
    reading.flow_active = True
    reading._stopped = SimpleNamespace(is_set=lambda: False)
    reading._crashed = SimpleNamespace(is_set=lambda: False)
    once_it_flows = [message.value async for _, message in reading.getmany(1.0)]

    assert while_stopped == []
    assert [[one.number for one in chunks] for chunks in once_it_flows] == [[1]]


def test_partition_number_without_all_topics_is_refused() -> None:
    """A partly upgraded group would give one customer two owners."""
    parts = [TopicPartition("a", 0), TopicPartition("b", 0), TopicPartition("a", 1)]

    with pytest.raises(ConfigError, match="partition 1 was assigned without b; expected all 2"):
        whole_partitions(parts, TOPICS)
    assert whole_partitions(parts[:2], TOPICS) == {0}


def test_position_that_retention_overtook_ends_the_worker() -> None:
    """The takeover of its next start counts what is gone."""
    gone = KafkaError(KafkaError._AUTO_OFFSET_RESET, "out of range")

    with pytest.raises(RestartError, match="position out of range: a partition 0"):
        check_error(records(1)[0], gone, Ends())


def test_end_of_partition_is_noted() -> None:
    """It lies behind markers, so it tells lag from nothing."""
    ends = Ends()
    ends._high["a", 0] = 9

    check_error(records(9)[0], KafkaError(KafkaError._PARTITION_EOF), ends)

    assert ends.lag("a", 0, 8) == 0

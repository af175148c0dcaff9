"""What commands read: a partition that has no leader yet is asked again."""

import time
from typing import Any, cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException

from streams.cli.reading import Reader
from streams.config import Settings
from streams.core.errors import RestartError

NEW = ("sources", 0)


class Asked:
    """As much of a consumer as the ends of a partition need; it answers after `problems`."""

    def __init__(self, *problems: int) -> None:
        """Refuse once by each of these codes."""
        self.problems = list(problems)

    def get_watermark_offsets(self, _: object, **__: object) -> tuple[int, int]:
        """Refuse, or answer."""
        if self.problems:
            raise KafkaException(KafkaError(self.problems.pop(0)))
        return 3, 7

    def poll(self, _: float) -> None:
        """Serve no callback."""


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader that waits for nothing, of one topic with one partition."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(Reader, "partitions", lambda _: {NEW[0]: 1})
    return Reader(Settings(broker_urls="kafka://127.0.0.1:1"))


def asking(reader: Reader, *problems: int) -> Asked:
    """Let `reader` ask a consumer that refuses so often."""
    consumer: Any = Asked(*problems)
    reader._consumer = cast("Consumer", consumer)
    return cast("Asked", consumer)


def test_a_partition_without_a_leader_is_asked_again(reader: Reader) -> None:
    """It was just made; a moment later it has one."""
    asked = asking(reader, KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)

    assert reader.bounds([NEW[0]]) == {NEW: (3, 7)}
    assert asked.problems == []


def test_it_is_asked_for_as_long_as_a_command_waits(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then one sentence says what was asked."""
    clock = iter(range(1_000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    asking(reader, *[KafkaError.NOT_LEADER_FOR_PARTITION] * 99)

    with pytest.raises(RestartError, match="asking for the end of sources:0"):
        reader.bounds([NEW[0]])


def test_any_other_refusal_is_told_at_once(reader: Reader) -> None:
    """Nothing is asked twice."""
    asked = asking(reader, KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.NO_ERROR)

    with pytest.raises(RestartError, match="asking for the end of sources:0"):
        reader.bounds([NEW[0]])
    assert len(asked.problems) == 1

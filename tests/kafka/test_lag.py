"""Lag as the poll thread last saw it."""

from typing import Any, cast

from confluent_kafka import Consumer, TopicPartition

from streams.kafka.lag import Ends


class Watermarks:
    """Stands for a consumer whose every log ends at 10."""

    def get_watermark_offsets(self, _: TopicPartition, **__: Any) -> tuple[int, int]:
        """First and next offset."""
        return 0, 10


def looked() -> Ends:
    """Ends that have seen the log of partition 0 end at 10."""
    ends = Ends()
    ends.look(cast(Consumer, Watermarks()), [("a", 0)])
    return ends


def test_lag_is_what_lies_between_position_and_end() -> None:
    """Position 4, end 10."""
    assert looked().lag("a", 0, 4) == 6


def test_markers_at_the_end_are_no_lag() -> None:
    """A transaction's marker at 9 is never delivered: the position stays at 9 for ever."""
    ends = looked()
    ends.reached("a", 0, 10)

    assert ends.lag("a", 0, 9) == 0


def test_unknown_partition_has_no_lag() -> None:
    """The watchdog must not end a worker for what it has not seen."""
    assert looked().lag("a", 1, 0) == 0


def test_a_new_assignment_forgets() -> None:
    """Another worker's reading says nothing of ours."""
    ends = looked()
    ends.clear()

    assert ends.lag("a", 0, 4) == 0

"""How far a worker is behind, without asking the broker."""

from confluent_kafka import Consumer, KafkaException, TopicPartition


class Ends:
    """Where each partition was last read to its end.

    A transaction's marker takes an offset that no consumer ever sees, so a position may stay
    below the log end for ever. The end-of-partition event lies behind markers.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._read: dict[tuple[str, int], int] = {}

    def reached(self, topic: str, number: int, offset: int) -> None:
        """Everything before `offset` was delivered."""
        self._read[topic, number] = offset

    def clear(self) -> None:
        """Forget all: the assignment changed."""
        self._read.clear()

    def lag(self, group: Consumer, topic: str, number: int, position: int) -> int:
        """Records between `position` and the log end as of the last fetch; 0 when unknown."""
        try:
            _, high = group.get_watermark_offsets(TopicPartition(topic, number), cached=True)
        except (KafkaException, RuntimeError):  # not assigned any more, or closed
            return 0
        if self._read.get((topic, number), -1) >= high:
            return 0
        return max(0, high - position)

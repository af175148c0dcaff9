"""How far a worker is behind, without asking the broker."""

import time
from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaException, TopicPartition

LOOK_S = 1.0


class Ends:
    """Where each partition was last read to its end.

    A transaction's marker takes an offset that no consumer ever sees, so a position may stay
    below the log end for ever. The end-of-partition event lies behind markers.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._read: dict[tuple[str, int], int] = {}
        self._high: dict[tuple[str, int], int] = {}
        self._looked_s = 0.0

    def look(self, group: Consumer, places: Iterable[tuple[str, int]]) -> None:
        """Once a second, note the log ends of `places` as of the last fetch.

        Only for the thread that polls: asked from any other, even the cached answer waits for
        a lock while holding the interpreter's, and the process stands still for ever
        (confluent-kafka 2.16).
        """
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        for topic, number in places:
            try:
                _, high = group.get_watermark_offsets(TopicPartition(topic, number), cached=True)
            except (KafkaException, RuntimeError):  # not assigned any more, or closed
                continue
            self._high[topic, number] = high

    def reached(self, topic: str, number: int, offset: int) -> None:
        """Everything before `offset` was delivered."""
        self._read[topic, number] = offset

    def clear(self) -> None:
        """Forget all: the assignment changed."""
        self._read.clear()
        self._high.clear()

    def lag(self, topic: str, number: int, position: int) -> int:
        """Records between `position` and the log end as of the last look; 0 when unknown."""
        high = self._high.get((topic, number), 0)
        if self._read.get((topic, number), -1) >= high:
            return 0
        return max(0, high - position)

"""How fast a feed may go: by the clock, and by what the worker has taken. Pure."""

from collections import deque
from collections.abc import Mapping

Place = tuple[str, int]
"""Topic and partition."""

# A feed at a steady rate sends what is due once a tick, so no burst is longer than this.
TICK_S = 0.004


def due(*, rate: float, elapsed_s: float, sent: int) -> int:
    """How many more records should be out after `elapsed_s` at `rate` a second.

    What was missed while the machine was busy is caught up at once: a slow worker must not slow
    down the load that measures it.
    """
    return max(0, int(rate * elapsed_s) - sent)


class InFlight:
    """Bytes produced to each partition and not yet committed by the worker.

    The embedded broker silently drops the oldest records of a partition beyond about 5 MiB; a
    feed that waits while `fullest()` is over its bound never gets there. Holds one entry for each
    record in flight.
    """

    def __init__(self) -> None:
        """Nothing is in flight."""
        self._waiting: dict[Place, deque[tuple[int, int]]] = {}
        self._bytes: dict[Place, int] = {}

    def add(self, place: Place, offset: int, size: int) -> None:
        """A record of `size` bytes was acknowledged at `offset`; offsets rise."""
        self._waiting.setdefault(place, deque()).append((offset, size))
        self._bytes[place] = self._bytes.get(place, 0) + size

    def committed(self, positions: Mapping[Place, int]) -> None:
        """The worker has taken everything below these offsets."""
        for place, position in positions.items():
            waiting = self._waiting.get(place, deque())
            while waiting and waiting[0][0] < position:
                self._bytes[place] -= waiting.popleft()[1]

    def fullest(self) -> int:
        """Bytes in flight of the fullest partition."""
        return max(self._bytes.values(), default=0)

    def records(self) -> int:
        """Records in flight in all partitions together."""
        return sum(map(len, self._waiting.values()))

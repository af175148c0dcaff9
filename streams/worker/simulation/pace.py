"""How fast a feed may go: by the clock, and by what the worker has taken. Pure."""

from collections import deque

# A feed at a steady rate sends what is due once a tick, so no burst is longer than this.
TICK_S = 0.004


def due(*, rate: float, elapsed_s: float, sent: int) -> int:
    """How many more records should be out after `elapsed_s` at `rate` a second.

    What was missed while the machine was busy is caught up at once: a slow worker must not slow
    down the load that measures it.
    """
    return max(0, int(rate * elapsed_s) - sent)


class InFlight:
    """Records the broker has and the worker has not committed yet, oldest first.

    The embedded broker silently drops the oldest records of a partition beyond about 5 MiB. While
    the bytes of all partitions together stay below that, no partition can get there.
    """

    def __init__(self) -> None:
        """Nothing is in flight."""
        self._sizes: deque[int] = deque()
        self._taken = 0
        self._seen = 0
        self.bytes = 0

    def add(self, size: int) -> None:
        """A record of `size` bytes was acknowledged."""
        self._sizes.append(size)
        self.bytes += size
        self._drop()

    def taken(self, total: int) -> None:
        """The worker says it has committed `total` records so far; it may start again from 0."""
        self._taken += total - self._seen if total >= self._seen else total
        self._seen = total
        self._drop()

    def records(self) -> int:
        """How many records are in flight."""
        return len(self._sizes)

    def _drop(self) -> None:
        while self._taken and self._sizes:
            self.bytes -= self._sizes.popleft()
            self._taken -= 1

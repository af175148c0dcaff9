r"""Timer rows of a partition: reserved rows whose keys are in the order of their times.

The key is `\0timer`, the time in ms as 15 digits, and the key of the row to wake: what is due is a
range of the store, needs no memory, and comes back with any restore. Digits and not eight bytes,
so that a key stays the text that every other key is. Nothing here knows what a timer is for.
"""

import time

from streams.kafka.ledger import RESERVED
from streams.kafka.table import Store

PREFIX = RESERVED + b"timer"
DIGITS = 15
VALUE = b"1"
_NEVER = PREFIX + b":"  # the byte after the digits: above every timer


def timer_key(at_ms: int, key: bytes) -> bytes:
    """The key of the timer row that wakes `key` at `at_ms`."""
    return b"%s%015d%s" % (PREFIX, at_ms, key)


def parts_of(row_key: bytes) -> tuple[int, bytes]:
    """Time, and key of the row to wake, of a timer row."""
    begin = len(PREFIX)
    return int(row_key[begin : begin + DIGITS]), row_key[begin + DIGITS :]


class Timers:
    """The timer rows of one partition, as of everything folded so far."""

    def __init__(self, store: Store) -> None:
        """Start from what `store` holds."""
        self.ready_ms = time.time_ns() // 1_000_000
        """Wall clock: what was due before could not be seen."""
        self._store = store
        self._dirty: dict[bytes, bytes | None] = {}
        self._inflight: dict[bytes, bytes | None] = {}
        # No timer row lies below this one. RocksDB walks over what was deleted until it compacts:
        # 7 ms at each look after 90,000 fired ones.
        self._first = PREFIX

    def move(self, key: bytes, old_ms: int, new_ms: int) -> None:
        """Take away the timer row of `key` at `old_ms`, and put one at `new_ms`; 0 is none."""
        if old_ms:
            self._dirty[timer_key(old_ms, key)] = None
        if new_ms:
            row_key = timer_key(new_ms, key)
            self._dirty[row_key] = VALUE
            self._first = min(self._first, row_key)

    def due(self, now_ms: int, count_max: int) -> list[tuple[int, bytes]]:
        """Up to `count_max` timer rows at or before `now_ms`, (time, key to wake), earliest first.

        One taken away by a unit that is not committed yet is not among them; one put there by such
        a unit waits for its commit. They are due again until `move` takes them away.
        """
        end = timer_key(now_ms + 1, b"")
        if self._first >= end:
            return []
        found: list[bytes] = []
        following = _NEVER
        for row_key in self._store.keys(self._first, _NEVER):
            if self._newest(row_key) is None:
                continue
            if row_key >= end or len(found) == count_max:
                following = row_key
                break
            found.append(row_key)
        coming = [one for rows in (self._dirty, self._inflight) for one in rows if rows[one]]
        self._first = min([*found[:1], following, *coming])
        return [parts_of(row_key) for row_key in found]

    def _newest(self, row_key: bytes) -> bytes | None:
        if row_key in self._dirty:
            return self._dirty[row_key]
        return self._inflight.get(row_key, VALUE)

    def take(self) -> dict[bytes, bytes | None]:
        """Hand over the rows that changed since the last time, None for those taken away."""
        self._inflight, self._dirty = self._dirty, {}
        return self._inflight

    def settled(self) -> None:
        """Forget the rows in flight: the store has them now."""
        self._inflight = {}

"""The home of a limit: the partition that knows who has its tokens, and grants what is left.

What was granted is at hand in another partition, taken there by an offer, or on its way back: so
the sum never exceeds the limit, whatever dies or moves, as every step is part of the transaction of
the event that caused it. A home that has nothing left asks the others to return half of what they
have at hand, and waits longer each time nothing came of it.
"""

from collections.abc import Callable
from typing import Any, Protocol

from streams.core.fold_policy import Zone
from streams.core.leases.limits import Limits
from streams.core.leases.rows import WINDOWS_MAX, Lease
from streams.core.leases.saying import Said, Verb, lease_key

AGAIN_MS = 1_000
"""A partition waits so long after a home had nothing, a home after nobody returned anything."""
AGAIN_MAX_MS = 64_000


class Rows(Protocol):
    """The rows of one partition, with all that was folded so far."""

    def read(self, key: bytes) -> Any:
        """The row of `key`, None if there is none."""

    def put(self, key: bytes, row: Any) -> None:
        """Write `row` with the unit."""

    def remove(self, key: bytes) -> None:
        """Erase the row with the unit."""


Say = Callable[[int, Said], None]
"""Sends an exchange to a partition, with the unit."""
Count = Callable[[int, str, str], None]
"""Counts tokens of a kind of limit by what became of them."""


class Home:
    """The limits that are at home in partition `number` of `partitions`; state is in `rows`."""

    def __init__(  # noqa: PLR0913  # where it stands, and whom it talks to
        self,
        rows: Rows,
        limits: Limits,
        zone: Zone,
        *,
        number: int,
        partitions: int,
        home_of: Callable[[bytes], int],
        say: Say,
        count: Count,
    ) -> None:
        """`home_of(key)` is the partition at which a row of this key is at home.

        In `zone` the windows of channels begin.
        """
        self.limits = limits
        self.rows = rows
        self._zone = zone
        self._number = number
        self._partitions = partitions
        self._home_of = home_of
        self._say = say
        self._count = count

    def is_home_of(self, name: str) -> bool:
        """Whether asks and returns about the limit belong here."""
        return self._home_of(lease_key(name)) == self._number

    def asked(self, said: Said, now_ms: int) -> None:
        """Grant what is left, at most; a share of it, but as much as is needed."""
        lease = self._read(said.name)
        left = self._left(lease, said.name, said.window)
        lot = max(0, min(left, max(said.tokens, -(-left // (2 * self._partitions)))))
        if lot:
            holders = self._holders(lease, said)
            holders[said.sender] = holders.get(said.sender, 0) + lot
            self._put(said.name, lease)
        elif said.window in lease.out:
            self._recall(lease, said, now_ms)
        self._tell(said.sender, Verb.GRANT, said.name, said.window, lot)

    def returned(self, said: Said) -> None:
        """Take back what another partition did not use, to be granted again."""
        lease = self._read(said.name)
        holders = lease.out.get(said.window)
        if holders is None:  # its window is over
            return
        holders[said.sender] -= said.tokens
        lease.recall_ms = lease.recall_waited_ms = 0
        self._put(said.name, lease)

    def could_return(self, said: Said) -> bool:
        """Whether the sender has what it returns."""
        holders = self._read(said.name).out.get(said.window)
        return holders is None or holders.get(said.sender, 0) >= said.tokens

    def call_back(self, name: str) -> None:
        """Call back all that is at hand elsewhere, if more is out than the limit allows by now."""
        lease = self._read(name)
        for window in sorted(lease.out):
            if self._left(lease, name, window) < 0:
                for holder, tokens in sorted(lease.out[window].items()):
                    if tokens:
                        self._tell(holder, Verb.RECALL, name, window, 1)

    def _recall(self, lease: Lease, said: Said, now_ms: int) -> None:
        """Ask whoever may have some at hand to return half of it."""
        if now_ms < lease.recall_ms:
            return
        lease.recall_waited_ms = min(AGAIN_MAX_MS, lease.recall_waited_ms * 2 or AGAIN_MS)
        lease.recall_ms = now_ms + lease.recall_waited_ms
        self._put(said.name, lease)
        for holder, tokens in sorted(lease.out[said.window].items()):
            if tokens and holder != said.sender:
                self._tell(holder, Verb.RECALL, said.name, said.window, 0)

    def _holders(self, lease: Lease, said: Said) -> dict[int, int]:
        """Who has tokens of the window; the oldest window makes room for a new one."""
        holders = lease.out.get(said.window)
        if holders is not None:
            return holders
        limit = self.limits.every[said.name]
        if lease.out:
            last = lease.out[max(lease.out)]
            self._count(limit.tokens_max - sum(last.values()), limit.kind, "never_leased")
        holders = lease.out[said.window] = {}
        while len(lease.out) > WINDOWS_MAX:
            del lease.out[min(lease.out)]
        return holders

    def _left(self, lease: Lease, name: str, window: int) -> int:
        """What may still be granted; below 0 when more is out than the limit allows by now."""
        limit = self.limits.every.get(name)
        if limit is None:
            return 0
        holders = lease.out.get(window)
        if holders is not None:
            return limit.tokens_max - sum(holders.values())
        # A window before all that are known may have been forgotten: it gets nothing.
        return 0 if lease.out and window < min(lease.out) else limit.tokens_max

    def _tell(self, to: int, verb: Verb, name: str, window: int, tokens: int) -> None:
        said = Said(verb=verb, name=name, sender=self._number, window=window, tokens=tokens)
        self._say(to, said)

    def _read(self, name: str) -> Lease:
        lease: Lease = self.rows.read(lease_key(name)) or Lease()
        return lease

    def _put(self, name: str, lease: Lease) -> None:
        self.rows.put(lease_key(name), lease)

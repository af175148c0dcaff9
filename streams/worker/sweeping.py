"""Sweeping: open offers end in every profile when the catalogue or the stock ends them for all.

Which profiles may hold such an offer, the index rows of the partition say; what of it is lost, the
core says of each profile as it is now. A sweep goes on in turns between two chunks, and starts anew
with the worker: whatever is lost is still in the index, so nothing needs to be remembered.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from streams.config import Settings
from streams.core.decide.losing import changes_ms, end_lost, is_name_offered
from streams.core.fold import Outcome
from streams.core.leases.taking import settle
from streams.core.offers import Offer, Policy
from streams.core.profile.contact import OpenOffer
from streams.core.profile.opened import ARTICLE, OFFER, Name, changed
from streams.core.profile.profile import Profile
from streams.core.step import StepResult
from streams.core.stock import NO_STOCK, Stock
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.leasing import Desks
from streams.worker.publishing import Publisher

SWEPT_MAX = 5_000  # of one partition in one unit: its ledger row stays below half a megabyte
NAMES_MAX = 500  # looked up in one turn; nobody may hold any of them: 5 us each
WITHDRAWN = "withdrawn"


def reindex(
    opened: OpenPartition, key: bytes, before: Mapping[str, OpenOffer], row: object
) -> None:
    """Bring the index to the open offers of `row`, which `key` has now; it had `before`."""
    after = row.contact.open_offers if type(row) is Profile else {}
    if before.keys() == after.keys():
        return
    gone, new = changed(before, after)
    for name in gone:
        opened.index.remove(name, key)
    for name in new:
        opened.index.put(name, key)


@dataclass(slots=True)
class _Sweep:
    """How far a partition is: which policy it was looked at by, and the names that wait."""

    offers: Mapping[str, Offer] | None = None
    stock: Stock = NO_STOCK
    until_ms: int = 0
    """When a row of the catalogue begins or ends, with nothing new adopted."""
    waiting: deque[Name] = field(default_factory=deque[Name])
    after: bytes = b""
    """The last key that was looked at of the first name that waits."""
    coming: dict[Name, list[bytes]] = field(default_factory=dict[Name, list[bytes]])
    """Of rows that were not committed when their names began to wait."""


class Sweeping:
    """Sweeps the partitions of a worker."""

    def __init__(
        self,
        settings: Settings,
        unit: Unit,
        begin: Callable[[OpenPartition], Policy],
        current: Callable[[], Policy],
    ) -> None:
        """`begin(partition)` opens the unit and gives its policy; `current()` gives it unopened."""
        self._unit = unit
        self._begin = begin
        self._current = current
        self._by_event_time = settings.decision_clock == "event"
        self._out = Publisher(settings, unit)
        self._desks = Desks(settings, unit, self._out)
        self._gone: tuple[Stock, Stock, list[Name]] = (NO_STOCK, NO_STOCK, [])
        self._sweeps: WeakKeyDictionary[OpenPartition, _Sweep] = WeakKeyDictionary()

    def sweep(self, opened: OpenPartition, count_max: int) -> int:
        """Look at up to `count_max` profiles of `opened` that may have lost an offer.

        Return how many there were, `count_max` when more wait, and 0 when the unit has enough.
        """
        sweep = self._sweeps.get(opened)
        if sweep is None:
            sweep = self._sweeps[opened] = _Sweep()
        policy, now_ms = self._current(), self._now_ms(opened)
        if (
            policy.offers is not sweep.offers
            or policy.stock is not sweep.stock
            or now_ms >= sweep.until_ms
        ):
            self._look(sweep, opened, policy, now_ms)
        room = SWEPT_MAX - len(opened.ledger.swept)
        if not sweep.waiting or room <= 0:
            return 0
        keys = _next(sweep, opened, min(count_max, room))
        if keys:
            policy = self._begin(opened)
            opened.ledger.clock_ms = now_ms
            for key in keys:
                self._end(opened, key, policy)
        return count_max if sweep.waiting else len(keys)

    def _look(self, sweep: _Sweep, opened: OpenPartition, policy: Policy, now_ms: int) -> None:
        """Let the names wait that `policy` ends and that may still be held, besides those that do.

        What is looked at for the first time is looked at whole; then the stock tells what changed.
        """
        index, found = opened.index, list[Name]()
        if policy.offers is not sweep.offers or now_ms >= sweep.until_ms:
            found += [one for one in index.names(OFFER) if not is_name_offered(one, policy, now_ms)]
        if sweep.offers is None:
            held = index.names(ARTICLE)
            found += [one for one in held if policy.stock.gone(one[1].decode()) is not None]
        elif policy.stock is not sweep.stock:
            found += self._gone_since(sweep.stock, policy.stock)
        sweep.offers, sweep.stock = policy.offers, policy.stock
        sweep.until_ms = changes_ms(policy, now_ms)
        if found:
            # From the beginning: rows that were passed may hold what ends only now.
            sweep.waiting = deque(dict.fromkeys([*found, *sweep.waiting]))
            sweep.after, sweep.coming = b"", index.coming()

    def _gone_since(self, earlier: Stock, later: Stock) -> list[Name]:
        """The same for every partition of the worker, mostly; so it is worked out once."""
        if self._gone[0] is not earlier or self._gone[1] is not later:
            names = [(ARTICLE, item.encode()) for item in later.gone_since(earlier)]
            self._gone = (earlier, later, names)
        return self._gone[2]

    def _now_ms(self, opened: OpenPartition) -> int:
        now_ms = opened.ledger.clock_ms
        return now_ms if self._by_event_time else max(now_ms, time.time_ns() // 1_000_000)

    def _end(self, opened: OpenPartition, key: bytes, policy: Policy) -> None:
        row = opened.read(key)
        if type(row) is not Profile:
            return
        before, ledger = {**row.contact.open_offers}, opened.ledger
        lost = end_lost(row, policy, now_ms=ledger.clock_ms)
        if not lost.number:  # it ended otherwise meanwhile, or is offered again
            return
        ledger.sweep(row.subject, lost.number)
        desk = self._desks.limited(opened, policy)
        if desk is not None:
            settle(desk, row, policy, open_before=len(before), body=None)
        self._out.publish(StepResult(Outcome.APPLIED, None, lost.messages), key, opened, None)
        for kind in lost.kinds:
            ledger.count(WITHDRAWN, kind, 1)
            self._unit.totals.count(1, "withdrawal", kind)
        opened.put(key, row)
        reindex(opened, key, before, row)


def _next(sweep: _Sweep, opened: OpenPartition, count_max: int) -> list[bytes]:
    """The next keys to look at, of one name; none when `NAMES_MAX` names in turn have none."""
    for _ in range(min(NAMES_MAX, len(sweep.waiting))):
        name = sweep.waiting[0]
        keys = opened.index.keys(name, sweep.after, count_max)
        if len(keys) == count_max:
            sweep.after = keys[-1]
            return keys
        sweep.waiting.popleft()
        sweep.after = b""
        keys += sweep.coming.pop(name, ())
        if keys:
            return keys
    return []

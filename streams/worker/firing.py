"""Timers: one row a subject in the table, kept before its next timer, and woken when it is due.

Which timers a profile has is the core's to say. A fired one folds into the open unit between two
chunks, like an event: it takes a number, it is written down in the ledger where it happened, and
whatever it leaves behind commits with it or not at all.
"""

import time
from collections.abc import Callable

from streams.config import Settings
from streams.core.leases.taking import settle
from streams.core.offers import Policy
from streams.core.profile.profile import Profile
from streams.core.step import fire
from streams.core.timers import TIMER_TOPIC, next_timer, placed_ms, sooner_ms
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.leasing import Desks
from streams.worker.publishing import Publisher
from streams.worker.shadowing import Shadow
from streams.worker.sweeping import reindex
from streams.worker.tallying import tally_all

FIRED_MAX = 500  # of one partition in one unit: its ledger row stays below half a megabyte
MOVED = "moved"


def arrange(opened: OpenPartition, key: bytes, profile: Profile, policy: Policy) -> None:
    """Move the timer row of `profile` if something is due before it; its unit must write both."""
    at_ms = sooner_ms(profile, policy, opened.ledger.clock_ms)
    if at_ms:
        _move(opened, key, profile, at_ms)


def disarm(opened: OpenPartition, key: bytes, profile: Profile) -> None:
    """Take the timer row of `profile` away: its key will be another row's, or nobody's."""
    if profile.timers.row_ms:
        _move(opened, key, profile, 0)


def _move(opened: OpenPartition, key: bytes, profile: Profile, at_ms: int) -> None:
    opened.timers.move(key, profile.timers.row_ms, at_ms)
    profile.timers.row_ms = at_ms


class Firing:
    """Fires what is due; the same for every partition of a worker."""

    def __init__(
        self,
        settings: Settings,
        unit: Unit,
        begin: Callable[[OpenPartition], Policy],
        shadow: Shadow | None = None,
    ) -> None:
        """`begin(partition)` opens the unit, and gives the policy of this one."""
        self._unit = unit
        self._begin = begin
        self._by_event_time = settings.decision_clock == "event"
        self._out = Publisher(settings, unit, shadow)
        self._desks = Desks(settings, unit, self._out)

    def fire(self, opened: OpenPartition, count_max: int) -> int:
        """Wake up to `count_max` rows of `opened` that are due; return how many."""
        ledger = opened.ledger
        now_ms = ledger.clock_ms
        if not self._by_event_time:
            now_ms = max(now_ms, time.time_ns() // 1_000_000)
        due = opened.timers.due(now_ms, min(count_max, FIRED_MAX - len(ledger.fired)))
        if due:
            policy = self._begin(opened)
            ledger.clock_ms = now_ms
            for row_ms, key in due:
                self._wake(opened, key, row_ms, policy)
        return len(due)

    def _wake(self, opened: OpenPartition, key: bytes, row_ms: int, policy: Policy) -> None:
        ledger = opened.ledger
        ledger.folded += 1
        row = opened.read(key)
        if type(row) is not Profile or row.timers.row_ms != row_ms:  # erased, or somebody else
            opened.timers.move(key, row_ms, 0)
            ledger.fire(key.decode(), row_ms, "", 0)
            return
        now_ms = ledger.clock_ms
        timer = next_timer(row, policy)
        if timer is None or timer.due_ms > now_ms:
            ledger.fire(key.decode(), row_ms, "", 0)
            self._unit.totals.count(1, "timer", MOVED)
        else:
            ledger.fire(key.decode(), row_ms, timer.kind, timer.due_ms)
            desk = self._desks.limited(opened, policy)
            before = {**row.contact.open_offers}
            result = fire(
                row,
                timer,
                policy=policy,
                now_ms=now_ms,
                fold_sequence=ledger.folded,
                standing=desk,
            )
            if desk is not None:
                settle(
                    desk, row, policy, open_before=len(before), body=None, decision=result.decision
                )
            reindex(opened, key, before, row)
            if result.decision is not None:
                self._out.publish(result, key, opened, None)
            if result.trials:
                tally_all(result.trials, opened, policy, self._unit.totals)
            self._count(opened, timer.kind, row_ms)
        _move(opened, key, row, placed_ms(row, policy, now_ms))
        opened.put(key, row)

    def _count(self, opened: OpenPartition, kind: str, row_ms: int) -> None:
        opened.ledger.count(TIMER_TOPIC, kind, 1)
        totals = self._unit.totals
        totals.count(1, "timer", kind)
        if not self._by_event_time:  # the clock of old data says nothing of delays
            totals.due_times_ms.append(max(row_ms, opened.timers.ready_ms))

"""Desks of the partitions: tokens of the limits that all customers share, in the open unit."""

from streams.config import Settings
from streams.core.leases.desk import Desk
from streams.core.offers import Policy
from streams.kafka.partitioner import partition_for
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.publishing import Publisher


class Desks:
    """Gives the desk of a partition as a policy has it; the last one of each is kept."""

    def __init__(self, settings: Settings, unit: Unit, out: Publisher) -> None:
        """Look up once what every desk needs."""
        self._partitions = settings.partitions
        self._unit = unit
        self._out = out
        self._kept: dict[int, tuple[Policy, Desk]] = {}

    def limited(self, opened: OpenPartition, policy: Policy) -> Desk | None:
        """The desk, which has acted upon the limits of `policy`; None if it has none."""
        return self.at(opened, policy) if policy.limits.every else None

    def at(self, opened: OpenPartition, policy: Policy) -> Desk:
        """The desk of `opened`, whatever is limited."""
        kept = self._kept.get(opened.number)
        if kept is not None and kept[0] is policy and kept[1].rows is opened:
            return kept[1]
        desk = Desk(
            opened,
            policy.limits,
            policy.contact.zone,
            number=opened.number,
            partitions=self._partitions,
            home_of=self._home_of,
            say=self._out.lease,
            count=self._count,
        )
        self._kept[opened.number] = (policy, desk)
        if policy.limits.every:
            desk.adopt(opened.ledger.clock_ms)
        return desk

    def _home_of(self, key: bytes) -> int:
        return partition_for(key, self._partitions)

    def _count(self, tokens: int, kind: str, event: str) -> None:
        if tokens:
            self._unit.totals.count(tokens, "token", kind, event)

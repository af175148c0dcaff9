"""Partitions that lease tokens from each other over queues, with units that commit or abort.

A unit is what happened in one partition since its last commit: rows written, exchanges folded and
sent. Aborted, none of it was, as when a worker is killed; a rebalance is an abort on another
machine. What the net itself counts are the tokens that offers took.
"""

from collections.abc import Callable
from typing import Any

import xxhash

from streams.codec.leasing import decode_said, encode_said
from streams.codec.rows import decode_row, encode_row
from streams.core.fold_policy import UTC_ZONE
from streams.core.leases.desk import Desk
from streams.core.leases.limits import Limit, LimitKind, Limits
from streams.core.leases.rows import Lease
from streams.core.leases.saying import Said, Verb, lease_key


class Side:
    """One partition: what is committed, and the open unit on top of it."""

    def __init__(self, number: int, net: "Net") -> None:
        """Hold nothing."""
        self.number = number
        self.net = net
        self.queue: list[Said] = []
        """Committed exchanges to this partition that are not folded for good."""
        self.committed: dict[bytes, bytes] = {}
        self.taken_for_good: dict[int, int] = {}
        self.begin()

    def begin(self) -> None:
        """Open a unit on what is committed."""
        self.dirty: dict[bytes, Any] = {}
        self.sent: list[tuple[int, Said]] = []
        self.folded = 0
        self.taken = dict(self.taken_for_good)

    def read(self, key: bytes) -> Any:
        """As the worker reads a row."""
        if key not in self.dirty and key in self.committed:
            self.dirty[key] = decode_row(self.committed[key])
        return self.dirty.get(key)

    def put(self, key: bytes, row: Any) -> None:
        """As the worker writes one."""
        self.dirty[key] = row

    def remove(self, key: bytes) -> None:
        """As the worker erases one."""
        self.dirty[key] = None

    def commit(self) -> None:
        """All of the unit at once."""
        for key, row in self.dirty.items():
            self.committed[key] = encode_row(row)
        del self.queue[: self.folded]
        for to, said in self.sent:
            key, value, _ = encode_said(said)
            self.net.sides[to].queue.append(decode_said(key, value, len(self.net.sides)))
        self.taken_for_good = self.taken
        self.begin()

    def desk(self) -> Desk:
        """The desk of the partition as the net is limited now."""
        net = self.net
        limits = Limits(every={net.limit.name: net.limit})
        return Desk(
            self,
            limits,
            UTC_ZONE,
            number=self.number,
            partitions=len(net.sides),
            home_of=net.home_of,
            say=lambda to, said: self.sent.append((to, said)),
            count=net.count,
        )


class Net:
    """Partitions, one limit, one clock."""

    def __init__(self, limit: Limit, partitions: int = 3) -> None:
        """Begin with nothing leased."""
        self.limit = limit
        self.now_ms = 1_700_000_000_000
        self.counted: dict[str, int] = {}
        self.sides = [Side(number, self) for number in range(partitions)]

    def home_of(self, key: bytes) -> int:
        """The home of a row."""
        return xxhash.xxh64_intdigest(key) % len(self.sides)

    @property
    def home(self) -> Side:
        """The home of the limit."""
        return self.sides[self.home_of(lease_key(self.limit.name))]

    def count(self, tokens: int, _kind: str, event: str) -> None:
        """As the metric does, aborted units too."""
        self.counted[event] = self.counted.get(event, 0) + tokens

    def want(self, number: int, tokens: int = 1) -> bool:
        """An offer takes `tokens` if they are at hand; more are asked for. Whether it got them."""
        side = self.sides[number]
        desk = side.desk()
        got = desk.at_hand(self.limit, self.now_ms) >= tokens
        if got:
            desk.take(self.limit, tokens, self.now_ms)
            window = self.lease(number).window
            side.taken[window] = side.taken.get(window, 0) + tokens
        desk.ask_if_low(self.limit, tokens, self.now_ms)
        return got

    def end(self, number: int) -> None:
        """An offer that took one token ends without an answer."""
        side = self.sides[number]
        if side.taken.get(0, 0):
            side.taken[0] -= 1
            side.desk().give_back(self.limit.name, 1)

    def deliver(self, number: int) -> None:
        """Fold the next exchange to a partition."""
        side = self.sides[number]
        if side.folded < len(side.queue):
            said = side.queue[side.folded]
            side.folded += 1
            desk = side.desk()
            assert desk.expects(said), f"partition {number} did not expect {said}"
            desk.hear(said, self.now_ms)

    def change(self, tokens_max: int) -> None:
        """A version with another number; each partition adopts it at the start of a unit."""
        self.commit_all()
        self.limit = limit_of(self.limit.what, tokens_max, self.limit.window_ms)
        for side in self.sides:
            side.desk().adopt(self.now_ms)

    def commit_all(self) -> None:
        """End every unit."""
        for side in self.sides:
            side.commit()

    def settle(self) -> None:
        """Deliver and commit until nothing is on its way."""
        self.commit_all()
        while any(side.queue for side in self.sides):
            for side in self.sides:
                while side.folded < len(side.queue):
                    self.deliver(side.number)
                side.commit()

    def lease(self, number: int) -> Lease:
        """What a partition has, as of the open unit."""
        lease: Lease = self.sides[number].read(lease_key(self.limit.name)) or Lease()
        return lease

    def check(self, allowed: Callable[[int], int] | None = None) -> None:
        """In what is committed no token is lost, doubled or below zero, window by window."""
        home = _committed(self.home, self.limit.name)
        leases = [_committed(side, self.limit.name) for side in self.sides]
        assert all(one.at_hand >= 0 for one in leases)
        for window, holders in home.out.items():
            at_hand = sum(one.at_hand for one in leases if one.window == window)
            on_its_way = sum(
                said.tokens
                for side in self.sides
                for said in side.queue
                if said.window == window and said.verb in {Verb.GRANT, Verb.RETURN}
            )
            taken = sum(side.taken_for_good.get(window, 0) for side in self.sides)
            out = sum(holders.values())
            assert min(holders.values()) >= 0
            assert taken <= (self.limit.tokens_max if allowed is None else allowed(window))
            if self.limit.window_ms:  # what was left of a window in a partition is gone
                assert at_hand + on_its_way + taken <= out
            else:
                assert at_hand + on_its_way + taken == out


def _committed(side: Side, name: str) -> Lease:
    data = side.committed.get(lease_key(name))
    row = Lease() if data is None else decode_row(data)
    assert isinstance(row, Lease)
    return row


def limit_of(what: str, tokens_max: int, window_ms: int = 0, bid: float | None = None) -> Limit:
    """A limit of the kind that `what` names."""
    kind = LimitKind(what.partition(":")[0])
    return Limit(
        what=what, kind=kind, tokens_max=tokens_max, window_ms=window_ms, bid_price_minor=bid
    )

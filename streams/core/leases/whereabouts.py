"""Where the tokens of a limit are, by the rows of all partitions: taken, or left and where.

Every token is in one place, so that two sums hold in all that is told here:

- limit = leased + at home
- leased = taken + at hand + on its way

What is leased is counted by the home alone, so tokens on their way are those that a partition was
leased and has neither at hand nor taken. A home notes a grant before the partition folds it, and
takes back a return after the partition sent it: both count as on their way between. So these are
never below zero, and exact, if the home granted and took back nothing while the other rows were
looked at. Below zero says that it did.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from streams.core.fold_policy import Zone
from streams.core.leases.desk import Desk
from streams.core.leases.limits import Limit, LimitKind, budget_of, stock_of
from streams.core.leases.rows import Held, Known, Lease
from streams.core.leases.saying import KNOWN_KEY, lease_key
from streams.core.local import local_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one partition has of a limit; all tokens are of one window."""

    partition: int
    leased: int
    """Granted to it and not returned, by the home's word."""
    taken: int
    at_hand: int
    asked: bool
    """It waits for the home's answer."""
    bid_price_minor: float | None
    """What a contact must be worth now; None where nothing is scarce."""

    @property
    def on_its_way(self) -> int:
        """Granted and not here yet, or returned and not at home yet."""
        return self.leased - self.taken - self.at_hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where the tokens of one limit are, in the window that holds now if it has windows."""

    limit: Limit
    ends_ms: int | None
    """When the window is over, UTC; None without windows."""
    parts: tuple[Part, ...]
    """One for each partition, in order."""
    opened: int | None
    """Of what is taken, that of open offers, which may come back; None for capacity."""
    acted: int
    """Partitions that have acted upon the limit as it is."""

    @property
    def leased(self) -> int:
        """Granted to partitions and not returned."""
        return sum(one.leased for one in self.parts)

    @property
    def taken(self) -> int:
        """By offers, and not given back."""
        return sum(one.taken for one in self.parts)

    @property
    def at_hand(self) -> int:
        """In partitions, for the next offers there."""
        return sum(one.at_hand for one in self.parts)

    @property
    def on_its_way(self) -> int:
        """Between the home and a partition."""
        return sum(one.on_its_way for one in self.parts)

    @property
    def at_home(self) -> int:
        """Still to be granted; below 0 while more is leased than a lowered limit allows."""
        return self.limit.tokens_max - self.leased

    @property
    def left(self) -> int:
        """What offers may still take: at home, on its way or at hand; below 0 if lowered so far."""
        return self.limit.tokens_max - self.taken

    @property
    def share_left(self) -> float:
        """Of the limit, 0 to 1."""
        return max(0, self.left) / self.limit.tokens_max if self.limit.tokens_max else 0.0

    @property
    def holding(self) -> int:
        """Partitions that have tokens at hand."""
        return sum(one.at_hand > 0 for one in self.parts)

    @property
    def bid_prices(self) -> tuple[float, float] | None:
        """The lowest and the highest of the partitions; None where nothing is scarce."""
        bids = [one.bid_price_minor for one in self.parts if one.bid_price_minor is not None]
        return (min(bids), max(bids)) if bids else None

    @property
    def torn(self) -> bool:
        """Whether a home's row changed while the others were looked at: look again."""
        return any(one.on_its_way < 0 for one in self.parts)


def find(
    limit: Limit, desks: Sequence[Desk], zone: Zone, now_ms: int, opened: Mapping[str, int]
) -> Whereabouts:
    """Where the tokens of `limit` are at `now_ms`.

    Args:
        limit: one of the desks' own.
        desks: of all partitions, in order.
        zone: in which windows begin.
        now_ms: UTC; a window that a partition has begun already holds before it.
        opened: as `opened_by` gives it.
    """
    leases: list[Lease] = [one.rows.read(lease_key(limit.name)) or Lease() for one in desks]
    pairs = zip(desks, leases, strict=True)
    homes = [lease.out for desk, lease in pairs if desk.is_home_of(limit.name)]
    window = 0
    if limit.window_ms:
        begun = [one.window for one in leases] + [window for out in homes for window in out]
        window = max(local_ms(zone, now_ms) // limit.window_ms, *begun)
    leased = Counter({holder: n for out in homes for holder, n in out.get(window, {}).items()})
    parts = tuple(
        Part(
            partition=number,
            leased=leased[number],
            taken=lease.used if lease.window == window else 0,
            at_hand=lease.at_hand if lease.window == window else 0,
            asked=lease.asked,
            bid_price_minor=desk.bid(limit, now_ms),
        )
        for number, (desk, lease) in enumerate(zip(desks, leases, strict=True))
    )
    return Whereabouts(
        limit=limit,
        ends_ms=_utc_ms(zone, (window + 1) * limit.window_ms, now_ms) if limit.window_ms else None,
        parts=parts,
        opened=None if limit.kind is LimitKind.CAPACITY else opened.get(limit.what, 0),
        acted=sum(_known(desk).get(limit.name) == limit.tokens_max for desk in desks),
    )


def opened_by(rows: Iterable[Held]) -> Counter[str]:
    """Limit -> tokens that open offers took, by the rows of their subjects."""
    found: Counter[str] = Counter()
    for held in rows:
        for one in held.offers.values():
            found[stock_of(one.offer)] += one.pieces
            found[budget_of(one.offer)] += one.discount_minor
    return found


def _known(desk: Desk) -> dict[str, int]:
    known: Known = desk.rows.read(KNOWN_KEY) or Known()
    return known.limits


def _utc_ms(zone: Zone, at_local_ms: int, near_ms: int) -> int:
    """When the clocks of `zone` show a time; they may be set anew between `near_ms` and then."""
    found = near_ms + at_local_ms - local_ms(zone, near_ms)
    return found + at_local_ms - local_ms(zone, found)

"""Rows of the keyed table that hold tokens, in each partition; written with the unit like all rows.

`Lease` is what a partition has of one limit, and, in the limit's home partition, who has the rest.
`Held` is what the open offers of one subject took. `Known` is which limits a partition knows.
"""

from msgspec import Struct

WINDOWS_MAX = 3
"""Windows that a home remembers; older ones get no more tokens."""


class Lease(Struct, array_like=True, gc=False):
    """Tokens of one limit in one partition; times are decision times."""

    window: int = 0
    """Number of the window that `at_hand` and `used` are of; 0 where there are no windows."""
    at_hand: int = 0
    used: int = 0
    """Taken in this window and not given back."""
    lot: int = 0
    """Size of the last lease."""
    asked: bool = False
    """An answer of the home is on its way."""
    again_ms: int = 0
    """The home had nothing: it is not asked before."""
    waited_ms: int = 0
    tight: bool = False
    """More is out than the limit allows: what comes back goes home."""
    base: float = 0.0
    """Bid price at the beginning of the window; 0 for that of the policy."""
    out: dict[int, dict[int, int]] = {}
    """At home: window -> partition -> tokens leased to it and not returned."""
    recall_ms: int = 0
    """At home: others are not asked to return any before."""
    recall_waited_ms: int = 0


class HeldOffer(Struct, frozen=True, array_like=True, gc=False):
    """What one open offer took: pieces of stock, and minor units of budget."""

    offer: str
    pieces: int
    discount_minor: int


class Held(Struct, array_like=True, gc=False):
    """Offer id -> what it took, of the open offers of one subject that took anything."""

    offers: dict[str, HeldOffer] = {}


class Known(Struct, array_like=True, gc=False):
    """The limits that the partition has acted upon: name -> tokens in all."""

    limits: dict[str, int] = {}


LeaseRow = Lease | Held | Known

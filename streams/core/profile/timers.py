"""What a profile remembers of its timers: which fired last, and where its one timer row stands.

The row is the shell's: it wakes the profile at `row_ms` or soon after. Which timers there are, and
when they are due, is derived from the rest of the profile, see `core.timers`.
"""

from msgspec import Struct


class Timers(Struct, array_like=True, gc=False):
    """All of it; `fired` has no more names than there are kinds of timers."""

    row_ms: int = 0
    """Time of this subject's timer row; 0 for none."""
    fired: dict[str, int] = {}
    """Kind -> what the last one fired for: the last change of the cart, the due time of the lapse.
    Expiry needs none: what expired is gone."""


def merge_timers(into: Timers, other: Timers) -> None:
    """Of each kind the later one; the timer row belongs to the subject and never comes along."""
    for kind, at_ms in other.fired.items():
        into.fired[kind] = max(at_ms, into.fired.get(kind, at_ms))

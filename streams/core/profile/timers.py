"""What a profile remembers of its timers: which fired last, and where its one timer row stands.

The row is the shell's: it wakes the profile at `row_ms` or soon after. Which timers there are, and
when they are due, is derived from the rest of the profile, see `core.timers`.
"""

from msgspec import Struct

from streams.core.decide.view import ItemFact

QUIET_ITEMS_MAX = 4
QUIET_TERMS_MAX = 4


class Quiet(Struct, frozen=True, array_like=True, gc=False):
    """What quiet hours silenced, to be decided again when they end at `due_ms`."""

    due_ms: int
    trigger: str
    at_ms: int
    """When what triggered it happened: its age counts from there."""
    items: tuple[ItemFact, ...] = ()
    """Of the event, the first `QUIET_ITEMS_MAX`."""
    terms: tuple[str, ...] = ()
    """That were searched for, the first `QUIET_TERMS_MAX`; rows before format 8 do not know."""
    outlet: str | None = None
    """Where it happened; rows before format 8 do not know."""


class Timers(Struct, array_like=True, gc=False):
    """All of it; `fired` has no more names than there are kinds of timers."""

    row_ms: int = 0
    """Time of this subject's timer row; 0 for none."""
    fired: dict[str, int] = {}
    """Kind -> what the last one fired for: the last change of the cart, the due time of the lapse.
    Expiry needs none: what expired is gone."""
    quiet: Quiet | None = None
    """What waits for the end of quiet hours, None if nothing does."""


def merge_timers(into: Timers, other: Timers) -> None:
    """Of each kind the later one; row and quiet hours are the subject's and never come along."""
    for kind, at_ms in other.fired.items():
        into.fired[kind] = max(at_ms, into.fired.get(kind, at_ms))

"""Timers: which a profile has, and when they are due; derived on read, never set or stopped.

A cart that is bought has no timer any more, and nobody has to remember to take one away. What the
profile keeps is what the last one of a kind fired for, so that none fires twice. The shell keeps
one row a subject, at or before the time of its next timer. Most events make nothing due sooner and
leave that row where it is; a row that comes too early is moved.
"""

from typing import NamedTuple

from streams.core import events
from streams.core.events import Body
from streams.core.offers import Policy
from streams.core.profile.profile import DAY_MS, LAPSING_DAYS, Profile, lapses_ms

EXPIRY = "expiry"
CART_ABANDONED = "cart_abandoned"
LAPSING = "lapsing"
TIMER_WORDS = frozenset((CART_ABANDONED, LAPSING))
"""Kinds that are words of the catalogue: offers may have them as a trigger."""
TIMER_TOPIC = "timer"
"""Stands where a decision names the topic of its cause."""
TIMED: frozenset[type[Body]] = frozenset(
    (events.AddToCart, events.RemoveFromCart, events.Purchase, events.Sale, events.Void)
)
"""Only these, and decisions, can make a timer due sooner than it was."""


class Timer(NamedTuple):
    """Something that will happen to one profile; earlier is smaller."""

    due_ms: int
    kind: str

    @property
    def cause_id(self) -> str:
        """What decisions and messages name as their cause."""
        return f"timer:{self.kind}:{self.due_ms}"


def next_timer(profile: Profile, policy: Policy) -> Timer | None:
    """The earliest timer that has not fired, the first in the alphabet of several at one time."""
    return min(timers(profile, policy), default=None)


def timers(profile: Profile, policy: Policy) -> list[Timer]:
    """All timers of `profile` that have not fired, at most one of a kind, in no order.

    Kinds that no catalogue row has as a trigger, and that do nothing else, are left out.
    """
    found: list[Timer] = []
    offers = profile.contact.open_offers
    if offers:
        found.append(Timer(min([held.expires_ms for held in offers.values()]), EXPIRY))
    if profile.cart and CART_ABANDONED in policy.triggers:
        changed_ms = _left_ms(profile)
        if changed_ms is not None and changed_ms > profile.timers.fired.get(CART_ABANDONED, -1):
            due_ms = changed_ms + policy.timers.cart_abandoned_after_ms
            found.append(Timer(due_ms, CART_ABANDONED))
    bought_ms = profile.buying.last_purchase_ms
    # Once a purchase: looking around after it fired makes the stage lapse later, not once more.
    if (
        bought_ms
        and LAPSING in policy.triggers
        and bought_ms + LAPSING_DAYS * DAY_MS > profile.timers.fired.get(LAPSING, -1)
    ):
        found.append(Timer(lapses_ms(profile), LAPSING))
    return found


def sooner_ms(profile: Profile, policy: Policy, now_ms: int) -> int:
    """Where to move the timer row now: something is due before it; 0 to leave it where it is."""
    placed = placed_ms(profile, policy, now_ms)
    held_ms = profile.timers.row_ms
    return placed if placed and (not held_ms or placed < held_ms) else 0


def placed_ms(profile: Profile, policy: Policy, now_ms: int) -> int:
    """Where the timer row of `profile` belongs, never in the past; 0 if it needs none."""
    timer = next_timer(profile, policy)
    return 0 if timer is None else max(timer.due_ms, now_ms)


def remember_fired(profile: Profile, timer: Timer, policy: Policy) -> None:
    """Keep that `timer` fired for the cart or the purchase as they are now."""
    at_ms = timer.due_ms
    if timer.kind == CART_ABANDONED:  # another setting makes another due time of the same cart
        at_ms -= policy.timers.cart_abandoned_after_ms
    profile.timers.fired[timer.kind] = at_ms


def _left_ms(profile: Profile) -> int | None:
    """When the cart was changed last; None if it is empty, or something was bought since."""
    lines = profile.cart.values()
    if not any(line.quantity for line in lines):
        return None
    changed_ms = max([line.at_ms for line in lines])
    return changed_ms if changed_ms > profile.buying.last_purchase_ms else None

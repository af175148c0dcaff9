"""Timers: which a profile has, and when they are due; derived on read, never set or stopped.

A cart that is bought has no timer any more, and nobody has to remember to take one away. What the
profile keeps is what the last one of a kind fired for, so that none fires twice. The shell keeps
one row a subject, at or before the time of its next timer. Most events make nothing due sooner and
leave that row where it is; a row that comes too early is moved.
"""

from operator import attrgetter
from typing import NamedTuple

from streams.core import events
from streams.core.decide.view import ItemFact
from streams.core.events import Body
from streams.core.offers import Policy
from streams.core.profile.profile import DAY_MS, LAPSING_DAYS, Profile, lapses_ms
from streams.core.rhythm_due import NEVER_MS, RHYTHM_DUE, due_items, rhythm_due_ms

EXPIRY = "expiry"
CART_ABANDONED = "cart_abandoned"
LAPSING = "lapsing"
QUIET_OVER = "quiet_over"
TIMER_WORDS = frozenset((CART_ABANDONED, LAPSING, RHYTHM_DUE))
"""Kinds that are words of the catalogue: offers may have them as a trigger."""
LAPSING_MS = LAPSING_DAYS * DAY_MS
TIMER_TOPIC = "timer"
"""Stands where a decision names the topic of its cause."""
TIMED: frozenset[type[Body]] = frozenset(
    (events.AddToCart, events.RemoveFromCart, events.Purchase, events.Sale, events.Void)
)
"""Only these, and decisions, can make a timer due sooner than it was."""
_DUE_MS = attrgetter("due_ms")


class Timer(NamedTuple):
    """Something that will happen to one profile; earlier is smaller."""

    due_ms: int
    kind: str

    @property
    def cause_id(self) -> str:
        """What decisions and messages name as their cause."""
        return f"timer:{self.kind}:{self.due_ms}"


class Happened(NamedTuple):
    """What a timer stands for: a trigger, and of what waited for the morning what it was about."""

    trigger: str
    at_ms: int
    items: tuple[ItemFact, ...] = ()
    terms: tuple[str, ...] = ()
    outlet: str | None = None


def next_timer(profile: Profile, policy: Policy) -> Timer | None:
    """The earliest timer that has not fired, the first of `timers` of several at one time."""
    return min(timers(profile, policy), key=_DUE_MS, default=None)


def timers(profile: Profile, policy: Policy) -> list[Timer]:
    """All timers of `profile` that have not fired, at most one of a kind; expiry comes first.

    What ends at a moment ends before anything is decided then: a decision forgets what expired, so
    it would depend on the delay whether a timer is left to end it. Kinds that no catalogue row has
    as a trigger, and that do nothing else, are left out.
    """
    known = (
        (_expires_ms(profile), EXPIRY),
        (_left_ms(profile, policy), CART_ABANDONED),
        (_lapses_ms(profile, policy), LAPSING),
        (_quiet_ms(profile), QUIET_OVER),
        (rhythm_due_ms(profile, policy), RHYTHM_DUE),
    )
    return [Timer(due_ms, kind) for due_ms, kind in known if due_ms < NEVER_MS]


def sooner_ms(profile: Profile, policy: Policy, now_ms: int) -> int:
    """Where to move the timer row now: something is due before it; 0 to leave it where it is."""
    held_ms = profile.timers.row_ms or NEVER_MS
    if held_ms <= now_ms:  # it is about to be looked at anyway
        return 0
    due_ms = min(_expires_ms(profile), _left_ms(profile, policy), _quiet_ms(profile))
    if profile.buying.last_purchase_ms + LAPSING_MS < min(due_ms, held_ms):  # else it is later
        due_ms = min(due_ms, _lapses_ms(profile, policy))
    if RHYTHM_DUE in policy.triggers:
        due_ms = min(due_ms, rhythm_due_ms(profile, policy, min(due_ms, held_ms)))
    return max(due_ms, now_ms) if due_ms < held_ms else 0


def placed_ms(profile: Profile, policy: Policy, now_ms: int) -> int:
    """Where the timer row of `profile` belongs, never in the past; 0 if it needs none."""
    timer = next_timer(profile, policy)
    return 0 if timer is None else max(timer.due_ms, now_ms)


def happened(profile: Profile, timer: Timer, policy: Policy) -> Happened:
    """What `timer` stands for; it is not one of `profile` any more.

    Of what waited for the end of quiet hours, items that were bought meanwhile are left out.
    """
    quiet = profile.timers.quiet
    if timer.kind == QUIET_OVER and quiet is not None:
        profile.timers.quiet = None
        bought = profile.buying.purchases
        left = [one for one in quiet.items if bought.get(one.item_id, -1) <= quiet.at_ms]
        return Happened(quiet.trigger, quiet.at_ms, tuple(left), quiet.terms, quiet.outlet)
    at_ms = timer.due_ms
    if timer.kind == CART_ABANDONED:  # another setting makes another due time of the same cart
        at_ms -= policy.timers.cart_abandoned_after_ms
    profile.timers.fired[timer.kind] = at_ms
    items = due_items(profile, policy, at_ms) if timer.kind == RHYTHM_DUE else ()
    return Happened(timer.kind, timer.due_ms, items)


def _expires_ms(profile: Profile) -> int:
    """The earliest expiry of an open offer, or end of a trial."""
    due_ms = NEVER_MS
    for held in profile.contact.open_offers.values():
        if held.expires_ms < due_ms:  # noqa: PLR1730  # min() costs a call an offer
            due_ms = held.expires_ms
    for trial in profile.contact.trials.values():
        if trial.due_ms < due_ms:  # noqa: PLR1730  # the same
            due_ms = trial.due_ms
    return due_ms


def _quiet_ms(profile: Profile) -> int:
    """When the quiet hours end that something waits for."""
    quiet = profile.timers.quiet
    return NEVER_MS if quiet is None else quiet.due_ms


def _left_ms(profile: Profile, policy: Policy) -> int:
    """When the cart counts as left; never if it is empty, or something was bought since."""
    changed_ms, empty = -1, True
    for line in profile.cart.values():
        if line.quantity:
            empty = False
        changed_ms = max(changed_ms, line.at_ms)
    if (
        empty
        or changed_ms <= profile.buying.last_purchase_ms
        or changed_ms <= profile.timers.fired.get(CART_ABANDONED, -1)
        or CART_ABANDONED not in policy.triggers
    ):
        return NEVER_MS
    return changed_ms + policy.timers.cart_abandoned_after_ms


def _lapses_ms(profile: Profile, policy: Policy) -> int:
    """When the stage lapses, once a purchase: looking around after it fired is no new reason."""
    bought_ms = profile.buying.last_purchase_ms
    if (
        not bought_ms
        or bought_ms + LAPSING_MS <= profile.timers.fired.get(LAPSING, -1)
        or LAPSING not in policy.triggers
    ):
        return NEVER_MS
    return lapses_ms(profile)

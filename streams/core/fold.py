"""fold: one event into one profile, in place.

Each kind of event has one function; `FOLDS` names them all. Everything is in event time, so the
order of arrival does not matter below the bounds of the profile's collections.
"""

from collections.abc import Callable
from enum import Enum

from streams.core import events
from streams.core.decay import Decayed, DecayedMap, add, begin, set_half_life
from streams.core.events import Body, Event
from streams.core.offers import FoldPolicy
from streams.core.profile import answers, shopping, till, voice
from streams.core.profile.profile import Profile, event_digest, remember, seen


class Outcome(Enum):
    """What became of an event that could be decoded."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    LATE = "late"


def fold(profile: Profile, event: Event, policy: FoldPolicy, *, now_ms: int) -> Outcome:
    """Fold `event` into `profile` in place and return what became of it.

    A duplicate, one whose id is among the last `RECENT_MAX` folded, and a late event, more than
    `lateness_max_ms` before decision time `now_ms`, leave the profile as it was.
    """
    at_ms = event.event_time_ms
    if at_ms < now_ms - policy.lateness_max_ms:
        return Outcome.LATE
    digest = event_digest(event.event_id)
    if seen(profile, digest):
        return Outcome.DUPLICATE
    remember(profile, digest)
    if not profile.applied:
        _adopt_half_lives(profile, policy, begin, at_ms)
    elif (
        profile.categories.half_life_ms != policy.interest_half_life_ms
        or profile.channels.half_life_ms != policy.channel_half_life_ms
        or profile.rate.half_life_ms != policy.rate_half_life_ms
    ):
        _adopt_half_lives(profile, policy, set_half_life, profile.last_seen_ms)
    body = event.body
    kind, fold_body = FOLDS[type(body)]
    _fold_any(profile, kind, at_ms, int.from_bytes(digest, "big"))
    fold_body(profile, body, policy, at_ms=at_ms)
    return Outcome.APPLIED


def _fold_any(profile: Profile, kind: str, at_ms: int, tie: int) -> None:
    counts = profile.counts
    counts[kind] = counts.get(kind, 0) + 1
    if not profile.applied or at_ms < profile.first_seen_ms:
        profile.first_seen_ms = at_ms
    profile.applied += 1
    if (at_ms, tie) > (profile.last_seen_ms, profile.last_seen_tie):
        profile.last_seen_ms = at_ms
        profile.last_seen_tie = tie
    add(profile.rate, 1.0, at_ms)


def _adopt_half_lives(
    profile: Profile,
    policy: FoldPolicy,
    adopt: Callable[[Decayed | DecayedMap, int, int], None],
    at_ms: int,
) -> None:
    """A new profile begins with the policy's half-lives; an old one follows when they change."""
    adopt(profile.rate, policy.rate_half_life_ms, at_ms)
    adopt(profile.categories, policy.interest_half_life_ms, at_ms)
    adopt(profile.brands, policy.interest_half_life_ms, at_ms)
    adopt(profile.channels, policy.channel_half_life_ms, at_ms)
    adopt(profile.outlets, policy.channel_half_life_ms, at_ms)


_FOLDS: dict[type[Body], Callable[..., None]] = {
    events.PageView: shopping.fold_click,
    events.ViewItem: shopping.fold_view,
    events.ViewItemList: shopping.fold_look,
    events.Search: shopping.fold_look,
    events.AddToCart: shopping.fold_cart,
    events.RemoveFromCart: shopping.fold_cart_removal,
    events.BeginCheckout: shopping.fold_checkout,
    events.Purchase: shopping.fold_purchase,
    events.Review: shopping.fold_review,
    events.PollAnswer: shopping.fold_click,
    events.EventAttended: shopping.fold_click,
    events.CheckIn: shopping.fold_check_in,
    events.Login: shopping.fold_click,
    events.Sale: till.fold_sale,
    events.Return: till.fold_return,
    events.Void: till.fold_void,
    events.Create: voice.fold_post,
    events.Like: voice.fold_activity,
    events.Announce: voice.fold_activity,
    events.Follow: voice.fold_activity,
    events.Opened: voice.fold_opened,
    events.Answered: voice.fold_answered,
    events.Closed: voice.fold_closed,
    events.DeliveryDelayed: voice.fold_delay,
    events.Delivered: answers.fold_delivered,
    events.Undeliverable: answers.fold_undeliverable,
    events.Viewed: answers.fold_viewed,
    events.Clicked: answers.fold_clicked,
    events.Accepted: answers.fold_accepted,
    events.Rejected: answers.fold_rejected,
    events.Dismissed: answers.fold_dismissed,
    events.ConsentChanged: answers.fold_consent,
}
FOLDS: dict[type[Body], tuple[str, Callable[..., None]]] = {
    body: (str(body.__struct_config__.tag), fold_body) for body, fold_body in _FOLDS.items()
}
"""Body type -> its name in `Profile.counts`, and what folds it."""

"""fold: one event into one profile, in place.

Each kind of event has one function; `FOLDS` names them all. Everything is in event time, so the
order of arrival does not matter below the bounds of the profile's collections.
"""

from collections.abc import Callable
from enum import Enum

from streams.core import events
from streams.core.decay import add
from streams.core.events import Body, Event
from streams.core.fold_policy import FoldPolicy
from streams.core.profile import answers, bought, shopping, till, voice
from streams.core.profile.half_lives import adopt_half_lives
from streams.core.profile.profile import Profile, event_digest, remember, seen
from streams.core.profile.taste import fold_arrived
from streams.core.profile.voice import fold_heard
from streams.core.words.hearing import NOTHING_HEARD, Heard, hear


class Outcome(Enum):
    """What became of an event that could be decoded."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    LATE = "late"


def fold(
    profile: Profile,
    event: Event,
    policy: FoldPolicy,
    *,
    now_ms: int,
    heard: Heard | None = None,
) -> Outcome:
    """Fold `event` into `profile` in place and return what became of it.

    A duplicate, one whose id is among the last `RECENT_MAX` folded, and a late event, more than
    `lateness_max_ms` before decision time `now_ms`, leave the profile as it was. `heard` is what
    `listen` heard in the event; without it, fold listens itself.
    """
    at_ms = event.event_time_ms
    if at_ms < now_ms - policy.lateness_max_ms:
        return Outcome.LATE
    digest = event_digest(event.event_id)
    if seen(profile, digest):
        return Outcome.DUPLICATE
    remember(profile, digest)
    if profile.half_lives != policy.half_lives:
        adopt_half_lives(profile, policy, at_ms)
    body = event.body
    kind, fold_body = FOLDS[type(body)]
    _fold_any(profile, kind, at_ms, int.from_bytes(digest, "big"))
    fold_body(profile, body, policy, at_ms=at_ms)
    if heard is None:
        heard = listen(body, policy)
    if heard is not NOTHING_HEARD:
        fold_heard(profile, body, heard, policy, at_ms=at_ms)
    if profile.taste.unseen.traits and policy.products.version:
        fold_arrived(profile.taste, policy.products, policy.purchase_weight)
    return Outcome.APPLIED


def listen(body: Body, policy: FoldPolicy) -> Heard:
    """What `body` says in words; asked once an event, before it is folded."""
    return hear(body, policy.lexicon, policy.handles) if type(body) in _SPEAKING else NOTHING_HEARD


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


_SPEAKING: frozenset[type[Body]] = frozenset(
    (
        events.Create,
        events.Like,
        events.Announce,
        events.Follow,
        events.Search,
        events.Review,
        events.PollAnswer,
        events.EventAttended,
    )
)
_FOLDS: dict[type[Body], Callable[..., None]] = {
    events.PageView: shopping.fold_click,
    events.ViewItem: shopping.fold_view,
    events.ViewItemList: shopping.fold_look,
    events.Search: shopping.fold_search,
    events.AddToCart: shopping.fold_cart,
    events.RemoveFromCart: shopping.fold_cart_removal,
    events.BeginCheckout: shopping.fold_checkout,
    events.Purchase: bought.fold_purchase,
    events.Review: shopping.fold_review,
    events.PollAnswer: shopping.fold_click,
    events.EventAttended: shopping.fold_click,
    events.CheckIn: shopping.fold_check_in,
    events.Login: shopping.fold_click,
    events.Share: shopping.fold_share,
    events.Sale: till.fold_sale,
    events.Return: till.fold_return,
    events.Void: till.fold_void,
    events.Create: voice.fold_post,
    events.Like: voice.fold_activity,
    events.Announce: voice.fold_announce,
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
    events.TraitCorrected: answers.fold_corrected,
    events.TraitMuted: answers.fold_muted,
    events.Suppressed: answers.fold_suppressed,
    events.Referred: answers.fold_referred,
    events.Linked: answers.fold_link,
    events.Unlinked: answers.fold_link,
    events.Erased: answers.fold_link,
}
FOLDS: dict[type[Body], tuple[str, Callable[..., None]]] = {
    body: (str(body.__struct_config__.tag), fold_body) for body, fold_body in _FOLDS.items()
}
"""Body type -> its name in `Profile.counts`, and what folds it."""

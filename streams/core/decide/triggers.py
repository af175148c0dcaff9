"""Triggers: the catalogue's words for what happened, and the moments that an event may make.

A moment is more than its event: a view may be the third of one article, a purchase the tenth. Rows
that listen to a moment are asked first, and alone; where none of them is brought, the event is what
it always is.
"""

from collections.abc import Callable, Iterator
from typing import Any

from streams.core import events
from streams.core.care_policy import MomentPolicy
from streams.core.events import Body, Event
from streams.core.fold_policy import FoldPolicy
from streams.core.local import local_ms
from streams.core.offers import Policy
from streams.core.profile.habits import last_day
from streams.core.profile.profile import DAY_MS, Profile, last_tie
from streams.core.profile.shopping import GOOD_RATING
from streams.core.profile.situation import Look, LookKind
from streams.core.profile.voice import is_complaint, is_complaint_case, is_mention
from streams.core.timers import TIMER_WORDS
from streams.core.words.hearing import Heard
from streams.core.worth.social import social_value
from streams.core.worth.voice import voice_of

PURCHASE = "purchase"
COMPLAINT = "complaint"
MENTION = "mention"
REFERRAL = "referral"
PRAISE = "praise"
INFLUENCE = "influence"
VIEW_STREAK = "view_streak"
LOYALTY = "loyalty"
# Words of the catalogue for kinds of event. Posts and cases have words by what they say.
TRIGGERS: dict[type[Body], str] = {
    events.PageView: "page_view",
    events.ViewItem: "view_item",
    events.ViewItemList: "view_item_list",
    events.Search: "search",
    events.AddToCart: "add_to_cart",
    events.RemoveFromCart: "remove_from_cart",
    events.BeginCheckout: "begin_checkout",
    events.Purchase: PURCHASE,
    events.Sale: PURCHASE,
    events.Return: "return",
    events.Review: "review",
    events.PollAnswer: "poll_answer",
    events.EventAttended: "event_attended",
    events.CheckIn: "check_in",
    events.Login: "login",
    events.Share: REFERRAL,
    events.DeliveryDelayed: "delivery_delayed",
}
_SAID = (events.Create, events.Opened, events.Referred)
_VIEW = int(LookKind.VIEW)
Asked = Callable[[Profile, Any, Heard, Policy], bool]


def trigger_of(body: Body, heard: Heard, policy: Policy) -> str | None:
    """The catalogue's word for what happened; None for what never triggers an offer."""
    word = TRIGGERS.get(type(body))
    if word is not None or not isinstance(body, _SAID):
        return word
    if isinstance(body, events.Referred):  # a negative one takes an earlier one back
        return REFERRAL if body.margin_minor > 0 else None
    fold = policy.fold
    if isinstance(body, events.Opened):
        if is_complaint_case(body, fold):
            return COMPLAINT
        return PRAISE if _is_praising_case(body, policy.care.moments) else None
    if not is_mention(body, fold):
        return None
    return COMPLAINT if is_complaint(body, heard, fold) else MENTION


def words_of(
    profile: Profile, event: Event, word: str, heard: Heard, policy: Policy
) -> Iterator[str]:
    """The words that rows listen to of the moments that `event`, already folded, makes, and `word`.

    The most telling first; `word` itself, the event's own, comes last.
    """
    for moment, makes in MOMENTS.get(word, ()):
        if moment in policy.triggers and makes(profile, event, heard, policy):
            yield moment
    if word in policy.triggers:
        yield word


def _is_praising_case(opened: events.Opened, policy: MomentPolicy) -> bool:
    return opened.reason is not None and opened.reason.lower() in policy.praise_reasons


def _is_streak(profile: Profile, event: Event, _heard: Heard, policy: Policy) -> bool:
    """Whether this view is the last of a streak, so that one streak is one moment.

    Only views since the last purchase of the article, and since the day of the last one of the
    category, count: they look for something that was not found yet.
    """
    looks, moments = profile.situation.looks, policy.care.moments
    if len(looks) < moments.streak_views:
        return False
    at_ms, tie = event.event_time_ms, last_tie(profile)
    for here in looks:
        if here.at_ms == at_ms and here.tie == tie:
            item, category = here.item, here.category
            same = [one for one in looks if one.item == item]
            if _completes(same, profile, event, policy):
                return True
            same = [one for one in looks if one.category == category] if category else []
            if _completes(same, profile, event, policy):
                return True
    return False


def _completes(same: list[Look], profile: Profile, event: Event, policy: Policy) -> bool:
    """Whether the views among `same` are as many as a streak; one click is one view."""
    moments, at_ms = policy.care.moments, event.event_time_ms
    if len(same) < moments.streak_views:  # nearly always: cheap to tell
        return False
    since_ms = at_ms - moments.streak_within_ms
    views = {
        (one.at_ms, one.tie)
        for one in same
        if one.kind == _VIEW and since_ms < one.at_ms <= at_ms and _is_sought(one, profile, policy)
    }
    return len(views) == moments.streak_views


def _is_sought(look: Look, profile: Profile, policy: Policy) -> bool:
    """Whether neither the article nor its category was bought since, and we may know of it."""
    if look.category in policy.fold.lexicon.special_categories:
        return False
    if profile.buying.purchases.get(look.item, -1) >= look.at_ms:
        return False
    return not look.category or _bought_by_ms(profile, look.category, policy.fold) < look.at_ms


def _bought_by_ms(profile: Profile, category: str, policy: FoldPolicy) -> int:
    """The end of the day on which the category was last bought; -1 if it never was."""
    habit = profile.buying.habits.get(category)
    if habit is None:
        return -1
    ended = (last_day(habit) + 1) * DAY_MS
    return min(ended - (local_ms(policy.zone, ended) - ended), profile.buying.last_purchase_ms)


def _is_loyal(profile: Profile, _event: Event, _heard: Heard, policy: Policy) -> bool:
    """Whether this receipt or order is one of the purchases worth a word."""
    counts = profile.counts
    number = counts.get("sale", 0) + counts.get(PURCHASE, 0)
    return number in policy.care.moments.loyal_purchases


def _has_influence(profile: Profile, event: Event, _heard: Heard, policy: Policy) -> bool:
    """Whether whoever names us is heard by many, or moves those who hear them."""
    care, moments = profile.care, policy.care.moments
    if care.followers >= moments.influence_audience:
        return True
    voice = social_value(voice_of(care, event.event_time_ms), None)
    return voice.strength >= moments.influence_voice


def _praises(_profile: Profile, event: Event, heard: Heard, policy: Policy) -> bool:
    body = event.body
    if isinstance(body, events.Review):
        return body.rating >= GOOD_RATING
    return heard.about_us is not None and heard.about_us > policy.fold.praise_above


MOMENTS: dict[str, tuple[tuple[str, Asked], ...]] = {
    "view_item": ((VIEW_STREAK, _is_streak),),
    PURCHASE: ((LOYALTY, _is_loyal),),
    MENTION: ((INFLUENCE, _has_influence), (PRAISE, _praises)),
    "review": ((PRAISE, _praises),),
}
"""Word of an event -> the moments that it may make, the most telling first."""
MOMENT_WORDS = frozenset(moment for each in MOMENTS.values() for moment, _ in each)
TRIGGER_WORDS = (
    frozenset(TRIGGERS.values()) | {COMPLAINT, MENTION, PRAISE} | MOMENT_WORDS | TIMER_WORDS
)

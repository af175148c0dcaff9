"""Folds of `social.activity.v1` and `service.interaction.v1`: what the customer says, and to whom.

A post concerns us when it mentions one of the policy's handles; it is a complaint when it also
carries one of the policy's hashtags or words. English word lists hear no other language: such a
post is a mention.
"""

from streams.core import events
from streams.core.offers import FoldPolicy
from streams.core.profile.care import Case, touch_case
from streams.core.profile.profile import NAME_MAX, Profile, last_tie
from streams.core.profile.shopping import use_channel

_MARKS = str.maketrans(dict.fromkeys('.,;:!?"()[]<>#@*_/\u2026\u201c\u201d', " "))


def is_mention(post: events.Create, policy: FoldPolicy) -> bool:
    """Whether a post names us: one of the policy's handles is among its mentions."""
    handles = policy.handles
    return any(
        tag.type == "Mention" and tag.name.lstrip("@").lower() in handles for tag in post.object.tag
    )


def is_complaint(post: events.Create, policy: FoldPolicy) -> bool:
    """Whether a post that names us is a complaint: by a hashtag, or by a word of the policy."""
    tags = policy.complaint_tags
    if any(
        tag.type == "Hashtag" and tag.name.lstrip("#").lower() in tags for tag in post.object.tag
    ):
        return True
    words = (post.object.content or "").lower().translate(_MARKS).split()
    return not policy.complaint_words.isdisjoint(words)


def is_complaint_case(opened: events.Opened, policy: FoldPolicy) -> bool:
    """Whether a case is a complaint; one that gives no reason is taken for one."""
    return opened.reason is None or opened.reason.lower() in policy.complaint_reasons


def fold_activity(
    profile: Profile, activity: events.Activity, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """A like, a share, a follow: the channel was used, and the audience may be told."""
    use_channel(profile, "social", at_ms)
    care = profile.care
    followers = activity.actor.followers_count
    if followers is not None:
        if at_ms > care.followers_ms:
            care.followers, care.followers_ms = followers, at_ms
        elif at_ms == care.followers_ms:
            care.followers = max(care.followers, followers)


def fold_post(profile: Profile, post: events.Create, policy: FoldPolicy, *, at_ms: int) -> None:
    """A post was written; one that names us is a mention, and perhaps a complaint."""
    fold_activity(profile, post, policy, at_ms=at_ms)
    care = profile.care
    care.posts += 1
    care.last_post_ms = max(care.last_post_ms, at_ms)
    if not is_mention(post, policy):
        return
    care.mentions += 1
    care.last_mention_ms = max(care.last_mention_ms, at_ms)
    if is_complaint(post, policy):
        care.complaints += 1
        care.last_complaint_ms = max(care.last_complaint_ms, at_ms)


def fold_opened(profile: Profile, opened: events.Opened, policy: FoldPolicy, *, at_ms: int) -> None:
    """A case was opened; only a complaint stays open here."""
    use_channel(profile, "contact-centre", at_ms)
    if is_complaint_case(opened, policy):
        profile.care.complaints += 1
        case = Case(at_ms, last_tie(profile), open=True, opened_ms=at_ms)
        touch_case(profile.care, opened.case_id[:NAME_MAX], case)


def fold_answered(
    profile: Profile, _answered: events.Answered, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The customer got an answer: that settles posts, not cases."""
    profile.care.last_answer_ms = max(profile.care.last_answer_ms, at_ms)


def fold_closed(
    profile: Profile, closed: events.Closed, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """The case is over."""
    profile.care.last_answer_ms = max(profile.care.last_answer_ms, at_ms)
    case = Case(at_ms, last_tie(profile), open=False, opened_ms=at_ms)
    touch_case(profile.care, closed.case_id[:NAME_MAX], case)


def fold_delay(
    profile: Profile, _delay: events.DeliveryDelayed, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """A delivery comes late: a bad moment that is no case yet."""
    profile.care.delays += 1
    profile.care.last_delay_ms = max(profile.care.last_delay_ms, at_ms)

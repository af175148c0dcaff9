"""Folds of `social.activity.v1` and `service.interaction.v1`: what the customer says, and to whom.

A post concerns us when it mentions one of the policy's handles; it is a complaint when it also
carries one of the policy's hashtags or words. English word lists hear no other language: such a
post is a mention.
"""

from msgspec import structs

from streams.core import events
from streams.core.decay import add, add_sums
from streams.core.events import Body
from streams.core.evidence import CLICK, SERVICE, SOCIAL
from streams.core.fold_policy import FoldPolicy
from streams.core.means import add_means
from streams.core.profile.basket import review_of
from streams.core.profile.care import (
    BAD,
    GOOD,
    IMPACTS_MAX,
    POST_ID_MAX,
    RESPONSES,
    VIEWS,
    Case,
    Unanswered,
    await_answer,
    touch_case,
)
from streams.core.profile.profile import NAME_MAX, Profile, last_tie
from streams.core.profile.shopping import BAD_RATING, GOOD_RATING, feel, use_channel
from streams.core.profile.worlds import add_influence, hear_words
from streams.core.words.hearing import Heard

_MARKS = str.maketrans(dict.fromkeys('.,;:!?"()[]<>#@*_/\u2026\u201c\u201d', " "))


def is_mention(post: events.Create, policy: FoldPolicy) -> bool:
    """Whether a post names us: one of the policy's handles is among its mentions."""
    handles = policy.handles
    return any(
        tag.type == "Mention" and tag.name.lstrip("@").lower() in handles for tag in post.object.tag
    )


def is_complaint(post: events.Create, heard: Heard, policy: FoldPolicy) -> bool:
    """Whether a post that names us is a complaint.

    By a hashtag, by a word of the policy, or because what it says of us is bad enough.
    """
    tags = policy.complaint_tags
    if any(
        tag.type == "Hashtag" and tag.name.lstrip("#").lower() in tags for tag in post.object.tag
    ):
        return True
    if heard.about_us is not None and heard.about_us < policy.complaint_below:
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
    use_channel(profile, "social", at_ms, SOCIAL)
    care = profile.care
    followers = activity.actor.followers_count
    if followers is not None:
        if at_ms > care.followers_ms:
            care.followers, care.followers_ms = followers, at_ms
        elif at_ms == care.followers_ms:
            care.followers = max(care.followers, followers)


def fold_announce(
    profile: Profile, shared: events.Announce, policy: FoldPolicy, *, at_ms: int
) -> None:
    """Another's post was shared: its author moves this customer."""
    fold_activity(profile, shared, policy, at_ms=at_ms)
    author = shared.object.attributed_to
    if author:
        add_influence(profile.worlds, author[:NAME_MAX], at_ms, SOCIAL)


def fold_post(profile: Profile, post: events.Create, policy: FoldPolicy, *, at_ms: int) -> None:
    """A post was written; what it says is folded by `fold_heard`."""
    fold_activity(profile, post, policy, at_ms=at_ms)
    care = profile.care
    care.posts += 1
    care.last_post_ms = max(care.last_post_ms, at_ms)
    if not is_mention(post, policy):
        return
    care.mentions += 1
    care.last_mention_ms = max(care.last_mention_ms, at_ms)
    add(care.about_us, 1.0, at_ms)


def fold_heard(
    profile: Profile, body: Body, heard: Heard, policy: FoldPolicy, *, at_ms: int
) -> None:
    """Fold what an event said in words: worlds, opinions, and what is meant for us."""
    source = SOCIAL if isinstance(body, events.Activity) else CLICK
    if heard.brands and isinstance(body, events.Review) and review_of(body, policy, at_ms)[1]:
        heard = structs.replace(heard, brands=())  # an opinion would tell what they bought
    hear_words(profile.worlds, heard, profile.contact.consents, at_ms, source)
    if isinstance(body, events.Create) and is_mention(body, policy):
        _fold_mention(profile, body, heard, policy, at_ms=at_ms)


def _fold_mention(
    profile: Profile, post: events.Create, heard: Heard, policy: FoldPolicy, *, at_ms: int
) -> None:
    care, said = profile.care, post.object
    complaint = is_complaint(post, heard, policy)
    if complaint:
        care.complaints += 1
        care.last_complaint_ms = max(care.last_complaint_ms, at_ms)
        feel(profile, BAD, at_ms, SOCIAL)
    elif heard.about_us is not None and heard.about_us > policy.praise_above:
        feel(profile, GOOD, at_ms, SOCIAL)
    post_id = (said.id or "")[:POST_ID_MAX]
    await_answer(care, Unanswered(at_ms, last_tie(profile), post_id, complaint, heard.about_us))
    replies = (said.likes_count or 0) + (said.replies_count or 0)
    if said.views_count is not None:
        counts = ((VIEWS, float(said.views_count)), (RESPONSES, float(replies)))
        add_sums(care.reach, counts, at_ms)
    if said.likes_count is not None or said.shares_count is not None:
        actions = float(replies + (said.shares_count or 0))
        names = [(topic, actions) for topic in ("*", *heard.topics)]
        add_means(care.impact, names, 1.0, at_ms, names_max=IMPACTS_MAX, source=SOCIAL)


def fold_opened(profile: Profile, opened: events.Opened, policy: FoldPolicy, *, at_ms: int) -> None:
    """A case was opened; only a complaint stays open here."""
    use_channel(profile, "contact-centre", at_ms, SERVICE)
    if is_complaint_case(opened, policy):
        profile.care.complaints += 1
        feel(profile, BAD, at_ms, SERVICE)
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
    """The case is over, and perhaps the customer said how it went."""
    if closed.satisfaction is not None:
        if closed.satisfaction >= GOOD_RATING:
            feel(profile, GOOD, at_ms, SERVICE)
        elif closed.satisfaction <= BAD_RATING:
            feel(profile, BAD, at_ms, SERVICE)
    profile.care.last_answer_ms = max(profile.care.last_answer_ms, at_ms)
    case = Case(at_ms, last_tie(profile), open=False, opened_ms=at_ms)
    touch_case(profile.care, closed.case_id[:NAME_MAX], case)


def fold_delay(
    profile: Profile, _delay: events.DeliveryDelayed, _policy: FoldPolicy, *, at_ms: int
) -> None:
    """A delivery comes late: a bad moment that is no case yet."""
    profile.care.delays += 1
    feel(profile, BAD, at_ms, SERVICE)
    profile.care.last_delay_ms = max(profile.care.last_delay_ms, at_ms)

"""Answers: what is known of what waits for one, how urgent it is, and when it is due.

Valuable and influential customers come first, and so do old and severe complaints. Everything is
worked out from the view and the policy, so a logged decision repeats it.
"""

from typing import NamedTuple

from streams.core import events
from streams.core.care_policy import Level
from streams.core.decay import decayed
from streams.core.decide.record import Answer, Context
from streams.core.decide.triggers import COMPLAINT, INFLUENCE, MENTION
from streams.core.decide.view import ANSWER_TOPICS_MAX, AnswerFact, View
from streams.core.events import Event
from streams.core.offers import Policy
from streams.core.profile.care import Care
from streams.core.profile.profile import NAME_MAX, Profile
from streams.core.profile.stated import is_muted
from streams.core.words.hearing import Heard
from streams.core.worth.ranking import percentile
from streams.core.worth.social import social_value
from streams.core.worth.voice import voice_of

CASE_SEVERITY = 0.6
"""Of a complaint that says nothing we can score: a case, or a hashtag without a sentence."""
COMPLAINT_SEVERITY_MIN = 0.5
"""Of a complaint, whatever its words score; and of anything said while one is open."""
SEVERITY = {"delivery_delayed": 0.4, "return": 0.3, MENTION: 0.1, INFLUENCE: 0.1}
"""Of what is no complaint; nothing here is 0: praise, loyalty, a referral."""
PATIENCE = 0.9  # what is left, with each complaint before, of the way to the greatest severity
BEFORE_MAX = 10  # complaints before that count
SCORE_DIGITS = 4


class Asked(NamedTuple):
    """What the event itself says of what is asked, without a word of the customer's own."""

    reason: str | None = None
    topics: tuple[str, ...] = ()
    item_id: str | None = None
    sentiment: float | None = None


NOTHING_ASKED = Asked()


def asked_of(event: Event, heard: Heard, policy: Policy) -> Asked:
    """What `event` asks. What touches a special category leaves no topic and no product."""
    body, at_ms = event.body, event.event_time_ms
    if isinstance(body, events.Create):
        return Asked(topics=() if heard.special else heard.topics, sentiment=heard.about_us)
    if isinstance(body, events.Interaction):
        reason = body.reason.lower() if isinstance(body, events.Opened) and body.reason else None
        # A case whose reason is no word of the policy triggers nothing, and is not asked about.
        return Asked(reason, item_id=_told(body.item_id, policy, at_ms))
    return NOTHING_ASKED


def _told(item_id: str | None, policy: Policy, at_ms: int) -> str | None:
    """The product, if it is known to belong to no special category."""
    product = policy.fold.products.at(item_id, at_ms) if item_id is not None else None
    if product is None or item_id is None:
        return None
    hidden = policy.fold.lexicon.is_special(product.category, product.department)
    return None if hidden else item_id[:NAME_MAX]


def answer_fact(  # noqa: PLR0913  # all that an answer is about
    profile: Profile, trigger: str, asked: Asked, policy: Policy, *, event_ms: int, now_ms: int
) -> AnswerFact:
    """What an answer to `asked`, already folded, would be about, and to whom."""
    care, stated = profile.care, profile.stated
    waits = [one for one in _waiting(care, policy, now_ms) if one != event_ms]
    topics = [one for one in asked.topics if not is_muted(stated, "topic", one)]
    return AnswerFact(
        min([event_ms, *waits]),
        len(waits),
        max(care.complaints - (trigger == COMPLAINT), 0),
        asked.reason,
        tuple(topics[:ANSWER_TOPICS_MAX]),
        asked.item_id,
        asked.sentiment,
        profile.buying.last_purchase_ms or None,
        _value(profile, policy, now_ms),
        _influence(care, policy, now_ms),
    )


def answer_of(view: View, policy: Policy, expires_at_ms: int) -> Answer | None:
    """How urgent an answer is, until when it is due, and what whoever gives it should know.

    None for what no row answers. It is due while the offer holds: never after `expires_at_ms`.
    """
    known = view.answer
    if known is None:
        return None
    score = urgency_of(view, known, policy)
    level = _level_of(score, policy)
    return Answer(
        level.urgency,
        score,
        min(view.decision_time_ms + level.due_ms, expires_at_ms),
        Context(
            view.trigger,
            known.since_ms,
            known.waiting,
            known.before,
            known.reason,
            known.topics,
            known.item_id,
            known.sentiment,
            known.last_purchase_ms,
            view.balance,
        ),
    )


def urgency_level(view: View, policy: Policy) -> str | None:
    """The urgency as rules of offers ask for it; None for what no row answers."""
    if view.answer is None:
        return None
    return _level_of(urgency_of(view, view.answer, policy), policy).urgency.value


def _level_of(score: float, policy: Policy) -> Level:
    return next(one for one in policy.care.answers.levels if score >= one.score_min)


def urgency_of(view: View, known: AnswerFact, policy: Policy) -> float:
    """A score in [0, 1]: the weighed mean of age, severity, value and influence.

    The age of what waits longest counts half after the policy's `age_half_ms`.

    Source: DOMAIN, words (a complaint's age drives urgency) and worth (reach, influence).
    """
    weights = policy.care.answers
    age_ms = max(view.decision_time_ms - known.since_ms, 0)
    total = (
        weights.age_weight
        + weights.severity_weight
        + weights.value_weight
        + weights.influence_weight
    )
    weighed: float = (
        weights.age_weight * (1.0 - 0.5 ** (age_ms / weights.age_half_ms))
        + weights.severity_weight * severity_of(view, known)
        + weights.value_weight * known.value
        + weights.influence_weight * known.influence
    )
    return round(weighed / total, SCORE_DIGITS)


def severity_of(view: View, known: AnswerFact) -> float:
    """How bad it is, in [0, 1]: what happened and how it was put; each complaint before adds."""
    severity = SEVERITY.get(view.trigger, 0.0)
    if view.trigger == COMPLAINT:
        severity = CASE_SEVERITY if known.sentiment is None else COMPLAINT_SEVERITY_MIN
    elif view.complaint_since_ms is not None:
        severity = max(severity, COMPLAINT_SEVERITY_MIN)
    if known.sentiment is not None:
        severity = max(severity, -known.sentiment)
    if severity <= 0.0:
        return 0.0
    return 1.0 - (1.0 - severity) * PATIENCE ** min(known.before, BEFORE_MAX)


def _waiting(care: Care, policy: Policy, now_ms: int) -> list[int]:
    """Since when posts and cases wait for an answer, each."""
    since_ms = max(care.last_answer_ms, now_ms - policy.fold.complaint_age_max_ms)
    found = [one.at_ms for one in care.unanswered if one.at_ms > since_ms]
    return found + [one.opened_ms for one in care.cases.values() if one.open]


def _value(profile: Profile, policy: Policy, now_ms: int) -> float:
    """The share of all customers who spent less.

    Where the population is not known, a half for `spend_half_minor` of recent spending.
    """
    spends, model = profile.buying.spend, policy.model
    held = spends.get(model.currency)
    if held is not None:
        below = percentile(model, "revenue", held.lifetime_minor)
        if below is not None:
            return below
    currency = policy.currency
    held = spends.get(currency)
    if held is None:
        return 0.0
    spent = max(decayed(held.recent, held.recent.weight, now_ms), 0.0)
    return spent / (spent + policy.care.answers.spend_half_minor)


def _influence(care: Care, policy: Policy, now_ms: int) -> float:
    """The larger of the measures of the voice, and the audience on a scale of its own."""
    audience = max(care.followers, 0)
    reached = audience / (audience + policy.care.answers.audience_half)
    return max(reached, social_value(voice_of(care, now_ms), None).strength)

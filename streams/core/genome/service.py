"""Posts and service: who waits for an answer to what, and how things went for the customer."""

from streams.core.decay import Trait, decayed
from streams.core.genome.background import Reading
from streams.core.genome.genome import AnswerShown, ServiceShown
from streams.core.genome.tastes import TraitShown
from streams.core.genome.traits import rate
from streams.core.profile.care import BAD, GOOD, UNTOLD
from streams.core.profile.complaints import open_complaint_since, return_streak_since

NO_TRAIT = Trait(0.0, 0, 0)


def service(reading: Reading) -> ServiceShown:
    """All of it, as of now."""
    care = reading.profile.care
    return ServiceShown(
        posts=care.posts,
        mentions=care.mentions,
        complaints=care.complaints,
        delays=care.delays,
        last_complaint_ms=care.last_complaint_ms or None,
        last_answer_ms=care.last_answer_ms or None,
        open_complaint_since_ms=open_complaint_since(
            care, reading.profile.buying, reading.fold, reading.now_ms
        ),
        answers=answers(reading),
        balance=_balance(reading),
        untold=_untold(reading),
    )


def answers(reading: Reading) -> list[AnswerShown]:
    """What waits for an answer, the longest first."""
    profile = reading.profile
    care, oldest_ms = profile.care, reading.now_ms - reading.fold.complaint_age_max_ms
    found = [
        AnswerShown(
            kind="complaint" if one.complaint else "mention",
            since_ms=one.at_ms,
            about=one.post_id or None,
            sentiment=one.sentiment,
        )
        for one in care.unanswered
        if one.at_ms > max(care.last_answer_ms, oldest_ms)
    ]
    found += [
        AnswerShown(kind="case", since_ms=one.opened_ms, about=None, sentiment=None)
        for one in care.cases.values()
        if one.open
    ]
    streak_ms = return_streak_since(care, profile.buying, reading.fold, reading.now_ms)
    if streak_ms is not None:
        found.append(
            AnswerShown(kind="return streak", since_ms=streak_ms, about=None, sentiment=None)
        )
    found.sort(key=lambda one: (one.since_ms, one.kind))
    return found


def _balance(reading: Reading) -> TraitShown:
    good, bad = (reading.profile.care.moments.traits.get(one, NO_TRAIT) for one in (GOOD, BAD))
    return rate(
        reading,
        "balance",
        _weight(reading, good),
        _weight(reading, bad),
        count=good.count + bad.count,
        last_ms=max(good.last_ms, bad.last_ms) or None,
        sources=good.sources | bad.sources,
    )


def _untold(reading: Reading) -> TraitShown:
    moments = reading.profile.care.moments.traits
    untold = moments.get(UNTOLD, NO_TRAIT)
    told = [moments.get(one, NO_TRAIT) for one in (GOOD, BAD)]
    return rate(
        reading,
        "untold",
        _weight(reading, untold),
        sum(_weight(reading, one) for one in told),
        count=untold.count + sum(one.count for one in told),
        last_ms=untold.last_ms or None,
        sources=untold.sources,
        measure="share",
    )


def _weight(reading: Reading, trait: Trait) -> float:
    return max(decayed(reading.profile.care.moments, trait.weight, reading.now_ms), 0.0)

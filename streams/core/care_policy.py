"""What makes a moment out of events, and how urgent an answer is: values only, read from files.

Times are milliseconds, money is minor units.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from streams.core.fold_policy import DAY_MS, HOUR_MS


class Urgency(StrEnum):
    """How urgent an answer can be, the most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerPolicy:
    """How long nothing must happen until a timer fires, and when in the rhythm of a category.

    `rhythm_due` fires `rhythm_before_ms` before half of the customer's own intervals would be over,
    at the local time of day `rhythm_at_ms`.
    """

    cart_abandoned_after_ms: int = HOUR_MS
    rhythm_before_ms: int = 2 * DAY_MS
    rhythm_at_ms: int = 10 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentPolicy:
    """Which events are more than themselves.

    A streak is `streak_views` views of one article or category within `streak_within_ms`. A voice
    has influence from `influence_audience` followers, or from a measure of `influence_voice` in
    [0, 1]. Cases of `praise_reasons` are praise. The purchases whose number is one of
    `loyal_purchases` are moments of loyalty.
    """

    streak_views: int = 3
    streak_within_ms: int = 2 * DAY_MS
    influence_audience: int = 5_000
    influence_voice: float = 0.5
    praise_reasons: frozenset[str] = frozenset({"thanks", "praise", "compliment"})
    loyal_purchases: tuple[int, ...] = (10, 25, 50, 100, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One urgency: scores from `score_min` on have it, and are answered within `due_ms`."""

    urgency: Urgency
    score_min: float
    due_ms: int


USUAL_LEVELS = (
    Level(urgency=Urgency.CRITICAL, score_min=0.6, due_ms=HOUR_MS),
    Level(urgency=Urgency.HIGH, score_min=0.4, due_ms=4 * HOUR_MS),
    Level(urgency=Urgency.NORMAL, score_min=0.15, due_ms=DAY_MS),
    Level(urgency=Urgency.LOW, score_min=0.0, due_ms=2 * DAY_MS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPolicy:
    """What an answer's urgency is made of: weights, relative to their sum, and where halves lie.

    `age_half_ms` is the age of a complaint that counts half, `spend_half_minor` the decayed
    spending of a customer, and `audience_half` the followers. `levels` fall in their scores, and
    the last begins at 0.
    """

    age_weight: float = 1.0
    severity_weight: float = 2.0
    value_weight: float = 1.0
    influence_weight: float = 1.0
    age_half_ms: int = DAY_MS
    spend_half_minor: int = 20_000
    audience_half: int = 10_000
    levels: tuple[Level, ...] = USUAL_LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class TonePolicy:
    """Which tones suit how things went between us, as the share of good moments in [0, 1].

    Below `strained_below` the tones `strained` are taken `lift` times as well, above
    `content_above` the tones `content`.
    """

    strained: frozenset[str] = frozenset()
    strained_below: float = 0.4
    content: frozenset[str] = frozenset()
    content_above: float = 0.7
    lift: float = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePolicy:
    """All of it but the timers."""

    moments: MomentPolicy = MomentPolicy()
    answers: AnswerPolicy = AnswerPolicy()
    tones: TonePolicy = TonePolicy()


USUAL_TIMERS = TimerPolicy()
USUAL_CARE = CarePolicy()


def choice_of(tones: Iterable[str | None]) -> frozenset[str]:
    """The tones among which there is a choice; none where all of them are one."""
    found = frozenset(tones)
    return frozenset([one for one in found if one]) if len(found) > 1 else frozenset()

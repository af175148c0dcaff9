"""How best to reach a customer: response rates by channel, the best hour, the tone. On read.

A response is a click or an acceptance. Outcomes of one offer are not tied together, so of clicks
and acceptances the larger number counts, and trials are at least as many as what came of them:
rates lie in [0, 1] also where a channel reports no delivery.
"""

from streams.core.evidence import OUTCOME
from streams.core.genome.evidence import Estimate, beta_interval, beta_quantile
from streams.core.profile.responses import (
    ACCEPTED,
    CLICKED,
    DELIVERED,
    HOURS,
    REFUSED,
    VIEWED,
    Response,
    Responses,
    hours_at,
    outcomes_at,
)

DAY_PARTS = 4  # night, morning, afternoon, evening: six hours each, from midnight
PART_HOURS = HOURS // DAY_PARTS
# Prior strengths, in positive outcomes: a day part is believed after a few, one hour after more.
PART_STRENGTH = 4.0
HOUR_STRENGTH = 6.0
TAIL = 0.05  # on either side of a 90 % interval


def response_rates(responses: Responses, now_ms: int, *, evidence_min: int) -> dict[str, Estimate]:
    """Channel -> rate of responses to a contact, in [0, 1], with a Jeffreys interval."""
    return _rates(responses.channels, now_ms, evidence_min)


def tone_rates(responses: Responses, now_ms: int, *, evidence_min: int) -> dict[str, Estimate]:
    """Tone -> rate of responses to offers in that tone, in [0, 1], with a Jeffreys interval."""
    return _rates(responses.tones, now_ms, evidence_min)


def tone_preference(
    responses: Responses, now_ms: int, *, evidence_min: int
) -> tuple[str, Estimate] | None:
    """The tone that brings most responses, and its rate; None while that is not known.

    It is known once two tones were tried and the best one's interval lies above the rate of the
    others together.
    """
    known = {
        name: rate
        for name, rate in tone_rates(responses, now_ms, evidence_min=evidence_min).items()
        if rate.value is not None
    }
    if len(known) < 2:  # noqa: PLR2004  # a preference is over something else
        return None
    best = max(known, key=lambda name: (known[name].value or 0.0, name))
    others = [trials_of(outcomes_at(responses.tones[one], now_ms)) for one in known if one != best]
    responded = sum([one for one, _ in others])
    tried = sum([of for _, of in others])
    if known[best].low <= (responded + 0.5) / (tried + 1.0):
        return None
    return best, known[best]


def best_hour(
    responses: Responses, channel: str, now_ms: int, *, evidence_min: int
) -> tuple[int, Estimate] | None:
    """The local hour, 0 to 23, in which most positive outcomes are to be expected, and its share.

    The share of an hour is shrunk to its day part, which is shrunk to a quarter. It says when
    this customer answers what they were sent, not what they would if sent at other hours. None
    below `evidence_min` answered offers.

    Source: DOMAIN, buying behaviour: posterior of a positive outcome by hour, shrunk to day part.
    """
    response = responses.channels.get(channel)
    if response is None:
        return None
    counts = response.counts
    count = max(counts[VIEWED], counts[CLICKED], counts[ACCEPTED])
    if count < evidence_min:
        return None
    held = hours_at(response, now_ms)
    total = sum(held)
    weights = [_hour_weight(held, total, hour) for hour in range(HOURS)]
    hour = max(range(HOURS), key=lambda one: (weights[one], -one))
    inside, outside = weights[hour], total + HOUR_STRENGTH - weights[hour]
    return hour, Estimate(
        value=inside / (inside + outside),
        low=beta_quantile(TAIL, inside, outside),
        high=beta_quantile(1.0 - TAIL, inside, outside),
        count=count,
        weight=total,
        last_ms=response.last_ms,
        sources=OUTCOME,
    )


def _rates(known: dict[str, Response], now_ms: int, evidence_min: int) -> dict[str, Estimate]:
    return {name: _rate(one, now_ms, evidence_min) for name, one in known.items()}


def _rate(response: Response, now_ms: int, evidence_min: int) -> Estimate:
    responded, tried = trials_of(outcomes_at(response, now_ms))
    low, high = beta_interval(responded, tried - responded)
    count = int(trials_of([float(one) for one in response.counts])[1])
    return Estimate(
        value=None if count < evidence_min else (responded + 0.5) / (tried + 1.0),
        low=low,
        high=high,
        count=count,
        weight=tried,
        last_ms=response.last_ms,
        sources=OUTCOME,
    )


def trials_of(outcomes: list[float]) -> tuple[float, float]:
    """How many contacts were responded to, and how many there were, by their five outcomes."""
    responded = max(outcomes[CLICKED], outcomes[ACCEPTED])
    tried = max(outcomes[DELIVERED], outcomes[VIEWED], responded + outcomes[REFUSED])
    return responded, tried


def _hour_weight(held: list[float], total: float, hour: int) -> float:
    first = hour - hour % PART_HOURS
    part = sum(held[first : first + PART_HOURS])
    part_share = (part + PART_STRENGTH / DAY_PARTS) / (total + PART_STRENGTH)
    return held[hour] + HOUR_STRENGTH * part_share / PART_HOURS

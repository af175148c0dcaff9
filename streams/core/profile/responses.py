"""How a customer responds to contacts: decayed outcomes by channel, hour of the day and tone.

An outcome counts in the hour of its own event time on the clocks of the policy's zone, so the
order of arrival changes only rounding. Outcomes name no tone: it is that of the open offer, and an
outcome of an offer that is no longer held counts for no tone.
"""

from msgspec import Struct

from streams.core.decay import DecayedSums, add_sums, decayed, set_half_life
from streams.core.joining import scale_of
from streams.core.kinds.bounds import CHANNELS

TONES_MAX = 4  # a catalogue speaks in a handful
HOURS = 24
# Places of the outcomes in `Response.sums`; those of the hours follow.
DELIVERED, VIEWED, CLICKED, ACCEPTED, REFUSED = range(5)
OUTCOMES = 5
# A view may be a machine's that loads images: it says less about the hour than an answer.
HOUR_WEIGHTS = {VIEWED: 0.25, CLICKED: 1.0, ACCEPTED: 1.0}


class Response(Struct, array_like=True, gc=False):
    """Outcomes of contacts by one channel or in one tone.

    `sums` are five outcomes, then for a channel the positive ones by hour of the day, 24.
    """

    sums: DecayedSums
    counts: list[int]
    """The five outcomes, undecayed: the evidence."""
    last_ms: int = 0


class Responses(Struct, array_like=True, gc=False):
    """All of it; channels are a closed set, and beyond `TONES_MAX` the tone untouched longest goes.

    What is dropped reads "unknown".
    """

    channels: dict[str, Response] = {}
    tones: dict[str, Response] = {}


def note_channel(  # noqa: PLR0913  # an outcome, and what is known about it
    responses: Responses, channel: str, outcome: int, *, hour: int, half_life_ms: int, at_ms: int
) -> None:
    """Count one outcome of a contact by `channel`; `hour` is the local one, 0 to 23."""
    places = OUTCOMES + HOURS
    held = _held(responses.channels, channel, places, half_life_ms, at_ms)
    amounts = [(outcome, 1.0)]
    if outcome in HOUR_WEIGHTS:
        amounts.append((OUTCOMES + hour, HOUR_WEIGHTS[outcome]))
    _note(held, outcome, amounts, at_ms)


def note_tone(
    responses: Responses, tone: str, outcome: int, *, half_life_ms: int, at_ms: int
) -> None:
    """Count one outcome of an offer in `tone`."""
    tones = responses.tones
    held = _held(tones, tone, OUTCOMES, half_life_ms, at_ms)
    _note(held, outcome, [(outcome, 1.0)], at_ms)
    _trim(tones, TONES_MAX)


def outcomes_at(response: Response, now_ms: int) -> list[float]:
    """Weights of the five outcomes as of `now_ms`."""
    scale = decayed(response.sums, 1.0, now_ms)
    return [one * scale for one in response.sums.sums[:OUTCOMES]]


def hours_at(response: Response, now_ms: int) -> list[float]:
    """Weights of positive outcomes by hour of the day as of `now_ms`: 24, of a channel alone."""
    scale = decayed(response.sums, 1.0, now_ms)
    return [one * scale for one in response.sums.sums[OUTCOMES:]]


def merge_responses(into: Responses, other: Responses) -> None:
    """Add to `into` what `other` knows: below the bound, as if all had happened to `into`."""
    _merge(into.channels, other.channels, len(CHANNELS))
    _merge(into.tones, other.tones, TONES_MAX)


def _held(
    known: dict[str, Response], name: str, places: int, half_life_ms: int, at_ms: int
) -> Response:
    held = known.get(name)
    if held is None:
        landmark_ms = at_ms - at_ms % half_life_ms
        held = known[name] = Response(
            DecayedSums(half_life_ms, landmark_ms, [0] * places), [0] * OUTCOMES
        )
    elif held.sums.half_life_ms != half_life_ms:
        set_half_life(held.sums, half_life_ms, held.last_ms)
    return held


def _note(held: Response, outcome: int, amounts: list[tuple[int, float]], at_ms: int) -> None:
    add_sums(held.sums, amounts, at_ms)
    held.counts[outcome] += 1
    held.last_ms = max(held.last_ms, at_ms)


def _merge(into: dict[str, Response], other: dict[str, Response], names_max: int) -> None:
    for name, one in other.items():
        sums = one.sums
        held = into.get(name) or _held(
            into, name, len(sums.sums), sums.half_life_ms, sums.landmark_ms
        )
        scale = scale_of(held.sums, sums, one.last_ms)
        held.sums.sums[:] = [
            mine + theirs * scale if theirs else mine
            for mine, theirs in zip(held.sums.sums, sums.sums, strict=True)
        ]
        held.counts = [mine + theirs for mine, theirs in zip(held.counts, one.counts, strict=True)]
        held.last_ms = max(held.last_ms, one.last_ms)
    _trim(into, names_max)


def _trim(known: dict[str, Response], names_max: int) -> None:
    while len(known) > names_max:
        del known[min(known, key=lambda one: (known[one].last_ms, one))]

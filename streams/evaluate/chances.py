"""What a decision could have done, and how likely each of it was: read from its record.

An action is a sent offer, by its names in the catalogue, or silence, which is None. A record lists
its best candidates alone; what lies beyond the list has a chance nobody can look up.
"""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from streams.core.decide.record import Candidate, Chosen, DecisionRecord, Result

ROUNDING = 1e-9
"""Chances that sum to 1 within this are complete; a smaller one is none."""


class Action(NamedTuple):
    """One way to speak: catalogue row, treatment, price level and channel."""

    offer: str
    treatment: str
    price_level: str
    channel: str


class Ground(StrEnum):
    """Why a decision of the log says nothing about the candidate policy, in the order asked."""

    CUT = "cut"
    SILENCE = "silence"
    UNSUPPORTED = "unsupported"


class Stakes(NamedTuple):
    """What an action is about, in minor units: what an acceptance earns, and what it costs to ask.

    `anyway_minor` is P0 x margin, as the decision took it to be.
    """

    gain_minor: float
    """Margin less discount."""
    cost_minor: float
    anyway_minor: float


class Chances(Struct, frozen=True, gc=False):
    """Everything a decision could do; `actions` holds those with a chance above 0."""

    actions: dict[Action, Candidate]
    silence: float
    unlisted: float = 0.0
    """The chance of all that is not listed."""


CERTAIN_SILENCE = Chances({}, 1.0)
"""No catalogue row matches the view: nothing is decided, so nothing is said."""


def chances_of(record: DecisionRecord | None) -> Chances:
    """What `record` could do; None, a view that no row matches, is silence for certain."""
    if record is None:
        return CERTAIN_SILENCE
    actions = {_named(one): one for one in record.candidates if one.propensity > ROUNDING}
    listed = sum([one.propensity for one in actions.values()])
    unlisted = 1.0 - record.silence_propensity - listed
    return Chances(actions, record.silence_propensity, unlisted if unlisted > ROUNDING else 0.0)


def ground_against(logged: Chances, proposed: Chances) -> Ground | None:
    """Why the log cannot tell what `proposed` earns here; None when it can.

    It looks at view and policies only and never at what was drawn: leaving such decisions out
    changes which ones are judged, and not how they come out.
    """
    if proposed.unlisted:
        return Ground.CUT
    if proposed.silence > ROUNDING and logged.silence <= ROUNDING:
        return Ground.SILENCE
    for action, candidate in proposed.actions.items():
        known = logged.actions.get(action)
        if known is None:
            return Ground.CUT if logged.unlisted else Ground.UNSUPPORTED
        if _discount_minor(known) != _discount_minor(candidate):
            return Ground.UNSUPPORTED  # another price by the same name is another action
    return None


def taken(record: DecisionRecord | None) -> Action | None:
    """What the draw took, sent or held out; None is silence.

    An answer has no price, so its price level is that of the entry it was chosen by.
    """
    if record is None or record.chosen is None or record.result is Result.SILENCE:
        return None
    chosen = record.chosen
    if chosen.price is not None:
        level = chosen.price.level
    else:
        level = next((one.price_level for one in record.candidates if _is(one, chosen)), "")
    return Action(chosen.offer, chosen.pitch.treatment, level, chosen.channel)


def stakes_of(record: DecisionRecord, action: Action) -> Stakes | None:
    """What the action that `record` took is about; None where the list does not tell.

    An action beyond the list has the margin of its row and the cost of its channel, if any entry
    of the list has them: both are the same for all treatments and price levels.
    """
    for one in record.candidates:
        if _named(one) == action and one.factors is not None:
            return listed_stakes(one)
    listed = [(one, one.factors) for one in record.candidates if one.factors is not None]
    row = next((known for one, known in listed if one.offer == action.offer), None)
    channel = next((known for one, known in listed if one.channel == action.channel), None)
    chosen = record.chosen
    if row is None or channel is None or chosen is None:
        return None
    discount_minor = chosen.price.discount_minor if chosen.price is not None else 0
    return Stakes(
        row.margin_minor - discount_minor,
        channel.contact_cost_minor,
        row.anyway * row.margin_minor,
    )


def listed_stakes(candidate: Candidate) -> Stakes:
    """What a listed action is about; nothing where its factors were not logged."""
    factors = candidate.factors
    if factors is None:
        return Stakes(0.0, 0.0, 0.0)
    return Stakes(
        factors.margin_minor - factors.discount_minor,
        factors.contact_cost_minor,
        factors.anyway * factors.margin_minor,
    )


def _named(one: Candidate) -> Action:
    return Action(one.offer, one.treatment, one.price_level, one.channel)


def _is(one: Candidate, chosen: Chosen) -> bool:
    return (
        (one.offer, one.treatment, one.channel)
        == (chosen.offer, chosen.pitch.treatment, chosen.channel)
        and one.propensity > 0.0
        and one.value_minor == chosen.value_minor
    )


def _discount_minor(one: Candidate) -> int:
    return one.factors.discount_minor if one.factors is not None else 0

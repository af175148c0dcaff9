"""What holds of every genome, whatever happened, in whatever order, read whenever."""

from math import isfinite
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core import events
from streams.core.events import Event
from streams.core.fold import fold
from streams.core.fold_policy import DAY_MS, FoldPolicy
from streams.core.genome.background import make_background
from streams.core.genome.genome import Genome
from streams.core.genome.reading import read_genome
from streams.core.model import NO_MODEL, Model
from streams.core.profile.profile import Profile, new_profile
from tests.core.genomes import ANN, MODEL, at_ms, numbers, rich, traits
from tests.same import differences
from tests.strategies import HISTORY_START_MS
from tests.strategies import histories as few_events
from tests.strategies_profiles import FEW, FOLD, anything, event, lively

EVIDENCE_MIN = 2
EAGER = FoldPolicy(lateness_max_ms=400 * DAY_MS, handles=FOLD.handles, evidence_min=EVIDENCE_MIN)
MODELS = [NO_MODEL, MODEL]
BACKGROUNDS = {one.version: make_background(EAGER, one) for one in MODELS}
histories = anything | lively
RICH = [event(f"e{n}", body, at_ms(days)) for n, (days, body) in enumerate(rich())]
moments = st.integers(-30, 1_500).map(lambda days: HISTORY_START_MS + days * DAY_MS)
# Money of refunds and discounts may be anything; what was chosen or said lies between -1 and 1.
BOUNDED = {"share", "rate"}


def folded(history: list[Event]) -> Profile:
    """The profile after `history`; nothing is late."""
    profile = new_profile(ANN)
    for one in history:
        fold(profile, one, EAGER, now_ms=0)
    return profile


def read(history: list[Event], model: Model, now_ms: int) -> Genome:
    """Its genome."""
    return read_genome(folded(history), BACKGROUNDS[model.version], now_ms, special=True)


@pytest.mark.parametrize("model", MODELS)
@FEW
@given(history=histories, now_ms=moments)
def test_every_number_is_finite_and_is_encoded(
    model: Model, history: list[Event], now_ms: int
) -> None:
    """JSON has no other numbers."""
    genome = read(history, model, now_ms)

    assert [one for one in numbers(genome) if not isfinite(one)] == []
    assert msgspec.json.decode(msgspec.json.encode(genome), type=Genome) == genome


@pytest.mark.parametrize("model", MODELS)
@FEW
@given(history=histories, now_ms=moments)
def test_shares_rates_and_their_intervals_lie_in_0_to_1(
    model: Model, history: list[Event], now_ms: int
) -> None:
    """And so do the shares of habits and of what comes next, and places in a ranking."""
    genome = read(history, model, now_ms)

    bounded = [one for one in traits(genome) if one["measure"] in BOUNDED]
    ends = [one[end] for one in bounded for end in ("value", "low", "high")]
    ends += [one.share for one in genome.buying.habits]
    ends += [one.share for one in genome.buying.next]
    ends += [one.still_buys for one in genome.buying.habits]
    ends += [one.below for one in genome.worth.rankings]
    assert [one for one in ends if one is not None and not 0.0 <= one <= 1.0] == []


@pytest.mark.parametrize("model", MODELS)
@FEW
@given(history=histories, now_ms=moments)
def test_every_interval_holds_its_value(model: Model, history: list[Event], now_ms: int) -> None:
    """Nobody is surer than of what they believe."""
    genome = read(history, model, now_ms)

    held = [msgspec.to_builtins(one) for one in genome.values] + traits(genome)
    whole = [one for one in held if None not in (one["value"], one["low"], one["high"])]
    assert [one for one in whole if not one["low"] <= one["value"] <= one["high"]] == []


@pytest.mark.parametrize("model", MODELS)
@FEW
@given(history=histories, now_ms=moments)
def test_too_little_evidence_reads_unknown(model: Model, history: list[Event], now_ms: int) -> None:
    """But for the customer's own word; P(alive) asks for a repeat purchase, so for two days."""
    genome = read(history, model, now_ms)

    inferred = [one for one in traits(genome) if one["origin"] != "said"]
    told = [one for one in inferred if one["count"] < EVIDENCE_MIN and one["value"] is not None]
    assert told == []
    assert [one for one in inferred if (one["value"] is None) != (one["origin"] == "unknown")] == []


def _apart(history: list[Event]) -> list[Event]:
    """Events of different times, ids and receipts, none of which takes back what it finds."""
    held = {one.event_id: one for one in history if not isinstance(one.body, events.Void)}
    return [*{one.event_time_ms: one for one in held.values()}.values()]


# So few that no collection comes to its bound, and so many that hardly any part is empty.
_orderless = (few_events(size_max=4) | lively).map(_apart) | st.just(RICH)


@pytest.mark.parametrize("model", MODELS)
@FEW
@given(history=_orderless, random=st.randoms(use_true_random=False), now_ms=moments)
def test_the_order_of_arrival_does_not_change_the_genome(
    model: Model, history: list[Event], random: Random, now_ms: int
) -> None:
    """Exact but for rounding, to a billionth."""
    shuffled = random.sample(history, len(history))

    one, other = read(history, model, now_ms), read(shuffled, model, now_ms)

    assert differences(one, other) == []


@FEW
@given(history=histories, now_ms=moments)
def test_reading_changes_nothing(history: list[Event], now_ms: int) -> None:
    """A profile is the same before and after, and so is a second reading."""
    profile, untouched = folded(history), folded(history)

    first = read_genome(profile, BACKGROUNDS["m1"], now_ms)
    second = read_genome(profile, BACKGROUNDS["m1"], now_ms)

    assert first == second
    assert profile == untouched

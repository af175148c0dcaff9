"""What was predicted and what came of it, by channel and band: counted once, bounded."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.acceptance import Acceptance, Node
from streams.core.calibration import (
    BAND_ENDS,
    BANDS,
    HOLDOUT,
    PREDICTED,
    band_of,
    calibrate,
    predicted_of,
)
from streams.core.decay import decayed
from streams.core.decide.record import DecisionRecord
from streams.core.events import CHANNELS
from streams.core.profile.profile import new_profile
from streams.core.profile.trials import Trial
from streams.core.tally import ACCEPTED, EXPECTED, LEAVES_MAX, TRIED, Tally
from tests.strategies_profiles import NOON, event, offer, policy, run, view

DAY_MS = 86_400_000
LEARNED = Acceptance(
    version="v",
    accepts=Node(2.0, 9.0, {"tea": Node(3.0, 9.0, {"web": Node(0.5, 9.0)})}),
    anyway=Node(1.5, 9.0),
)


def trial(expected: float = 0.04, *, accepted: bool = False, shadow: bool = False) -> Trial:
    """A closed trial of tea by web."""
    return Trial("tea", "web", "regular", "bought", NOON, expected, shadow, accepted=accepted)


def counted(*trials: Trial) -> Tally:
    """The calibration row after these trials, all at once."""
    row = Tally("")
    for one in trials:
        chance = predicted_of(one, LEARNED)
        calibrate(row, one, chance, half_life_ms=DAY_MS, at_ms=NOON)
    return row


@given(st.floats(0, 1))
def test_every_chance_has_its_band(chance: float) -> None:
    """Above the end of the one before, and up to its own."""
    place = BANDS.index(band_of(chance))

    assert chance <= BAND_ENDS[place]
    assert chance > (BAND_ENDS[place - 1] if place else -1.0)


def test_a_prediction_is_what_was_learned_of_the_expectation() -> None:
    """By the deepest node there is; never above 1; a holdout's by those who buy anyway."""
    assert predicted_of(trial(0.04), LEARNED) == 0.02
    assert predicted_of(trial(0.04, shadow=True), LEARNED) == pytest.approx(0.06)
    assert predicted_of(trial(0.9, shadow=True), LEARNED) == 1.0


def decided(learned: Acceptance, share: float) -> DecisionRecord:
    """The decision of a policy that learned, and holds out this share."""
    rules = policy(offer("tea"))
    decision = replace(rules.decision, holdout_share=share)
    (result,) = run(
        new_profile("customer:1"),
        [event("e", view(), NOON)],
        replace(rules, acceptance=learned, decision=decision),
    )
    assert result.decision is not None
    return result.decision


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_it_is_the_chance_that_the_decision_took(share: float) -> None:
    """P1 of what was sent and P0 of what was held out, as the log has them, to the bit."""
    record = decided(LEARNED, share)
    chosen = record.chosen
    assert chosen is not None
    factors = record.candidates[0].factors
    assert factors is not None

    words = (chosen.offer, chosen.channel, chosen.price_level or "", record.view.stage)
    made = Trial(*words, 1, chosen.expected, share == 1.0)

    taken = factors.anyway if made.shadow else factors.accepts
    assert predicted_of(made, LEARNED) == taken


def test_a_trial_counts_once_under_its_channel_and_band() -> None:
    """Tried, taken, expected and predicted; a holdout's apart from every channel."""
    row = counted(trial(accepted=True), trial(), trial(shadow=True))

    held = row.leaves["web/0.05"]
    now = [decayed(held, amount, NOON) for amount in held.sums]
    apart = row.leaves[f"{HOLDOUT}/0.05"]
    assert now[TRIED] == pytest.approx(2.0)
    assert now[ACCEPTED] == pytest.approx(1.0)
    assert now[EXPECTED] == pytest.approx(0.08)
    assert now[PREDICTED] == pytest.approx(0.04)
    assert decayed(apart, apart.sums[TRIED], NOON) == pytest.approx(1.0)
    assert row.anyway == {}


def test_all_channels_and_bands_fit() -> None:
    """A row with every leaf there can be drops none."""
    assert (len(CHANNELS) + 1) * len(BANDS) < LEAVES_MAX

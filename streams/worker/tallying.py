"""Closed trials into the partition's tallies, with the unit that closed them."""

from typing import Any

from streams.codec.rows import CALIBRATION_KEY, tally_key
from streams.core.calibration import band_of, calibrate, channel_of, predicted_of
from streams.core.offers import Policy, campaign_of
from streams.core.profile.trials import Trial
from streams.core.tally import Tally, tally
from streams.kafka.totals import Totals
from streams.kafka.unit import OpenPartition


def tally_all(
    trials: tuple[Trial, ...], opened: OpenPartition, policy: Policy, totals: Totals
) -> None:
    """Count each of `trials` once, in the row of its offer."""
    half_life_ms, at_ms = policy.decision.trial_half_life_ms, opened.ledger.clock_ms
    for trial in trials:
        key = tally_key(trial.offer)
        row: Any = opened.read(key) or Tally(trial.offer)
        campaign = campaign_of(policy, trial.offer)
        tally(row, trial, half_life_ms=half_life_ms, at_ms=at_ms, campaign=campaign)
        opened.hold(key, row)  # one offer is tried by many
        _calibrate(trial, campaign, opened, policy, totals)
        of = "anyway" if trial.shadow else "offered"
        totals.count(1, "trial", of, "yes" if trial.accepted else "no")


def _calibrate(
    trial: Trial, campaign: str | None, opened: OpenPartition, policy: Policy, totals: Totals
) -> None:
    """Count what became of `trial` beside what was expected, and predicted, of it."""
    row: Any = opened.read(CALIBRATION_KEY) or Tally("")
    predicted = predicted_of(trial, policy.acceptance, campaign)
    half_life_ms, at_ms = policy.decision.trial_half_life_ms, opened.ledger.clock_ms
    calibrate(row, trial, predicted, half_life_ms=half_life_ms, at_ms=at_ms)
    opened.hold(CALIBRATION_KEY, row)
    channel, band = channel_of(trial), band_of(trial.expected)
    totals.count(1, "chance", channel, band, "yes" if trial.accepted else "no")
    totals.count(predicted, "predicted", channel, band)

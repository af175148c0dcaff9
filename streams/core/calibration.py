"""Predicted against observed: closed trials by channel and by band of what was expected.

A trial has kept the chance that catalogue and context gave it when it was decided; by that it lies
in a band, whatever was learned meanwhile. Beside it stands the chance with what trials had taught,
by the snapshot in force when it closed, which had not seen it yet. Where the model is calibrated,
as many trials of a band were taken as was predicted. What a holdout bought without an offer is
counted beside, by the chance of buying anyway.
"""

from bisect import bisect_left

from streams.core.acceptance import Acceptance, chance_anyway, chance_taken
from streams.core.profile.trials import Trial
from streams.core.tally import ACCEPTED, EXPECTED, TRIED, Tally, count

PREDICTED = 3
"""Place of the sum of predicted chances, behind those of `core.tally`."""
BAND_ENDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Upper ends of the ten bands. Chances of a shop are small: tenths of [0, 1] would be one band."""
BANDS = tuple([f"{end:g}" for end in BAND_ENDS])
"""Their names: how the upper end is written."""
HOLDOUT = "holdout"
"""Stands for the channel of trials without an offer."""


def band_of(expected: float) -> str:
    """The name of the band that a chance in [0, 1] lies in; an upper end belongs to its band."""
    return BANDS[bisect_left(BAND_ENDS, expected)]


def channel_of(trial: Trial) -> str:
    """The channel it was offered by, or `HOLDOUT`."""
    return HOLDOUT if trial.shadow else trial.channel


def predicted_of(trial: Trial, learned: Acceptance, campaign: str | None = None) -> float:
    """The chance that it is taken, or for the holdout's that they buy anyway, by `learned`.

    `campaign` is that of its offer.
    """
    if trial.shadow:
        return chance_anyway(learned, trial.offer, trial.stage, trial.expected)
    path = (trial.offer, trial.channel, trial.level, trial.stage)
    return chance_taken(learned, path, trial.expected, campaign)


def calibrate(
    into: Tally, trial: Trial, predicted: float, *, half_life_ms: int, at_ms: int
) -> None:
    """Count a closed trial under `<channel>/<band>`; sums decay like those of other tallies.

    Six channels and the holdout in ten bands are fewer leaves than a tally has room for.
    """
    amounts = [(TRIED, 1.0), (EXPECTED, trial.expected), (PREDICTED, predicted)]
    if trial.accepted:
        amounts.append((ACCEPTED, 1.0))
    leaf = f"{channel_of(trial)}/{band_of(trial.expected)}"
    count(into.leaves, leaf, amounts, places=4, half_life_ms=half_life_ms, at_ms=at_ms)

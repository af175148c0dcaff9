"""Incremental margin of each catalogue row: what its delivered offers earned over buying anyway.

The acceptances are measured. P0, that a customer buys without the offer, is the one the decision
was made on, read from the log: this module measures no purchases of people who got nothing.
"""

import numpy as np
from msgspec import Struct
from scipy import special

from streams.evaluate.collecting import Collected
from streams.evaluate.estimators import LEVEL, Estimate, mean_by
from streams.evaluate.rewards import SILENT, Flags, rewards_minor

SUBJECTS_MIN = 100
"""A row delivered to fewer is not judged."""
ACCEPTED_MIN = 5
"""With fewer acceptances a resample cannot show how many there might have been."""


class Lift(Struct, frozen=True):
    """One catalogue row; amounts are minor units a delivered offer."""

    offer: str
    sent: int
    delivered: int
    accepted: int
    subjects: int
    """To whom it was delivered."""
    anyway_minor: float
    """P0 x margin."""
    incremental_minor: Estimate | None
    """None where too few subjects got it."""
    retire: bool
    """It sells, and the whole interval is below 0."""


def lifts(log: Collected, *, seed: int) -> tuple[Lift, ...]:
    """Each catalogue row that was sent, in the order of names."""
    offer = np.full(len(log.subject), SILENT)
    offer[log.sent] = log.offer_of[log.taken.cell[log.sent]]
    found = [_lift(log, name, offer == number, seed) for number, name in enumerate(log.offers)]
    return tuple(sorted([one for one in found if one.sent], key=lambda one: one.offer))


def _lift(log: Collected, name: str, sent: Flags, seed: int) -> Lift:
    taken = log.taken
    got = sent & log.delivered & log.known
    subject, accepted = log.subject[got], taken.accepted[got]
    gain_minor, anyway_minor = taken.gain_minor[got], log.anyway_minor[got]
    cost_minor = taken.cost_minor[got]
    earned_minor = rewards_minor(
        sent=np.ones(len(subject), dtype=np.bool_),
        accepted=accepted,
        gain_minor=gain_minor,
        cost_minor=cost_minor,
    )
    subjects = len(np.unique(subject))
    estimate = None
    if subjects >= SUBJECTS_MIN:
        estimate = mean_by(subject, earned_minor - anyway_minor, seed=seed)
        if accepted.sum() < ACCEPTED_MIN:
            most = _rate_max(int(accepted.sum()), subjects)
            high = most * gain_minor.mean() - cost_minor.mean() - anyway_minor.mean()
            estimate = Estimate(estimate.value, estimate.low, max(estimate.high, float(high)))
    return Lift(
        offer=name,
        sent=int(sent.sum()),
        delivered=len(subject),
        accepted=int(accepted.sum()),
        subjects=subjects,
        anyway_minor=float(anyway_minor.mean()) if len(subject) else 0.0,
        incremental_minor=estimate,
        retire=name in log.selling and estimate is not None and estimate.high < 0,
    )


def _rate_max(accepted: int, tried: int) -> float:
    """The upper end of the exact interval of a rate.

    Source: Clopper & Pearson, The Use of Confidence or Fiducial Limits, Biometrika 26(4), 1934.
    """
    return float(special.betaincinv(accepted + 1, tried - accepted, (1 + LEVEL) / 2))

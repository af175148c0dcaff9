"""Measured uplift: what delivered offers brought over what held out customers did anyway.

Source of the interval: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 8: two
samples are resampled each on its own, here by customer.
"""

import numpy as np
from msgspec import Struct

from streams.evaluate.anyway import Counts, Trials, Tried
from streams.evaluate.estimators import (
    REPLICATES,
    Estimate,
    Floats,
    Refusal,
    interval,
    resampled,
    sums_by,
)
from streams.evaluate.lift import SUBJECTS_MIN

BOUGHT_MIN = 5
"""With fewer purchases in an arm a resample cannot show how many there might have been."""


class Uplift(Struct, frozen=True, kw_only=True):
    """One catalogue row, or all; shares of decisions, money in minor units a delivered offer."""

    offer: str
    """Empty for all rows together."""
    sent: int
    delivered: int
    delivered_subjects: int
    held_out: int
    held_out_subjects: int
    delivered_bought: float
    anyway_bought: float
    """The measured P0."""
    anyway_model: float
    """P0 that the held out decisions were made on."""
    uplift: Estimate | None
    incremental_minor: Estimate | None
    refusal: Refusal | None
    """Why there are no intervals."""


class Measured(Struct, frozen=True, kw_only=True):
    """What was measured."""

    decisions: int
    open: int
    """Offers whose time is not over: left out of both arms."""
    left_out: Counts
    total: Uplift
    offers: tuple[Uplift, ...]


def measure(trials: Trials, *, now_ms: int, seed: int, replicates: int = REPLICATES) -> Measured:
    """Both arms of each row that was sent or held out, in the order of names, and of all rows.

    Offers whose time is not over at `now_ms` are left out of both arms.
    """
    closed = [one for one in trials.all() if one.until_ms <= now_ms]
    by_offer: dict[str, list[Tried]] = {}
    for one in closed:
        by_offer.setdefault(one.offer, []).append(one)
    found = [
        uplift(name, every, seed=seed, replicates=replicates)
        for name, every in sorted(by_offer.items())
    ]
    return Measured(
        decisions=len(trials),
        open=len(trials) - len(closed),
        left_out=trials.counts,
        total=uplift("", closed, seed=seed, replicates=replicates),
        offers=tuple(found),
    )


def uplift(name: str, every: list[Tried], *, seed: int, replicates: int = REPLICATES) -> Uplift:
    """What `every` decision tells, sent and delivered against held out."""
    got = [one for one in every if one.delivered and not one.held_out]
    kept = [one for one in every if one.held_out]
    subjects = (len({one.subject for one in got}), len({one.subject for one in kept}))
    refusal = _refusal(got, kept, subjects)
    shares = None
    if refusal is None:
        shares = _intervals(got, kept, seed=seed, replicates=replicates)
    return Uplift(
        offer=name,
        sent=sum([not one.held_out for one in every]),
        delivered=len(got),
        delivered_subjects=subjects[0],
        held_out=len(kept),
        held_out_subjects=subjects[1],
        delivered_bought=_mean([one.counts for one in got]),
        anyway_bought=_mean([one.counts for one in kept]),
        anyway_model=_mean([one.expected for one in kept]),
        uplift=None if shares is None else shares[0],
        incremental_minor=None if shares is None else shares[1],
        refusal=refusal,
    )


def _refusal(got: list[Tried], kept: list[Tried], subjects: tuple[int, int]) -> Refusal | None:
    for arm, word, count in ((kept, "were held out", subjects[1]), (got, "got it", subjects[0])):
        if count < SUBJECTS_MIN:
            sentence = (
                f"{count} customers {word}, expected at least {SUBJECTS_MIN}; "
                "take a longer time, or a larger holdout_share"
            )
            return Refusal("few", len(arm), sentence)
        bought = sum([one.counts for one in arm])
        if bought < BOUGHT_MIN:
            sentence = (
                f"those who {word} bought {bought} times, expected at least {BOUGHT_MIN}; "
                "take a longer time"
            )
            return Refusal("bought", len(arm), sentence)
    return None


def _intervals(
    got: list[Tried], kept: list[Tried], *, seed: int, replicates: int
) -> tuple[Estimate, Estimate]:
    """Difference of shares, and of money, by two samples of customers.

    A customer of both arms (the holdout grew) is a sample of its own, so both move together.
    """
    subject = np.array([one.subject for one in (*got, *kept)], dtype=np.int64)
    columns = np.array(
        [
            *[
                (1, one.counts, one.counts * one.gain_minor - one.cost_minor, 0, 0, 0)
                for one in got
            ],
            *[(0, 0, 0, 1, one.counts, one.counts * one.margin_minor) for one in kept],
        ],
        dtype=np.float64,
    )
    sums = sums_by(subject, columns)
    arms = (sums[:, 0] > 0) + 2 * (sums[:, 3] > 0)
    parts = [sums[arms == one] for one in (1, 2, 3) if (arms == one).any()]
    drawn = np.zeros((replicates, columns.shape[1]))
    for number, one in enumerate(parts):
        drawn += resampled(one, seed=seed * len(parts) + number, replicates=replicates)
    whole = _differences(sums.sum(axis=0)[None, :])[0]
    shares, money = _differences(drawn).T
    return interval(whole[0], shares), interval(whole[1], money)


def _differences(sums: Floats) -> Floats:
    got, got_bought, earned, kept, kept_bought, anyway = sums.T
    got, kept = np.where(got > 0, got, np.nan), np.where(kept > 0, kept, np.nan)
    return np.column_stack((got_bought / got - kept_bought / kept, earned / got - anyway / kept))


def _mean(values: list[bool] | list[float]) -> float:
    return float(np.mean(values)) if values else 0.0

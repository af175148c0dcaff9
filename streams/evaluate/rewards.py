"""What an action earned, and what a model expects it to earn.

Rewards are incremental to silence, which earns 0: an acceptance counts in full, whatever the
customer would have done anyway. That part is taken off by `lift`, where it can be.

Source of the cross-fit: Chernozhukov et al., Double/Debiased Machine Learning, 2018.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.evaluate.estimators import Floats, Integers

Flags = NDArray[np.bool_]
SILENT = -1
"""The cell of silence, which needs no model."""
FOLDS = 5
SHRINKAGE = 10.0
"""So many decisions does an offer's rate weigh in its cells, and the overall rate in an offer's."""


def rewards_minor(
    *, sent: Flags, accepted: Flags, gain_minor: Floats, cost_minor: Floats
) -> Floats:
    """What each decision earned over silence, in minor units.

    Accepted in time: margin - discount - contact cost. Sent and not accepted, delivered or not:
    - contact cost, which is 0 where the channel does not charge. Silence: 0.
    """
    return np.where(accepted, gain_minor, 0.0) - np.where(sent, cost_minor, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What each decision did; `cell` is offer x price level x channel or `SILENT`.

    `fold` is that of the decision's subject, 0 to `FOLDS` - 1.
    """

    cell: Integers
    fold: Integers
    accepted: Flags
    gain_minor: Floats
    cost_minor: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What the candidate policy would do, by cell: an entry for each decision and cell.

    `gain_minor` is the sum of chance x (margin - discount) in that cell; `cost_minor`, one of each
    decision, that of chance x contact cost.
    """

    decision: Integers
    cell: Integers
    gain_minor: Floats
    cost_minor: Floats


def rates(taken: Taken, offer_of: Integers) -> Floats:
    """How likely each cell is accepted when sent: fold -> cell -> rate without that fold's data.

    A cell is shrunk towards its offer, an offer towards the overall rate. Undelivered ones count
    as not accepted here: the model foretells what sending earns, not how good an offer is.
    """
    cells = len(offer_of)
    spoke = taken.cell != SILENT
    place = taken.fold[spoke] * cells + taken.cell[spoke]
    size = FOLDS * cells
    count = np.bincount(place, minlength=size).astype(np.float64).reshape(FOLDS, cells)
    accepted = np.bincount(place, weights=taken.accepted[spoke], minlength=size)
    accepted = accepted.reshape(FOLDS, cells)
    fitted = np.zeros((FOLDS, cells))
    for fold in range(FOLDS):
        tried = count.sum(axis=0) - count[fold]
        taking = accepted.sum(axis=0) - accepted[fold]
        overall = taking.sum() / tried.sum() if tried.any() else 0.0
        by_offer = [np.bincount(offer_of, one).astype(np.float64) for one in (taking, tried)]
        offers = _shrunk(by_offer[0], by_offer[1], overall)
        fitted[fold] = _shrunk(taking, tried, offers[offer_of])
    return fitted


def modelled_minor(taken: Taken, fitted: Floats) -> Floats:
    """What the model expects of what each decision did."""
    spoke = taken.cell != SILENT
    rate = fitted[taken.fold[spoke], taken.cell[spoke]]
    expected = np.zeros(len(taken.cell))
    expected[spoke] = rate * taken.gain_minor[spoke] - taken.cost_minor[spoke]
    return expected


def candidate_minor(proposed: Proposed, fold: Integers, fitted: Floats) -> Floats:
    """What the model expects of the candidate policy at each decision."""
    rate = fitted[fold[proposed.decision], proposed.cell]
    gains = np.bincount(proposed.decision, rate * proposed.gain_minor, minlength=len(fold))
    return gains - proposed.cost_minor


def _shrunk(taking: Floats, tried: Floats, towards: Floats | float) -> Floats:
    return (taking + SHRINKAGE * towards) / (tried + SHRINKAGE)

"""What an action earned, and what the model by cells expects of it."""

import numpy as np
import pytest

from streams.evaluate.rewards import (
    FOLDS,
    SHRINKAGE,
    SILENT,
    Proposed,
    Taken,
    candidate_minor,
    modelled_minor,
    rates,
    rewards_minor,
)


def taken(
    cells: list[int], accepted: list[bool], folds: list[int], gain_minor: float = 100.0
) -> Taken:
    """Decisions with these cells, each worth the same, a contact at 2."""
    return Taken(
        cell=np.array(cells),
        fold=np.array(folds),
        accepted=np.array(accepted, dtype=np.bool_),
        gain_minor=np.full(len(cells), gain_minor),
        cost_minor=np.full(len(cells), 2.0),
    )


def test_a_reward_is_what_an_acceptance_earns_less_what_asking_costs() -> None:
    """Accepted, not accepted, silent."""
    found = rewards_minor(
        sent=np.array([True, True, False]),
        accepted=np.array([True, False, False]),
        gain_minor=np.array([90.0, 90.0, 90.0]),
        cost_minor=np.array([2.0, 2.0, 2.0]),
    )

    assert [*found] == [88.0, -2.0, 0.0]


def test_a_rate_is_that_of_the_other_folds() -> None:
    """Whatever happens in a fold, the model it is judged by stays the same."""
    folds = [0, 0, 1, 2, 3, 4]
    quiet = rates(taken([0, 1, 0, 1, 0, 1], [False] * 3 + [True] * 3, folds), np.array([0, 0]))
    loud = rates(
        taken([0, 1, 0, 1, 0, 1], [True] * 2 + [False] + [True] * 3, folds), np.array([0, 0])
    )

    assert [*quiet[0]] == [*loud[0]]
    assert quiet[1:].tolist() != loud[1:].tolist()


def test_a_rate_is_shrunk_to_its_offer_and_that_to_the_overall_rate() -> None:
    """By hand: 3 of 4 overall, offer 0 with 3 of 3, its cell 0 with 2 of 2."""
    sent = taken([0, 0, 1, 2], [True, True, True, False], [1, 1, 1, 1])

    found = rates(sent, np.array([0, 0, 1]))

    offer = (3 + SHRINKAGE * 0.75) / (3 + SHRINKAGE)
    assert found.shape == (FOLDS, 3)
    assert found[0, 0] == pytest.approx((2 + SHRINKAGE * offer) / (2 + SHRINKAGE))
    assert [*found[1]] == [0.0, 0.0, 0.0]


def test_nothing_sent_is_expected_to_earn_nothing() -> None:
    """No rate can be had, and none is needed."""
    silent = taken([SILENT, SILENT], [False, False], [0, 1])

    fitted = rates(silent, np.array([], dtype=np.int64))

    assert [*modelled_minor(silent, fitted)] == [0.0, 0.0]


def test_the_model_expects_rate_times_gain_less_cost() -> None:
    """Of what was done, by its own fold's model; silence is worth 0."""
    sent = taken([0, SILENT, 1], [True, False, False], [0, 0, 1])
    fitted = np.array([[0.5, 0.1], [0.2, 0.3]])

    assert [*modelled_minor(sent, fitted)] == [48.0, 0.0, 28.0]


def test_the_candidate_is_expected_to_earn_the_sum_over_its_cells() -> None:
    """The gains of both cells, less the cost; a silent decision earns 0."""
    proposed = Proposed(
        decision=np.array([0, 0]),
        cell=np.array([0, 1]),
        gain_minor=np.array([60.0, 40.0]),
        cost_minor=np.array([2.0, 0.0]),
    )
    fitted = np.array([[0.5, 0.1], [0.2, 0.3]])

    assert [*candidate_minor(proposed, np.array([0, 1]), fitted)] == [32.0, 0.0]

"""The estimators by numbers a reader can check, and their refusal."""

from typing import Any

import numpy as np
import pytest

from streams.evaluate.estimators import (
    Estimates,
    Floats,
    Refusal,
    Sample,
    effective_size,
    estimate,
    mean_by,
    resampled,
    sums_by,
)


def sample(weight: list[float], reward_minor: list[float], **changes: Any) -> Sample:
    """Decisions of a subject each, with no model of their rewards."""
    count = len(weight)
    parts: dict[str, Any] = {
        "subject": np.arange(count),
        "weight": np.array(weight),
        "reward_minor": np.array(reward_minor),
        "modelled_minor": np.zeros(count),
        "candidate_minor": np.zeros(count),
    }
    return Sample(**{**parts, **changes})


def estimated(one: Sample) -> Estimates:
    """The estimates, with no floor for evidence."""
    found = estimate(one, seed=1, replicates=200, effective_min=1)
    assert isinstance(found, Estimates)
    return found


def test_each_estimator_weighs_as_its_paper_says() -> None:
    """Four decisions: IPS 60/4, SNIPS 60/5, DR with a model of 10 everywhere."""
    one = sample(
        [2.0, 2.0, 0.0, 1.0],
        [10.0, 20.0, 99.0, 0.0],
        modelled_minor=np.full(4, 10.0),
        candidate_minor=np.full(4, 10.0),
    )

    found = estimated(one)

    assert (found.ips.value, found.snips.value, found.dr.value) == (15.0, 12.0, 12.5)
    assert (found.logged.value, found.gain.value, found.weight.value) == (32.25, -19.75, 1.25)


def test_the_logged_policy_earns_what_it_earned() -> None:
    """With all weights 1 every estimator is the mean, and there is no gain."""
    found = estimated(sample([1.0] * 4, [0.0, 4.0, 8.0, 4.0]))

    assert {found.ips, found.snips, found.dr, found.logged} == {found.logged}
    assert (found.gain.low, found.gain.value, found.gain.high) == (0.0, 0.0, 0.0)


def test_a_perfect_model_leaves_no_doubt() -> None:
    """The doubly robust interval is a point where the model is right everywhere."""
    reward_minor = [10.0, 0.0, 10.0, 0.0]
    one = sample(
        [2.0, 0.5, 0.5, 1.0],
        reward_minor,
        modelled_minor=np.array(reward_minor),
        candidate_minor=np.full(4, 6.0),
    )

    found = estimated(one)

    assert (found.dr.low, found.dr.value, found.dr.high) == (6.0, 6.0, 6.0)
    assert found.ips.low < found.ips.high


@pytest.mark.parametrize(
    ("weight", "expected"), [([1.0] * 5, 5.0), ([3.0, 1.0], 1.6), ([4.0, 0.0], 1.0), ([0.0], 0.0)]
)
def test_effective_size_counts_equal_weights(weight: list[float], expected: float) -> None:
    """(sum w)^2 / sum w^2."""
    assert effective_size(np.array(weight)) == pytest.approx(expected)


def test_too_little_evidence_is_refused_in_a_sentence() -> None:
    """One heavy decision among many light ones is hardly one."""
    found = estimate(sample([150.0] + [0.1] * 999, [1.0] * 1_000), seed=1)

    assert isinstance(found, Refusal)
    assert (found.ground, found.decisions) == ("few", 1_000)
    assert "count as 3, expected at least 200" in found.sentence


def test_nothing_that_bears_on_the_candidate_is_refused() -> None:
    """Also with a floor of 0, as there is nothing to divide by."""
    found = estimate(sample([0.0, 0.0], [1.0, 1.0]), seed=1, effective_min=0)

    assert isinstance(found, Refusal)


def test_equal_seeds_give_equal_intervals() -> None:
    """And others give others."""
    values = np.arange(40.0)
    first, again, other = (mean_by(np.arange(40), values, seed=seed) for seed in (7, 7, 8))

    assert first == again
    assert (first.low, first.high) != (other.low, other.high)


def test_decisions_of_one_subject_count_as_one() -> None:
    """Ten copies of each decision of a subject leave the interval as wide as it was."""
    values = np.array([0.0, 5.0, 1.0, 9.0, 3.0, 3.0])
    once = mean_by(np.arange(6), values, seed=1)
    ten_times = mean_by(np.repeat(np.arange(6), 10), np.repeat(values, 10), seed=1)

    assert once == ten_times


def test_sums_are_by_subject_whatever_their_numbers() -> None:
    """Numbers with gaps, in any order."""
    columns = np.array([[1.0, 10.0], [1.0, 20.0], [1.0, 30.0]])

    assert sums_by(np.array([7, 2, 7]), columns).tolist() == [[1.0, 20.0], [2.0, 40.0]]


def _counts(monkeypatch: pytest.MonkeyPatch, at_once: int) -> Floats:
    monkeypatch.setattr("streams.evaluate.estimators._DRAWS_AT_ONCE", at_once)
    return resampled(np.eye(5), seed=3, replicates=7)


def test_a_resample_has_as_many_subjects_as_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some drawn twice, some never; drawn in parts it is the same."""
    at_once, in_parts = _counts(monkeypatch, 1_000), _counts(monkeypatch, 1)

    assert at_once.sum(axis=1).tolist() == [5.0] * 7
    assert at_once.tolist() == in_parts.tolist()
    assert at_once.max() > 1

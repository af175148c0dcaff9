"""Shrinkage in a hierarchy: numbers by hand, nothing twice, and strengths that are found."""

from itertools import pairwise
from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.acceptance import Node
from streams.fit.shrinkage import Counts, Evidence, hierarchy, strength

SURE = 1e12
"""So much is known of a parent that its own variance is none."""
counted = st.tuples(st.floats(0, 1e5), st.floats(0, 1e5))


def shrunk(children: dict[str, tuple[float, float]]) -> Node:
    """The hierarchy of one level: by name, what was accepted where so much was expected."""
    root = Counts()
    for name, (accepted, expected) in children.items():
        root.add((name,), (1.0, accepted, expected))
    return hierarchy(root, levels=1)


def found(accepted: list[float], expected: list[float]) -> float:
    """The strength that holds these children to a parent known to be as expected."""
    sure = np.full(len(accepted), SURE)
    return strength(Evidence(np.array(accepted), np.array(expected)), Evidence(sure, sure))


def test_a_childs_prior_has_the_variance_of_both_by_hand() -> None:
    """The root is worth 5, the level 8: 1 / (1/5 + 1/8) = 40/13. (4 + 40/13) / (2 + 40/13)."""
    tea = shrunk({"tea": (4.0, 2.0), "ale": (0.0, 0.0)}).children["tea"]

    assert tea.lift == pytest.approx(92 / 66)
    assert tea.spread == pytest.approx((13 / 92) ** 0.5)


def test_however_often_one_child_was_tried_it_is_one_child() -> None:
    """It says what 8 acceptances would, at three times the expectation: (5 + 8) / (5 + 8/3)."""
    assert shrunk({"tea": (3e9, 1e9), "ale": (0.0, 0.0)}).lift == pytest.approx(39 / 23)


def test_an_only_child_is_its_parent() -> None:
    """Both are (4 + 5) / (2 + 5), and equally sure."""
    root = shrunk({"tea": (4.0, 2.0)})

    assert [root.lift, root.children["tea"].lift] == pytest.approx([9 / 7] * 2)
    assert [root.spread, root.children["tea"].spread] == pytest.approx([1 / 3] * 2)


def test_what_a_child_tells_its_parent_does_not_come_back() -> None:
    """Its prior, the posterior's shape less its own acceptances, is that of the others."""
    priors = [
        one.children["tea"].spread ** -2 - accepted
        for accepted in (0.0, 3.0, 90.0)
        for one in [shrunk({"tea": (accepted, 10.0), "ale": (7.0, 5.0)})]
    ]

    assert priors == pytest.approx([priors[0]] * 3)


def test_little_tried_is_less_sure_than_much_tried() -> None:
    """And both keep to what they have in common while nothing else is known."""
    children = shrunk({"tea": (1.0, 1.0), "ale": (50.0, 50.0), "oil": (400.0, 400.0)}).children
    spreads = [children[name].spread for name in ("tea", "ale", "oil")]

    assert all(before > 2 * after for before, after in pairwise(spreads))
    assert [one.lift for one in children.values()] == pytest.approx([1.0] * 3)


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.sampled_from("abcdef"), counted))
def test_lifts_are_above_none_and_finite(children: dict[str, tuple[float, float]]) -> None:
    """Whatever was counted."""
    root = shrunk(children)

    assert all(
        one.lift > 0.0 and isfinite(one.lift) and 0.0 < one.spread < 2.0
        for one in (root, *root.children.values())
    )


def test_children_that_differ_are_held_less() -> None:
    """Of 30 with 40 expected each; of fewer than 3 nothing can be said."""
    assert found([10.0, 90.0] * 15, [40.0] * 30) < 5.0
    assert found([40.0] * 30, [40.0] * 30) > 50.0
    assert found([3.0], [1.0]) == 8.0


def test_of_few_trials_it_is_not_said_that_all_are_alike() -> None:
    """The likeliest strength of five who did as expected once is the largest: 300."""
    assert found([1.0] * 5, [1.0] * 5) < 5.0


def test_the_generating_strength_is_found() -> None:
    """400 children with lifts from Gamma(4, 4): k is found to a fifth."""
    random = np.random.default_rng(3)
    accepted = random.poisson(random.gamma(4.0, 0.25, 400) * 20.0).astype(float)

    assert found(list(accepted), [20.0] * 400) == pytest.approx(4.0, rel=0.2)

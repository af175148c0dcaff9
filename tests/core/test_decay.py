"""Decayed sums: numbers a reader can check, and independence of the order of arrival."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.decay import (
    SHIFT_AFTER_HALF_LIVES,
    Decayed,
    DecayedMap,
    add,
    add_names,
    decayed,
    set_half_life,
    strongest,
    take_back,
)
from tests.strategies_profiles import MANY

DAY_MS = 86_400_000
NOW = 1_750_000_000_000
_observations = st.lists(
    st.tuples(st.floats(0.01, 1e9), st.integers(NOW - 400 * DAY_MS, NOW)), min_size=1, max_size=20
)


def _sum(observations: list[tuple[float, int]]) -> Decayed:
    made = Decayed(30 * DAY_MS)
    for amount, at_ms in observations:
        add(made, amount, at_ms)
    return made


def test_an_observation_halves_after_one_half_life() -> None:
    """100 observed one half-life ago counts 50, two ago 25."""
    one = _sum([(100.0, NOW - 30 * DAY_MS)])

    assert decayed(one, one.weight, NOW) == pytest.approx(50.0)
    assert decayed(one, one.weight, NOW + 30 * DAY_MS) == pytest.approx(25.0)
    assert (one.count, one.last_ms) == (1, NOW - 30 * DAY_MS)


@MANY
@given(_observations, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_only_rounding(
    observations: list[tuple[float, int]], random: Random
) -> None:
    """Any order gives the same sum to 1e-9, and exactly the same evidence."""
    shuffled = list(observations)
    random.shuffle(shuffled)

    one, other = _sum(observations), _sum(shuffled)

    assert decayed(one, one.weight, NOW) == pytest.approx(
        decayed(other, other.weight, NOW), rel=1e-9
    )
    assert (one.count, one.last_ms) == (other.count, other.last_ms)


def test_moving_the_landmark_changes_no_sum() -> None:
    """A pause of many half-lives leaves the exact power of two."""
    one = Decayed(DAY_MS)
    add(one, 3.0, 0)

    add(one, 1.0, (SHIFT_AFTER_HALF_LIVES + 1) * DAY_MS)

    assert one.landmark_ms == (SHIFT_AFTER_HALF_LIVES + 1) * DAY_MS
    assert one.weight == 1.0 + 3.0 * 2.0 ** -(SHIFT_AFTER_HALF_LIVES + 1)


def test_a_read_before_the_landmark_stays_finite() -> None:
    """A clock far behind the events sees a bounded sum, not an overflow."""
    one = Decayed(DAY_MS)
    add(one, 1.0, 10_000 * DAY_MS)

    assert decayed(one, one.weight, 0) == 2.0**SHIFT_AFTER_HALF_LIVES


def test_a_new_half_life_keeps_what_a_sum_was_worth() -> None:
    """Changing the setting re-reads no history: worth at the change stays, decay goes on anew."""
    one = _sum([(100.0, NOW - 30 * DAY_MS)])

    set_half_life(one, 10 * DAY_MS, NOW)

    assert decayed(one, one.weight, NOW) == pytest.approx(50.0)
    assert decayed(one, one.weight, NOW + 10 * DAY_MS) == pytest.approx(25.0)


def test_a_map_keeps_weight_count_and_time_by_name() -> None:
    """Each name has its own evidence, the map the total."""
    made = DecayedMap(DAY_MS)

    add_names(made, ["a", "b"], 1.0, NOW, names_max=8)
    add_names(made, ["a"], 2.0, NOW - DAY_MS, names_max=8)

    assert decayed(made, made.traits["a"].weight, NOW) == pytest.approx(2.0)
    assert (made.traits["a"].count, made.traits["a"].last_ms) == (2, NOW)
    assert decayed(made, made.total, NOW) == pytest.approx(3.0)


def test_beyond_its_bound_a_map_drops_the_weakest_and_states_the_error() -> None:
    """The total keeps what was dropped, and `dropped` bounds what any name lacks."""
    made = DecayedMap(DAY_MS)
    add_names(made, ["strong"], 5.0, NOW, names_max=4)

    add_names(made, ["b", "c", "d", "e"], 1.0, NOW, names_max=4)

    assert len(made.traits) == 3
    assert "strong" in made.traits
    assert decayed(made, made.dropped, NOW) == pytest.approx(2.0)
    assert decayed(made, made.total, NOW) == pytest.approx(9.0)


def test_the_strongest_come_first() -> None:
    """By weight, whether all are asked for or a few."""
    made = DecayedMap(DAY_MS)
    for number, name in enumerate("abcdef"):
        add_names(made, [name], 1.0 + number, NOW, names_max=8)

    assert strongest(made, 2) == ["f", "e"]
    assert strongest(made, 10) == ["f", "e", "d", "c", "b", "a"]


def test_taking_back_undoes_an_observation() -> None:
    """A name without observations left is gone; an unknown one is left alone."""
    made = DecayedMap(DAY_MS)
    add_names(made, ["a"], 2.0, NOW, names_max=8)
    add_names(made, ["a", "b"], 1.0, NOW, names_max=8)

    take_back(made, ["a", "b", "c"], 1.0, NOW)

    assert list(made.traits) == ["a"]
    assert made.traits["a"].count == 1
    assert decayed(made, made.traits["a"].weight, NOW) == pytest.approx(2.0)
    assert decayed(made, made.total, NOW) == pytest.approx(2.0)


def test_a_landmark_moves_under_names_too() -> None:
    """Shares survive a pause of many half-lives, in every order of three names."""
    orders = list(permutations([("a", 0), ("b", 300), ("c", 301)]))

    made = [DecayedMap(DAY_MS) for _ in orders]
    for one, order in zip(made, orders, strict=True):
        for name, day in order:
            add_names(one, [name], 1.0, day * DAY_MS, names_max=8)

    assert {one.landmark_ms for one in made} <= {300 * DAY_MS, 301 * DAY_MS}
    read = [decayed(one, one.traits["b"].weight, 301 * DAY_MS) for one in made]
    assert read == pytest.approx([0.5] * len(orders))

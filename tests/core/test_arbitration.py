"""Exact propensities: what they are, and that the draw keeps to them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.decide.arbitration import GREEDY, Exploration, propensities, take
from streams.core.decide.ids import draw
from streams.core.offers import Match
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import DECISION, MANY, care, event, offer, on, policy, run, view

DRAWN = Exploration(uniform=0.05, silence=0.02, gamma=20.0, scale_minor=10.0)
DRAWS = 20_000
explorations = st.builds(
    Exploration,
    uniform=st.floats(0, 1),
    gamma=st.one_of(st.just(inf), st.floats(0, 1e6)),
    scale_minor=st.floats(0.01, 1e6),
    seats_max=st.integers(2, 20),
)


def chances(  # noqa: PLR0913  # all that a draw goes by
    values: Sequence[float],
    exploration: Exploration = GREEDY,
    *,
    bar_minor: float = 0.0,
    silence: float = 0.0,
    tried: Sequence[int] = (),
    hoped: Sequence[float] | None = None,
) -> list[float]:
    """The chances, with tries by index; none were made if none are named."""
    counts = [*tried, *[0] * len(values)]
    return propensities(
        values,
        bar_minor,
        exploration,
        hoped=values if hoped is None else hoped,
        silence=silence,
        tried=lambda at: counts[at],
    )


def test_greedy_takes_the_best_above_the_bar_and_ties_share() -> None:
    """Without exploration the best is certain."""
    assert chances([1.0, 3.0, 2.0]) == [0.0, 1.0, 0.0]
    assert chances([3.0, 1.0, 3.0]) == [0.5, 0.0, 0.5]
    assert chances([1.0, 2.0], bar_minor=2.0) == [0.0, 0.0]
    assert chances([]) == []


def test_inverse_gap_weighting_by_hand() -> None:
    """K = 2, a gap of one scale, gamma 2: 1 / (2 + 2) to the worse one, then the uniform share."""
    explored = Exploration(uniform=0.1, gamma=2.0, scale_minor=10.0)

    assert chances([30.0, 20.0], explored, silence=0.2) == pytest.approx(
        [0.8 * (0.9 * 0.75 + 0.05), 0.8 * (0.9 * 0.25 + 0.05)]
    )


def test_what_is_hoped_for_orders_and_what_is_known_clears_the_bar() -> None:
    """Optimism may prefer another one, and never lets one in that the bar keeps out."""
    found = chances([30.0, 20.0, 4.0], DRAWN, bar_minor=5.0, hoped=[30.0, 35.0, 90.0])

    assert found[2] == 0.0
    assert found[1] > found[0] > 0.0


def test_equal_values_have_equal_chances() -> None:
    """So the order of the candidates changes nothing."""
    found = chances([5.0, 9.0, 9.0, 5.0], DRAWN)

    assert found[0] == found[3]
    assert found[1] == found[2] > found[0]


def test_the_last_seat_is_for_the_least_tried() -> None:
    """Of those that the others leave out; between equals the better one."""
    explored = Exploration(uniform=0.5, gamma=1.0, seats_max=3)

    found = chances([9.0, 8.0, 7.0, 6.0, 5.0], explored, tried=[9, 9, 4, 2, 2])

    assert [chance > 0.0 for chance in found] == [True, True, False, True, False]


def test_the_draw_falls_on_a_share_of_the_unit() -> None:
    """Below the first half the first of two; silence lies at the upper end and has no index."""
    assert take([0.5, 0.0, 0.5], 0.0, 0.49) == 0
    assert take([0.5, 0.0, 0.5], 0.0, 0.5) == 2
    assert take([0.0, 0.0], 1.0, 0.3) is None
    assert take([0.0, 0.0], 0.0, 0.3) is None
    assert take([0.1] * 10, 0.0, 1.0 - 2**-53) == 9
    assert take([0.45, 0.45], 0.1, 0.899) == 1
    assert take([0.45, 0.45], 0.1, 0.9) is None


@MANY
@given(
    st.lists(st.floats(-1e9, 1e9), max_size=30),
    explorations,
    st.floats(0, 0.5),
    st.floats(0, 1, exclude_max=True),
)
def test_propensities_are_probabilities_and_only_the_possible_is_taken(
    values: list[float], exploration: Exploration, silence: float, drawn: float
) -> None:
    """In [0, 1], with silence summing to 1, or 0 when nothing clears the bar."""
    found = chances(values, exploration, silence=silence)
    taken = take(found, silence, drawn)

    assert all(0.0 <= chance <= 1.0 for chance in found)
    spoken = 1.0 - silence if max(values, default=0.0) > 0.0 else 0.0
    assert sum(found) == pytest.approx(spoken, abs=1e-9)
    assert taken is None or found[taken] > 0.0


@MANY
@given(st.lists(st.floats(0.1, 1e6), min_size=2, max_size=20, unique=True), explorations)
def test_a_better_value_never_has_a_smaller_chance(
    values: list[float], exploration: Exploration
) -> None:
    """While all have a seat."""
    found = chances(values, Exploration(uniform=exploration.uniform, gamma=exploration.gamma))
    ranked = [found[at] for at in sorted(range(len(values)), key=lambda at: values[at])]

    assert all(after >= before - 1e-12 for before, after in pairwise(ranked))


def test_draws_come_out_as_often_as_their_propensities_say() -> None:
    """Chi-square of 20,000 draws by the real hash over four candidates and silence."""
    values = [30.0, 28.0, 15.0, 4.0]
    found = chances(values, DRAWN, silence=0.02)
    counts = [0] * (len(values) + 1)
    for number in range(DRAWS):
        taken = take(found, 0.02, draw(f"customer:{number}", f"e{number}", "main", "spring-1"))
        counts[len(values) if taken is None else taken] += 1

    squared = sum(
        (count - DRAWS * chance) ** 2 / (DRAWS * chance)
        for count, chance in zip(counts, [*found, 0.02], strict=True)
    )

    assert squared < 23.5  # chi-square with 4 degrees of freedom, alpha 1e-4


@pytest.mark.parametrize(("margin_minor", "silence"), [(0, 0.25), (100, 0.0)])
def test_only_care_that_clears_the_bar_leaves_no_silence(margin_minor: int, silence: float) -> None:
    """What is not worth a word of its own makes no offer certain."""
    exploration = Exploration(silence=0.25)
    rules = policy(
        offer(),
        care(triggers=on("view_item", match=Match.ANY), margin_minor=margin_minor),
        decision=replace(DECISION, exploration=exploration),
    )

    (made,) = run(new_profile("customer:1"), [event("e", view())], rules)

    assert made.decision is not None
    assert made.decision.silence_propensity == silence

"""What comes next: habits by rhythm, interest, and what goes with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.decay import DecayedMap, add_names
from streams.core.genome.next_categories import (
    NO_PAIRINGS,
    affinity,
    pairings,
    rank_new,
    rank_next,
)
from streams.core.model import NO_MODEL, CategoryModel, Model
from streams.core.profile.habits import Habit, add_habits

DAY_MS = 86_400_000
MODEL = Model(
    categories={
        "milk": CategoryModel(0.4, 0.9, 0.3, 7.0, 0.5, 0.05),
        "bread": CategoryModel(0.3, 0.8, 0.3, 7.0, 0.5, 0.05),
        "tea": CategoryModel(0.2, 0.5, 0.3, 60.0, 0.8, 0.2),
        "jam": CategoryModel(0.1, 0.5, 0.3, 60.0, 0.8, 0.2),
    },
    goes_with={"bread": {"jam": 3.0, "odd": 2.0}},
)
PAIRS = pairings(MODEL)


def habits(**bought: tuple[int, ...]) -> dict[str, Habit]:
    """Category -> days on which one line of it was bought."""
    found: dict[str, Habit] = {}
    for category, days in bought.items():
        for day in days:
            add_habits(found, {category: (1, 0)}, day, lines=1)
    return found


def looked(*names: str) -> DecayedMap:
    """Interest in `names`, one view each."""
    sums = DecayedMap(DAY_MS * 30)
    add_names(sums, names, 1.0, 0, names_max=9)
    return sums


def order(held: dict[str, Habit], *, day: int, interests: DecayedMap | None = None) -> list[str]:
    """The categories in the order of their rank."""
    found = rank_next(held, interests or looked(), MODEL, PAIRS, now_ms=day * DAY_MS)
    return [one.category for one in found]


def test_what_stands_on_short_receipts_comes_first() -> None:
    """It was the reason to come; the other came along with eight more lines."""
    held = habits(milk=(0, 7, 14))
    for day in (0, 7, 14):
        add_habits(held, {"bread": (1, 0)}, day, lines=9)

    assert order(held, day=21)[:2] == ["milk", "bread"]
    assert (held["milk"].points, held["bread"].points) == (300, 99)


def test_more_receipts_come_first() -> None:
    """All else being equal."""
    held = habits(milk=(0, 7, 14, 21), bread=(7, 14, 21))

    assert order(held, day=28)[:2] == ["milk", "bread"]


def test_what_is_due_comes_before_what_was_just_bought() -> None:
    """Both every week; one of them yesterday."""
    held = habits(milk=(0, 7, 14, 21, 27), bread=(0, 7, 14, 21))
    found = rank_next(held, looked(), MODEL, PAIRS, now_ms=28 * DAY_MS)

    assert [one.category for one in found[:2]] == ["bread", "milk"]
    assert (found[0].why, found[0].receipts) == ("due soon", 4)
    assert found[0].rhythm is not None


def test_scores_are_shares() -> None:
    """They add up to one over all categories."""
    found = rank_next(habits(milk=(0,)), looked("tea"), MODEL, PAIRS, now_ms=DAY_MS)

    assert sum(one.score for one in found) == pytest.approx(1.0)
    assert [one.why for one in found if one.category == "tea"] == ["looked at"]


def test_a_category_without_a_model_still_ranks() -> None:
    """One purchase of what nobody else buys, and a model that knows nothing."""
    held = habits(kites=(0, 9), odd=(3,))

    found = rank_next(held, looked("kites"), NO_MODEL, NO_PAIRINGS, now_ms=10 * DAY_MS)

    assert [(one.category, one.rhythm is None) for one in found] == [
        ("kites", False),
        ("odd", True),
    ]


def test_what_goes_with_a_habit_comes_before_what_is_as_popular() -> None:
    """Jam goes with bread; as many buy tea, as often."""
    first, second = rank_new(habits(bread=(0,)), MODEL, PAIRS, but=["milk"])

    assert (first.category, first.why, first.goes_with) == ("jam", "goes with", "bread")
    assert (second.category, second.why, second.goes_with) == ("tea", "popular", None)
    assert first.score + second.score == pytest.approx(1.0)


def test_without_habits_new_categories_rank_by_popularity() -> None:
    """Nothing speaks for any other order."""
    found = rank_new({}, MODEL, PAIRS)

    assert [one.category for one in found] == ["milk", "bread", "jam", "tea"]
    assert {one.why for one in found} == {"popular"}


def test_nothing_known_ranks_nothing() -> None:
    """No habit, no interest, no model."""
    assert rank_next({}, looked(), NO_MODEL, NO_PAIRINGS, now_ms=0) == []
    assert rank_new({}, NO_MODEL, NO_PAIRINGS) == []


def test_affinity_is_shrunk_to_the_population() -> None:
    """(3 receipts + 8 * .4) / 7^.6, and the usual 30 days where nobody knows."""
    assert affinity(3, MODEL.categories["milk"]) == pytest.approx(6.2 / 7**0.6)
    assert affinity(3, None) == pytest.approx(3 / 30**0.6)
    assert affinity(1, CategoryModel(0.0, 0.1, 0.0, 0.0, 0.0, 0.0)) == pytest.approx(1 / 30**0.6)


@given(
    st.dictionaries(
        st.sampled_from(["milk", "bread", "tea", "kites"]),
        st.tuples(st.integers(0, 400), st.integers(0, 400)),
    ),
    st.integers(0, 800),
)
def test_any_habits_have_shares_in_bounds(bought: dict[str, tuple[int, int]], day: int) -> None:
    """Each category once, scores falling."""
    found = rank_next(habits(**bought), looked("jam"), MODEL, PAIRS, now_ms=day * DAY_MS)

    assert len({one.category for one in found}) == len(found)
    assert all(0.0 <= one.score <= 1.0 for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)

"""Habits: exact in any order below the bound, and what is lost beyond it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.core.profile.days import LAST_DAY
from streams.core.profile.habits import (
    DAYS_MAX,
    HABITS_MAX,
    KEEP_MAX,
    Habit,
    add_habits,
    day_numbers,
    last_day,
    merge_habits,
    take_back_habits,
)

Receipts = list[tuple[int, dict[str, tuple[int, int]]]]
categories = st.dictionaries(
    st.sampled_from(["milk", "bread", "tea"]), st.tuples(st.integers(1, 9), st.integers(0, 1))
)
receipts = st.lists(st.tuples(st.integers(17_000, 17_030), categories), max_size=40)


def fold(found: Receipts) -> dict[str, Habit]:
    """The habits of receipts, in the order given."""
    habits: dict[str, Habit] = {}
    for day, bought in found:
        add_habits(habits, bought, day, lines=len(bought))
    return habits


def milk(*days: int) -> dict[str, Habit]:
    """One line of milk on each of `days`."""
    return fold([(day, {"milk": (1, 0)}) for day in days])


def named(count: int) -> dict[str, Habit]:
    """So many categories, one line of each, on one day after the other."""
    return fold([(day, {f"c{day:03}": (1, 0)}) for day in range(count)])


@given(receipts.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_receipts_changes_nothing(orders: tuple[Receipts, Receipts]) -> None:
    """Days are a set, and totals are sums."""
    first, second = orders

    assert fold(first) == fold(second)


@given(receipts, receipts)
def test_merged_halves_equal_the_whole(first: Receipts, second: Receipts) -> None:
    """Also where they share days, and where there are more days than are kept."""
    habits = fold(first)

    merge_habits(habits, fold(second))

    assert habits == fold(first + second)


def test_merging_leaves_the_other_alone() -> None:
    """Unmerging needs it as it was."""
    other = milk(1)
    habits: dict[str, Habit] = {}

    merge_habits(habits, other)
    add_habits(habits, {"milk": (1, 1)}, 2, lines=1)

    assert other == milk(1)


def test_the_last_days_are_kept() -> None:
    """Sixteen of them; receipts count all."""
    habit = milk(*range(DAYS_MAX + 1))["milk"]

    assert day_numbers(habit) == list(range(1, DAYS_MAX + 1))
    assert (habit.receipts, habit.lines) == (DAYS_MAX + 1, DAYS_MAX + 1)


def test_a_day_older_than_all_kept_is_dropped() -> None:
    """It comes late, and changes totals alone."""
    habits = milk(*range(1, DAYS_MAX + 1))

    add_habits(habits, {"milk": (2, 1)}, 0, lines=4)

    days = milk(*range(1, DAYS_MAX + 1))["milk"].days
    assert habits["milk"] == Habit(days, DAYS_MAX + 1, DAYS_MAX + 2, 1, 100 * DAYS_MAX + 50)


def test_days_out_of_range_are_taken_for_the_nearest() -> None:
    """Two bytes hold no other."""
    assert day_numbers(milk(-5, 10**6)["milk"]) == [0, LAST_DAY]


def test_two_receipts_of_a_day_are_one_day() -> None:
    """A rhythm is one of days."""
    habit = milk(5, 5)["milk"]

    assert (day_numbers(habit), habit.receipts) == ([5], 2)


@given(receipts, st.integers(17_000, 17_030), categories)
def test_a_receipt_taken_back_was_never_there(
    found: Receipts, day: int, bought: dict[str, tuple[int, int]]
) -> None:
    """Where no more days came than are kept."""
    found = found[: DAYS_MAX - 1]
    habits = fold([*found, (day, bought)])
    others = {name for at, held in found if at == day for name in held}

    take_back_habits(habits, bought, day, lines=len(bought), other_that_day=others)

    assert habits == fold(found)


def test_taking_back_what_is_gone_changes_nothing() -> None:
    """The habit was dropped since."""
    habits = milk(1)

    take_back_habits(habits, {"tea": (1, 0)}, 1, lines=1, other_that_day=set())

    assert habits == milk(1)


def test_beyond_the_bound_the_least_telling_are_dropped() -> None:
    """Those bought longest ago, on few days."""
    habits = named(HABITS_MAX)

    add_habits(habits, {"new": (1, 0)}, HABITS_MAX, lines=1)

    assert len(habits) == KEEP_MAX
    assert "new" in habits
    assert "c000" not in habits


def test_at_the_bound_all_are_kept() -> None:
    """48 categories."""
    assert len(named(HABITS_MAX)) == HABITS_MAX


def test_a_steady_habit_outlives_younger_ones() -> None:
    """Each further day of purchase counts as thirty days of freshness."""
    habits = milk(0, 1, 2, 3)

    merge_habits(habits, named(HABITS_MAX))

    assert len(habits) == KEEP_MAX
    assert "milk" in habits


@given(st.lists(st.tuples(st.integers(0, 70_000), st.integers(0, 99)), max_size=200))
def test_habits_stay_inside_their_bounds(bought: list[tuple[int, int]]) -> None:
    """Days are distinct and ascending, categories are few, whatever comes."""
    habits = fold([(day, {f"c{number}": (1, 1)}) for day, number in bought])

    assert len(habits) <= HABITS_MAX
    kept = [day_numbers(habit) for habit in habits.values()]
    assert all(0 < len(days) <= DAYS_MAX for days in kept)
    assert all(before < after for days in kept for before, after in pairwise(days))
    assert [last_day(habit) for habit in habits.values()] == [days[-1] for days in kept]

"""The study of next baskets: its parts by hand, and a small one on real receipts."""

from functools import cache
from math import log2

import pytest

from streams.cli.study import learn
from streams.core.events import Sale
from streams.core.model import Model
from streams.worker.simulation.baskets import Basket, read_baskets, sales
from streams.worker.simulation.installed import data_directory
from streams.worker.simulation.next_basket import (
    COUNTS,
    MEASURES,
    NEVER_BOUGHT,
    POPULAR,
    PROFILE,
    Popularity,
    Table,
    choose,
    judge,
    measure,
    popularity,
)

HOUSEHOLDS = 50
LEARN_UNTIL, TEST_UNTIL = 6, 8


@cache
def households() -> dict[int, list[Basket]]:
    """All households, a few weeks."""
    return read_baskets(data_directory(), until_week=TEST_UNTIL)


@cache
def learned() -> tuple[Model, Popularity]:
    """The population of all households, until `LEARN_UNTIL`."""
    baskets = [one for held in households().values() for one in held if one.week <= LEARN_UNTIL]
    return learn(baskets), popularity(baskets)


def study(seed: int) -> tuple[Table, Table]:
    """A small study: households and bootstrap drawn by `seed`."""
    chosen = choose(households(), HOUSEHOLDS, seed)
    return judge(chosen, *learned(), learn_until=LEARN_UNTIL, seed=seed)


def test_measures_by_hand() -> None:
    """Two of three categories, on ranks 1 and 3."""
    ideal = 1 + 1 / log2(3) + 1 / log2(4)

    found = measure(["milk", "tea", "bread"], ["milk", "bread", "jam"])

    assert found == pytest.approx((1.0, 2 / 3, (1 + 1 / 2) / ideal))


def test_nothing_found_measures_nought() -> None:
    """No category of the basket is ranked."""
    assert measure(["milk"], ["tea"]) == (0.0, 0.0, 0.0)


def test_a_perfect_ranking_measures_one() -> None:
    """Also where the basket holds more than ten."""
    names = [f"c{number}" for number in range(12)]

    assert measure(names[:10], names) == pytest.approx((1.0, 10 / 12, 1.0))


def test_popularity_counts_baskets() -> None:
    """Two of three baskets, whatever the number of lines."""
    baskets = [
        Basket(1, number, 0, 1, {name: (9, 0)})
        for number, name in enumerate(["tea", "milk", "milk"])
    ]

    found = popularity(baskets)

    assert found.ranked == ("milk", "tea")
    assert found.shares["milk"] == pytest.approx(2 / 3)


def test_baskets_are_sales_by_category() -> None:
    """A line for each line, promoted ones with a discount."""
    (event,) = sales([Basket(7, 31, 1_488_326_400_000, 9, {"Bread": (3, 2)})])

    assert isinstance(event.body, Sale)
    assert [line.item_category2 for line in event.body.line_items] == ["Bread"] * 3
    assert [len(line.discounts) for line in event.body.line_items] == [1, 1, 0]
    assert event.subject == "customer:7"


def test_baskets_of_real_receipts_are_in_order() -> None:
    """Every household's, named as in a profile."""
    found = households()
    baskets = [one for held in found.values() for one in held]

    assert len(found) > 2_000
    assert [one.time_ms for one in found[1]] == sorted(one.time_ms for one in found[1])
    assert max(one.week for one in baskets) == TEST_UNTIL
    assert "Fluid milk products" in {name for one in baskets for name in one.categories}


def test_the_same_seed_gives_the_same_tables() -> None:
    """Draw and bootstrap are functions of it."""
    assert study(1) == study(1)


def test_the_profile_beats_popularity_on_real_receipts() -> None:
    """Even for fifty households; the intervals that matter are those of the whole study."""
    every, new = study(1)
    means = {row.name: row.means for row in every.rows}

    assert list(means)[:3] == [PROFILE, COUNTS, POPULAR]
    assert means[PROFILE][1] > means[POPULAR][1]
    assert every.households <= HOUSEHOLDS
    assert new.rows[0].name == NEVER_BOUGHT
    assert {one.measure for one in every.differences} == set(MEASURES)
    assert all(one.low <= one.mean <= one.high for one in every.differences)

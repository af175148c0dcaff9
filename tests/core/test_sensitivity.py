"""Price sensitivity and novelty seeking, with what they are derived from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from streams.core.evidence import TILL
from streams.core.genome.sensitivity import (
    novelty_seeking,
    price_sensitivity,
    price_sensitivity_by_category,
)
from streams.core.model import NO_MODEL, CategoryModel, Model
from streams.core.profile.habits import Habit, add_habits

DAY_MS = 86_400_000
MODEL = Model(
    categories={
        "milk": CategoryModel(0.4, 0.9, 0.5, 7.0, 0.5, 0.05),
        "tea": CategoryModel(0.2, 0.5, 0.2, 60.0, 0.8, 0.2),
    }
)


def habits(**bought: tuple[int, int]) -> dict[str, Habit]:
    """Category -> (lines, promoted) of one receipt on day 10."""
    found: dict[str, Habit] = {}
    add_habits(found, bought, 10, lines=1)
    return found


def test_price_sensitivity_is_observed_over_expected() -> None:
    """18 promoted lines where 11 were expected, as everybody with the weight of 5: 23 / 16."""
    found = price_sensitivity(habits(milk=(20, 16), tea=(5, 2), kites=(9, 9)), MODEL, TILL)

    assert found.value == pytest.approx(23 / 16)
    assert (found.low, found.high) == pytest.approx(tuple(stats.gamma.ppf([0.05, 0.95], 23.5) / 16))
    assert (found.count, found.last_ms) == (25, 10 * DAY_MS)
    assert found.weight == pytest.approx(11.0)
    assert found.sources == TILL


@pytest.mark.parametrize("model", [MODEL, NO_MODEL])
def test_little_evidence_reads_unknown(model: Model) -> None:
    """Less than three promoted lines were to be expected."""
    found = price_sensitivity(habits(tea=(9, 2)), model, TILL)

    assert found.value is None
    assert found.low < 1.0 < found.high
    assert price_sensitivity_by_category(habits(tea=(9, 2)), model, TILL) == {}


def test_a_category_is_shrunk_to_the_customer() -> None:
    """Milk: 16 of 10 expected; pooled 23 / 16 with the weight of 10. Tea has too little."""
    found = price_sensitivity_by_category(habits(milk=(20, 16), tea=(5, 2)), MODEL, TILL)

    assert list(found) == ["milk"]
    assert found["milk"].value == pytest.approx((16 + 23 / 16 * 10) / 20)


def test_novelty_is_the_share_of_first_purchases() -> None:
    """Two categories in ten receipts of categories."""
    held = habits(milk=(1, 0), tea=(1, 0))
    held["milk"].receipts = 9

    found = novelty_seeking(held, TILL)

    assert (found.value, found.count) == (0.2, 10)
    assert found.low < 0.2 < found.high


def test_few_receipts_say_nothing_of_novelty() -> None:
    """Everything is new at first."""
    assert novelty_seeking(habits(milk=(1, 0)), TILL).value is None
    assert novelty_seeking({}, TILL).last_ms == 0


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_any_counts_give_finite_intervals(lines: int, share: float) -> None:
    """Bounded by what the strongest promotion buyer could reach."""
    found = price_sensitivity(habits(milk=(lines, int(lines * share))), MODEL, TILL)

    assert 0.0 < found.low < found.high < 4.0
    assert found.value is None or found.low < found.value < found.high

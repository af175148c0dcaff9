"""What follows from a catalogue row alone is worked out once, and for as many rows as there are."""

from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from streams.core.decide import gates, standing
from streams.core.decide.candidates import product_of
from streams.core.decide.record import Gate
from streams.core.decide.standing import STANDINGS_MAX, standing_of
from streams.core.decide.view import View
from streams.core.offers import Policy
from tests.strategies_profiles import offer
from tests.strategies_views import ITEMS, policies, views


def test_a_row_is_worked_out_once() -> None:
    """Another row of the same words is another one."""
    row = offer()

    assert standing_of(row) is standing_of(row)
    assert standing_of(offer()) is not standing_of(row)
    assert standing_of(row).scopes == (("web", "marketing"),)


def test_rows_beyond_the_bound_are_worked_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else depends on it."""
    monkeypatch.setattr(standing, "_kept", {})
    rows = [offer() for _ in range(STANDINGS_MAX + 1)]

    made = [standing_of(row) for row in rows]

    assert len(standing._kept) == 1
    assert standing_of(rows[0]) == made[0]


@given(views, policies)
def test_the_gates_that_are_not_asked_would_stop_nothing(view: View, rules: Policy) -> None:
    """An unconditional row, of a customer of whom no gate is wary, may only be bought too early."""
    calm = replace(view, complaint_since_ms=None, refused={}, never=(), out_of_stock=())
    assert not gates.is_wary(calm)
    for seen in (view, calm, replace(calm, out_of_stock=ITEMS)):
        for row in rules.offers.values():
            if gates.is_wary(seen) or not gates.is_unconditional(row):
                continue
            found = product_of(row, seen, {}) if seen.trigger in row.triggers else (None, None)
            product, item = found
            early = product is not None and gates.is_just_bought(row, product, seen)
            assert gates.eligibility(row, product, seen) is None
            assert gates.applicability(row, product, seen) is (Gate.JUST_BOUGHT if early else None)
            assert gates.suitability(row, product, item, seen) is None


@pytest.mark.parametrize(
    "says",
    [
        {"valid_from_ms": 1},
        {"valid_until_ms": 1},
        {"stock": 1},
        {"outlets": frozenset({"s1"})},
        {"stages": frozenset({"owning"})},
        {"once": True},
    ],
)
def test_a_row_that_says_what_a_gate_asks_is_conditional(says: dict[str, Any]) -> None:
    """So its gates are asked."""
    assert standing_of(offer()).unconditional
    assert not standing_of(offer(**says)).unconditional

"""What follows from a catalogue row alone is worked out once, and for as many rows as there are."""

import pytest

from streams.core.decide import standing
from streams.core.decide.standing import STANDINGS_MAX, standing_of
from tests.strategies_profiles import offer


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

"""The lifecycle: prospect, new, active, cooling, lapsed, won back, each at its boundary."""

import pytest

from streams.core import events
from streams.core.genome.lifecycle import NEW_DAYS, WON_BACK_DAYS
from streams.core.model import NO_MODEL, Model
from streams.core.profile.profile import LAPSING_DAYS
from tests.core.genomes import MODEL, Happened, at_ms, bought, on_days, read, weekly
from tests.strategies_profiles import view, void


def word(*happened: Happened, days: float, model: Model = NO_MODEL) -> str:
    """What the customer is called as of `days`."""
    return read(*happened, days=days, model=model).worth.lifecycle.word


def test_nobody_who_never_bought_is_a_customer() -> None:
    """A prospect, however much they look."""
    shown = read((0, view()), (1, view()), days=2).worth.lifecycle

    assert (shown.word, shown.count, shown.last_ms) == ("prospect", 0, None)
    assert shown.why == "2 events and no purchase"


def test_a_purchase_taken_back_was_none() -> None:
    """A void leaves a prospect."""
    assert word(bought(0), (0.1, void(1, 50_000)), days=1) == "prospect"


@pytest.mark.parametrize(
    ("purchases", "days", "expected"),
    [
        ([0], 0, "new"),
        ([0, 50], 59, "new"),
        ([0, 50], 60, "active"),
        ([0, 20, 50], 59, "active"),
    ],
)
def test_new_is_two_days_of_purchase_in_sixty_days(
    purchases: list[float], days: float, expected: str
) -> None:
    """A third day of purchase, or the sixtieth day, makes a customer like any other."""
    assert NEW_DAYS == 60
    assert word(*on_days(*purchases), days=days) == expected


@pytest.mark.parametrize(
    ("days", "expected"), [(45, "active"), (46, "cooling"), (89, "cooling"), (90, "lapsed")]
)
def test_without_a_rhythm_half_of_the_silence_that_lapses_is_cooling(
    days: float, expected: str
) -> None:
    """Bought on two days: 90 days are long."""
    assert LAPSING_DAYS == 90
    assert word(*on_days(-50, 0), days=days) == expected


@pytest.mark.parametrize(
    ("days", "expected"), [(9, "active"), (21, "cooling"), (89, "cooling"), (90, "lapsed")]
)
def test_a_rhythm_is_the_measure_of_a_silence(days: float, expected: str) -> None:
    """Who buys every week is cooling when four of five intervals are shorter."""
    assert word(*weekly(8), days=49 + days) == expected


@pytest.mark.parametrize(
    ("days", "expected"), [(95, "active"), (239, "cooling"), (240, "lapsed"), (9_000, "lapsed")]
)
def test_a_slow_buyer_is_lapsed_after_three_intervals(days: float, expected: str) -> None:
    """Who buys every 80 days may be silent for 90."""
    assert word(*on_days(0, 80, 160, 240), days=240 + days) == expected


def test_three_days_of_purchase_lapse_like_any_others() -> None:
    """However long the silence has become: it is no part of its own measure."""
    assert word(*weekly(3), days=14 + 90) == "lapsed"
    assert word(*weekly(3), days=14 + 3_650) == "lapsed"


def test_who_left_by_the_population_is_lapsed() -> None:
    """P(alive) below a half says it before ninety days."""
    often = on_days(*range(0, 40, 2))

    assert word(*often, days=80) == "cooling"
    assert word(*often, days=80, model=MODEL) == "lapsed"


@pytest.mark.parametrize(
    ("purchases", "days", "expected"),
    [
        ([0, 7, 14, 104], 105, "won back"),
        ([0, 7, 14, 103], 104, "active"),
        ([0, 200], 201, "won back"),
        ([0, 31, 62, 155], 156, "won back"),
        ([0, 32, 64, 157], 158, "active"),
    ],
)
def test_won_back_is_who_was_called_lapsed_before(
    purchases: list[float], days: float, expected: str
) -> None:
    """A silence of 90 days and of three usual intervals, ended by a purchase."""
    assert word(*on_days(*purchases), days=days) == expected


@pytest.mark.parametrize(("days", "expected"), [(190, "won back"), (191, "active")])
def test_won_back_holds_for_ninety_days(days: float, expected: str) -> None:
    """Then a customer is one like any other."""
    back = on_days(-14, -7, 0, *range(100, 190, 7))

    assert WON_BACK_DAYS == 90
    assert word(*back, days=days) == expected


def test_why_says_the_silence_and_the_rhythm() -> None:
    """And the chance that the customer is one still, where the population tells it."""
    plain, fitted = (read(*weekly(4), days=24, model=one).worth for one in (NO_MODEL, MODEL))

    assert plain.lifecycle.why == "quiet for 3 d, buys every 6.0 d"
    assert fitted.alive.value is not None
    assert fitted.lifecycle.why == (
        f"quiet for 3 d, {fitted.alive.value:.0%} likely still a customer, buys every 6.0 d"
    )
    assert (plain.lifecycle.count, plain.lifecycle.last_ms) == (4, at_ms(21))


def test_days_of_purchase_may_come_from_the_web() -> None:
    """An order counts like a receipt."""
    order = events.Purchase(
        transaction_id="t", currency="EUR", items=(events.Item(item_id="sku-1"),), value_minor=1
    )

    assert word((0, order), days=1) == "new"

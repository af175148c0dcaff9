"""What a customer buys of a row's own goods: what is known of it, and the lift, by hand."""

from dataclasses import replace
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.view import decode_view, encode_view
from streams.core.decide.decide import decide
from streams.core.decide.goods import EXPECTED_MAX, goods_lift
from streams.core.decide.reason import reason_of
from streams.core.decide.view import NO_BUYS, Own, View
from streams.core.offers import Policy
from tests.core.goods_known import (
    KEY,
    STRONG,
    buyer,
    decided,
    row,
)
from tests.strategies_profiles import (
    FEW,
    policy,
)
from tests.strategies_views import policies, views


def test_the_lift_by_hand() -> None:
    """Of 30 receipts 12, and 10 believed without: (10 * 0.10536 + 12) / 40 = 0.32634 goods."""
    assert goods_lift(0.1, Own(1, 12), 30, STRONG) == pytest.approx(
        (1.0 - exp(-0.32634)) / 0.1, abs=5e-5
    )


def test_articles_of_one_list_are_on_the_same_receipts_in_part() -> None:
    """12 by article, of 4 of them: 12 / 4 ** .44 = 6.5204 receipts, and 0.18935 goods."""
    assert goods_lift(0.1, Own(4, 12), 30, STRONG) == pytest.approx(
        (1.0 - exp(-0.18935)) / 0.1, abs=5e-5
    )


def test_over_more_purchases_the_same_part_is_more() -> None:
    """The row speaks of 5 purchases: (10 * 0.10536 + 5 * 12) / 40 = 1.52634 goods."""
    five = replace(STRONG, accepts_purchases=5.0)

    assert goods_lift(0.1, Own(1, 12), 30, five) == pytest.approx(
        (1.0 - exp(-1.52634)) / 0.1, abs=5e-5
    )


def test_what_is_as_frequent_as_expected_lifts_nothing() -> None:
    """3 of 30 receipts, where a tenth of one good was expected in a purchase."""
    free = replace(STRONG, goods_lift_min=0.0)

    assert goods_lift(1.0 - exp(-0.1), Own(1, 3), 30, free) == pytest.approx(1.0)


@given(st.floats(1e-9, 2.0), st.integers(1, 10_000), st.floats(0.1, 1_000.0))
def test_no_lift_makes_a_chance_of_more_than_one(expected: float, receipts: int, n: float) -> None:
    """However often goods are bought; what is expected beyond certainty stays as it is."""
    free = replace(STRONG, goods_lift_min=0.0, goods_lift_max=1e9, accepts_purchases=n)

    lift = goods_lift(expected, Own(1, receipts), receipts, free)

    assert 0.0 < min(expected, EXPECTED_MAX) * lift <= 1.0


@pytest.mark.parametrize(
    ("expected", "own", "lift"),
    [(0.0001, Own(1, 4), 30.0), (0.1, None, 1.0), (0.5, Own(1, 1), 1.0)],
    ids=["hardly anybody accepts it", "none was bought", "less than expected"],
)
def test_the_lift_has_bounds_of_its_own(expected: float, own: Own | None, lift: float) -> None:
    """At the usual lower one, purchases of other goods lower nothing."""
    assert goods_lift(expected, own, 30, STRONG) == lift


def test_other_purchases_may_lower_a_row() -> None:
    """Where the policy lets them: none of 30, and 10 believed without: a quarter of the goods."""
    free = replace(STRONG, goods_lift_min=0.2)

    assert goods_lift(0.1, None, 30, free) == pytest.approx(
        (1.0 - exp(-0.10536 / 4)) / 0.1, abs=5e-5
    )
    assert goods_lift(0.1, None, 990, free) == 0.2


def test_nothing_lifts_a_row_that_nobody_accepts() -> None:
    """A chance of nothing stays one."""
    assert goods_lift(0.0, Own(1, 4), 4, STRONG) == 1.0


def test_the_row_whose_goods_are_bought_wins() -> None:
    """Two rows alike but for their goods; it is the second that the customer buys."""
    rules = policy(row("a", products=frozenset({"sku-8"})), row("b"))

    (first, second) = decided(buyer(), rules).candidates[:2]

    assert (first.offer, second.offer) == ("b", "a")
    assert first.factors is not None
    assert second.factors is not None
    assert first.factors.goods == goods_lift(0.1, Own(2, 4), 5, rules.decision)
    assert second.factors.goods == 1.0


def test_both_chances_are_lifted_alike() -> None:
    """Who buys it often buys it anyway, too."""
    (lifted,) = decided(buyer(), policy(row(anyway=0.01), decision=STRONG)).candidates

    assert lifted.factors is not None
    goods, fit = lifted.factors.goods, lifted.factors.channel_fit
    liking = lifted.factors.affinity * lifted.factors.recency
    assert goods == pytest.approx(goods_lift(0.1, Own(2, 4), 5, STRONG))
    assert lifted.factors.accepts == pytest.approx(0.1 * liking * fit * goods)
    assert lifted.factors.anyway == pytest.approx(0.01 * liking * goods)


def test_a_view_of_before_decides_as_before() -> None:
    """Without what was bought nothing is lifted, and no bytes tell of it."""
    record = decided(buyer(), policy(row()))
    told = f',"buys":[5,{{"{KEY}":[2,4]}},0.0,{{}},[]]'.encode()
    old = decode_view(encode_view(record.view).replace(told, b""))

    again = decide(old, policy(row()))

    assert old.buys == NO_BUYS
    assert again is not None
    assert b"goods" not in encode_view(old)
    assert again.candidates[0].factors is not None
    assert again.candidates[0].factors.goods == 1.0


@FEW
@given(views, policies)
def test_more_purchases_of_goods_never_lower_a_chance(known: View, rules: Policy) -> None:
    """Of every row, within its bound."""
    for one in rules.offers.values():
        own = known.buys.lists.get(one.goods)
        more = Own(1, 1) if own is None else Own(own.articles, own.receipts + 1)
        less = goods_lift(one.accepts, own, known.buys.receipts, rules.decision)
        lifted = goods_lift(one.accepts, more, known.buys.receipts, rules.decision)
        assert 1.0 <= less <= lifted <= rules.decision.goods_lift_max


def test_the_reason_tells_what_was_bought() -> None:
    """Where no interest speaks; two receipts are no habit yet."""
    twice = row("b", products=frozenset({"sku-2", "other"}))
    record = decided(buyer(), policy(row(), twice))
    thrice = reason_of(row(), None, None, record.view)
    few = reason_of(twice, None, None, record.view)

    assert thrice.endswith("; you bought what it is for 4 times")
    assert "bought what" not in few

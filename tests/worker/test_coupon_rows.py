"""Coupons as rows of a catalogue: what they are worth before anything came of them."""

import pytest

from streams.core.fold import fold
from streams.core.model import NO_MODEL
from streams.core.profile.profile import new_profile
from streams.worker.simulation.coupon_rows import (
    ROOT,
    USUAL,
    Article,
    Coupons,
    stock,
)
from tests.strategies_profiles import POLICY
from tests.worker.coupons_known import ARTICLES, BEFORE, BOUGHT, START_MS


def test_coupons_of_what_is_bought_are_nearer() -> None:
    """Of two articles that everybody buys alike, and nobody here bought: one is of its category."""
    articles = {**ARTICLES, "5": Article(category="Tea", department="Drinks")}
    shelf = stock(articles, {**BOUGHT, "5": 10}, NO_MODEL)
    profile = new_profile("customer:7")
    for household, event, _ in BEFORE:
        if household == 7:
            fold(profile, event, POLICY.fold, now_ms=event.event_time_ms)

    more, jam = Coupons(POLICY, shelf).values(
        profile, [frozenset({"5"}), frozenset({"3"})], START_MS
    )

    assert more > 1.2 * jam


def test_a_coupon_as_a_row_by_hand() -> None:
    """Half of tea's lines are reduced, where nobody knows: a usual coupon. One of a sixteenth."""
    shelf = stock(ARTICLES, BOUGHT, NO_MODEL)

    usual = Coupons(POLICY, shelf).usual(frozenset({"1", "9"}))
    rare = stock(ARTICLES, {**BOUGHT, "1": 0, "3": 20}, NO_MODEL).lines["1"] / 10

    assert usual == pytest.approx(USUAL, rel=0.01)
    scarce = Coupons(POLICY, stock(ARTICLES, {**BOUGHT, "1": 0}, NO_MODEL))
    assert scarce.usual(frozenset({"1"})) == pytest.approx(usual * rare**ROOT, rel=0.01)


def test_a_coupon_of_unknown_goods_is_worth_nothing() -> None:
    """And no error."""
    shelf = stock(ARTICLES, {"1": 10}, NO_MODEL)
    goods = frozenset({"9"})

    (value,) = Coupons(POLICY, shelf).values(new_profile("customer:1"), [goods], START_MS)

    assert value == 0.0

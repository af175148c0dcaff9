"""Scarce channels: so many contacts in a window, for whoever is worth the bid price."""

from dataclasses import replace

import pytest

from streams.core import events
from streams.core.contact_policy import ContactPolicy
from streams.core.decide.decide import decide
from streams.core.decide.record import DecisionRecord, Gate
from streams.core.leases.bidding import RANGE, next_base, price
from streams.core.leases.limits import Capacity
from tests.core.shop import Shop
from tests.strategies_profiles import HOUR_MS, contact_policy, offer, policy

ANN, BOB, CEE = "customer:ann", "customer:bob", "customer:cee"


def gates_of(decision: DecisionRecord | None) -> dict[str, int]:
    """What stopped the candidates of a decision."""
    assert decision is not None
    return decision.gates


def scarce_web(contacts_max: int, bid: float | None = None) -> ContactPolicy:
    """So many contacts an hour by web."""
    capacity = Capacity(contacts_max=contacts_max, window_ms=HOUR_MS, bid_price_minor=bid)
    return replace(contact_policy(), capacities={"web": capacity})


def test_a_scarce_channel_serves_so_many_in_a_window() -> None:
    """An answer gives nothing back; the next hour begins anew."""
    shop = Shop(policy(contact=scarce_web(2)))
    shop.happen(ANN)
    shop.happen(ANN, events.Rejected(offer_id=shop.offer_of(ANN), channel="web"))

    late = [shop.happen(who).decision for who in (BOB, CEE)]
    shop.now_ms += HOUR_MS
    early = shop.happen("customer:dan").decision
    then = shop.happen("customer:eve").decision

    assert late[0] is not None
    assert late[0].chosen is not None
    assert gates_of(late[1]) == {"capacity": 1}
    assert gates_of(early) == {"capacity": 1}  # its tokens were on their way
    assert then is not None
    assert then.chosen is not None


def test_what_is_worth_less_than_the_bid_price_is_stopped() -> None:
    """The view has the price, and a decision made of it again is the same."""
    rules = policy(
        offer(margin_minor=100), offer("dear", margin_minor=1_000), contact=scarce_web(10, 60.0)
    )
    shop = Shop(rules)

    decision = shop.happen(ANN).decision

    assert decision is not None
    assert decision.view.bid_prices == {"web": 60.0}  # an hour begins at noon
    assert decision.chosen is not None
    assert decision.chosen.offer == "dear"
    assert decide(decision.view, rules) == decision


def test_the_log_names_a_few_of_those_below_the_bid_price() -> None:
    """As of all that is stopped; the rest is counted."""
    pitches = tuple(replace(offer().treatments[0], treatment=f"p{n}") for n in range(6))
    shop = Shop(policy(offer(treatments=pitches), contact=scarce_web(10, 1e6)))

    decision = shop.happen(ANN).decision

    assert decision is not None
    assert decision.gates == {"bid_price": 6}
    assert [one.gate for one in decision.candidates] == [Gate.BID_PRICE] * 4


@pytest.mark.parametrize(
    ("used", "passed", "expected"),
    [(0, 0.0, 100.0), (50, 0.5, 100.0), (100, 0.0, 2008.55), (0, 1.0, 4.98), (400, 0.0, 2008.55)],
)
def test_the_bid_price_follows_use_against_time(used: int, passed: float, expected: float) -> None:
    """In step it stays; e^3 times as much when all is gone at once, as little when nothing is."""
    assert price(100.0, used=used, share=100.0, passed=passed) == expected


@pytest.mark.parametrize(
    ("used", "windows", "expected"),
    [(100, 1, 100.0), (0, 1, 60.653), (200, 1, 164.872), (0, 99, 100.0 / RANGE)],
)
def test_the_next_window_starts_where_the_last_one_led(
    used: int, windows: int, expected: float
) -> None:
    """Windows in which nothing happened lower it, to a bound."""
    base = next_base(100.0, 100.0, used=used, share=100.0, windows=windows)

    assert base == pytest.approx(expected, abs=0.001)


def test_a_window_that_was_used_up_keeps_the_price_and_idle_ones_lower_it() -> None:
    """Four of four were used in the first; then nobody comes for hours."""
    shop = Shop(policy(offer(margin_minor=10_000), contact=scarce_web(4, 10.0)))
    for number in range(6):
        shop.happen(f"customer:{number}")
    shop.now_ms += HOUR_MS - shop.now_ms % HOUR_MS

    used_up = shop.happen(ANN).decision
    shop.now_ms += 3 * HOUR_MS - shop.now_ms % HOUR_MS
    idle = shop.happen(BOB).decision

    assert used_up is not None
    assert idle is not None
    assert used_up.view.bid_prices == {"web": 10.0}
    assert idle.view.bid_prices["web"] < 10.0

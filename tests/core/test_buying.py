"""Money and receipts: exact, refunds negative, voids taken back whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core import events
from streams.core.decay import Decayed, decayed
from streams.core.events import Body, Event
from streams.core.fold_policy import DAY_MS
from streams.core.profile.buying import (
    CURRENCIES_MAX,
    MINOR_MAX,
    NAME_BYTES,
    PURCHASES_MAX,
    RECEIPT_NAMES_MAX,
    RECEIPTS_MAX,
    VOIDED_MAX,
    Buying,
    Money,
    Spend,
    add_money,
    add_purchases,
    name_marks,
    spend_in,
)
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import (
    MANY,
    NOON,
    event,
    folded,
    item,
    line,
    returned,
    run,
    sale,
    view,
    void,
)


def test_spend_is_exact_over_the_lifetime_and_decayed_recently() -> None:
    """A sale of 100 one half-life (90 days) ago is worth 50 recently, 100 for ever."""
    profile = folded(sale(1, total_minor=100))

    spend = profile.buying.spend["EUR"]

    assert spend.lifetime_minor == 100
    worth = decayed(spend.recent, spend.recent.weight, NOON + 90 * DAY_MS)
    assert worth == pytest.approx(50.0, rel=1e-6)


def test_a_refund_is_negative_spend() -> None:
    """What was given back is not spent; the interest in it stays."""
    profile = folded(sale(1, total_minor=300), returned(2, total_minor=100))

    assert profile.buying.spend["EUR"].lifetime_minor == 200
    assert profile.buying.spend["EUR"].recent.count == 1
    assert profile.buying.returns == 1
    assert profile.categories.traits["coffee"].count == 1


def test_an_order_of_the_web_shop_is_spend() -> None:
    """By its own value, or by its items where it says none."""
    one = events.Purchase(
        currency="EUR", transaction_id="t1", items=(item(price_minor=120, quantity=2),)
    )
    other = events.Purchase(
        currency="EUR", transaction_id="t2", items=(item("sku-2"),), value_minor=7
    )

    profile = folded(one, other)

    assert profile.buying.spend["EUR"].lifetime_minor == 247
    assert set(profile.buying.purchases) == {"sku-1", "sku-2"}


@pytest.mark.parametrize("first", ["sale", "void"])
def test_a_void_cancels_its_sale_whichever_comes_first(first: str) -> None:
    """Money, items, categories and brands are what they would be without the sale."""
    history: list[Body] = [sale(1, line(item_brand="Acme"), total_minor=100), void(2, 1)]
    ordered = history if first == "sale" else history[::-1]

    profile = folded(view(item("sku-2", "tea")), *ordered)

    assert sum(one.lifetime_minor for one in profile.buying.spend.values()) == 0
    assert sum(one.recent.count for one in profile.buying.spend.values()) == 0
    assert sum(one.recent.weight for one in profile.buying.spend.values()) == 0
    assert (profile.buying.purchases, profile.buying.last_purchase_ms) == ({}, 0)
    assert set(profile.categories.traits) == {"tea"}
    assert profile.brands.traits == {}
    assert profile.counts == {"view_item": 1, "sale": 1, "void": 1}
    assert profile.buying.voids == 1


@pytest.mark.parametrize("first", ["return", "void"])
def test_a_void_cancels_a_return(first: str) -> None:
    """The refund is taken back; the sale before it stays."""
    history: list[Body] = [returned(2, total_minor=40), void(3, 2)]
    ordered = history if first == "return" else history[::-1]

    profile = folded(sale(1, total_minor=100), *ordered)

    assert profile.buying.spend["EUR"].lifetime_minor == 100
    assert profile.buying.spend["EUR"].recent.count == 1
    assert "sku-1" in profile.buying.purchases


def test_a_void_keeps_what_other_events_gave() -> None:
    """Views and other sales of the same category and brand stay, and so does the last purchase."""
    profile = folded(
        view(item(item_brand="Acme")),
        sale(1, line("sku-7", item_brand="Acme")),
        sale(2, line("sku-8", item_brand="Acme")),
        void(3, 2),
    )

    assert profile.categories.traits["coffee"].count == 2
    assert profile.brands.traits["Acme"].count == 2
    assert profile.buying.purchases == {"sku-7": NOON + 1_000}
    assert profile.buying.last_purchase_ms == NOON + 1_000


def test_voiding_an_old_sale_leaves_the_last_purchase() -> None:
    """Only the sale that was the last one moves the date of the last purchase."""
    profile = folded(sale(1, line("sku-7")), sale(2, line("sku-8")), void(3, 1))

    assert profile.buying.last_purchase_ms == NOON + 1_000


def test_the_trace_beyond_the_bound_is_the_oldest() -> None:
    """A void of the oldest of `RECEIPTS_MAX` + 1 sales finds nothing to take back."""
    sales = [sale(number, total_minor=100) for number in range(RECEIPTS_MAX + 1)]

    profile = folded(*sales, void(99, 0))

    assert len(profile.buying.receipts) == RECEIPTS_MAX
    assert profile.buying.spend["EUR"].lifetime_minor == 100 * (RECEIPTS_MAX + 1)


def test_voids_that_wait_for_their_sale_are_bounded() -> None:
    """Of `VOIDED_MAX` + 1 the first is forgotten: its sale counts, the next one's does not."""
    voids = [void(100 + number, number) for number in range(VOIDED_MAX + 1)]

    profile = folded(*voids, sale(0, total_minor=10), sale(1, total_minor=100))

    assert profile.buying.spend["EUR"].lifetime_minor == 10


def test_items_bought_beyond_the_bound_drop_the_oldest() -> None:
    """The last `PURCHASES_MAX` items are known with their time."""
    buying = Buying()
    for number in range(PURCHASES_MAX + 1):
        add_purchases(buying, [f"sku-{number}"], number + 1)

    add_purchases(buying, ["sku-1"], 1)

    assert len(buying.purchases) == PURCHASES_MAX
    assert "sku-0" not in buying.purchases
    assert buying.purchases["sku-1"] == 2


def test_currencies_beyond_the_bound_drop_the_one_used_longest_ago() -> None:
    """The new currency is kept."""
    buying = Buying()
    for number in range(CURRENCIES_MAX + 1):
        add_money(spend_in(buying, f"C{number}", DAY_MS, number), Money(1), number, day=0, count=1)

    assert list(buying.spend) == [f"C{number}" for number in range(1, CURRENCIES_MAX + 1)]


def test_a_void_of_a_dropped_currency_is_harmless() -> None:
    """There is nothing left to take the money from."""
    profile = folded(sale(1))
    profile.buying.spend.clear()

    run(profile, [event("", void(2, 1), NOON + 5_000)])

    assert profile.buying.spend == {}


def test_a_changed_half_life_of_money_is_adopted() -> None:
    """Worth at the last purchase stays, decay goes on anew."""
    buying = Buying()
    add_money(spend_in(buying, "EUR", DAY_MS, NOON), Money(100), NOON, day=0, count=1)

    spend = spend_in(buying, "EUR", 10 * DAY_MS, NOON + DAY_MS)

    assert decayed(spend.recent, spend.recent.weight, NOON) == pytest.approx(100.0)
    later = decayed(spend.recent, spend.recent.weight, NOON + 10 * DAY_MS)
    assert later == pytest.approx(50.0)


def test_lifetime_money_saturates() -> None:
    """Absurd amounts cannot overflow a row."""
    spend = Spend(MINOR_MAX - 1, Decayed(DAY_MS))

    add_money(spend, Money(10**12), NOON, day=0, count=1)

    assert spend.lifetime_minor == MINOR_MAX


def test_names_of_a_huge_receipt_are_bounded() -> None:
    """`NAME_BYTES` for each of the first `RECEIPT_NAMES_MAX` names."""
    names = [(f"name-{number}", 1, 0) for number in range(RECEIPT_NAMES_MAX + 1)]

    assert len(name_marks(names)) == NAME_BYTES * RECEIPT_NAMES_MAX


_amounts = st.lists(st.tuples(st.booleans(), st.integers(-(10**12), 10**12)), max_size=20)


@MANY
@given(_amounts)
def test_money_is_exact(amounts: list[tuple[bool, int]]) -> None:
    """Lifetime spend is sales less refunds, to the last minor unit."""
    history: list[Event] = [
        event("", (sale if sold else returned)(number, total_minor=amount))
        for number, (sold, amount) in enumerate(amounts)
    ]
    profile = new_profile("customer:1")

    run(profile, history)

    lifetime_minor = sum(one.lifetime_minor for one in profile.buying.spend.values())
    assert lifetime_minor == sum(amount if sold else -amount for sold, amount in amounts)

"""Voids: what one receipt added goes, what anything else added stays."""

from dataclasses import replace

import pytest

from streams.core import events
from streams.core.decay import decayed
from streams.core.events import Body
from streams.core.fold import fold
from streams.core.fold_policy import DAY_MS, FoldPolicy
from streams.core.profile.buying import RECEIPT_ITEMS_MAX, RECEIPTS_MAX
from streams.core.profile.days import numbers
from streams.core.profile.profile import CATEGORIES_MAX, Profile, new_profile
from streams.core.words.lexicon import Lexicon, Special
from tests.strategies_profiles import (
    FOLD,
    NOON,
    cart,
    consent,
    event,
    item,
    line,
    post,
    returned,
    sale,
    view,
    void,
)

TODAY = NOON // DAY_MS
SPECIAL = Lexicon(
    special={"asthma": Special(purpose="health", topic="illness")},
    special_categories={"Inhalers": "health"},
)
CAREFUL = replace(FOLD, lexicon=SPECIAL)
ORDER = events.Purchase(currency="EUR", transaction_id="t", items=(item("web-1"),))


def after(*bodies: Body, apart_ms: int = 1_000, policy: FoldPolicy = FOLD) -> Profile:
    """The profile after `bodies`, so far apart."""
    profile = new_profile("customer:1")
    for number, body in enumerate(bodies):
        fold(profile, event(f"e{number}", body, NOON + number * apart_ms), policy, now_ms=0)
    return profile


def test_a_receipt_of_the_same_moment_keeps_its_items() -> None:
    """Two tills, one millisecond: only what the void names is forgotten."""
    two: list[Body] = [sale(1, line("sku-1")), sale(2, line("sku-2")), void(3, 1)]

    profile = after(*two, apart_ms=0)

    assert profile.buying.purchases == {"sku-2": NOON}
    assert profile.buying.last_purchase_ms == NOON


def test_an_item_that_was_bought_before_keeps_the_time_that_is_known() -> None:
    """From the receipts that are kept; it was bought once less."""
    profile = after(sale(1), sale(2), sale(3), void(4, 3))

    assert profile.buying.purchases == {"sku-1": NOON + 1_000}
    assert profile.buying.repeats == {"sku-1": 2}


def test_voids_leave_no_repeats_of_items_that_are_gone() -> None:
    """Beyond the kept receipts nobody knows when they were bought before."""
    sales = [sale(number, line(f"sku-{number % 2}")) for number in range(2 * RECEIPTS_MAX)]
    voids = [void(100 + number, number) for number in range(2 * RECEIPTS_MAX)]

    buying = after(*sales, *voids).buying

    assert set(buying.repeats) <= set(buying.purchases)
    assert buying.purchases == {}


def test_a_void_forgets_more_items_than_its_trace_holds() -> None:
    """All of that moment, but those of other receipts."""
    lines = [line(f"sku-{number:03}") for number in range(RECEIPT_ITEMS_MAX + 9)]
    other = sale(1, line("sku-040"))

    profile = after(other, sale(2, *lines), void(3, 2), apart_ms=0)

    assert profile.buying.purchases == {"sku-040": NOON}


def test_a_day_stays_one_of_purchase_for_an_order_of_the_web_shop() -> None:
    """The till's receipt of that day is void."""
    buying = after(ORDER, sale(1), void(2, 1)).buying

    assert (numbers(buying.days), buying.days_count) == ([TODAY], 1)
    assert after(sale(1), void(2, 1)).buying.days_count == 0


def test_a_day_stays_one_of_returns_for_another_return() -> None:
    """Two came back on that day, one return is void."""
    assert after(returned(1), returned(2), void(3, 1)).buying.return_days == TODAY.to_bytes(
        2, "big"
    )
    assert after(returned(1), void(3, 1)).buying.return_days == b""


def test_a_brand_that_is_called_like_a_category_is_told_from_it() -> None:
    """A void of the brand's receipt leaves interest and habit of the category alone."""
    named = sale(1, line("sku-1", "milk", item_brand="coffee"))

    profile = after(sale(2, line("sku-2", "coffee")), view(), named, void(3, 1))

    assert profile.categories.traits["coffee"].count == 2
    assert profile.buying.habits["coffee"].receipts == 1
    assert profile.brands.traits == {}


@pytest.mark.parametrize("receipt", [sale(1), returned(1)])
def test_the_visit_of_a_void_receipt_stays_whichever_comes_first(receipt: Body) -> None:
    """The customer was there twice: for the receipt, and for its void."""
    orders = [(receipt, void(2, 1)), (void(2, 1), receipt)]

    profiles = [after(*order) for order in orders]

    assert [one.outlets.traits["s1"].count for one in profiles] == [2, 2]
    assert [one.channels.traits["store"].count for one in profiles] == [2, 2]
    assert [one.buying.voided for one in profiles] == [b"", b""]


def test_a_removal_of_something_special_stays_out_of_the_cart() -> None:
    """As its putting in does: no article of a special category is kept."""
    inhaler = item("inhaler", "Inhalers")
    taken_out = events.RemoveFromCart(currency="EUR", items=(inhaler,))

    assert after(cart(inhaler), taken_out, policy=CAREFUL).cart == {}


def test_a_consent_taken_back_takes_its_weight_along() -> None:
    """What is left are the shares of the others, as if it never had been."""
    agreed, over = [consent(granted=one, purpose="health") for one in (True, False)]
    inhaler = view(item("inhaler", "Inhalers"))
    said = post("my asthma again")

    profile = after(agreed, view(), inhaler, said, over, policy=CAREFUL)

    coffee = profile.categories.traits["coffee"]
    assert profile.categories.total == pytest.approx(coffee.weight)
    assert profile.worlds.special.total == 0.0


def test_a_look_at_an_unknown_article_is_no_purchase_of_another() -> None:
    """`+tea` stands for a bought `tea` among the articles that the catalogue does not know yet."""
    unseen = after(view(item("+tea")), view(item("tea"))).taste.unseen

    assert list(unseen.traits) == ["tea"]
    assert decayed(unseen, unseen.traits["tea"].weight, NOON) == pytest.approx(1.0, rel=1e-3)


def test_a_review_leaves_categories_their_own_bound() -> None:
    """It is not that of brands."""
    looks = [view(item("sku", f"c{number}")) for number in range(CATEGORIES_MAX - 1)]
    review = events.Review(item_id="sku", rating=4.0, item_category="new", item_brand="Acme")

    profile = after(*looks, review)

    assert len(profile.categories.traits) == CATEGORIES_MAX
    assert profile.categories.dropped == 0.0

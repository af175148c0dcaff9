"""The cart: the last operation on each item decides."""

from dataclasses import replace

import pytest

from streams.core import events
from streams.core.profile.cart import CART_MAX, Cart, CartLine, drop_bought, lying, put
from streams.core.profile.merging import merge
from streams.core.profile.profile import NAME_MAX, new_profile
from streams.core.words.lexicon import Lexicon
from tests.strategies_profiles import FOLD, NOON, cart, event, folded, item, policy, run, sale

REMOVED = events.RemoveFromCart(currency="EUR", items=(item(),))


def test_the_last_operation_on_an_item_wins_whatever_arrives_first() -> None:
    """Added, then removed, in event time."""
    added, removed = event("a", cart(), NOON), event("b", REMOVED, NOON + 1)

    one, other = new_profile("customer:1"), new_profile("customer:1")
    run(one, [added, removed])
    run(other, [removed, added])

    assert one.cart == other.cart
    assert lying(one.cart, 0) == []


def test_equal_times_are_decided_by_the_event_id() -> None:
    """The tie is the digest of the id: the same winner in both orders."""
    lines = [CartLine(5, 1, 3), CartLine(5, 2, 4)]
    one: Cart = {}
    other: Cart = {}

    put(one, "sku", lines[0])
    put(one, "sku", lines[1])
    put(other, "sku", lines[1])
    put(other, "sku", lines[0])

    assert one == other == {"sku": lines[1]}


def test_a_purchase_takes_the_item_out_whichever_comes_first() -> None:
    """What was put in before the sale is gone; what was put in after it lies there."""
    added, sold = event("a", cart(), NOON), event("", sale(), NOON + 1)

    one, other = new_profile("customer:1"), new_profile("customer:1")
    run(one, [added, sold])
    run(other, [sold, added])
    run(other, [event("c", cart(), NOON + 2)])

    assert one.cart == {}
    assert [name for name, _ in lying(other.cart, 0)] == ["sku-1"]


def test_a_later_line_survives_an_earlier_purchase() -> None:
    """Putting in again after a purchase is a new intention."""
    held: Cart = {"sku": CartLine(10, 0, 1)}

    drop_bought(held, "sku", 9)
    drop_bought(held, "other", 9)

    assert "sku" in held


def test_beyond_the_bound_removed_lines_go_first_then_the_oldest() -> None:
    """`CART_MAX` lines stay."""
    held: Cart = {}
    put(held, "removed", CartLine(99, 0, 0))
    for number in range(CART_MAX):
        put(held, f"sku-{number:02d}", CartLine(number, 0, 1))
    assert len(held) == CART_MAX
    assert "removed" not in held

    put(held, "new", CartLine(100, 0, 1))

    assert len(held) == CART_MAX
    assert "sku-00" not in held


def test_old_lines_no_longer_lie_in_the_cart() -> None:
    """Only what was touched after the given time, the newest first."""
    held: Cart = {"a": CartLine(1, 0, 1), "b": CartLine(2, 0, 1), "c": CartLine(3, 0, 1)}

    assert [name for name, _ in lying(held, 1)] == ["c", "b"]


def test_a_line_keeps_what_the_shop_said() -> None:
    """Category, brand and price are there for the reason of an offer."""
    profile = folded(cart(item(item_brand="Acme", price_minor=499, quantity=2)))

    line = profile.cart["sku-1"]

    assert (line.quantity, line.category, line.brand) == (2, "coffee", "Acme")
    assert (line.price_minor, line.currency) == (499, "EUR")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("drinks", "coffee", ("coffee", "drinks")),
        ("d" * 999, "coffee", ("coffee", "d" * NAME_MAX)),
        ("drinks", None, ("drinks", None)),
        ("drinks", "", ("drinks", None)),
        (None, "coffee", ("coffee", None)),
        (None, None, (None, None)),
    ],
)
def test_a_line_knows_its_department_where_two_levels_were_told(
    first: str | None, second: str | None, expected: tuple[str | None, str | None]
) -> None:
    """The first of them; another person's part brings it along."""
    profile = folded(cart(item("sku-1", first, item_category2=second)))
    whole = new_profile("customer:2")

    merge(whole, profile)

    assert (profile.cart["sku-1"].category, profile.cart["sku-1"].department) == expected
    assert whole.cart == profile.cart


PHARMACY = Lexicon(special_categories={"pharmacy": "health"})
CAREFUL = policy(fold=replace(FOLD, lexicon=PHARMACY))
INHALER = item("inhaler", "pharmacy", item_category2="by prescription")
NO_INHALER = events.RemoveFromCart(currency="EUR", items=(INHALER,))


def test_what_is_of_a_special_department_stays_out_of_the_cart() -> None:
    """Its line would name the department; what else was put in with it lies there."""
    profile = folded(cart(INHALER, item()), NO_INHALER, rules=CAREFUL)

    assert set(profile.cart) == {"sku-1"}


def test_what_became_special_can_be_taken_out() -> None:
    """The lexicon learned of it while it lay there."""
    profile = folded(cart(INHALER))

    run(profile, [event("later", NO_INHALER, NOON + 60_000)], CAREFUL)

    assert lying(profile.cart, 0) == []

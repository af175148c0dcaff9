"""The line of an offer, as `streams offers tail` prints it."""

from msgspec.structs import replace

from streams.cli.offers import line
from streams.core.decide.record import (
    Action,
    OfferId,
    OfferMessage,
    Pitch,
    Price,
    Product,
)

OFFER = OfferMessage(
    offer_id=OfferId("0123456789abcdef0123456789abcdef"),
    action=Action.ISSUE,
    sequence=1,
    subject="customer:ann",
    channel="email",
    slot="main",
    offer="coffee-week",
    purpose="marketing",
    reason="coffee bought 6 times in 60 days",
    issued_at_ms=1_738_316_096_000,
    cause_id="e1",
    policy_version="v1",
    pitch=Pitch(treatment="warm", text="Your coffee, 20 % off"),
    product=Product(item_id="c1", name="Dark roast"),
    price=Price(
        level="off-20", currency="EUR", regular_minor=624, discount_minor=125, amount_minor=499
    ),
)


def test_line_has_time_channel_subject_pitch_product_price_and_reason() -> None:
    """Everything a reader needs, in one line."""
    assert line(OFFER) == (
        "2025-01-31T09:34:56Z  email           issue      customer:ann  "
        "Your coffee, 20 % off | Dark roast | 4.99 EUR | because coffee bought 6 times in 60 days"
    )


def test_withdrawal_names_the_offer_that_ends() -> None:
    """A withdrawal has no pitch: the id says which one it was."""
    withdrawal = replace(
        OFFER, action=Action.WITHDRAW, pitch=None, product=None, price=None, reason="bought it"
    )

    assert line(withdrawal).endswith(
        "withdraw   customer:ann  offer 0123456789abcdef0123456789abcdef | because bought it"
    )


def test_supersede_names_the_offer_it_replaces() -> None:
    """A channel must know which one to take down."""
    newer = replace(OFFER, action=Action.SUPERSEDE, supersedes=OfferId("ff"))

    assert "Your coffee, 20 % off (instead of ff)" in line(newer)


def test_discount_without_a_price_is_taken_off_at_the_till() -> None:
    """A coupon knows its worth, not the price of the product."""
    coupon = replace(OFFER, price=Price(level="coupon", currency="EUR", discount_minor=50))

    assert "| 0.50 EUR off at the till |" in line(coupon)


def test_no_discount_and_no_price_is_no_sum_of_money() -> None:
    """What costs what it always does is not told as 0.00."""
    usual = replace(OFFER, price=Price(level="regular", currency="EUR", discount_minor=0))

    assert "| nothing off |" in line(usual)


def test_control_characters_of_a_pitch_do_not_reach_the_terminal() -> None:
    """A catalogue text with an escape sequence stays text."""
    coloured = replace(OFFER, pitch=Pitch(treatment="warm", text="\x1b[31mred"))

    assert "\\x1b[31mred" in line(coloured)

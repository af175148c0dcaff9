"""Buying as it is shown: money, receipts, times, promotions, the cart and the situation."""

from dataclasses import replace

import pytest
from msgspec import structs

from streams.core import events
from streams.core.fold_policy import Zone
from streams.core.genome.background import make_background
from streams.core.genome.reading import read_genome
from streams.core.genome.shopping import PURCHASES_SHOWN_MAX
from streams.core.genome.tastes import BuyingShown
from streams.core.model import NO_MODEL, Model
from streams.core.profile.cart import CartLine
from streams.core.words.lexicon import Lexicon
from tests.core.genomes import MODEL, Happened, at_ms, bought, known, on_days, read, weekly
from tests.strategies_profiles import FOLD, cart, consent, item, line, returned, view

REDUCED = line("sku-1", discounts=(events.Discount(amount_minor=25, coupon_id="c"),))
SPECIAL = replace(FOLD, lexicon=Lexicon(special_categories={"Inhalers": "health"}))


def buying(*happened: Happened, days: float, model: Model = NO_MODEL) -> BuyingShown:
    """What is known of buying."""
    return read(*happened, days=days, model=model).buying


def test_money_is_exact_over_the_lifetime_and_decayed_of_late() -> None:
    """One half-life of ninety days ago counts half; what cost is unknown has no margin."""
    (spent,) = buying(bought(0, total_minor=200), bought(90, total_minor=50), days=90).spend

    assert (spent.currency, spent.lifetime_minor, spent.purchases) == ("EUR", 250, 2)
    assert spent.recent_minor == pytest.approx(150.0)
    assert (spent.margin_minor, spent.costed_minor, spent.last_ms) == (None, 0, at_ms(90))


def test_margin_is_of_what_cost_is_known() -> None:
    """A line of 100 that cost 60."""
    (spent,) = buying(bought(0, lines=(line(unit_cost_minor=60), line("sku-2"))), days=1).spend

    assert (spent.margin_minor, spent.costed_minor) == (40, 100)


def test_a_receipt_is_a_mean_with_its_interval() -> None:
    """Of 100, 200 and 300: 200, give or take 1.645 * 81.6 / sqrt(3)."""
    three = [bought(0.1 * n, total_minor=n * 100) for n in (1, 2, 3)]

    (spent,) = buying(*three, days=0.3).spend

    assert spent.receipt.value == pytest.approx(200.0, abs=0.1)
    assert spent.receipt.low == pytest.approx(200 - 77.5, abs=0.3)
    assert spent.receipt.high == pytest.approx(200 + 77.5, abs=0.3)
    assert (spent.receipt.count, spent.receipt.sources) == (3, ["till"])


def test_receipts_that_are_all_alike_have_no_interval_of_rounding() -> None:
    """The difference of two large sums is what the order of arrival leaves."""
    (spent,) = buying(*weekly(9), days=60).spend

    held = spent.receipt
    assert held.value == pytest.approx(100.0)
    assert held.low == held.value == held.high


def test_two_receipts_say_nothing_of_a_third() -> None:
    """Nor of their units, lines and discounts."""
    shown = buying(*on_days(0, 1), days=2)

    (spent,) = shown.spend
    known = (spent.receipt, spent.units, spent.discount, shown.lines, shown.returns)
    assert [(one.value, one.origin) for one in known] == [(None, "unknown")] * 5
    assert spent.receipt.low is None


def test_units_and_lines_are_means_of_a_receipt() -> None:
    """Two lines of three units each."""
    held = (line("a", quantity=3), line("b", quantity=3))

    shown = buying(*(bought(0.1 * n, lines=held) for n in range(3)), days=0.3)

    assert shown.lines.value == 2.0
    assert shown.lines.low is not None
    assert shown.lines.high is not None
    assert shown.lines.low < 2.0 < shown.lines.high
    assert shown.spend[0].units.value == pytest.approx(6.0)


def test_the_interval_of_none_at_all_begins_with_none() -> None:
    """Receipts whose lines may not be known hold no line, and no line was reduced."""
    special = [bought(0.1 * n, "Inhalers") for n in range(3)]

    lines = read(*special, days=0.3, rules=SPECIAL).buying.lines
    promotions = buying(*weekly(4), days=22).promotions

    assert (lines.value, lines.low) == (0.0, 0.0)
    assert (promotions.value, promotions.low) == (0.0, 0.0)
    assert promotions.high is not None
    assert 0.0 < promotions.high < 1.0


def test_the_interval_of_all_of_them_ends_with_all() -> None:
    """Ten categories on one receipt: each was new."""
    novelty = buying(bought(0, *(f"c{one}" for one in range(10))), days=1).novelty

    assert (novelty.value, novelty.high, novelty.count) == (1.0, 1.0, 10)


def test_what_was_taken_off_is_a_share_of_the_price() -> None:
    """25 of 125 on each of three receipts; all lines reduced, all with a coupon."""
    shown = buying(*(bought(0.1 * n, lines=(REDUCED,)) for n in range(3)), days=1)

    assert shown.spend[0].discount.value == pytest.approx(0.2)
    assert (shown.promotions.value, shown.coupons.value) == (1.0, 1.0)


def test_nothing_was_taken_off_what_cost_nothing() -> None:
    """Of three receipts over nought the discount is unknown, and says so."""
    (spent,) = buying(*(bought(0.1 * n, total_minor=0) for n in range(3)), days=1).spend

    assert (spent.discount.value, spent.discount.origin) == (None, "unknown")


def test_what_came_back_is_counted_for_each_receipt() -> None:
    """One return of four purchases, and a refund."""
    shown = buying(*weekly(4), (22, returned(1)), days=23)

    assert shown.returns.value == pytest.approx(0.25)
    assert shown.spend[0].lifetime_minor == 300


def test_spending_is_shown_by_four_weeks() -> None:
    """Oldest first; a period begins at midnight of the shop."""
    (spent,) = buying(*on_days(0, 1, 28), days=30).spend

    assert [one.spent_minor for one in spent.periods] == [200, 100]
    assert spent.periods[1].from_ms - spent.periods[0].from_ms == at_ms(28) - at_ms(0)
    assert spent.periods[0].from_ms == at_ms(-10.5)


def test_times_are_those_of_the_shop() -> None:
    """Noon in UTC on a Sunday is 14 h where clocks are two hours ahead."""
    ahead = replace(FOLD, zone=Zone(name="Z", offsets=((0, 7_200_000),)))

    shown = read(*weekly(4), bought(0.1), days=22, rules=ahead).buying

    assert [one.name for one in shown.hours] == ["14-15 h", "16-17 h"]
    assert [one.name for one in shown.weekdays] == ["Sunday"]
    assert shown.hours[0].value == pytest.approx(0.8, abs=0.02)
    assert shown.weekdays[0].value == 1.0


def test_few_hours_and_days_are_shown() -> None:
    """Three hours and two days of the week, the most frequent first."""
    history = on_days(*(n + n / 24 for n in range(5)), 0.5)

    shown = buying(*history, days=6)

    assert (len(shown.hours), len(shown.weekdays)) == (3, 2)


def test_articles_are_shown_the_latest_first() -> None:
    """Twelve at most, with how many receipts held each."""
    history = [bought(n, f"c{n:02}") for n in range(PURCHASES_SHOWN_MAX + 1)]

    shown = buying(*history, bought(20, "c05"), days=21)

    assert len(shown.purchases) == PURCHASES_SHOWN_MAX
    assert (shown.purchases[0].item_id, shown.purchases[0].receipts) == ("sku-c05", 2)
    assert (shown.purchases[1].item_id, shown.purchases[1].receipts) == ("sku-c12", 1)
    assert shown.repetition.value == pytest.approx(1 / 13)


def test_an_order_and_a_receipt_are_named_as_sources() -> None:
    """Each where it came from."""
    order = events.Purchase(transaction_id="t", currency="EUR", items=(item(),), value_minor=1)

    both, web, none = (
        buying(*one, days=3).promotions.sources
        for one in ([bought(0), (1, order)], [(1, order)], [])
    )

    assert (both, web, none) == (["click", "till"], ["click"], [])


def test_price_sensitivity_says_why_it_is_unknown() -> None:
    """Without a population nobody knows how often others buy promotions."""
    history = [bought(7 * n, lines=(REDUCED,)) for n in range(8)]

    alone, fitted, little = (
        buying(*one, days=60, model=model).price_sensitivity
        for one, model in ((history, NO_MODEL), (history, MODEL), (history[:2], MODEL))
    )

    assert (alone.value, alone.why) == (None, "the population was not fitted yet")
    assert fitted.why == "8 promoted lines, 3.2 expected of anybody"
    assert fitted.value == pytest.approx((8 + 5) / (3.2 + 5))
    assert (little.value, little.why) == (None, None)


def test_the_policy_says_how_much_is_enough_of_anything() -> None:
    """Eight lines and ten receipts are little where twenty are asked for."""
    strict = replace(FOLD, evidence_min=20)
    history = [bought(7 * n, lines=(REDUCED,)) for n in range(10)]

    plain, asked = (
        read(*history, days=70, rules=one, model=MODEL).buying for one in (FOLD, strict)
    )

    assert [one.value is None for one in (plain.price_sensitivity, plain.novelty)] == [False] * 2
    assert [one.value for one in (asked.price_sensitivity, asked.novelty)] == [None] * 2


def test_the_cart_is_shown_with_its_value_by_currency() -> None:
    """The newest first; what tells no price, or no currency, is not worth nought."""
    situation = read(
        (0, cart(item("a", price_minor=100, quantity=2, item_brand="Acme"))),
        (0.1, cart(item("b", "tea"))),
        (0.2, structs.replace(cart(item("c", price_minor=5)), currency="USD")),
        (0.3, cart(item("d"))),
        (0.4, events.RemoveFromCart(currency="EUR", items=(item("d"),))),
        days=1,
    ).situation

    assert [(one.item_id, one.quantity, one.brand) for one in situation.cart] == [
        ("c", 1, None),
        ("b", 1, None),
        ("a", 2, "Acme"),
    ]
    assert [structs.astuple(one) for one in situation.cart_values] == [
        ("EUR", 200, 1),
        ("USD", 5, 0),
    ]


def test_an_article_whose_currency_is_unknown_is_worth_nothing_that_can_be_told() -> None:
    """A row may hold such a line; it lies in the cart like any other."""
    profile = known((0, cart(item("a", price_minor=100))))
    profile.cart["b"] = CartLine(at_ms(0), 1, quantity=1, price_minor=5)

    situation = read_genome(profile, make_background(FOLD), at_ms(1)).situation

    assert [one.item_id for one in situation.cart] == ["a", "b"]
    assert [structs.astuple(one) for one in situation.cart_values] == [("EUR", 100, 0)]


def test_muted_names_are_not_told_of_the_cart() -> None:
    """What lies in it is a fact; what it is like is not said."""
    mutes: list[Happened] = [
        (1.0, events.TraitMuted(trait="category/coffee", muted=True)),
        (1.0, events.TraitMuted(trait="brand/Acme", muted=True)),
    ]

    (shown,) = read((0, cart(item(item_brand="Acme"))), *mutes, days=2).situation.cart

    assert (shown.item_id, shown.category, shown.brand) == ("sku-1", None, None)


def test_what_lost_its_consent_is_not_told_of_the_cart() -> None:
    """Nor on the journey, nor as a signal: an article alone would say it."""
    given = consent(granted=True, purpose="health")
    held: list[Happened] = [
        (0.0, given),
        (0.1, cart(item("inhaler-1", "Inhalers"))),
        (0.2, view(item())),
    ]
    lost = (0.3, structs.replace(given, granted=False))

    shown = read(*held, lost, days=1, rules=SPECIAL).situation

    assert "nhaler" not in repr(shown)
    assert [one.category for one in shown.journey] == ["coffee"]


def test_devices_and_places_are_shares() -> None:
    """A region is told where the click told it."""
    page = events.PageView(device_category="mobile", country="DE", region="BY")

    situation = read(*((0.1 * n, page) for n in range(3)), days=1).situation

    assert [(one.name, one.count) for one in situation.devices] == [("mobile", 3)]
    assert [(one.name, one.count) for one in situation.places] == [("DE/BY", 3)]

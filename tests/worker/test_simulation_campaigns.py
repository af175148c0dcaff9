"""Campaigns become a catalogue that loads, redemptions become outcomes of our own offers."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from streams.codec.catalogue import load_policy
from streams.core.decide.record import Action, OfferId, OfferMessage
from streams.core.decide.value import margin_of, price_at
from streams.core.events import Accepted, Delivered, Event, Sale
from streams.worker.simulation import journey, receipts
from streams.worker.simulation.campaigns import catalogue, offer_name
from streams.worker.simulation.generator import Sourced
from streams.worker.simulation.installed import data_directory
from streams.worker.simulation.journey import Campaign, Product, Receipt, Row, Sold
from streams.worker.simulation.outcomes import SOURCE, Outcomes

DAY_MS = 86_400_000
AUGUST_MS = 1_501_545_600_000
BREAD = Product(7, 69, "PASTRY", "Private", "BREAD", "BREAD:ITALIAN/FRENCH", "16 OZ")


def another(product_id: int) -> Product:
    """An article like the bread."""
    return msgspec.structs.replace(BREAD, product_id=product_id)


def campaign(*products: int, kind: str = "Type B") -> Campaign:
    """Campaign 13 in August's first ten days, with coupon 5 for `products`."""
    return Campaign(
        campaign_id=13,
        kind=kind,
        start_ms=AUGUST_MS,
        end_ms=AUGUST_MS + 10 * DAY_MS - 1,
        households=frozenset({900}),
        coupons={5: products},
    )


def policy_of(
    one: Campaign, products: dict[int, Product], sold: dict[int, Sold], shift_ms: int = 0
) -> Any:
    """The policy that a worker would load."""
    files = catalogue([one], products=products, sold=sold, shift_ms=shift_ms)
    return load_policy(files, lateness_max_ms=400 * DAY_MS)


def test_coupon_becomes_an_offer_with_its_products_days_and_value() -> None:
    """Shelf price 3.00, usual coupon 50 cents: the price offered is 2.50."""
    policy = policy_of(campaign(7), {7: BREAD}, {7: Sold(9, 300, 50)}, shift_ms=7 * DAY_MS)

    offer = policy.offers["campaign-13-coupon-5"]
    assert offer.products == frozenset({"7"})
    assert offer.product.name == "Bread:italian/french 16 oz"
    assert (offer.price_minor, offer.price_levels[0].discount_minor) == (300, 50)
    assert offer.valid_from_ms == AUGUST_MS + 7 * DAY_MS
    assert offer.valid_until_ms == AUGUST_MS + 17 * DAY_MS - 1_000
    assert offer.channels == ("store", "app")


def test_coupon_is_worth_at_most_half_the_price() -> None:
    """Two dollars off three items must not make one of 1.00 free."""
    policy = policy_of(campaign(7), {7: BREAD}, {7: Sold(9, 100, 200)})

    assert policy.offers["campaign-13-coupon-5"].price_levels[0].discount_minor == 50


def test_coupon_earns_a_share_of_the_price_of_the_article_offered() -> None:
    """A quarter of 3.00, and 50 cents paid back: 41.7 %, less than the coupon at 1.10."""
    policy = policy_of(campaign(7), {7: BREAD}, {7: Sold(9, 300, 50)})

    offer = policy.offers["campaign-13-coupon-5"]
    level = offer.price_levels[0]
    assert (offer.margin_minor, offer.margin_percent) == (None, 41.7)
    assert margin_of(offer, 300) - price_at(level, 300, "USD").discount_minor == 75
    assert margin_of(offer, 110) - price_at(level, 110, "USD").discount_minor == -4


def test_share_paid_back_is_that_of_all_that_the_list_sold() -> None:
    """Nine breads of 3.00 and one cake of 23.00: 50 cents of 5.00 each, and a quarter."""
    sold = {7: Sold(9, 300, 50), 8: Sold(1, 2_300, None)}
    policy = policy_of(campaign(7, 8), {7: BREAD, 8: another(8)}, sold)

    assert policy.offers["campaign-13-coupon-5"].margin_percent == 35.0


def test_article_that_costs_less_than_two_coupons_is_not_on_the_list() -> None:
    """50 cents off: an article of 1.00 is, and one of 99 cents is not."""
    products = {7: BREAD, 8: another(8), 9: another(9)}
    sold = {7: Sold(9, 300, 50), 8: Sold(1, 100, None), 9: Sold(1, 99, None)}

    policy = policy_of(campaign(7, 8, 9), products, sold)

    assert policy.offers["campaign-13-coupon-5"].products == frozenset({"7", "8"})


SOUP = Product(8, 1, "GROCERY", "National", "SOUP", "CONDENSED SOUP", None)
BAGEL = Product(10, 69, "PASTRY", "Private", "BREAD", "BREAD:BAGELS", None)
TART = Product(11, 69, "PASTRY", "Private", "PIES", "PREMIUM", None)


@pytest.mark.parametrize(
    ("goods", "name"),
    [
        ((BREAD, another(9)), "Bread:italian/french"),
        ((BREAD, BAGEL), "Bread"),
        ((BREAD, BAGEL, TART), "Pastry"),
        ((BREAD, another(9), SOUP), "many articles"),
        ((TART,), "Pies"),
    ],
)
def test_coupon_is_named_after_what_all_of_its_products_are(
    goods: tuple[Product, ...], name: str
) -> None:
    """A soup is no bread, whatever the other two are; and premium is no thing at all."""
    products = {one.product_id: one for one in goods}

    offer = policy_of(
        campaign(*products), products, dict.fromkeys(products, Sold(1, 200, None))
    ).offers[offer_name(13, 5)]

    assert offer.treatments[0].text == f"0.75 USD off {name} with your coupon"


def test_coupon_for_what_nobody_bought_is_left_out() -> None:
    """Only the answers to complaints, thanks and delays remain."""
    policy = policy_of(campaign(7), {7: BREAD}, {})

    assert set(policy.offers) == {"make-good", "thank-you", "late-delivery"}


@pytest.fixture(scope="module")
def august() -> list[Campaign]:
    """The study's campaigns that ran in August."""
    every = journey.read_campaigns(data_directory())
    until_ms = AUGUST_MS + 31 * DAY_MS
    return [one for one in every if one.start_ms < until_ms and one.end_ms >= AUGUST_MS]


def test_real_campaigns_load(august: list[Campaign]) -> None:
    """Every coupon of the month with a product that was ever bought is an offer."""
    directory = data_directory()
    products, sold = journey.read_products(directory), journey.read_sold(directory)

    files = catalogue(august, products=products, sold=sold)
    policy = load_policy(files, lateness_max_ms=400 * DAY_MS)

    bought = [
        offer_name(one.campaign_id, upc)
        for one in august
        for upc, ids in one.coupons.items()
        if any(product in sold and product in products for product in ids)
    ]
    assert len(bought) > 200
    assert set(bought) <= set(policy.offers)


def test_no_real_coupon_takes_off_more_than_half(august: list[Campaign]) -> None:
    """Whichever article of its list it is handed in for, at its usual price."""
    directory = data_directory()
    products, sold = journey.read_products(directory), journey.read_sold(directory)

    files = catalogue(august, products=products, sold=sold)
    policy = load_policy(files, lateness_max_ms=400 * DAY_MS)

    shares = [
        one.price_levels[0].discount_minor / sold[int(item)].price_minor
        for one in policy.offers.values()
        for item in one.products
    ]
    assert len(shares) > 5_000
    assert max(shares) <= 0.5


def sale_at(time_ms: int, *, coupon_minor: int) -> Sourced:
    """Household 900 buys bread, perhaps with a coupon."""
    row = Row(900, 330, 31, 7, 1, 130, 0, coupon_minor, 0, time_ms)
    body = receipts.sale(Receipt(900, 330, 31, time_ms, (row,)), {7: BREAD}, {})
    assert isinstance(body, Sale)
    event = Event(
        event_id=body.natural_id(),
        subject="customer:900",
        event_time_ms=time_ms,
        topic=receipts.TOPIC,
        body=body,
    )
    return Sourced(event, receipts.SOURCE)


def offered(name: str) -> OfferMessage:
    """An offer to household 900."""
    return OfferMessage(
        offer_id=OfferId("0" * 32),
        action=Action.ISSUE,
        sequence=1,
        subject="customer:900",
        channel="store",
        slot="main",
        offer=name,
        purpose="marketing",
        reason="you just bought bread",
        issued_at_ms=AUGUST_MS,
        cause_id="pos:330:1:2017-08-01:1",
        policy_version="v",
    )


def told(outcomes: Outcomes, *events: Sourced) -> Iterator[Sourced]:
    """What is said besides the events themselves."""
    return (one for one in outcomes.follow(events) if one not in events)


COUPONS = {(900, AUGUST_MS + DAY_MS): [(5, 13, frozenset({7}))]}


def test_redeemed_coupon_that_we_offered_is_accepted_at_the_receipt() -> None:
    """Delivered first, labelled simulated; accepted with the receipt, labelled real."""
    outcomes = Outcomes(COUPONS)
    outcomes.offered(offered(offer_name(13, 5)))
    time_ms = AUGUST_MS + DAY_MS + 5

    delivered, accepted = told(
        outcomes, sale_at(AUGUST_MS, coupon_minor=0), sale_at(time_ms, coupon_minor=50)
    )

    assert isinstance(delivered.event.body, Delivered)
    assert delivered.source.startswith("/simulated/")
    assert isinstance(accepted.event.body, Accepted)
    assert accepted.source == SOURCE
    assert accepted.event.event_time_ms == time_ms
    assert accepted.event.body.offer_id == "0" * 32
    assert accepted.event.body.value_minor == 80
    assert (outcomes.redeemed, outcomes.accepted) == (1, 1)


def test_redeemed_coupon_that_we_did_not_offer_is_no_outcome() -> None:
    """It was the retailer's own mailing that worked."""
    outcomes = Outcomes(COUPONS)
    outcomes.offered(offered(offer_name(13, 6)))

    found = list(told(outcomes, sale_at(AUGUST_MS + DAY_MS, coupon_minor=50)))

    assert [type(one.event.body) for one in found] == [Delivered]
    assert (outcomes.redeemed, outcomes.accepted) == (1, 0)


def test_receipt_without_coupon_money_redeems_nothing() -> None:
    """The coupon was handed in at another receipt of the day."""
    outcomes = Outcomes(COUPONS)
    outcomes.offered(offered(offer_name(13, 5)))
    plain = sale_at(AUGUST_MS + DAY_MS, coupon_minor=0)

    found = list(told(outcomes, plain, sale_at(AUGUST_MS + DAY_MS + 9, coupon_minor=50)))

    assert [one.event.event_time_ms for one in found] == [AUGUST_MS, AUGUST_MS + DAY_MS + 9]
    assert outcomes.redeemed == 1

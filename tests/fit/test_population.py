"""What is kept of a stream of events."""

from streams.core.events import Event, Item, PageView, Purchase, Return
from streams.core.products import NO_PRODUCTS
from streams.fit import population as module
from streams.fit.buying import bought
from tests.fit.market import DAY_MS, START_DAY, event, population, sale, void

ORDER = Event(
    event_id="o1",
    subject="customer:1",
    event_time_ms=START_DAY * DAY_MS,
    topic="clickstream.event.v1",
    body=Purchase(
        transaction_id="t1",
        currency="EUR",
        items=(Item(item_id="a", item_category="Food", price_minor=250, quantity=2, coupon="c"),),
    ),
)


def refund(number: int, amount_minor: int) -> Event:
    """A return without its receipt."""
    given = sale(number, price_minor=amount_minor).body
    fields = {name: getattr(given, name) for name in given.__struct_fields__}
    return event(Return(**fields))


def test_purchases_of_one_day_are_one() -> None:
    """Money adds up; days are distinct and ascending, however they came."""
    found = population(
        sale(1, day=START_DAY + 3), sale(2, day=START_DAY), sale(3, day=START_DAY + 3)
    )

    (one,) = found.customers()
    assert one.days == (START_DAY, START_DAY + 3)
    assert one.paid_minor == (100, 200)


def test_a_duplicate_counts_once() -> None:
    """A receipt has one natural id."""
    found = population(sale(1), sale(1), sale(2))

    assert (found.purchases, found.duplicates) == (2, 1)


def test_a_void_takes_its_receipt_back_before_and_after() -> None:
    """It may overtake it on its way."""
    first, second = sale(1), sale(2)

    found = population(first, void(first), void(second), second, sale(3))

    assert (found.purchases, found.late_voids) == (1, 0)


def test_a_void_that_comes_too_late_is_counted() -> None:
    """A receipt waits for one only so long."""
    first = sale(1)
    many = [sale(number) for number in range(2, module.OPEN_MAX + 3)]

    found = population(first, *many, void(first))

    assert (found.purchases, found.late_voids) == (module.OPEN_MAX + 2, 1)


def test_a_return_is_no_purchase_but_money_given_back() -> None:
    """It lowers revenue alone."""
    found = population(sale(1, price_minor=500), refund(2, 200))

    (one,) = found.customers()
    assert (one.days, one.paid_minor, one.refunds_minor) == ((START_DAY,), (500,), 200)


def test_an_order_of_the_shop_is_a_purchase() -> None:
    """At its items' prices where it names no value; a coupon is a promotion."""
    found = bought(ORDER, NO_PRODUCTS)

    assert found is not None
    assert (found.total_minor, found.lines[0].category) == (500, "Food")
    assert found.lines[0].promoted


def test_money_of_other_currencies_counts_nothing_but_the_day() -> None:
    """The main currency is that of most receipts."""
    found = population(
        sale(1), sale(2, day=START_DAY + 1), sale(3, day=START_DAY + 2, currency="USD")
    )

    (one,) = found.customers()
    assert found.currency == "EUR"
    assert one.paid_minor == (100, 100, 0)


def test_margin_is_that_of_lines_whose_cost_is_known() -> None:
    """One line of 100 at 60, one unknown: 40 %."""
    found = population(sale(1, cost_minor=60), sale(2))

    (one,) = found.customers()
    assert found.margin_share == 0.4
    assert one.margin_minor == 40


def test_margin_is_unknown_without_costs() -> None:
    """Nothing is guessed."""
    assert population(sale(1)).margin_share is None


def test_other_events_are_no_customers() -> None:
    """A page view says nothing about buying; a population may be empty."""
    view = Event(
        event_id="v",
        subject="customer:9",
        event_time_ms=1,
        topic="clickstream.event.v1",
        body=PageView(),
    )

    found = population(view)

    assert (len(found), found.currency, list(found.customers())) == (0, "", [])


def test_a_share_of_the_customers_is_a_share_of_their_events() -> None:
    """Chosen by subject: all of a customer or nothing."""
    half = module.Population(share=0.5)
    for number in range(400):
        half.add(sale(number, customer=number % 200))
    half.close()

    counts = [len(one.paid_minor) for one in half.customers()]
    assert 60 < len(half) < 140
    assert half.purchases == 2 * len(half)
    assert set(counts) == {1}

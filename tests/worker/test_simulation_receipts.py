"""Real receipts become sales without a cent lost or made up."""

from collections import Counter
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from streams.codec.sources import Limits, decode
from streams.core.events import Sale
from streams.worker.simulation import journey, receipts
from streams.worker.simulation.households import journey as around
from streams.worker.simulation.installed import data_directory
from streams.worker.simulation.journey import Product, Receipt, Row
from streams.worker.simulation.records import encode

DAY_MS = 86_400_000
MARCH_MS = 1_488_326_400_000
APRIL_MS = 1_491_004_800_000
BREAD = Product(7, 69, "PASTRY", "Private", "BREAD", "BREAD:ITALIAN/FRENCH", "16 OZ")


def row(**changes: int) -> Row:
    """One loaf at 1.50, 20 cents loyalty discount taken off."""
    plain = Row(900, 330, 31, 7, 1, 130, 20, 0, 0, MARCH_MS)
    return plain._replace(**changes)


def receipt(*rows: Row) -> Receipt:
    """A basket of `rows`."""
    return Receipt(900, 330, 31, MARCH_MS, rows)


def sale(*rows: Row, coupons: receipts.Coupons | None = None) -> Sale:
    """The sale of `rows`."""
    found = receipts.sale(receipt(*rows), {7: BREAD}, coupons or {})
    assert found is not None
    return found


@pytest.fixture(scope="module")
def quarter() -> list[Receipt]:
    """The receipts of the first quarter; the whole year would take this suite's time."""
    found = journey.read_receipts(data_directory())
    return list(takewhile(lambda one: one.time_ms < APRIL_MS, found))


@pytest.fixture(scope="module")
def table() -> Any:
    """The same rows as the study's own file has them, amounts in dollars."""
    rows = pq.read_table(data_directory() / "transactions.parquet")
    time_ns = rows["transaction_timestamp"].cast("int64")
    return rows.filter(pc.less(time_ns, APRIL_MS * 1_000_000))


def dollars(table: Any, column: str) -> int:
    """The column's sum in cents, rounded once."""
    total: int = round(pc.sum(table[column]).as_py() * 100)
    return total


def test_every_row_is_read_exactly_once(quarter: list[Receipt], table: Any) -> None:
    """Rows, baskets and every amount of 360,000 lines add up to the study's own totals."""
    rows = [one for found in quarter for one in found.rows]

    assert len(rows) == table.num_rows > 300_000
    assert len(quarter) == pc.count_distinct(table["basket_id"]).as_py()
    assert sum(one.sales_minor for one in rows) == dollars(table, "sales_value")
    assert sum(one.loyalty_minor for one in rows) == dollars(table, "retail_disc")
    assert sum(one.coupon_minor for one in rows) == dollars(table, "coupon_disc")
    assert sum(one.match_minor for one in rows) == dollars(table, "coupon_match_disc")
    assert sum(one.quantity for one in rows) == pc.sum(table["quantity"]).as_py()


def test_receipts_come_in_order_of_time_and_whole(quarter: list[Receipt]) -> None:
    """No basket is split, though baskets of one second alternate in the file."""
    times = [one.time_ms for one in quarter]

    assert times == sorted(times)
    assert max(Counter(one.basket_id for one in quarter).values()) == 1
    assert all({row.basket_id for row in one.rows} == {one.basket_id} for one in quarter)


def test_sales_of_march_add_up_to_the_study(quarter: list[Receipt]) -> None:
    """Paid = received less manufacturers' coupons, and tenders split what was paid, to the cent."""
    march = [one for one in quarter if MARCH_MS <= one.time_ms < APRIL_MS]
    products = journey.read_products(data_directory())

    found = [one for one in (receipts.sale(r, products, {}) for r in march) if one]
    rows = [one for r in march for one in r.rows]
    loose = sum(one.coupon_minor for one in rows if one.quantity == 0 and one.sales_minor == 0)
    lines = [line for one in found for line in one.line_items]
    goods = [one for one in rows if one.quantity > 0 or one.sales_minor > 0]

    assert len(lines) == len(goods)
    received = sum(one.sales_minor for one in rows)
    coupons = sum(one.coupon_minor for one in rows)
    assert sum(line.extended_amount_minor for line in lines) == received - coupons + loose
    assert sum(one.total_minor for one in found) == received - coupons + loose
    tendered = [tender for one in found for tender in one.tenders]
    assert sum(t.amount_minor for t in tendered if t.tender_type == "coupon") == loose


def test_shelf_price_less_discounts_is_what_the_customer_paid() -> None:
    """1.30 received after 20 cents loyalty and 10 matched; 50 cents of it came as a coupon."""
    line = sale(row(coupon_minor=50, match_minor=10)).line_items[0]

    assert line.unit_price_minor == 160
    assert line.extended_amount_minor == 80
    assert {one.discount_type: one.amount_minor for one in line.discounts} == {
        "loyalty": 20,
        "coupon_match": 10,
        "coupon": 50,
    }


def test_line_bears_the_words_of_the_study() -> None:
    """Name, brand with manufacturer, and levels of category, in sentence case."""
    found = sale(row())
    line = found.line_items[0]

    assert (line.item_id, line.item_name) == ("7", "Bread:italian/french 16 oz")
    assert line.item_brand == "Private 69"
    assert (line.item_category, line.item_category2) == ("Pastry", "Bread")
    assert found.business_day == date(2017, 3, 1)
    assert found.natural_id() == "pos:330:1:2017-03-01:31"


def test_fill_of_fuel_is_one_unit() -> None:
    """8.725 gallons for 20.06 are one fill at 20.06, not 8,725 units at nothing."""
    line = sale(row(quantity=8_725, sales_minor=2_006, loyalty_minor=0)).line_items[0]

    assert (line.quantity, line.unit_price_minor) == (1, 2_006)


def test_coupon_on_a_row_of_its_own_is_a_tender() -> None:
    """It belongs to no line, so it pays a part of the receipt."""
    loose = row(product_id=5_978_656, quantity=0, sales_minor=0, loyalty_minor=0, coupon_minor=100)
    found = sale(row(), loose)

    assert len(found.line_items) == 1
    assert [(one.tender_type, one.amount_minor) for one in found.tenders] == [
        ("coupon", 100),
        ("other", 30),
    ]


def test_basket_without_goods_is_no_sale() -> None:
    """A row without goods and without money says nothing."""
    empty = row(quantity=0, sales_minor=0, loyalty_minor=0)

    assert receipts.sale(receipt(empty), {7: BREAD}, {}) is None


def test_coupon_is_named_when_the_household_redeemed_one_for_the_product() -> None:
    """Same household, same day, and the product is on the coupon's list."""
    coupons = {(900, MARCH_MS): [(11, 3, frozenset({8})), (12, 4, frozenset({7}))]}
    found = sale(row(coupon_minor=50), coupons=coupons).line_items[0].discounts[-1]

    assert (found.coupon_id, found.promotion_id) == ("12", "campaign-4")


def test_journey_is_in_order_decodes_and_keeps_every_receipt(quarter: list[Receipt]) -> None:
    """A day of receipts and the simulated events around them, all valid, ordered, labelled."""
    day = [one for one in quarter if MARCH_MS <= one.time_ms < MARCH_MS + DAY_MS]
    products = journey.read_products(data_directory())
    limits = Limits(record_bytes_max=262_144, future_max_ms=300_000)

    found = list(around(day, products=products, coupons={}, seed=5))
    records = [encode(one) for one in found]
    events = [
        decode(one.topic, one.key, one.value, one.headers, one.event_time_ms, limits)
        for one in records
    ]

    assert events == [one.event for one in found]
    times = [one.event_time_ms for one in events]
    assert times == sorted(times)
    sources = Counter(one.source for one in found)
    assert sources[receipts.SOURCE] == sum(isinstance(one.body, Sale) for one in events)
    assert sources[receipts.SOURCE] == len(day) - sum(not _has_goods(one) for one in day)
    assert all(one.startswith("/simulated/") for one in sources if one != receipts.SOURCE)
    assert len(sources) == 3


def test_company_of_a_receipt_does_not_depend_on_where_the_replay_begins(
    quarter: list[Receipt],
) -> None:
    """The same receipt brings the same simulated events."""
    day = [one for one in quarter if MARCH_MS <= one.time_ms < MARCH_MS + DAY_MS]

    whole = list(around(day, products={7: BREAD}, coupons={}, seed=5))
    later = list(around(day[20:], products={7: BREAD}, coupons={}, seed=5))

    assert {one.event.event_id for one in later} <= {one.event.event_id for one in whole}
    assert len(later) < len(whole)


def test_shift_moves_by_whole_weeks_to_the_last_seven_days(quarter: list[Receipt]) -> None:
    """Weekdays stay, and the last receipt of the file is at most a week old."""
    file = data_directory() / "transactions.parquet"
    times = pq.read_table(file, columns=["transaction_timestamp"])["transaction_timestamp"]
    now_ms = 1_790_000_000_000

    shift_ms = journey.shift_to(now_ms)

    assert pc.max(times.cast("int64")).as_py() == journey.LAST_MS * 1_000_000
    assert shift_ms % (7 * DAY_MS) == 0
    assert 0 <= now_ms - (journey.LAST_MS + shift_ms) < 7 * DAY_MS
    first = next(journey.read_receipts(data_directory(), shift_ms=shift_ms))
    assert first.time_ms == quarter[0].time_ms + shift_ms


def test_study_is_found_without_being_imported() -> None:
    """Its import would cost a second."""
    assert (Path(data_directory()) / "products.parquet").is_file()


def _has_goods(one: Receipt) -> bool:
    return any(row.quantity > 0 or row.sales_minor > 0 for row in one.rows)

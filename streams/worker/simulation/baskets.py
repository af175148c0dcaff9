"""Baskets of the Complete Journey study by category: all that a study of next baskets needs.

Columns are read whole and only (household, week, time, category, promoted) is made of them, so all
1.47 million lines take seconds. Names, rows that are left out, and what counts as promoted are
those of `receipts`.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from streams.core.events import Discount, Event, LineItem, Sale
from streams.core.profile.profile import NAME_MAX
from streams.worker.simulation.receipts import CURRENCY, TOPIC, sentence, subject

_DISCOUNTS = ("retail_disc", "coupon_disc", "coupon_match_disc")
_COLUMNS = (
    "household_id",
    "basket_id",
    "product_id",
    "quantity",
    "sales_value",
    *_DISCOUNTS,
    "week",
    "transaction_timestamp",
)
_REDUCED = (Discount(discount_type="loyalty", amount_minor=1),)


class Basket(NamedTuple):
    """One visit to one till; `week` counts from 1 as in the study."""

    household_id: int
    basket_id: int
    time_ms: int
    week: int
    categories: dict[str, tuple[int, int]]
    """Category as the profile names it -> (lines, of them at a reduced price)."""


def read_baskets(directory: Path, *, until_week: int) -> dict[int, list[Basket]]:
    """Household -> its baskets until the end of `until_week`, in order of time."""
    table = pq.read_table(
        directory / "transactions.parquet",
        columns=list(_COLUMNS),
        filters=pc.field("week") <= until_week,
    )
    table = table.filter(
        pc.or_(pc.greater(table["quantity"], 0), pc.greater(table["sales_value"], 0))
    )
    reduced = pc.greater(
        pc.add(pc.add(*(table[name] for name in _DISCOUNTS[:2])), table[_DISCOUNTS[2]]), 0
    )
    time_ms = pc.divide(table["transaction_timestamp"].cast(pa.int64()), 1_000_000)
    names = _category_names(directory)
    columns: list[list[Any]] = [
        table[name].to_pylist() for name in ("household_id", "basket_id", "week", "product_id")
    ]
    found: dict[int, Basket] = {}
    for household, number, week, product, at_ms, promoted in zip(
        *columns, time_ms.to_pylist(), reduced.to_pylist(), strict=True
    ):
        category = names.get(product)
        if category is not None:
            basket = found.get(number)
            if basket is None:
                basket = found[number] = Basket(household, number, at_ms, week, {})
            lines, at_reduced = basket.categories.get(category, (0, 0))
            basket.categories[category] = (lines + 1, at_reduced + promoted)
    households: dict[int, list[Basket]] = {}
    for basket in found.values():
        households.setdefault(basket.household_id, []).append(basket)
    return households


def sales(baskets: Iterable[Basket]) -> Iterator[Event]:
    """The baskets as events with their categories and nothing else, to learn from."""
    for basket in baskets:
        lines = tuple(
            LineItem(
                item_id="",
                extended_amount_minor=0,
                item_category2=category,
                discounts=_REDUCED if line < promoted else (),
            )
            for category, (count, promoted) in basket.categories.items()
            for line in range(count)
        )
        sale = Sale(
            store_id="",
            workstation_id="",
            business_day=datetime.fromtimestamp(basket.time_ms / 1_000, UTC).date(),
            sequence_number=basket.basket_id,
            currency=CURRENCY,
            line_items=lines,
            total_minor=0,
        )
        yield Event(
            event_id=str(basket.basket_id),
            subject=subject(basket.household_id),
            event_time_ms=basket.time_ms,
            topic=TOPIC,
            body=sale,
        )


def _category_names(directory: Path) -> dict[int, str]:
    columns = ["product_id", "product_category", "department"]
    table = pq.read_table(directory / "products.parquet", columns=columns).to_pydict()
    return {
        product: sentence(category or department)[:NAME_MAX]
        for product, category, department in zip(*(table[name] for name in columns), strict=True)
        if category or department
    }

"""The articles of the Complete Journey study as lines of a product catalogue.

- The path is department, category and type, in the words of the receipts.
- The price is the median shelf price of one unit on all receipts of the year; an article that was
  never sold has none and is left out. The study knows no costs.
- `private_label` tells the store's own brand; `pack_size` and `pack_unit` come from package sizes
  that are one number and one unit ("22 LB"); the other marks are words of the type.

Needs the optional extra: import it only after `installed.data_directory` found the package.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from streams.codec.products import ProductLine
from streams.worker.simulation.journey import Product
from streams.worker.simulation.receipts import CURRENCY, item_brand, item_name, sentence

_PACK = re.compile(
    r"(\d{1,4}(?:\.\d{1,3})?)\s*(OZ|LB|CT|ML|L|QT|GAL|PT|PK|DZ|FL OZ|SQ FT|FT|IN|STEM)"
)
NANOSECONDS = 1_000_000  # in a millisecond
# Attribute -> what the type says then. Where the word means a thing, not a kind, it is left out:
# "light bulb", "light" of a Christmas tree, cans of "gourmet" cat food are no such marks.
_MARKS = {
    name: re.compile(pattern)
    for name, pattern in {
        "organic": r"\bORGANICS?\b",
        "light": r"\bLIGHT BREAD\b|\bLITE\b|\bLOW (?:FAT|CALORIE)\b|\bREDUCED FAT\b",
        "diet": r"\bDIET\b|\bDIETARY\b",
        "natural": r"\bNATURAL\b",
        "sugar_free": r"\bSUGAR FREE\b|\bNO SUGAR\b",
        "gluten_free": r"\bGLUTEN FREE\b",
        "vegetarian": r"\bVEGETARIAN\b|\bMEATLESS\b",
        "soy": r"\bSOY\b(?! SAUCE)",
        "kosher": r"\bKOSHER\b",
        "decaf": r"\bDECAF\b",
        "whole_grain": r"\bWHOLE (?:GRAIN|WHEAT)\b|\bMULTIGRAIN\b",
        "premium": r"\bPREMIUM\b",
        "gourmet": r"\bGOURMET\b",
        "specialty": r"\bSPECIALTY\b",
        "economy": r"\bECONOMY\b",
        "traditional": r"\bTRADITIONAL\b",
        "imported": r"\bIMPORTED\b",
        "instant": r"\bINSTANT\b",
        "microwaveable": r"\bMICROWAV(?:E|ABLE)\b",
        "single_serve": r"\bSINGLE SERVE\b|\bSNGL (?:SRV|SERVE)\b",
        "value_pack": r"(?<!NOT )\bMULTI[- ]PACKS?\b|\bFAMILY PACK\b|\bVALUE PACK\b",
        "fresh": r"\bFRESH\b",
        "frozen": r"\bFR(?:O)?ZN\b|\bFROZEN\b",
        "seasonal": r"\bSEASONAL\b",
        "kids": r"\bKIDS\b|\bCHILDRENS?\b",
        "baby": r"\bBABY (?:FOOD|DIAPERS|WIPES)\b|\bINFANT\b",
    }.items()
}


def catalogue(
    products: Mapping[int, Product], prices_minor: Mapping[int, int], wanted: Iterable[int]
) -> list[ProductLine]:
    """The lines of the `wanted` articles that are known and have a price, by id."""
    return [
        line(products[number], prices_minor[number])
        for number in sorted(set(wanted))
        if number in products and number in prices_minor
    ]


def line(product: Product, price_minor: int) -> ProductLine:
    """One article of the catalogue."""
    path = (product.department, product.product_category, product.product_type)
    return ProductLine(
        item_id=str(product.product_id),
        name=item_name(product),
        brand=item_brand(product),
        category=tuple(sentence(one) for one in path if one),
        currency=CURRENCY,
        price_minor=price_minor,
        attributes=attributes(product),
    )


def attributes(product: Product) -> dict[str, str | float | bool]:
    """What the study says an article is like; what it does not say is not there."""
    found: dict[str, str | float | bool] = {"private_label": product.brand == "Private"}
    pack = _PACK.fullmatch((product.package_size or "").strip())
    if pack is not None and float(pack[1]) > 0:
        found |= {"pack_size": float(pack[1]), "pack_unit": pack[2].lower()}
    words = product.product_type or ""
    return found | {name: True for name, mark in _MARKS.items() if mark.search(words)}


def read_prices(directory: Path) -> dict[int, int]:
    """Article -> median shelf price of one unit in cents, of every article ever sold."""
    names = ["product_id", "quantity", "sales_value", "retail_disc", "coupon_match_disc"]
    table = pq.read_table(directory / "transactions.parquet", columns=names)
    table = table.filter(pc.greater(table["quantity"], 0))
    paid = pc.add(pc.add(table["sales_value"], table["retail_disc"]), table["coupon_match_disc"])
    table = table.append_column("shelf", pc.divide(paid, table["quantity"]))
    found = table.group_by("product_id").aggregate([("shelf", "approximate_median")]).to_pydict()
    prices = zip(found["product_id"], found["shelf_approximate_median"], strict=True)
    return {number: round(price * 100) for number, price in prices}


def on_receipts(directory: Path, *, first_ms: int, until_ms: int) -> set[int]:
    """The articles on receipts from `first_ms` to before `until_ms`, in the study's own time."""
    names = ["product_id", "transaction_timestamp"]
    table = pq.read_table(directory / "transactions.parquet", columns=names)
    # Nanoseconds, without a zone.
    times = table["transaction_timestamp"].cast(pa.int64())
    inside = pc.and_(
        pc.greater_equal(times, first_ms * NANOSECONDS), pc.less(times, until_ms * NANOSECONDS)
    )
    return set(table.filter(inside)["product_id"].unique().to_pylist())

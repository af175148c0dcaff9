"""The Complete Journey study's products as a catalogue."""

from typing import Any

import pytest

from streams.codec.products import listed
from streams.core.products import traits_of
from streams.worker.simulation import products
from streams.worker.simulation.installed import data_directory
from streams.worker.simulation.journey import Product, read_products

DAY_MS = 86_400_000
AUGUST_MS = 1_502_150_400_000  # 2017-08-08T00:00:00Z


def article(**changes: Any) -> Product:
    """One article of the study."""
    values: dict[str, Any] = {
        "product_id": 7,
        "manufacturer_id": 69,
        "department": "PRODUCE",
        "brand": "Private",
        "product_category": "ORGANICS FRUIT & VEGETABLES",
        "product_type": "ORGANIC SALAD MIX",
        "package_size": "5 OZ",
    }
    return Product(**(values | changes))


def test_a_line_speaks_the_words_of_the_receipts() -> None:
    """So that the category of a product is the category of its receipts."""
    line = products.line(article(), 399)

    assert (line.item_id, line.name, line.brand) == ("7", "Organic salad mix 5 oz", "Private 69")
    assert line.category == ("Produce", "Organics fruit & vegetables", "Organic salad mix")
    assert (line.currency, line.price_minor, line.cost_minor) == ("USD", 399, None)
    assert traits_of(line.attributes) == ("organic",)
    assert listed(line).attributes["private_label"] is True


@pytest.mark.parametrize(
    ("package_size", "pack"),
    [
        ("22 LB", {"pack_size": 22.0, "pack_unit": "lb"}),
        ("4.5 OZ", {"pack_size": 4.5, "pack_unit": "oz"}),
        ("12 PK 12 OZ", {}),
        ("0 OZ", {}),
        ("LARGE", {}),
        (None, {}),
    ],
)
def test_a_pack_is_one_number_and_one_unit(package_size: str | None, pack: dict[str, Any]) -> None:
    """Anything else would be a guess."""
    found = products.attributes(article(package_size=package_size, product_type=None))

    assert found == {"private_label": True, **pack}


@pytest.mark.parametrize(
    ("product_type", "marks"),
    [
        ("DIET/LIGHT BREAD", {"diet", "light"}),
        ("COMPACT FLUORESCENT LIGHT BULB", set()),
        ("YOGURT MULTI-PACKS", {"value_pack"}),
        ("YOGURT NOT MULTI-PACKS", set()),
        ("ORIENTAL SOY SAUCE", set()),
        ("SOY BEVERAGE", {"soy"}),
        ("NATURAL CHEESE EXACT WT CHUNKS", {"natural"}),
        ("PIZZA/SINGLE SERVE/MICROWAVE", {"single_serve", "microwaveable"}),
    ],
)
def test_marks_are_words_of_the_type(product_type: str, marks: set[str]) -> None:
    """Where the word means the kind, and not where it means the thing."""
    found = products.attributes(article(product_type=product_type, package_size=None))

    assert {name for name, value in found.items() if value is True} == marks | {"private_label"}


def test_the_study_makes_a_catalogue_of_what_a_stretch_sold() -> None:
    """A week of August: every article is known and has a price of its own currency."""
    directory = data_directory()
    wanted = products.on_receipts(directory, first_ms=AUGUST_MS, until_ms=AUGUST_MS + 7 * DAY_MS)

    lines = products.catalogue(read_products(directory), products.read_prices(directory), wanted)

    assert len(wanted) == 11_179
    assert len(lines) == 11_170
    assert [int(one.item_id) for one in lines] == sorted(int(one.item_id) for one in lines)
    assert sum("pack_size" in one.attributes for one in lines) > len(lines) // 2

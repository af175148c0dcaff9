"""Products of adopted versions: which version answers, what bands and traits say."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.products import (
    NO_PRODUCTS,
    OPENED_MAX,
    TRAITS_MAX,
    Listed,
    Products,
    Version,
    pack,
    traits_of,
    unpack,
)

DAY_MS = 86_400_000


def shoe(price_minor: int = 100, **changes: object) -> Listed:
    """A row of one product."""
    values: dict[str, object] = {
        "category": "Shoes",
        "department": "Clothing",
        "brand": None,
        "currency": "EUR",
        "price_minor": price_minor,
    }
    return Listed(**(values | changes))  # type: ignore[arg-type]  # a row from keywords


def version(name: str, valid_from_ms: int, rows: Mapping[str, Listed]) -> Version:
    """A version of these rows."""
    packed = {item: pack(row) for item, row in rows.items()}
    return Version(version=name, valid_from_ms=valid_from_ms, rows=packed)


def price_of(products: Products, item: str, at_ms: int) -> int | None:
    """The price that held at `at_ms`."""
    found = products.at(item, at_ms)
    return None if found is None else found.price_minor


TWO = Products(
    [
        version("b", 2 * DAY_MS, {"s1": shoe(200), "new": shoe(5)}),
        version("a", DAY_MS, {"s1": shoe(100), "gone": shoe(7)}),
    ]
)


def test_nothing_is_known_without_a_catalogue() -> None:
    """A worker folds before anybody published products."""
    assert NO_PRODUCTS.at("s1", 0) is None
    assert (len(NO_PRODUCTS), NO_PRODUCTS.version) == (0, "")


@pytest.mark.parametrize(
    ("at_ms", "price_minor"),
    [(0, 100), (DAY_MS, 100), (2 * DAY_MS - 1, 100), (2 * DAY_MS, 200), (9 * DAY_MS, 200)],
)
def test_the_version_valid_at_event_time_answers(at_ms: int, price_minor: int) -> None:
    """Before all versions it is the earliest."""
    assert price_of(TWO, "s1", at_ms) == price_minor


def test_a_product_of_another_version_is_known_all_the_same() -> None:
    """One that was taken out still comes back on receipts; one that is new may be sold early."""
    assert price_of(TWO, "gone", 9 * DAY_MS) == 7
    assert price_of(TWO, "new", DAY_MS) == 5
    assert price_of(TWO, "never", DAY_MS) is None


def test_the_newest_version_gives_name_and_size() -> None:
    """What the ledger of a unit says."""
    assert (TWO.version, len(TWO)) == ("b", 2)


def test_a_product_says_what_its_row_says() -> None:
    """Fields, traits and the store's own brand."""
    row = shoe(499, brand="Own", cost_minor=210, attributes={"private_label": True, "size": 41.0})

    found = Products([version("a", 0, {"s1": row})]).at("s1", 0)

    assert found is not None
    assert (found.item_id, found.category, found.department) == ("s1", "Shoes", "Clothing")
    assert (found.brand, found.currency, found.cost_minor) == ("Own", "EUR", 210)
    assert (found.traits, found.private_label) == (("size=41",), True)
    assert (found.price_band, found.pack_band, found.values) == (None, None, ())


def test_values_come_from_attributes_and_bands() -> None:
    """The lexicon's function is asked with what the catalogue knows."""
    rows = {f"s{number}": shoe(100 + number, attributes={"safe": True}) for number in range(5)}

    products = Products(
        [version("a", 0, rows)],
        lambda attributes, price_band, pack_band: (
            ("thrift", 1.0 if pack_band is None and "safe" in attributes else price_band or 0.0),
        ),
    )

    found = products.at("s0", 0)
    assert found is not None
    assert found.values == (("thrift", 1.0),)


def test_a_price_band_is_a_quantile_inside_the_category() -> None:
    """Of five prices the third lies in the middle; equal prices share the middle of their ranks."""
    prices = {"a": 100, "b": 200, "c": 300, "d": 400, "e": 400}
    rows = {item: shoe(price) for item, price in prices.items()}

    products = Products([version("a", 0, rows | {"hat": shoe(9_000, category="Hats")})])

    bands = {item: found.price_band for item in prices if (found := products.at(item, 0))}
    assert bands == {"a": 0.1, "b": 0.3, "c": 0.5, "d": 0.8, "e": 0.8}


def test_a_band_among_four_products_says_nothing() -> None:
    """Five are needed."""
    products = Products([version("a", 0, {f"s{one}": shoe(one) for one in range(4)})])

    found = products.at("s1", 0)
    assert found is not None
    assert found.price_band is None


def test_prices_compare_by_measure_and_packs_by_size() -> None:
    """Twice the pack at the same price is the cheapest of its category, and the largest."""
    rows = {f"s{one}": shoe(100, pack_size=100.0, pack_unit="g") for one in range(4)}
    rows["large"] = shoe(100, pack_size=200.0, pack_unit="g")
    products = Products([version("a", 0, rows | {"loose": shoe(1)})])

    large, small, loose = (products.at(item, 0) for item in ("large", "s0", "loose"))

    assert large is not None
    assert (large.price_band, large.pack_band) == (0.1, 0.9)
    assert small is not None
    assert (small.price_band, small.pack_band) == (0.6, 0.4)
    assert loose is not None
    assert (loose.price_band, loose.pack_band) == (None, None)


@given(st.lists(st.integers(0, 1_000), min_size=5, max_size=40))
def test_bands_lie_inside_and_follow_the_price(prices: list[int]) -> None:
    """In [0, 1], and a dearer product never has the lower band."""
    rows = {f"s{number}": shoe(price) for number, price in enumerate(prices)}
    products = Products([version("a", 0, rows)])

    found = [products.at(item, 0) for item in rows]

    bands = sorted((one.price_minor, one.price_band or 0.0) for one in found if one)
    assert all(0.0 <= band <= 1.0 for _, band in bands)
    assert [band for _, band in bands] == sorted(band for _, band in bands)


def test_traits_are_bounded_and_sorted() -> None:
    """At most `TRAITS_MAX`; what is false is no trait, what has a field of its own neither."""
    many = {f"a{number:02}": True for number in range(TRAITS_MAX + 1)}

    assert traits_of({"size": "M", "organic": True, "washable": False}) == ("organic", "size=M")
    assert traits_of({"pack_size": 3.0, "pack_unit": "g", "private_label": True}) == ()
    assert traits_of(many) == tuple(sorted(many))[:TRAITS_MAX]
    assert traits_of({"x" * 60: True}) == ("x" * 48,)


def test_more_products_than_are_kept_open_all_answer() -> None:
    """Beyond `OPENED_MAX` the ones not asked for lately are packed away, not lost."""
    rows = {f"s{number}": shoe(number) for number in range(OPENED_MAX + 2)}
    products = Products([version("a", 0, rows)])

    asked = [price_of(products, item, 0) for item in (*rows, "s0", *list(rows)[-3:])]

    assert asked == [*range(OPENED_MAX + 2), 0, OPENED_MAX - 1, OPENED_MAX, OPENED_MAX + 1]


def test_a_packed_row_is_the_row() -> None:
    """What a version holds loses nothing."""
    row = shoe(7, pack_size=1.5, pack_unit="g", attributes={"a": True, "b": "x", "c": 2.0})

    assert unpack(pack(row)) == row

"""Queries on the product catalogue as values: what satisfies them, and their words."""

from dataclasses import replace
from typing import Any

import pytest

from streams.core.product_query import ProductQuery, satisfies, traits_said
from tests.core.queries import ORGANIC, SHELF, STOCKED


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (ORGANIC, {"organic", "dear", "other", "tea", "inhaler"}),
        (ProductQuery(categories=frozenset({"coffee"})), {"organic", "plain", "dear", "other"}),
        (
            ProductQuery(categories=frozenset({"tea", "beans"}), brands=frozenset({"Other"})),
            {"other"},
        ),
        (
            ProductQuery(attributes={"roast": traits_said("roast", ["dark", "light"])}),
            {"organic", "plain"},
        ),
        (ProductQuery(attributes={"weight": traits_said("weight", ["1.50"])}), {"plain"}),
        (ProductQuery(private_label=True), {"organic"}),
        (
            ProductQuery(
                price_min_minor=500, price_max_minor=901, currency="EUR", private_label=None
            ),
            {"organic", "plain", "dear", "other", "inhaler"},
        ),
        (ProductQuery(price_min_minor=501, currency="EUR"), {"dear"}),
        (ProductQuery(price_max_minor=300, currency="EUR"), {"tea"}),
        (
            replace(ORGANIC, brands=frozenset({"Acme"}), price_max_minor=900, currency="EUR"),
            {"organic"},
        ),
    ],
)
def test_all_conditions_must_hold_and_one_value_of_each(
    query: ProductQuery, expected: set[str]
) -> None:
    """Prices are compared in the currency of the offers alone."""
    products = STOCKED.products
    found = {name for name in SHELF if (one := products.at(name, 0)) and satisfies(one, query)}

    assert found == expected


def test_equal_queries_have_equal_words() -> None:
    """Whatever the order in which they were written."""
    attributes = {
        "roast": frozenset({"roast=dark", "roast=light"}),
        "organic": frozenset({"organic"}),
    }
    query = ProductQuery(
        categories=frozenset({"b", "a"}),
        attributes=attributes,
        private_label=False,
        price_min_minor=1,
        price_max_minor=2,
        currency="EUR",
    )

    assert query.words == (
        "category a | b; attribute organic; attribute roast=dark | roast=light; "
        "private_label false; "
        "price >= 1 EUR; price <= 2 EUR"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"brands": frozenset({"a | b"})}, {"brands": frozenset({"a", "b"})}),
        ({"brands": frozenset({"a; brand b"})}, {"brands": frozenset({"a"})}),
        ({"categories": frozenset({"a"})}, {"attributes": {"a": traits_said("a", ["true"])}}),
        ({"price_max_minor": 1, "currency": "EUR"}, {"price_min_minor": 1, "currency": "EUR"}),
    ],
)
def test_other_queries_have_other_words(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The words are what a view finds them by."""
    assert ProductQuery(**one).words != ProductQuery(**other).words

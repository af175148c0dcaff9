"""The `query` of an offer: read, refused at its line, and part of the version."""

import pytest

from streams.codec.product_query import QUERY_VALUES_MAX
from streams.core.product_query import ProductQuery
from streams.core.profile.profile import NAME_MAX
from tests.codec.catalogue_files import OFFER, changed, load, problems

PRODUCTS = "    products: [0012, sku-2]\n"
QUERIED = changed(PRODUCTS, "    query: {category: COFFEE}\n")
MANY = ", ".join(f"b{number}" for number in range(QUERY_VALUES_MAX))


def asking(query: str, more: str = "") -> str:
    """The offer with a query instead of products."""
    return changed(PRODUCTS, f"    query: {query}\n{more}")


def test_every_condition_is_read() -> None:
    """One text or a list of them; prices in the currency of the policy."""
    written = (
        "{category: [COFFEE, 0012], brand: Acme, price_min_minor: 100, price_max_minor: 900,"
        ' attributes: {organic: true, size: [M, "5.0"], private_label: "false"}}'
    )

    offer = load(asking(written)).offers["coffee"]

    assert offer.query == ProductQuery(
        categories=frozenset({"COFFEE", "0012"}),
        brands=frozenset({"Acme"}),
        attributes={
            "organic": frozenset({"organic", "organic=true"}),
            "size": frozenset({"size=M", "size=5.0", "size=5"}),
        },
        private_label=False,
        price_min_minor=100,
        price_max_minor=900,
        currency="EUR",
    )
    assert not offer.about_anything
    assert offer.triggers["view_item"].match.value == "items"


def test_the_version_is_of_what_a_query_says() -> None:
    """Not of the order in which it is written; a catalogue without one keeps its version."""
    versions = [
        load(asking(query)).policy_version
        for query in (
            "{category: [a, b], attributes: {x: true, y: [m, n]}}",
            "{attributes: {y: [n, m], x: true}, category: [b, a]}",
            "{category: [a, b], attributes: {x: true, y: [m, o]}}",
        )
    ]

    assert versions[0] == versions[1] != versions[2]
    assert load(OFFER).policy_version == "c546514caf685fa9"


def test_a_trigger_index_has_each_query_once() -> None:
    """Also of rows that any event brings."""
    first, second = asking("{category: a}"), asking("{category: a}").replace("coffee", "tea")
    third = asking("{category: b}").replace("coffee", "any").replace("15m}", "15m, match: any}")
    rows = "".join([first, *[one.removeprefix("offers:\n") for one in (second, third)]])

    index = load(rows).triggers["view_item"]

    assert [one.words for one in index.queries] == ["category b", "category a"]
    assert {words: len(found) for words, found in index.by_query.items()} == {"category a": 2}
    assert [one.offer for one in index.always] == ["any"]


REFUSED = [
    ("{}", "", 4, "query: expected at least one of category, brand, attributes, price_min_minor"),
    ("coffee", "", 4, "query: expected fields, got 'coffee'"),
    ("{categories: a}", "", 4, "query.categories is unknown; known here are attributes, brand, "),
    ("{category: []}", "", 4, "query.category: expected a text or a list of texts, got none"),
    ("{category: {a: b}}", "", 4, "query.category: expected a list, got fields"),
    ('{category: ""}', "", 4, "query.category: expected a text, got ''"),
    ("{brand: [a, a]}", "", 4, "query.brand: 'a' is listed twice"),
    (f"{{brand: {'x' * (NAME_MAX + 1)}}}", "", 4, f"query.brand: expected at most {NAME_MAX}"),
    ("{price_max_minor: -1}", "", 4, "query.price_max_minor: expected a whole number from 0 to"),
    (
        "{price_min_minor: 9, price_max_minor: 8}",
        "",
        4,
        "query.price_max_minor: expected at least price_min_minor, 9, got 8",
    ),
    ("{attributes: {}}", "", 4, "query.attributes: expected at least one, got none"),
    ("{attributes: [a]}", "", 4, "query.attributes: expected fields, got a list"),
    ("{attributes: {a: false}}", "", 4, "query.attributes.a: expected true or other values"),
    ("{attributes: {pack_size: 5}}", "", 4, "query.attributes.pack_size: is a measure of the pack"),
    (
        "{attributes: {private_label: maybe}}",
        "",
        4,
        "query.attributes.private_label: expected one of true, false, got 'maybe'",
    ),
    (
        f"{{brand: [{MANY}], category: a}}",
        "",
        4,
        f"query: expected at most {QUERY_VALUES_MAX} values, got {QUERY_VALUES_MAX + 1}",
    ),
    ("{brand: a}", PRODUCTS, 4, "query: expected this or products, got both"),
    ("{brand: a}", "    categories: [b]\n", 4, "query: expected this or categories, got both"),
    ("{brand: a}", "    brands: [b]\n", 4, "query: expected this or brands, got both"),
    ("{brand: a}", "    once: true\n", 5, "once: needs products of the offer; with a query, use"),
]


@pytest.mark.parametrize(("query", "more", "line", "expected"), REFUSED)
def test_a_wrong_query_is_refused_at_its_line(
    query: str, more: str, line: int, expected: str
) -> None:
    """File, line, field, what was expected, what came."""
    found = problems(asking(query, more))

    assert [one for one in found if one.startswith(f"offers.yaml:{line}: ") and expected in one]


def test_liking_is_of_categories_not_of_a_query() -> None:
    """`match: affinity` would never bring the row."""
    found = problems(QUERIED.replace("15m}", "15m, match: affinity}"))

    assert found == [
        "offers.yaml:4: offers[1].query: match: affinity needs categories or brands of the offer"
    ]


def test_as_many_values_as_may_be_are_read() -> None:
    """The bound itself."""
    query = load(asking(f"{{brand: [{MANY}]}}")).offers["coffee"].query

    assert query is not None
    assert len(query.brands) == QUERY_VALUES_MAX

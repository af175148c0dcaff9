"""Rows of product.catalogue.v1: schema, bytes, and what the core keeps of them."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.products import (
    TOPIC,
    Pointer,
    ProductLine,
    ProductRow,
    decode_pointer,
    decode_product,
    encode_pointers,
    encode_product,
    listed,
    read_key,
    read_line,
    read_version,
)
from streams.core.errors import DecodeError
from tests.codec.breaches import breaches
from tests.codec.schema_files import SCHEMAS, VALIDATORS

TIME_MS = 1_738_281_600_000  # 2025-01-31T00:00:00Z
SCHEMA = SCHEMAS["product.catalogue.v1"]
VALIDATOR = VALIDATORS["product.catalogue.v1"]
texts = st.text(max_size=20)
lines = st.builds(
    ProductLine,
    item_id=st.from_regex(r"[a-zA-Z0-9-]{1,20}", fullmatch=True),
    name=texts,
    brand=st.none() | texts,
    category=st.lists(texts, max_size=5).map(tuple),
    currency=st.just("EUR"),
    price_minor=st.integers(0, 10**12),
    cost_minor=st.none() | st.integers(0, 10**12),
    attributes=st.dictionaries(
        st.text(min_size=1, max_size=8), texts | st.booleans() | st.floats(-1e9, 1e9), max_size=4
    ),
)


def line(**changes: Any) -> ProductLine:
    """One product."""
    values: dict[str, Any] = {"item_id": "s1", "name": "x", "category": (), "currency": "EUR"}
    values["price_minor"] = 1
    return ProductLine(**(values | changes))


def decode_as(kind: type[msgspec.Struct], value: Any) -> None:
    """Decode `value` under the key it asks for."""
    found, raw = dict(value), json.dumps(value).encode()
    if kind is Pointer:
        decode_pointer(str(found.get("version")), raw)
    else:
        decode_product(str(found.get("item_id")), str(found.get("version")), raw)


def refused(kind: type[msgspec.Struct], value: Any) -> bool:
    """Whether the code refuses `value`, naming the topic."""
    try:
        decode_as(kind, value)
    except DecodeError as error:
        return TOPIC in str(error)
    return False


@pytest.mark.parametrize("kind", [ProductRow, Pointer])
def test_schema_and_code_have_the_same_fields(kind: type[msgspec.Struct]) -> None:
    """Each field of the struct is in the schema, required alike, and the other way round."""
    schema = SCHEMA["$defs"][kind.__name__]
    fields = msgspec.structs.fields(kind)

    assert set(schema["properties"]) == {one.encode_name for one in fields}
    assert set(schema["required"]) == {one.encode_name for one in fields if one.required}


@pytest.mark.parametrize("kind", [ProductRow, Pointer])
def test_breaches_are_refused_by_schema_and_code_alike(kind: type[msgspec.Struct]) -> None:
    """Every bound of every field, at bound + 1; every required field; every type."""
    wrong = {
        rule: value
        for rule, value in breaches(kind)
        if VALIDATOR.is_valid(value) or not refused(kind, value)
    }

    assert wrong == {}


@pytest.mark.parametrize("example", SCHEMA["examples"])
def test_an_example_decodes(example: Any) -> None:
    """The code reads what the schema shows."""
    decode_as(Pointer if "rows_count" in example else ProductRow, example)


@given(lines)
def test_every_row_validates_and_comes_back(one: ProductLine) -> None:
    """What `publish` writes, the schema allows and a worker reads."""
    row = encode_product(one, version="v1", valid_from_ms=TIME_MS)

    found, valid_from_ms = decode_product(*read_key(row.key), row.value)

    VALIDATOR.validate(json.loads(row.value))
    VALIDATORS["cloudevents.headers.v1"].validate(
        {name: text.decode() for name, text in row.headers}
    )
    assert valid_from_ms == TIME_MS
    assert {name: getattr(found, name) for name in one.__struct_fields__} == msgspec.structs.asdict(
        one
    )


def test_a_version_ends_with_its_own_count_and_the_pointer() -> None:
    """`@v1` stays when another version comes into force; `@current` is the last row."""
    rows = encode_pointers(version="v1", valid_from_ms=TIME_MS, rows_count=2)

    assert [row.key for row in rows] == [b"@v1", b"@current"]
    assert {decode_pointer(read_key(row.key)[1], row.value) for row in rows} == {
        (Pointer(version="v1", valid_from="2025-01-31T00:00:00.000Z", rows_count=2), TIME_MS)
    }


@pytest.mark.parametrize(
    "key", [None, b"", b"s1", b"s1@", b"a@b@v1", b"s1@v 1", b"\xff", b"s1@" + b"x" * 65]
)
def test_a_key_that_names_no_version_is_refused(key: bytes | None) -> None:
    """item@version, or @current."""
    with pytest.raises(DecodeError, match="key"):
        read_key(key)


def test_the_key_says_what_the_value_says() -> None:
    """A row under a key that is not its own would shadow another."""
    row = encode_product(line(), version="v1", valid_from_ms=TIME_MS)
    own = encode_pointers(version="v1", valid_from_ms=TIME_MS, rows_count=2)[0]

    with pytest.raises(DecodeError, match="key"):
        decode_product("s2", "v1", row.value)
    with pytest.raises(DecodeError, match="key"):
        decode_product("s1", "v2", row.value)
    with pytest.raises(DecodeError, match="key"):
        decode_pointer("v2", own.value)


def test_a_time_that_is_none_is_refused() -> None:
    """It has the shape of one, and a thirteenth month."""
    value = {"version": "v1", "valid_from": "2025-13-01T00:00:00Z", "rows_count": 1}

    with pytest.raises(DecodeError, match="valid_from"):
        decode_pointer("v1", json.dumps(value).encode())


@pytest.mark.parametrize(
    ("text", "version"), [("v1", "v1"), ("current", None), ("", None), ("a b", None)]
)
def test_a_version_has_a_name_that_keys_can_bear(text: str, version: str | None) -> None:
    """`current` is taken."""
    assert read_version(text) == version


def test_a_line_knows_its_fields_only() -> None:
    """In a file, an unknown field is a misspelt one; version and time come with the command."""
    good = {"item_id": "s1", "name": "x", "category": [], "currency": "EUR", "price_minor": 1}

    found = read_line(json.dumps(good).encode())

    assert msgspec.structs.asdict(found) == msgspec.structs.asdict(line())
    with pytest.raises(DecodeError, match="decoding a record"):
        read_line(json.dumps(good | {"colour": "red"}).encode())
    with pytest.raises(DecodeError, match="JSON"):
        read_line(b"{")


@pytest.mark.parametrize(
    ("path", "category", "department"),
    [
        ((), None, None),
        (("Shoes",), "Shoes", None),
        (("Clothing", "Shoes", "Boots"), "Shoes", "Clothing"),
        (("", "Shoes"), "Shoes", None),
        (("x" * 50, "y" * 50), "y" * 48, "x" * 48),
    ],
)
def test_the_category_is_the_second_level(
    path: tuple[str, ...], category: str | None, department: str | None
) -> None:
    """As receipts name it; the first where there is no second, cut like every name."""
    found = listed(line(category=path))

    assert (found.category, found.department) == (category, department)


@pytest.mark.parametrize(
    ("attributes", "size", "unit"),
    [
        ({}, None, ""),
        ({"pack_size": 2.0, "pack_unit": "LB"}, 907.184_74, "g"),
        ({"pack_size": 6.0, "pack_unit": " rolls "}, 6.0, "rolls"),
        ({"pack_size": 0.0, "pack_unit": "g"}, None, ""),
        ({"pack_size": True, "pack_unit": "g"}, None, ""),
        ({"pack_size": "2", "pack_unit": "g"}, None, ""),
        ({"pack_size": 2.0}, None, ""),
        ({"pack_size": 2.0, "pack_unit": 5.0}, None, ""),
    ],
)
def test_a_pack_is_in_one_unit_for_each_measure(
    attributes: dict[str, Any], size: float | None, unit: str
) -> None:
    """Pounds compare with grams; an unknown unit with itself; what is no pack is none."""
    found = listed(line(attributes=attributes))

    assert (found.pack_size, found.pack_unit) == (size, unit)


def test_a_brand_is_cut_and_an_empty_one_is_none() -> None:
    """Names in a profile have 48 characters at most."""
    assert listed(line(brand="b" * 50)).brand == "b" * 48
    assert listed(line(brand="")).brand is None

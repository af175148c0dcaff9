"""The model as rows of model.snapshot.v1: bytes, schema, versions and refusals."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.codec.model import (
    POINTER_KEY,
    VERSIONS_MAX,
    ModelRows,
    Row,
    encode_model,
)
from streams.codec.model_parts import (
    CONTENTS,
    BgNbd,
    Category,
    GammaGamma,
    Part,
    Pointer,
)
from streams.core.errors import DecodeError
from streams.core.model import CategoryModel, Model, PurchaseModel, SpendModel
from tests.codec.schema_files import SCHEMAS, VALIDATORS

TIME_MS = 1_735_689_600_000
SCHEMA = SCHEMAS["model.snapshot.v1"]
positive = st.floats(1e-6, 1e6)
share = st.floats(0, 1)
names = st.text(min_size=1, max_size=8)
lifts = st.dictionaries(names, st.dictionaries(names, st.floats(0, 100), max_size=3), max_size=3)
ascending = st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=5).map(sorted).map(tuple)
curves = st.dictionaries(st.integers(0, 99).map(float), share, max_size=4)
models = st.builds(
    Model,
    version=st.just("2025-a"),
    fitted_until_ms=st.integers(TIME_MS, TIME_MS + 10**10),
    currency=st.sampled_from(["", "USD"]),
    categories=st.dictionaries(
        names, st.builds(CategoryModel, share, share, share, positive, positive, share), max_size=3
    ),
    purchase=st.none() | st.builds(PurchaseModel, positive, positive, positive, positive),
    spend=st.none() | st.builds(SpendModel, positive, positive, positive),
    margin_share=st.none() | st.floats(-1, 1),
    goes_with=lifts,
    attributes_go_with=lifts,
    quantiles=st.dictionaries(names, ascending, max_size=3),
    one_time=curves.map(lambda curve: tuple(sorted(curve.items()))),
    influence=st.dictionaries(names, share, max_size=3),
    clv_median_minor=st.none() | positive,
)
MODEL = Model(version="2025-a", fitted_until_ms=TIME_MS, one_time=((0.0, 0.5), (1.0, 0.6)))


def rows_of(model: Model) -> ModelRows:
    """All rows of `model`, read in their order."""
    return read(encode_model(model, valid_from_ms=TIME_MS))


def read(rows: list[Row]) -> ModelRows:
    """The reader after `rows`."""
    reader = ModelRows()
    add_all(reader, rows)
    return reader


def add_all(reader: ModelRows, rows: Iterable[Row]) -> None:
    """Add `rows` in their order."""
    for row in rows:
        reader.add(row.key, row.value)


def validate(schema: str, values: Iterable[Any]) -> None:
    """Every one of `values` validates."""
    for value in values:
        VALIDATORS[schema].validate(value)


def part(name: str, content: Any, **changes: Any) -> bytes:
    """The value of a row of version 2025-a."""
    value = {
        "version": "2025-a",
        "valid_from": "2025-02-03T00:00:00Z",
        "part": name,
        "fitted_until": "2025-02-02T00:00:00Z",
        "content": content,
    }
    return json.dumps({**value, **changes}).encode()


@given(models)
def test_a_model_reads_as_it_was_written(model: Model) -> None:
    """decode(encode(x)) == x."""
    assert rows_of(model).current(TIME_MS) == model


@settings(max_examples=30)
@given(models)
def test_every_row_validates(model: Model) -> None:
    """What the code can write, the schema allows: value, key and headers."""
    rows = encode_model(model, valid_from_ms=TIME_MS)

    validate("model.snapshot.v1", [json.loads(row.value) for row in rows])
    headers = [{name: text.decode() for name, text in row.headers} for row in rows]
    validate("cloudevents.headers.v1", headers)
    assert {row.key.decode() for row in rows} == {f"{one}@2025-a" for one in CONTENTS} | {
        "@current"
    }
    assert rows[-1].key == POINTER_KEY


@pytest.mark.parametrize(
    "kind", [Part, Pointer, BgNbd, GammaGamma, Category, *dict.fromkeys(CONTENTS.values())]
)
def test_schema_and_code_have_the_same_fields(kind: type[msgspec.Struct]) -> None:
    """Each field of the struct is in the schema, required alike, and the other way round."""
    schema = SCHEMA["$defs"][kind.__name__]
    info: Any = msgspec.inspect.type_info(kind)

    assert set(schema["properties"]) == {one.encode_name for one in info.fields}
    assert set(schema["required"]) == {one.encode_name for one in info.fields if one.required}


def test_the_examples_of_the_schema_read() -> None:
    """A version of three parts, one of which is for other readers; acceptance is its own."""
    *parts, _acceptance, pointer = SCHEMA["examples"]
    reader = ModelRows()
    keys = [f"{one['part']}@{one['version']}".encode() for one in parts]
    add_all(
        reader,
        [Row(key, json.dumps(one).encode(), []) for key, one in zip(keys, parts, strict=True)],
    )
    reader.add(POINTER_KEY, json.dumps(pointer).encode())

    model = reader.current(TIME_MS + 10**10)

    assert model is not None
    assert model.purchase == PurchaseModel(0.243, 4.414, 0.793, 2.426)
    assert list(model.categories) == ["Coffee"]


def test_a_version_is_in_force_only_when_all_its_rows_are_there() -> None:
    """Rows may be compacted, or still on their way."""
    rows = encode_model(MODEL, valid_from_ms=TIME_MS)
    reader = read(rows[1:])

    before = (reader.current(TIME_MS), reader.waiting_for(), reader.missing())
    reader.add(rows[0].key, rows[0].value)

    assert before == (None, "2025-a", 1)
    assert (reader.current(TIME_MS), reader.waiting_for()) == (MODEL, None)
    assert (reader.valid(TIME_MS), reader.missing()) == ("2025-a", 0)


def test_a_version_is_not_in_force_before_its_time() -> None:
    """`valid_from` is the earliest."""
    reader = rows_of(MODEL)

    assert reader.current(TIME_MS - 1) is None
    assert reader.current(TIME_MS) == MODEL


def test_nothing_is_in_force_without_a_pointer() -> None:
    """Nor after it was taken away."""
    reader = rows_of(MODEL)
    reader.add(POINTER_KEY, None)

    assert (reader.current(TIME_MS), reader.waiting_for(), reader.missing()) == (None, None, 0)


def test_the_pointer_moves_to_a_newer_version_and_back() -> None:
    """Rolling back is writing the pointer again."""
    newer = replace(MODEL, version="2025-b", one_time=())
    reader = rows_of(MODEL)
    add_all(reader, encode_model(newer, valid_from_ms=TIME_MS))

    forward = reader.current(TIME_MS)
    reader.add(POINTER_KEY, encode_model(MODEL, valid_from_ms=TIME_MS)[-1].value)

    assert forward == newer
    assert reader.current(TIME_MS) == MODEL


def test_a_row_taken_away_leaves_its_version_incomplete() -> None:
    """And one of an unknown version changes nothing."""
    reader = rows_of(MODEL)

    reader.add(b"spend@2025-z", None)
    reader.add(b"spend@2025-a", None)

    assert reader.waiting_for() == "2025-a"


def test_old_versions_are_forgotten_but_not_the_one_in_force() -> None:
    """Beyond `VERSIONS_MAX` besides it."""
    reader = rows_of(MODEL)

    versions = [f"v{number}" for number in range(VERSIONS_MAX + 1)]
    add_all(
        reader,
        [Row(f"spend@{one}".encode(), part("spend", {}, version=one), []) for one in versions],
    )

    assert reader.current(TIME_MS) == MODEL
    assert sorted(reader._versions) == ["2025-a", *versions[1:]]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (POINTER_KEY, b"{", "expected JSON in UTF-8"),
        (POINTER_KEY, b'{"version": "1"}', "valid_from"),
        (POINTER_KEY, b'{"version":"1","valid_from":"soon","rows_count":1}', "RFC 3339"),
        (POINTER_KEY, b'{"version":"1","valid_from":"2025-02-03T00:00:00Z","rows_count":0}', "1"),
        (b"spend@2025-a", b"[]", "expected object"),
        (b"spend@2025-b", part("spend", {}), "expected spend@2025-a"),
        (None, part("spend", {}), "expected spend@2025-a"),
        (b"spend@2025-a", part("spend", {}, fitted_until="late"), "RFC 3339"),
        (b"spend@2025-a", part("spend", {}, valid_from="late"), "RFC 3339"),
        (b"spend@2025-a", part("spend", {"currency": "euro"}), "currency"),
        (b"spend@2025-a", part("spend", {"margin_share": 1.5}), "margin_share"),
        (b"purchases@2025-a", part("purchases", {"bg_nbd": {"r": 1}}), "alpha"),
        (b"purchases@2025-a", part("purchases", {"one_time": [[1, 0.5], [1, 0.6]]}), "week once"),
        (b"purchases@2025-a", part("purchases", {"one_time": [[2, 0.5], [1, 0.6]]}), "ascend"),
        (b"rankings@2025-a", part("rankings", {"quantiles": {"growth": [1]}}), "length >= 2"),
        (b"rankings@2025-a", part("rankings", {"quantiles": {"growth": [2, 1]}}), "ascend"),
        (b"influence@2025-a", part("influence", {"ranks": {"a": 2}}), "ranks"),
        (b"goes-with@2025-a", part("goes-with", {"lifts": {"a": {"b": -1}}}), "lifts"),
    ],
)
def test_a_wrong_row_is_refused_and_nothing_changes(
    key: bytes | None, value: bytes, message: str
) -> None:
    """In one sentence; the model that is in force stays."""
    reader = rows_of(MODEL)

    with pytest.raises(DecodeError, match=message):
        reader.add(key, value)

    assert reader.current(TIME_MS) == MODEL


@given(st.binary(max_size=20), st.binary(max_size=60))
def test_any_row_reads_or_is_refused(key: bytes, value: bytes) -> None:
    """No bytes can end a worker."""
    reader = ModelRows()

    with pytest.raises(DecodeError):
        reader.add(key, value)


def test_rows_tell_what_is_missing_and_which_version_is_valid() -> None:
    """A worker watches both; nothing is missing of a version that nobody named."""
    first, *others = encode_model(MODEL, valid_from_ms=TIME_MS)
    rows = ModelRows()

    empty = rows.missing()
    feed_all(rows, others)

    assert (empty, rows.missing(), rows.valid(TIME_MS)) == (0, 1, "")
    feed_all(rows, [first])
    assert (rows.missing(), rows.valid(TIME_MS), rows.valid(TIME_MS - 1)) == (0, "2025-a", "")


def feed_all(rows: ModelRows, added: Iterable[Row]) -> None:
    """Add each row."""
    for row in added:
        rows.add(row.key, row.value)

"""Snapshots of what outcomes taught, as rows of `model.snapshot.v1`."""

import json
from typing import Any

import msgspec
import pytest

from streams.codec.acceptance import (
    KEY_START,
    POINTER_KEY,
    VERSIONS_MAX,
    AcceptanceRows,
    encode_acceptance,
    versioned,
)
from streams.codec.model import ModelRows, Row, encode_model
from streams.core.acceptance import Acceptance, Node, below
from streams.core.errors import DecodeError
from streams.core.model import Model
from tests.codec.schema_files import SCHEMAS

TIME_MS = 1_772_000_000_000
LEARNED = versioned(
    Acceptance(
        until_ms=TIME_MS,
        gamma=12.5,
        accepts=Node(1.2, 30.0, {"tea": Node(1.5, 20.0, {"web": Node(1.6, 20.0)}, 0.25)}),
        anyway=Node(0.9, 4.0, {"tea": Node(0.8, 4.0)}),
    )
)


def rows(learned: Acceptance = LEARNED, valid_from_ms: int = TIME_MS) -> list[Row]:
    """Its row and the pointer."""
    return encode_acceptance(learned, valid_from_ms=valid_from_ms)


def read(*given: Row) -> AcceptanceRows:
    """A reader that has taken these in."""
    reader = AcceptanceRows()
    for row in given:
        reader.add(row.key, row.value)
    return reader


def changed(**fields: Any) -> bytes:
    """The row of `LEARNED` with another content."""
    value = json.loads(rows()[0].value)
    value["content"] |= fields
    return json.dumps(value).encode()


def test_a_snapshot_survives_its_rows() -> None:
    """decode(encode(x)) == x; the pointer comes last."""
    first, pointer = rows()

    assert first.key == KEY_START + LEARNED.version.encode()
    assert pointer.key == POINTER_KEY
    assert read(first, pointer).current(TIME_MS) == LEARNED


def test_drift_is_in_the_row_of_a_snapshot_that_had_one_before() -> None:
    """It survives, and makes another version; without it the bytes are those of older releases."""
    moved = versioned(msgspec.structs.replace(LEARNED, drift=1.75))
    first, pointer = rows(moved)

    assert read(first, pointer).current(TIME_MS) == moved
    assert moved.version != LEARNED.version
    assert b"drift" not in rows()[0].value


def test_campaigns_are_in_the_row_where_there_are_any() -> None:
    """They survive, make another version, and have nothing below them."""
    campaigns = {"spring": Node(1.3, 12.0, spread=0.5)}
    known = versioned(msgspec.structs.replace(LEARNED, campaigns=campaigns))
    first, pointer = rows(known)

    assert read(first, pointer).current(TIME_MS) == known
    assert known.version != LEARNED.version
    assert b"campaigns" not in rows()[0].value
    with pytest.raises(DecodeError):
        read(Row(rows()[0].key, changed(campaigns={"spring": [1.0, 1.0, {"tea": [1.0]}]}), []))


def test_a_drift_below_1_is_refused() -> None:
    """It is a ratio of the larger to the smaller."""
    with pytest.raises(DecodeError):
        read(Row(rows()[0].key, changed(drift=0.5), []))


def test_a_version_is_named_by_what_it_says() -> None:
    """Equal snapshots, equal names; another lift, another name."""
    other = msgspec.structs.replace(LEARNED, gamma=13.0)

    assert versioned(LEARNED) == LEARNED
    assert versioned(other).version != LEARNED.version


def test_rows_validate_against_the_schema_and_its_example_reads() -> None:
    """What is written is what the schema says, and the other way round."""
    example = SCHEMAS["model.snapshot.v1"]["examples"][-2]
    key = KEY_START + example["version"].encode()
    reader = read(Row(key, json.dumps(example).encode(), []))
    pointer = {"version": example["version"], "valid_from": example["valid_from"], "rows_count": 1}

    reader.add(POINTER_KEY, json.dumps(pointer).encode())

    found = reader.current(TIME_MS + 10**10)
    assert found is not None
    assert below(found.accepts, "coffee-again").lift == 1.4


def test_nothing_is_in_force_before_its_time_or_without_its_row() -> None:
    """A pointer alone waits for what it names."""
    first, pointer = rows()

    assert read(first).current(TIME_MS) is None
    assert read(pointer).current(TIME_MS) is None
    assert read(pointer).missing() == 1
    assert read(first, pointer).missing() == 0
    assert read(first, pointer).current(TIME_MS - 1) is None


def test_a_removed_row_or_pointer_ends_the_version() -> None:
    """Compaction may take either."""
    first, pointer = rows()

    assert read(first, pointer, Row(first.key, None, [])).current(TIME_MS) is None  # type: ignore[arg-type]  # a tombstone
    assert read(first, pointer, Row(POINTER_KEY, None, [])).current(TIME_MS) is None  # type: ignore[arg-type]  # the same


def test_the_version_in_force_is_kept_however_many_come() -> None:
    """Others beyond the bound go, the oldest first."""
    many = [versioned(msgspec.structs.replace(LEARNED, gamma=float(one))) for one in range(9)]

    reader = read(*rows(), *(rows(one)[0] for one in many))
    kept = read(*rows(), *(rows(one)[0] for one in many), rows(many[0])[1])
    last = read(*rows(), *(rows(one)[0] for one in many), rows(many[-VERSIONS_MAX])[1])

    assert reader.current(TIME_MS) == LEARNED
    assert kept.current(TIME_MS) is None
    assert last.current(TIME_MS) == many[-VERSIONS_MAX]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"accepts": [0.0]}, "expected positive, got 'lift 0.0"),
        ({"accepts": [1.0, -1.0]}, "expected positive"),
        ({"anyway": [1.0, 1.0, {"a": [-2.0]}]}, "expected positive"),
        ({"gamma": -1.0}, "gamma"),
        ({"accepts": "x"}, "accepts"),
        (
            {
                "accepts": [
                    1,
                    1,
                    {"a": [1, 1, {"b": [1, 1, {"c": [1, 1, {"d": [1, 1, {"e": [1]}]}]}]}]},
                ]
            },
            "expected leaf",
        ),
    ],
)
def test_a_row_that_cannot_be_is_refused(fields: dict[str, Any], expected: str) -> None:
    """Nothing of it is kept, and what was there stays."""
    reader = read(*rows())

    with pytest.raises(DecodeError, match=expected.replace("'", ".?")):
        reader.add(rows()[0].key, changed(**fields))

    assert reader.current(TIME_MS) == LEARNED


def test_a_row_under_another_key_is_refused() -> None:
    """Key and content name one version."""
    with pytest.raises(DecodeError, match="key"):
        AcceptanceRows().add(b"acceptance@other", rows()[0].value)


def test_below_falls_back_to_the_parent() -> None:
    """What nobody tried is as its parent; a leaf stands for all below it."""
    tea = below(LEARNED.accepts, "tea")

    assert below(tea, "email") == Node(1.5, spread=0.25)
    assert below(below(tea, "email"), "regular") is not None
    assert below(below(tea, "web"), "regular").lift == 1.6
    assert below(Node(), "anything") == Node()


def test_the_model_of_the_population_lives_beside_it() -> None:
    """Each has its own pointer; neither sees the other's rows."""
    model = ModelRows()
    for row in encode_model(Model(version="v1", fitted_until_ms=TIME_MS), valid_from_ms=TIME_MS):
        model.add(row.key, row.value)

    assert model.valid(TIME_MS) == "v1"

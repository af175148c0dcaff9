"""Offer catalogues as rows: what a version is made of, and what no row may be."""

import json
from typing import Any

import pytest

from streams.codec.offer_versions import (
    FILES_MAX,
    HELD_MAX,
    SHADOW_ENDS,
    SHADOW_KEY,
    TEXT_MAX,
    TOPIC,
    OfferRows,
    decode_file,
    encode_files,
)
from streams.codec.products import Row
from streams.core.errors import ConfigError, DecodeError
from tests.codec.catalogue_files import OFFER, POLICY
from tests.codec.schema_files import SCHEMAS, VALIDATORS
from tests.codec.test_schema_headers import shown

AT_MS = 1_738_281_600_000
FILES = {"policy.yaml": POLICY, "offers.yaml": OFFER}


def held(*rows: Row) -> OfferRows:
    """What a reader has after these."""
    found = OfferRows()
    for row in rows:
        found.add(row.key, row.value)
    return found


def test_a_version_comes_back_as_the_files_that_it_was() -> None:
    """To the letter, in a row each, the pointers last; the schema allows them."""
    rows = encode_files(FILES, version="v1", valid_from_ms=AT_MS)

    assert [one.key for one in rows] == [b"offers.yaml@v1", b"policy.yaml@v1", b"@v1", b"@current"]
    assert held(*rows).files("v1") == FILES
    assert held(*rows).choose(AT_MS, "") == "v1"
    assert [VALIDATORS[TOPIC].is_valid(json.loads(one.value)) for one in rows] == [True] * 4
    assert [
        VALIDATORS["cloudevents.headers.v1"].is_valid(shown([*one.headers])) for one in rows
    ] == [True] * 4


def test_files_are_none_while_one_is_missing() -> None:
    """Nor are those of a version that nobody heard of."""
    _, *others = encode_files(FILES, version="v1", valid_from_ms=AT_MS)

    assert held(*others).files("v1") is None
    assert held(*others).files("v2") is None


def test_a_version_that_may_not_be_used_counts_as_not_there() -> None:
    """The one before it is chosen, by a worker that has one and by a worker that has none."""
    rows = held(
        *encode_files(FILES, version="v1", valid_from_ms=AT_MS),
        *encode_files({"a.yaml": "?"}, version="v2", valid_from_ms=AT_MS + 1),
    )

    assert rows.choose(AT_MS + 1, "v1") == "v2"
    assert rows.choose(AT_MS + 1, "v1", without={"v2"}) == "v1"
    assert rows.choose(AT_MS + 1, "", without={"v2"}) == "v1"


def candidate(version: str, *, valid_from_ms: int = AT_MS) -> list[Row]:
    """A version that is to decide beside the one in force."""
    return encode_files(FILES, version=version, valid_from_ms=valid_from_ms, shadow=True)


def test_a_candidate_is_whole_and_nobody_decides_by_it() -> None:
    """Not even who has no version at all, or whose version in force has gaps."""
    live = encode_files(FILES, version="v1", valid_from_ms=AT_MS)
    rows = candidate("c1", valid_from_ms=AT_MS + 1)

    found = held(*rows, *live[1:])

    assert [one.key for one in rows][2:] == [b"shadow@c1", b"@shadow"]
    assert [VALIDATORS[TOPIC].is_valid(json.loads(one.value)) for one in rows] == [True] * 4
    assert (found.candidate(), found.files("c1")) == ("c1", FILES)
    assert found.choose(AT_MS + 1, "") == ""
    assert found.missing() == 1


def test_a_candidate_never_changes() -> None:
    """As no version does once it is whole; the same once more is no change."""
    found = held(*candidate("c1"), *candidate("c1", valid_from_ms=AT_MS + 1))
    (other, *_) = encode_files({"offers.yaml": "?"}, version="c1", valid_from_ms=AT_MS)

    with pytest.raises(DecodeError, match="rows that never change"):
        found.add(other.key, other.value)

    assert found.files("c1") == FILES


def test_a_candidate_with_gaps_decides_nothing_and_its_rows_are_missed() -> None:
    """Until the last of them comes."""
    first, *others = candidate("c1")
    found = held(*others)

    assert (found.candidate(), found.missing()) == ("", 1)

    found.add(first.key, first.value)

    assert (found.candidate(), found.missing()) == ("c1", 0)


def test_a_trial_ends_and_its_files_stay_until_they_are_removed() -> None:
    """Its decisions are explained with them."""
    found = held(*candidate("c1"))

    found.add(SHADOW_ENDS.key, SHADOW_ENDS.value)

    assert (found.candidate(), found.files("c1")) == ("", FILES)

    found.add(b"shadow@c1", None)
    found.add(b"shadow@c2", None)

    assert found.files("c1") is None


def test_a_candidate_that_is_published_is_in_force() -> None:
    """By its own rows; one that was in force before may be the candidate."""
    live = encode_files(FILES, version="c1", valid_from_ms=AT_MS)
    promoted = held(*candidate("c1"), *live[-2:])
    again = held(*live, *encode_files(FILES, version="v2", valid_from_ms=AT_MS), *candidate("c1"))

    assert promoted.choose(AT_MS, "") == "c1"
    assert (again.choose(AT_MS, ""), again.candidate()) == ("v2", "c1")


def test_trials_push_no_version_out_that_was_to_decide_by() -> None:
    """Past candidates are forgotten first; the one in trial and the one in force are never."""
    versions = [f"v{n}" for n in range(HELD_MAX - 2)]
    lives = [
        row
        for n, name in enumerate(versions)
        for row in encode_files(FILES, version=name, valid_from_ms=AT_MS + 100 + n)
    ]
    early = candidate("c0")
    found = held(*early, *lives)

    for number in range(1, HELD_MAX + 1):
        for row in candidate(f"c{number}", valid_from_ms=AT_MS + 200 + number):
            found.add(row.key, row.value)

    assert [found.held(name) is not None for name in versions] == [True] * len(versions)
    assert found.candidate() == f"c{HELD_MAX}"
    assert found.held("c0") is found.held("c1") is None


def test_what_is_published_after_it_pushes_no_trial_out() -> None:
    """Neither versions in force nor candidates whose publication broke off."""
    found = held(*candidate("c0"))

    for number in range(HELD_MAX + 1):
        live = encode_files(FILES, version=f"v{number}", valid_from_ms=AT_MS + number)
        for row in (*live, *candidate(f"c{number + 1}")[:1]):
            found.add(row.key, row.value)

    assert (found.candidate(), found.choose(AT_MS + 99, "")) == ("c0", f"v{HELD_MAX}")


def test_a_named_candidate_that_says_nothing_is_refused() -> None:
    """The one before it goes on."""
    found = held(*candidate("c1"))

    with pytest.raises(DecodeError):
        found.add(SHADOW_KEY, b"{}")

    assert found.candidate() == "c1"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"my offers.yaml": ""}, "my offers.yaml: expected a name of A-Z a-z 0-9 _ - before .yaml"),
        ({"a.b.yaml": ""}, "a.b.yaml: expected a name of A-Z a-z 0-9 _ -"),
        (
            {"a.yaml": "x" * (TEXT_MAX + 1)},
            "a.yaml: expected at most 900000 characters, got 900001",
        ),
        (
            {f"f{n}.yaml": "" for n in range(FILES_MAX + 1)},
            "expected at most 32 offer files, got 33",
        ),
    ],
)
def test_what_fits_into_no_row_is_refused(files: dict[str, str], expected: str) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigError) as caught:
        encode_files(files, version="v1", valid_from_ms=AT_MS)

    assert expected in caught.value.problems[0]


def test_a_version_may_have_so_many_files_of_such_a_size() -> None:
    """And no more; a reader refuses the version whole."""
    rows = encode_files(
        {f"f{n}.yaml": "" for n in range(FILES_MAX - 1)} | {"g.yaml": "é" * TEXT_MAX},
        version="v1",
        valid_from_ms=AT_MS,
    )
    reader = held(*rows[:-2])
    (extra, *_) = encode_files({"z.yaml": ""}, version="v1", valid_from_ms=AT_MS)

    with pytest.raises(DecodeError, match="at most 32 files in a version"):
        reader.add(extra.key, extra.value)

    assert held(*rows).files("v1") is not None
    assert max(len(one.value) for one in rows) < 8_388_608


@pytest.mark.parametrize(
    ("key", "changes", "expected"),
    [
        ("offers.yaml@v2", {}, "key: expected 'offers.yaml@v1', got 'offers.yaml@v2'"),
        ("other.yaml@v1", {}, "key: expected 'offers.yaml@v1', got 'other.yaml@v1'"),
        ("offers.yaml@v1", {"text": None}, "offer.catalogue.v1"),
        ("offers.yaml@v1", {"file": "a b.yaml"}, "offer.catalogue.v1"),
        ("offers.yaml@v1", {"valid_from": "2025-02-31T00:00:00Z"}, "offer.catalogue.v1"),
        ("no version", {}, "key: expected item@version or @current"),
    ],
)
def test_a_row_that_is_none_is_refused(key: str, changes: dict[str, Any], expected: str) -> None:
    """What it says of itself must be true."""
    (row, *_) = encode_files({"offers.yaml": ""}, version="v1", valid_from_ms=AT_MS)
    value = json.dumps(json.loads(row.value) | changes).encode()

    with pytest.raises(DecodeError, match=r"offer\.catalogue\.v1") as caught:
        OfferRows().add(key.encode(), value)

    assert expected in str(caught.value)


def test_the_example_of_the_schema_is_a_row() -> None:
    """As it stands there."""
    example = SCHEMAS[TOPIC]["examples"][0]

    row = decode_file("offers.yaml", "4f1c9a", json.dumps(example).encode())

    assert row.text == "offers: []\n"

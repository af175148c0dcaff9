"""Versions of the product catalogue as their rows arrive: which is used, and when none is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.product_versions import ProductRows
from streams.codec.products import ProductLine, Row, encode_pointers, encode_product
from streams.codec.versions import VERSIONS_MAX
from streams.core.errors import DecodeError

DAY_MS = 86_400_000
T0_MS = 1_738_281_600_000  # 2025-01-31T00:00:00Z
FAR_MS = T0_MS + 1_000 * DAY_MS


def rows(version: str, prices: dict[str, int], valid_from_ms: int = T0_MS) -> list[Row]:
    """A whole version, the pointer last."""
    made = [
        encode_product(
            ProductLine(item_id=item, name="x", category=("c",), currency="EUR", price_minor=price),
            version=version,
            valid_from_ms=valid_from_ms,
        )
        for item, price in prices.items()
    ]
    return made + encode_pointers(
        version=version, valid_from_ms=valid_from_ms, rows_count=len(made)
    )


def held(*versions: list[Row], rows_max: int = 100) -> ProductRows:
    """What a reader holds after these rows."""
    found = ProductRows(rows_max)
    for row in (row for version in versions for row in version):
        found.add(row.key, row.value)
    return found


def price(found: ProductRows, version: str, item: str, at_ms: int) -> int | None:
    """The price of an item in the products of `version`."""
    product = found.products(version).at(item, at_ms)
    return None if product is None else product.price_minor


A = rows("a", {"s1": 100, "s2": 50})
B = rows("b", {"s1": 200, "s2": 50}, T0_MS + DAY_MS)


def test_nothing_is_chosen_before_a_pointer() -> None:
    """Rows alone are a version being written."""
    found = held(A[:-1])

    assert (found.choose(FAR_MS, ""), found.missing()) == ("", 0)


def test_a_whole_version_is_chosen_when_it_is_valid() -> None:
    """Not a millisecond before."""
    found = held(A)

    assert found.choose(T0_MS - 1, "") == ""
    assert found.choose(T0_MS, "") == "a"
    assert found.missing() == 0


def test_a_version_with_a_row_missing_is_not_chosen() -> None:
    """The one before it stays, for a worker that has it and for one that starts."""
    found = held(A, B[1:])

    assert found.missing() == 1
    assert found.choose(FAR_MS, "a") == "a"
    assert found.choose(FAR_MS, "") == "a"

    found.add(B[0].key, B[0].value)
    assert found.missing() == 0
    assert found.choose(FAR_MS, "a") == "b"


def test_a_version_with_a_row_too_many_is_not_chosen() -> None:
    """Two files under one name would be neither."""
    stray = rows("b", {"s3": 1}, T0_MS + DAY_MS)[0]

    found = held(A, [stray], B)

    assert found.missing() == 1
    assert found.choose(FAR_MS, "a") == "a"


def test_products_know_the_versions_before_them_and_none_after() -> None:
    """Going back to a version goes back to what was known then."""
    found = held(A, B, [A[-1]])

    assert found.choose(FAR_MS, "b") == "a"
    assert [price(found, "b", "s1", at) for at in (T0_MS, FAR_MS)] == [100, 200]
    assert price(found, "a", "s1", FAR_MS) == 100


@given(st.permutations([*A[:-1], *B]))
def test_the_order_of_rows_changes_nothing(order: list[Row]) -> None:
    """Compaction moves rows about."""
    found = held(order)

    assert found.choose(FAR_MS, "") == "b"
    assert [price(found, "b", "s1", at) for at in (T0_MS, FAR_MS)] == [100, 200]


def test_equal_rows_of_two_versions_are_one_object() -> None:
    """A new version of a large catalogue costs what changed in it."""
    found = held(A, B)

    assert found._held["a"].rows["s2"] is found._held["b"].rows["s2"]


def test_a_complete_version_never_changes() -> None:
    """The same row again is nothing; another one is refused."""
    changed = rows("a", {"s1": 999, "s2": 50})
    found = held(A)

    found.add(A[0].key, A[0].value)
    with pytest.raises(DecodeError, match="never change"):
        found.add(changed[0].key, changed[0].value)

    assert price(found, "a", "s1", FAR_MS) == 100


def test_a_broken_row_is_refused_and_changes_nothing() -> None:
    """The version lacks it, so it is not used."""
    found = ProductRows(100)

    with pytest.raises(DecodeError):
        found.add(A[0].key, b'{"item_id": "s1"}')
    with pytest.raises(DecodeError):
        found.add(b"no version", A[0].value)
    with pytest.raises(DecodeError):
        found.add(b"@current", b"{}")

    assert found.choose(FAR_MS, "") == ""


def test_a_version_over_the_bound_is_refused_whole() -> None:
    """At the bound it is taken, at bound + 1 the one before it stays, whatever comes of it."""
    found = held(A, rows_max=2)
    large = rows("c", {"s1": 1, "s2": 2, "s3": 3, "s4": 4}, T0_MS + DAY_MS)

    refused = 0
    for row in large:
        try:
            found.add(row.key, row.value)
        except DecodeError as error:
            refused += error.reason == "oversized"

    assert refused == 2
    assert found._held["c"].rows == {}
    assert found.missing() == 4
    assert found.choose(FAR_MS, "a") == "a"


def test_versions_are_bounded_and_the_one_in_force_stays() -> None:
    """The earliest goes first, however old the one in force is."""
    many = [rows(f"v{n}", {"s1": n}, T0_MS + n * DAY_MS) for n in range(VERSIONS_MAX + 2)]

    found = held(*many)
    back = held(many[0], *(one[:-1] for one in many[1:]))

    assert sorted(found._held) == ["v2", "v3", "v4", "v5"]
    assert sorted(back._held) == ["v0", "v3", "v4", "v5"]
    assert back.choose(FAR_MS, "") == "v0"


def test_a_pointer_to_a_version_that_was_forgotten_waits_for_its_rows() -> None:
    """The adopted one stays meanwhile."""
    many = [rows(f"v{n}", {"s1": n}, T0_MS + n * DAY_MS) for n in range(VERSIONS_MAX + 1)]

    found = held(*many, [many[0][-1]])

    assert found.missing() == 1
    assert found.choose(FAR_MS, "v4") == "v4"


def test_a_deleted_version_goes_and_snapshots_of_it_stay() -> None:
    """Tombstones of a version that a worker still folds with change nothing under its hands."""
    found = held(A, B)
    products = found.products("b")

    for row in A[:-1]:
        found.add(row.key, None)
    found.add(b"s1@never", None)
    found.add(b"s9@b", None)

    before = products.at("s1", T0_MS)
    assert before is not None
    assert before.price_minor == 100
    assert sorted(found._held) == ["b"]
    assert found.choose(FAR_MS, "b") == "b"


def test_rows_of_a_version_may_be_taken_back_before_it_is_used() -> None:
    """No snapshot shares them yet; what says how many they are may go first or last."""
    found = held(A)

    found.add(A[0].key, None)

    assert found.missing() == 1
    assert found.choose(FAR_MS, "") == ""
    found.add(b"@a", None)
    found.add(A[1].key, None)
    assert found._held == {}


def test_without_a_pointer_the_adopted_version_stays() -> None:
    """Taking the pointer back stops what starts, not what runs."""
    found = held(A)

    found.add(b"@current", None)

    assert found.choose(FAR_MS, "a") == "a"
    assert found.choose(FAR_MS, "") == ""

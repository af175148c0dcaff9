"""What goes together."""

from collections.abc import Sequence

import pytest

from streams.core.model import PAIRS_MAX
from streams.fit import pairs as module
from streams.fit.pairs import SHRINK_PAIRS, Pairs


def counted(*baskets: Sequence[Sequence[str]]) -> Pairs:
    """Pairs of these baskets."""
    found = Pairs()
    for basket in baskets:
        found.add(basket)
    return found


def test_lift_is_shrunk_towards_one() -> None:
    """Together in 30 of 100 baskets, each in 40: 30 * 100 / 1600 = 1.875, at 30/80 of its way."""
    both, first, second = [("a",), ("b",)], [("a",)], [("b",)]
    baskets = [both] * 30 + [first] * 10 + [second] * 10 + [[("c",)]] * 50

    found = counted(*baskets).lifts(across=False)

    expected = 1 + (1.875 - 1) * 30 / (30 + SHRINK_PAIRS)
    assert found == {"a": {"b": pytest.approx(expected, abs=1e-4)}, "b": {"a": found["a"]["b"]}}


def test_only_the_strongest_partners_are_kept() -> None:
    """`PAIRS_MAX` of them, the highest first."""
    names = [f"n{number:02d}" for number in range(PAIRS_MAX + 2)]
    baskets = [[("hub",), (name,)] for name in names] * 5 + [[("other",)]] * 500

    found = counted(*baskets).lifts(across=False)

    assert len(found["hub"]) == PAIRS_MAX
    assert list(found["hub"]) == sorted(found["hub"], key=lambda one: (-found["hub"][one], one))


def test_traits_of_one_product_do_not_go_with_each_other() -> None:
    """They always come together, which says nothing about customers."""
    organic, plain = ("organic", "size=M"), ("plain",)

    found = counted(*[[organic, plain]] * 50, *[[("red",), ("blue",)]] * 50).lifts(across=True)

    assert set(found["organic"]) == {"plain"}
    assert set(found["plain"]) == {"organic", "size=M"}


def test_two_products_of_one_trait_are_no_pair_of_it() -> None:
    """A name is no partner of itself."""
    found = counted(*[[("organic",), ("organic",)]] * 50).lifts(across=True)

    assert found == {}


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by counting a part at a time."""
    baskets: list[list[tuple[str, ...]]] = [
        [(f"n{number % 7}",), (f"n{number % 3}", "x")] for number in range(200)
    ]
    whole = counted(*baskets).lifts(across=True)

    monkeypatch.setattr(module, "CHUNK_ENTRIES", 10)

    assert counted(*baskets).lifts(across=True) == whole


def test_names_beyond_the_bound_take_part_in_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ones stay."""
    monkeypatch.setattr(module, "NAMES_MAX", 2)

    found = counted(*[[("a",), ("b",), ("c",)]] * 20, *[[("d",)]] * 80).lifts(across=False)

    assert set(found) == {"a", "b"}


def test_no_baskets_have_no_pairs() -> None:
    """Nor do empty ones."""
    assert counted().lifts(across=False) == {}
    assert counted([]).lifts(across=True) == {}

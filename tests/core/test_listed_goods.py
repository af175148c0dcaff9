"""Lists of goods: their keys, and the index by which own purchases are found."""

import xxhash

from streams.core.listed_goods import KEY_DIGITS, Good, index_goods, key_of
from streams.core.profile.articles import digest_of


def test_a_key_is_of_the_articles_whatever_their_order() -> None:
    """And says so in the schema: xxh64 of one article a line."""
    expected = xxhash.xxh64_hexdigest(b"sku-1\nsku-2")[:KEY_DIGITS]

    assert key_of(frozenset({"sku-2", "sku-1"})) == expected
    assert key_of(frozenset({"sku-1"})) != expected
    assert key_of(frozenset()) == ""


def test_an_article_is_found_in_every_list_that_names_it() -> None:
    """By its digest; in the order of the keys."""
    found = index_goods({"k2": frozenset({"a", "b"}), "k1": frozenset({"a"})})

    assert found == {
        digest_of("a"): Good(("a",), ("k1", "k2")),
        digest_of("b"): Good(("b",), ("k2",)),
    }


def test_articles_of_one_digest_are_kept_apart_by_name() -> None:
    """Two names that xxh32 takes for one: whoever muted one of them is asked for both."""
    one, other = colliding()

    (good,) = index_goods({"k": frozenset({one, other})}).values()

    assert good == Good(tuple(sorted((one, other))), ("k",))


def colliding() -> tuple[str, str]:
    """The first two numbers, written out, that have the same digest."""
    seen: dict[int, str] = {}
    for number in range(1_000_000):
        name = f"{number}"
        held = seen.setdefault(digest_of(name), name)
        if held != name:
            return held, name
    raise AssertionError

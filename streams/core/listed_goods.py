"""Lists of goods: what rows cover article by article, so that own purchases of them are found.

A list goes by a key made of its articles: rows with the same goods share it, and a row whose goods
were changed has another.
"""

from collections.abc import Mapping
from typing import NamedTuple

import xxhash

from streams.core.profile.articles import digest_of

KEY_DIGITS = 10  # of 1,000 lists two get one key in one of two million catalogues


class Good(NamedTuple):
    """An article, or several of one digest, and the keys of the lists that name it."""

    items: tuple[str, ...]
    lists: tuple[str, ...]


def key_of(products: frozenset[str]) -> str:
    """The key of this list; empty for an empty one."""
    if not products:
        return ""
    return xxhash.xxh64_hexdigest("\n".join(sorted(products)).encode())[:KEY_DIGITS]


def index_goods(lists: Mapping[str, frozenset[str]]) -> dict[int, Good]:
    """Digest of an article -> what it is and in which of `lists`, which are by their keys."""
    found: dict[int, tuple[dict[str, None], dict[str, None]]] = {}
    for key, products in sorted(lists.items()):
        for item in sorted(products):
            items, keys = found.setdefault(digest_of(item), ({}, {}))
            items[item] = keys[key] = None
    return {digest: Good(tuple(items), tuple(keys)) for digest, (items, keys) in found.items()}

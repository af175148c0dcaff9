"""What the product catalogue says of the goods that rows list: of which categories they are.

Made once for a catalogue of offers and one of products, not in a decision: about a microsecond for
each listed article.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from streams.core.products import Products, unpack


class Share(NamedTuple):
    """How much of the known goods of a list one category of one department makes up."""

    category: str
    share: float
    department: str
    """Empty where the catalogue says none."""


class Goods(NamedTuple):
    """What a list is of: the categories that are not special, and how much these make up."""

    seen: float
    shares: tuple[Share, ...]
    """They add up to `seen`, at most 1."""


Assortment = Mapping[str, Goods]
"""By the key of a list of goods; one none of whose goods is known is missing."""


def make_assortment(
    lists: Mapping[str, Iterable[str]], products: Products, special: Container[str]
) -> Assortment:
    """Of `lists`, key -> articles, by the newest version of `products`."""
    rows = products.newest()
    found: dict[str, Goods] = {}
    for key, items in lists.items():
        known = [unpack(packed) for item in items if (packed := rows.get(item)) is not None]
        names = [(one.category, one.department or "") for one in known if one.category is not None]
        shares = [
            Share(category, count / len(names), department)
            for (category, department), count in sorted(Counter(names).items())
            if category not in special and department not in special
        ]
        if names:
            found[key] = Goods(sum([one.share for one in shares]), tuple(shares))
    return found

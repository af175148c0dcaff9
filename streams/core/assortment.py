"""What the product catalogue says of the goods that rows list: of which categories they are.

Made once for a catalogue of offers and one of products, not in a decision: about a microsecond for
each listed article.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from streams.core.products import Products, unpack


class Share(NamedTuple):
    """How much of a list of goods one category makes up; 1 over all that are known."""

    category: str
    department: str
    """Empty where the catalogue says none."""
    share: float


Assortment = Mapping[str, tuple[Share, ...]]
"""Key of a list of goods -> their categories; a list none of whose goods is known is missing."""


def make_assortment(lists: Mapping[str, Iterable[str]], products: Products) -> Assortment:
    """Of `lists`, key -> articles, by the newest version of `products`."""
    rows = products.newest()
    found: dict[str, tuple[Share, ...]] = {}
    for key, items in lists.items():
        known = [unpack(packed) for item in items if (packed := rows.get(item)) is not None]
        names = [(one.category, one.department or "") for one in known if one.category is not None]
        found[key] = tuple(
            [Share(*one, count / len(names)) for one, count in sorted(Counter(names).items())]
        )
    return {key: shares for key, shares in found.items() if shares}

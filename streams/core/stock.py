"""What is out of stock, as of one position of the stock topic; of what is in stock nothing is kept.

An article is known by the first `NAME_MAX` characters of its id, as everywhere in a decision. One
of which no level is known is not out of stock: missing knowledge stops nothing.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from streams.core.decide.view import ItemFact
from streams.core.profile.profile import NAME_MAX

MEMO_MAX = 256
"""Triggers whose own products are looked up once; more come of one catalogue after another."""


class Out(NamedTuple):
    """An article that is out of stock: since which record, and where."""

    offset: int
    """Of the record that said so."""
    outlets: frozenset[str] | None
    """Outlets that have none; None when every outlet that is known has none."""


class Stock:
    """Article -> where it is out of stock, from the records before `position`; never changed."""

    def __init__(self, position: int = 0, out: Mapping[str, Out] | None = None) -> None:
        """Keep `out`, which nobody changes any more."""
        self.position = position
        self.out: Mapping[str, Out] = out or {}
        self._own: dict[frozenset[str], tuple[str, ...]] = {}

    def is_out(self, item: str, outlet: str | None) -> bool:
        """Whether a customer at `outlet`, None for anywhere, cannot have it."""
        known = self.out.get(item)
        if known is None:
            return False
        return known.outlets is None or (outlet or "")[:NAME_MAX] in known.outlets

    def gone(self, item: str | None) -> Out | None:
        """What said that no outlet has the article; None while one may have it."""
        known = self.out.get(item or "")
        return known if known is not None and known.outlets is None else None

    def out_of(
        self, items: Iterable[ItemFact], own_products: frozenset[str], outlet: str | None
    ) -> tuple[str, ...]:
        """Those of `items` and `own_products` that a customer at `outlet` cannot have, sorted.

        `own_products` are a trigger's: one object for as long as its policy lives. What is out of
        them anywhere is looked up once.
        """
        if not self.out:
            return ()
        own = self._own.get(own_products)
        if own is None:
            if len(self._own) >= MEMO_MAX:
                self._own.clear()
            own = self._own[own_products] = tuple([one for one in own_products if one in self.out])
        named = (*[one.item_id for one in items], *own)
        found = {one for one in named if self.is_out(one, outlet)}
        return tuple(sorted(found)) if found else ()

    def gone_since(self, earlier: "Stock") -> list[str]:
        """Articles that no outlet has, and that one may have had at `earlier` or since; sorted."""
        return sorted(
            item
            for item, known in self.out.items()
            if known.outlets is None
            and (known.offset >= earlier.position or earlier.gone(item) is None)
        )


NO_STOCK = Stock()
"""Of a worker that has read no level."""

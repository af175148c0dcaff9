"""Product DNA: what the catalogue knows of a product, as of any moment.

Times are integer milliseconds UTC, money is minor units. A catalogue comes in versions, each a
whole set of rows with a time from which it holds; `Products` is the immutable sum of those that a
worker has adopted. Rows stay packed, about 200 bytes a product, and are opened when asked for.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import Struct

TRAITS_MAX = 12
"""Traits of one product, the first in the order of their names."""
TRAIT_LENGTH_MAX = 48
BAND_PRODUCTS_MIN = 5
"""A band among fewer products says nothing."""
OPENED_MAX = 4_096
"""Opened products kept of one version, in two generations: about 4 MB."""
OWN_FIELDS = frozenset({"private_label", "pack_size", "pack_unit"})
"""Attributes that are fields of a product, and so no traits."""

Attributes = Mapping[str, str | float | bool]
Values = tuple[tuple[str, float], ...]
ValuesOf = Callable[[Attributes, float | None, float | None], Values]
"""(attributes, price band, pack band) -> value word -> -1..1: `Lexicon.values_of`."""


class Product(Struct, frozen=True, gc=False):
    """What the catalogue says of one product in one version.

    `category` is the second level of the path, or the first where there is one only; `department`
    the first where there are two. `traits` are attribute names: `organic` for a true one, `size=M`
    for others. `price_band` is the quantile of its unit price (per measure where its pack has
    one) among those of its category sold by the same measure, `pack_band` that of its pack; None
    below `BAND_PRODUCTS_MIN` of them. `values` are value word -> -1..1.
    """

    item_id: str
    category: str | None
    department: str | None
    brand: str | None
    currency: str
    price_minor: int
    cost_minor: int | None = None
    traits: tuple[str, ...] = ()
    price_band: float | None = None
    pack_band: float | None = None
    private_label: bool | None = None
    values: tuple[tuple[str, float], ...] = ()


class Listed(Struct, frozen=True, array_like=True, gc=False):
    """One row of a catalogue version as it is packed; names are cut by the codec.

    `pack_size` is in `pack_unit`, one unit for each measure (g, ml, ct ...), None when unknown.
    """

    category: str | None
    department: str | None
    brand: str | None
    currency: str
    price_minor: int
    cost_minor: int | None = None
    pack_size: float | None = None
    pack_unit: str = ""
    attributes: dict[str, str | float | bool] = {}


class Version(Struct, frozen=True, kw_only=True):
    """A complete version: item id -> packed row; nobody changes `rows` any more."""

    version: str
    valid_from_ms: int
    rows: Mapping[str, bytes]


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Listed).decode


def pack(listed: Listed) -> bytes:
    """The bytes of `listed` as `Version.rows` holds them."""
    return _ENCODE(listed)


def unpack(packed: bytes) -> Listed:
    """The row in `packed`, which is `pack`'s."""
    return _DECODE(packed)


def no_values(
    attributes: Attributes, price_band: float | None, pack_band: float | None
) -> Values:  # the signature of Lexicon.values_of
    """No values: nobody has said what attributes stand for."""
    del attributes, price_band, pack_band
    return ()


def traits_of(attributes: Attributes) -> tuple[str, ...]:
    """Names of the true ones, `name=value` of the others; sorted, at most `TRAITS_MAX`.

    A false attribute is no trait: most catalogues list what a product is, not what it is not.
    """
    found = [
        name[:TRAIT_LENGTH_MAX] if value is True else f"{name}={_word(value)}"[:TRAIT_LENGTH_MAX]
        for name, value in attributes.items()
        if value is not False and name not in OWN_FIELDS
    ]
    return tuple(sorted(found)[:TRAITS_MAX])


class Products:
    """Every product of the adopted versions of the catalogue; immutable to whoever reads it.

    `version` names the newest, whose rows and those of the older ones it answers with.
    """

    __slots__ = ("_shelves", "_starts", "version")

    def __init__(self, versions: Sequence[Version] = (), values_of: ValuesOf = no_values) -> None:
        """The products of `versions`, in any order; the one valid from the latest gives its name.

        Reads every row once, for the bands: about 2 us a row.
        """
        ordered = sorted(versions, key=lambda one: (one.valid_from_ms, one.version))
        self.version = ordered[-1].version if ordered else ""
        self._starts = [one.valid_from_ms for one in ordered]
        self._shelves: tuple[_Shelf, ...] = tuple(_Shelf(one.rows, values_of) for one in ordered)

    def __len__(self) -> int:
        """The number of products in the newest version."""
        return self._shelves[-1].count if self._shelves else 0

    def newest(self) -> Mapping[str, bytes]:
        """Item id -> packed row of the newest version; empty where none was adopted."""
        return self._shelves[-1].rows if self._shelves else {}

    def at(self, item_id: str, at_ms: int) -> Product | None:
        """The product as it was at `at_ms`; before all versions, as the earliest has it.

        A product that a later version leaves out stays known: receipts of it still arrive. None
        for an item that no version names.
        """
        shelves = self._shelves
        if len(shelves) < 2:  # noqa: PLR2004  # nearly always: none or one
            return shelves[0].open(item_id) if shelves else None
        start = max(0, bisect_right(self._starts, at_ms) - 1)
        for shelf in (*shelves[start::-1], *shelves[start + 1 :]):
            product = shelf.open(item_id)
            if product is not None:
                return product
        return None


class _Shelf:
    """The rows of one version, what their bands are counted from, and the ones last opened."""

    __slots__ = ("_fresh", "_packs", "_prices", "_stale", "_values_of", "count", "rows")

    def __init__(self, rows: Mapping[str, bytes], values_of: ValuesOf) -> None:
        self.rows = rows
        self._values_of = values_of
        self.count = len(rows)
        self._fresh: dict[str, Product] = {}
        self._stale: dict[str, Product] = {}
        prices: dict[tuple[str | None, str], list[float]] = {}
        packs: dict[tuple[str | None, str], list[float]] = {}
        for packed in rows.values():
            listed = _DECODE(packed)
            key = (listed.category, listed.pack_unit)
            prices.setdefault(key, []).append(_unit_price(listed))
            if listed.pack_size is not None:
                packs.setdefault(key, []).append(listed.pack_size)
        self._prices = _sorted(prices)
        self._packs = _sorted(packs)

    def open(self, item_id: str) -> Product | None:
        """The product of this version; None when it is not listed."""
        product = self._fresh.get(item_id)
        if product is not None:
            return product
        product = self._stale.get(item_id)
        if product is None:
            packed = self.rows.get(item_id)
            if packed is None:
                return None
            product = self._product(item_id, _DECODE(packed))
        if len(self._fresh) >= OPENED_MAX // 2:
            self._stale, self._fresh = self._fresh, {}
        self._fresh[item_id] = product
        return product

    def _product(self, item_id: str, listed: Listed) -> Product:
        key = (listed.category, listed.pack_unit)
        attributes = listed.attributes
        price_band = _band(self._prices.get(key), _unit_price(listed))
        pack_band = None
        if listed.pack_size is not None:
            pack_band = _band(self._packs.get(key), listed.pack_size)
        label = attributes.get("private_label")
        return Product(
            item_id=item_id,
            category=listed.category,
            department=listed.department,
            brand=listed.brand,
            currency=listed.currency,
            price_minor=listed.price_minor,
            cost_minor=listed.cost_minor,
            traits=traits_of(attributes),
            price_band=price_band,
            pack_band=pack_band,
            private_label=label if isinstance(label, bool) else None,
            values=self._values_of(attributes, price_band, pack_band),
        )


def _unit_price(listed: Listed) -> float:
    # Prices in two currencies do not compare; `streams catalogue` lets one into a version.
    return listed.price_minor / listed.pack_size if listed.pack_size else float(listed.price_minor)


def _sorted(
    groups: Mapping[tuple[str | None, str], list[float]],
) -> dict[tuple[str | None, str], Sequence[float]]:
    return {
        key: array("d", sorted(found))
        for key, found in groups.items()
        if len(found) >= BAND_PRODUCTS_MIN
    }


def _band(ranked: Sequence[float] | None, number: float) -> float | None:
    """The middle of the ranks that `number` has among `ranked`, as a share of them."""
    if ranked is None:
        return None
    return (bisect_left(ranked, number) + bisect_right(ranked, number)) / (2 * len(ranked))


def _word(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float | int) else value


NO_PRODUCTS = Products()
"""No catalogue was adopted."""

"""Taste: what the things that a customer looks at and buys are like, from the product catalogue.

Attributes count once for each article of an event, at the weight of that event; price band, pack
size and private label are means over bought articles. An article that the catalogue does not know
yet is remembered with its decayed weight, and folded when the catalogue tells of it: all of it is
linear with one half-life, so it comes out as if the catalogue had known it from the start.
"""

from collections.abc import Iterable

from msgspec import Struct, field

from streams.core.decay import (
    DecayedMap,
    DecayedMeans,
    Mean,
    Trait,
    add_names,
    add_weighted,
    take_back,
)
from streams.core.evidence import CATALOGUE
from streams.core.joining import absorb
from streams.core.means import absorb_mean, add_means, take_back_means
from streams.core.products import Product, Products

ATTRIBUTES_MAX = 24
UNSEEN_MAX = 8  # beyond that the weakest are forgotten: what they are like is never known
RATINGS_MAX = 4
BANDS_MAX = 4
VALUES_MAX = 16  # eight values, for and against
DAY_MS = 86_400_000
BOUGHT = "+"  # before the id of an unseen article: it was bought, not only looked at
AGAINST = "-"  # before the name of a value: the choice speaks against it
PRICE_BAND = "price"
PACK_BAND = "pack"
PRIVATE_LABEL = "private label"


class Rating(Struct, frozen=True, array_like=True, gc=False):
    """The latest rating of one article, 0 to 5."""

    rating: float
    at_ms: int
    tie: int


class Taste(Struct, array_like=True, gc=False):
    """Attributes, bands and values of what was chosen."""

    attributes: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    bands: DecayedMeans = field(default_factory=lambda: DecayedMeans(DAY_MS))
    """Quantile of the price in its category, of the pack size; share of private label."""
    values: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    """Value system as revealed by purchases: `thrift` for it, `-thrift` against it."""
    unseen: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    ratings: dict[str, Rating] = {}


def look_at(
    taste: Taste, items: Iterable[str], products: Products, amount: float, at_ms: int
) -> None:
    """The customer showed interest in `items`, worth `amount` each."""
    attributes: list[str] = []
    unseen: list[str] = []
    for item in items:
        product = products.at(item, at_ms)
        if product is not None:
            attributes += product.traits
        elif not item.startswith(BOUGHT):  # such an id would read as that of a purchase
            unseen.append(item)
    if attributes:
        _add_attributes(taste, attributes, amount, at_ms)
    if unseen:
        add_names(taste.unseen, unseen, amount, at_ms, names_max=UNSEEN_MAX)


def choose(
    taste: Taste, items: Iterable[str], products: Products, amount: float, at_ms: int
) -> None:
    """The customer bought `items`: attributes at `amount`, bands and values at 1 each."""
    attributes: list[str] = []
    unseen: list[str] = []
    bands: list[tuple[str, float]] = []
    values: list[tuple[str, float]] = []
    for item in items:
        product = products.at(item, at_ms)
        if product is None:
            unseen.append(BOUGHT + item)
        else:
            attributes += product.traits
            bands += _bands(product)
            values += [_side(value, weight) for value, weight in product.values]
    if attributes:
        _add_attributes(taste, attributes, amount, at_ms)
    if bands:
        add_means(taste.bands, bands, 1.0, at_ms, names_max=BANDS_MAX, source=CATALOGUE)
    if values:
        add_weighted(taste.values, values, at_ms, names_max=VALUES_MAX, source=CATALOGUE)
    if unseen:
        add_names(taste.unseen, unseen, amount, at_ms, names_max=UNSEEN_MAX)


def unchoose(
    taste: Taste, items: Iterable[str], products: Products, amount: float, at_ms: int
) -> None:
    """Undo `choose`, whether the catalogue knew the articles then or has learned of them since."""
    for item in items:
        product = products.at(item, at_ms)
        if product is None or BOUGHT + item in taste.unseen.traits:
            take_back(taste.unseen, (BOUGHT + item,), amount, at_ms)
            continue
        take_back(taste.attributes, product.traits, amount, at_ms)
        take_back_means(taste.bands, _bands(product), 1.0, at_ms)
        for name, weight in [_side(value, weight) for value, weight in product.values]:
            take_back(taste.values, (name,), weight, at_ms)


def fold_arrived(taste: Taste, products: Products, purchase_weight: float) -> None:
    """Fold the unseen articles that `products` knows by now, as of when they were seen."""
    unseen = taste.unseen
    for name in list(unseen.traits):
        held = unseen.traits[name]
        product = products.at(name.removeprefix(BOUGHT), held.last_ms)
        if product is None:
            continue
        del unseen.traits[name]
        unseen.total = max(unseen.total - held.weight, 0.0)
        at_ms = unseen.landmark_ms
        seen = Trait(held.weight, held.count, held.last_ms, CATALOGUE)
        for attribute in product.traits:
            absorb(taste.attributes, attribute, seen, at_ms, names_max=ATTRIBUTES_MAX)
        if name.startswith(BOUGHT):
            count = held.weight / purchase_weight if purchase_weight else 0.0
            _fold_bought(taste, product, seen, count)


def rate(ratings: dict[str, Rating], item: str, rating: Rating) -> None:
    """Keep the latest rating of `item`, and the last `RATINGS_MAX` of all, in any order."""
    held = ratings.get(item)
    if held is not None and (held.at_ms, held.tie) >= (rating.at_ms, rating.tie):
        return
    ratings[item] = rating
    while len(ratings) > RATINGS_MAX:
        del ratings[min(ratings, key=lambda one: (ratings[one].at_ms, ratings[one].tie, one))]


def _fold_bought(taste: Taste, product: Product, seen: Trait, weight: float) -> None:
    """`weight` is what the purchases count as of the landmark of the unseen, one each."""
    at_ms = taste.unseen.landmark_ms
    for name, x in _bands(product):
        mean = Mean(weight, weight * x, weight * x * x, seen.count, seen.last_ms, CATALOGUE)
        absorb_mean(taste.bands, name, mean, at_ms, names_max=BANDS_MAX)
    for name, share in [_side(value, share) for value, share in product.values]:
        trait = Trait(weight * share, seen.count, seen.last_ms, CATALOGUE)
        absorb(taste.values, name, trait, at_ms, names_max=VALUES_MAX)


def _add_attributes(taste: Taste, attributes: list[str], amount: float, at_ms: int) -> None:
    add_names(
        taste.attributes,
        attributes,
        amount,
        at_ms,
        names_max=ATTRIBUTES_MAX,
        source=CATALOGUE,
    )


def _side(value: str, weight: float) -> tuple[str, float]:
    return (value, weight) if weight > 0 else (AGAINST + value, -weight)


def _bands(product: Product) -> list[tuple[str, float]]:
    bands: list[tuple[str, float]] = []
    if product.price_band is not None:
        bands.append((PRICE_BAND, product.price_band))
    if product.pack_band is not None:
        bands.append((PACK_BAND, product.pack_band))
    if product.private_label is not None:
        bands.append((PRIVATE_LABEL, 1.0 if product.private_label else 0.0))
    return bands

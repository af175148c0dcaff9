"""An attribute query on the product catalogue: an offer is about products by what they are.

Values only. The catalogue that was adopted is asked; what a decision found is in its view
(`decide/querying.py`), so a decision is repeated without a catalogue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from streams.core.products import TRAIT_LENGTH_MAX, Product


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductQuery:
    """Conditions that must all hold; of several values one is enough. One condition at least.

    `categories` are of either level. `attributes` are name -> traits, as `products.traits_of` makes
    them, of which a product must have one. Prices are those of the catalogue, in `currency`, both
    ends included; None is no limit.
    """

    categories: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    private_label: bool | None = None
    price_min_minor: int | None = None
    price_max_minor: int | None = None
    currency: str = ""

    words: str = field(init=False)
    """All of it in one line: equal for equal queries, whichever rows they are of."""

    def __post_init__(self) -> None:
        """Put it in words once."""
        object.__setattr__(self, "words", "; ".join(_said(self)))


def satisfies(product: Product, query: ProductQuery) -> bool:
    """Whether all conditions hold for `product`."""
    if query.categories and not (
        product.category in query.categories or product.department in query.categories
    ):
        return False
    if query.brands and product.brand not in query.brands:
        return False
    if query.private_label is not None and product.private_label is not query.private_label:
        return False
    return _is_priced(product, query) and all(
        not wanted.isdisjoint(product.traits) for wanted in query.attributes.values()
    )


def is_ruled_out(query: ProductQuery, never: frozenset[str]) -> bool:
    """Whether a customer who never wants `never`, as a view has it, leaves nothing of `query`."""
    groups = (
        {f"category:{name}" for name in query.categories},
        {f"brand:{name}" for name in query.brands},
        *[{f"attribute:{_flag(one)}" for one in wanted} for wanted in query.attributes.values()],
    )
    return any(group and group <= never for group in groups)


def traits_said(name: str, values: Iterable[str]) -> frozenset[str]:
    """The traits that attribute `name` with one of `values`, as they are written, may have.

    `true` is a flag or that word; a number is one however it is written.
    """
    found: set[str] = set()
    for value in values:
        found.add(f"{name}={value}"[:TRAIT_LENGTH_MAX])
        if value == "true":
            found.add(name[:TRAIT_LENGTH_MAX])
        try:
            found.add(f"{name}={float(value):g}"[:TRAIT_LENGTH_MAX])
        except ValueError:
            continue
    return frozenset(found)


def _is_priced(product: Product, query: ProductQuery) -> bool:
    low, high = query.price_min_minor, query.price_max_minor
    if low is None and high is None:
        return True
    return (
        product.currency == query.currency
        and (low is None or low <= product.price_minor)
        and (high is None or product.price_minor <= high)
    )


def _flag(trait: str) -> str:
    return trait.removesuffix("=true")


def _any_of(values: Iterable[str]) -> str:
    # Quoted where it could be read as several, as two queries must not have the same words.
    names = [one if set(one).isdisjoint(";|'\"") else repr(one) for one in {*values}]
    return " | ".join(sorted(names))


def _said(query: ProductQuery) -> Iterable[str]:
    for name, values in (("category", query.categories), ("brand", query.brands)):
        if values:
            yield f"{name} {_any_of(values)}"
    for name in sorted(query.attributes):
        yield f"attribute {_any_of(map(_flag, query.attributes[name]))}"
    if query.private_label is not None:
        yield f"private_label {'true' if query.private_label else 'false'}"
    if query.price_min_minor is not None:
        yield f"price >= {query.price_min_minor} {query.currency}"
    if query.price_max_minor is not None:
        yield f"price <= {query.price_max_minor} {query.currency}"

"""The `query` of an offer in the YAML files -> a query on the product catalogue."""

import yaml

from streams.codec.yaml_tree import Fields
from streams.core.offers import Match, Offer
from streams.core.product_query import ProductQuery, traits_said
from streams.core.products import OWN_FIELDS
from streams.core.profile.profile import NAME_MAX

PRICE_MAX_MINOR = 10**12
QUERY_VALUES_MAX = 32
"""Values of all conditions of one query: its words are in every decision that it brings."""
_LABEL = "private_label"
_CONDITIONS = "category, brand, attributes, price_min_minor, price_max_minor"
_INSTEAD = ("products", "categories", "brands")


def read_query(fields: Fields, currency: str) -> ProductQuery | None:
    """The query of an offer; None without one. Problems are reported at their lines."""
    found = fields.mapping("query")
    if found is None:
        return None
    for name in _INSTEAD:
        if name in fields.known:
            fields.report("query", f"expected this or {name}, got both")
    categories, brands = _values(found, "category"), _values(found, "brand")
    attributes, label = _attributes(found)
    low, high = _price(found, "price_min_minor"), _price(found, "price_max_minor")
    if low is not None and high is not None and high < low:
        found.report("price_max_minor", f"expected at least price_min_minor, {low}, got {high}")
    if not found.known:
        fields.report("query", f"expected at least one of {_CONDITIONS}, got none")
    count = len(categories) + len(brands) + sum([len(one) for one in attributes.values()])
    if count > QUERY_VALUES_MAX:
        fields.report("query", f"expected at most {QUERY_VALUES_MAX} values, got {count}")
    found.close()
    return ProductQuery(
        categories=frozenset(categories),
        brands=frozenset(brands),
        attributes={name: traits_said(name, values) for name, values in attributes.items()},
        private_label=label,
        price_min_minor=low,
        price_max_minor=high,
        currency="" if low is None and high is None else currency,
    )


def check_query(fields: Fields, offer: Offer) -> None:
    """Report what a row with a query cannot have.

    It names no product that somebody could own, and no category that somebody could like.
    """
    if offer.query is None:
        return
    if offer.once:
        fields.report("once", "needs products of the offer; with a query, use again_after")
    if any(one.match is Match.AFFINITY for one in offer.triggers.values()):
        fields.report("query", "match: affinity needs categories or brands of the offer")


def _attributes(query: Fields) -> tuple[dict[str, list[str]], bool | None]:
    """Attribute -> values, and whether it must be a private label, which is no trait."""
    found = query.mapping("attributes")
    if found is None:
        return {}, None
    label: bool | None = None
    values: dict[str, list[str]] = {}
    if not found.known:
        query.report("attributes", "expected at least one, got none")
    for name in found.known:
        if name == _LABEL:
            label = found.text(name, choices=("true", "false")) == "true"
        elif name in OWN_FIELDS:
            found.report(name, "is a measure of the pack, which queries do not know")
        else:
            values[name] = _values(found, name)
            if "false" in values[name]:
                what = "expected true or other values; a product lists what it is, not what not"
                found.report(name, what)
    return values, label


def _values(fields: Fields, name: str) -> list[str]:
    """One text or a list of them; empty when missing."""
    if isinstance(fields.known.get(name), yaml.ScalarNode):
        return [fields.text(name, length_max=NAME_MAX)]
    found = fields.texts(name, length_max=NAME_MAX)
    if name in fields.known and not found:
        fields.report(name, "expected a text or a list of texts, got none")
    return found


def _price(fields: Fields, name: str) -> int | None:
    return fields.whole(name, 0, PRICE_MAX_MINOR) if fields.take(name) else None

"""A shelf that the product catalogue knows, and rows that ask it."""

from dataclasses import replace
from typing import Any

from streams.core import events
from streams.core.decide.record import DecisionRecord
from streams.core.events import Body
from streams.core.offers import Offer, Policy
from streams.core.product_query import ProductQuery, traits_said
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.profile import new_profile
from streams.core.step import StepResult
from tests.strategies_profiles import (
    FOLD,
    NOON,
    event,
    item,
    offer,
    run,
    view,
)


def listed(brand: str = "Acme", price_minor: int = 500, **attributes: Any) -> Listed:
    """A coffee of the kind beans, in euro."""
    return Listed("beans", "coffee", brand, "EUR", price_minor, attributes=attributes)


SHELF = {
    "organic": listed(organic=True, roast="dark", private_label=True),
    "plain": listed(roast="light", weight=1.5),
    "dear": listed(price_minor=901, organic=True),
    "other": listed("Other", organic="true"),
    "dollars": Listed("beans", None, None, "USD", 500),
    "tea": Listed("tea", None, None, "EUR", 300, attributes={"organic": True}),
    "inhaler": Listed("Inhalers", "health", None, "EUR", 500, attributes={"organic": True}),
}
VERSION = Version(
    version="v1", valid_from_ms=0, rows={name: pack(one) for name, one in SHELF.items()}
)
STOCKED = replace(FOLD, products=Products([VERSION]))
ORGANIC = ProductQuery(attributes={"organic": traits_said("organic", ["true"])})


def asking(query: ProductQuery = ORGANIC, **changes: Any) -> Offer:
    """A row that covers what `query` finds."""
    return offer(**{"categories": frozenset(), "query": query, **changes})


def seen(*names: str) -> events.ViewItem:
    """A view of articles of which the event says nothing but their ids."""
    return view(*[item(name, None) for name in names])


def played(rules: Policy, *bodies: Body) -> list[StepResult]:
    """What comes of `bodies`, a second apart."""
    history = [event(f"e{n}", body, NOON + n * 1_000) for n, body in enumerate(bodies)]
    return run(new_profile("customer:1"), history, rules)


def decided(rules: Policy, *bodies: Body) -> DecisionRecord | None:
    """The decision on the last of `bodies`."""
    return played(rules, *bodies)[-1].decision


def named(made: DecisionRecord | None) -> str | None:
    """The article of the offer that was made."""
    assert made is not None
    return made.chosen.product.item_id if made.chosen and made.chosen.product else None

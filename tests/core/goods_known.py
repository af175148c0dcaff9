"""Rows that list goods, and a customer who bought some of them."""

from dataclasses import replace
from typing import Any

from streams.core.decide.record import DecisionRecord
from streams.core.decide.view import Buys
from streams.core.offers import Match, Offer, Policy, goods_key
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.profile import Profile
from tests.strategies_profiles import (
    DECISION,
    FOLD,
    NOON,
    event,
    folded,
    item,
    line,
    offer,
    on,
    policy,
    run,
    sale,
    view,
)

FOUR = frozenset({"sku-1", "sku-2", "sku-3", "sku-4"})
KEY = goods_key(FOUR)
STRONG = replace(DECISION, goods_strength=10.0, goods_lift_max=30.0)
ANYTHING = on("view_item", match=Match.ANY)


def row(name: str = "coffee", **changes: Any) -> Offer:
    """A row that lists goods and says nothing of their category."""
    known: dict[str, Any] = {"categories": frozenset(), "products": FOUR, "accepts": 0.1}
    return offer(name, **{**known, "triggers": ANYTHING, **changes})


def known_goods() -> Policy:
    """A catalogue that knows the first two articles, one of Tea by Leaf, one of Coffee by Bean."""
    rows = {
        "sku-1": pack(Listed("Tea", "Drinks", "Leaf", "EUR", 300)),
        "sku-2": pack(Listed("Coffee", "Drinks", "Bean", "EUR", 300)),
    }
    version = Version(version="v1", valid_from_ms=0, rows=rows)
    products = Products([version], FOLD.lexicon.values_of)
    return policy(row(), fold=replace(FOLD, products=products))


def buyer() -> Profile:
    """Three receipts: the first article on all, the second on one, and one of no row."""
    first = sale(1, line(), line("sku-2"), line("other"))
    return folded(first, sale(2, line()), sale(3, line()), rules=policy(row()))


def decided(profile: Profile, rules: Policy) -> DecisionRecord:
    """The decision about this customer looking at an article that no row lists."""
    (result,) = run(profile, [event("look", view(item("sku-9", None)), NOON + 9)], rules=rules)
    assert result.decision is not None
    return result.decision


def told_of(profile: Profile, rules: Policy) -> Buys:
    """What a decision about this customer is told of their purchases."""
    return decided(profile, rules).view.buys

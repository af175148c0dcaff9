"""A shop in which a customer meets every rule within a dozen events, and what it sells."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from streams.codec.catalogue import load_policy
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Policy

LATENESS_MAX_MS = 30 * DAY_MS
GROWN_SHARE = 0.5
OUTLETS = ("s1", "s2")


class Goods(NamedTuple):
    """An article; what costs nothing said here is priced by the shelf, and events tell no price."""

    item_id: str
    category: str
    department: str | None
    brand: str | None
    price_minor: int | None


GOODS = {
    one.item_id: one
    for one in (
        Goods("coffee-1", "Coffee", "Grocery", "Alba", 899),
        Goods("coffee-2", "Coffee", "Grocery", "Bono", None),
        Goods("tea-1", "Tea", "Grocery", "Alba", 450),
        Goods("mug-1", "Mugs", "Home", "Clay", 700),
        Goods("lamp-1", "Lamps", "Home", "Lux", None),
        Goods("lamp-2", "Lamps", "Home", "Lux", 250),
        Goods("soap-1", "Soap", "Home", "Puro", 300),
        Goods("pen-1", "Pens", None, None, 120),
    )
}


@cache
def shop() -> Policy:
    """The policy of `shop.yaml`."""
    text = (Path(__file__).parent / "shop.yaml").read_text(encoding="utf-8")
    return load_policy({"shop.yaml": text}, lateness_max_ms=LATENESS_MAX_MS)


@cache
def grown() -> Policy:
    """The same with a larger holdout, as a later version: some who got offers get none now."""
    policy = shop()
    decision = replace(policy.decision, holdout_share=GROWN_SHARE)
    return replace(policy, decision=decision, policy_version="grown")

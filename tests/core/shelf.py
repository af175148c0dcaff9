"""A grocer for lives: the shipped files as a policy, and a catalogue of 6,000 made-up articles.

300 categories, those of `deploy/lexicon`, and 90 brands, with marks, packs and prices.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from streams.codec.catalogue import load_policy
from streams.codec.lexicon import load_lexicon
from streams.core.events import Item
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Policy, with_products
from streams.core.products import Listed, Products, Version, pack

DEPLOY = Path(__file__).parents[2] / "deploy"
ARTICLES = 6_000
BRANDS = 90
MARKS = (
    "organic",
    "gluten_free",
    "vegan",
    "fair_trade",
    "recyclable",
    "fresh",
    "frozen",
    "premium",
    "light",
    "kids",
    "baby",
    "seasonal",
    "single_serve",
    "microwaveable",
    "ready_to_eat",
    "fragrance_free",
    "handmade",
    "value_pack",
    "lactose_free",
    "local",
)
UNITS = ("g", "ml", "ct")


@dataclass(frozen=True, slots=True)
class World:
    """What every life shares: the policy, the shelf, and the words that people say."""

    policy: Policy
    goods: tuple[Item, ...]
    words: tuple[str, ...]


@cache
def world() -> World:
    """The shipped files, and a catalogue of our own; one article in 200 is not in it yet."""
    lexicon = load_lexicon(_texts("lexicon"))
    categories = sorted({*lexicon.category_topics, *lexicon.special_categories})
    goods = tuple([_article(number, categories) for number in range(ARTICLES)])
    policy = load_policy(_texts("offers"), lateness_max_ms=400 * DAY_MS, lexicon=lexicon)
    words = {*lexicon.topics, *lexicon.entities, *lexicon.brands, *lexicon.said_values}
    return World(stocked(policy, goods), goods, tuple(sorted(words)))


def stocked(policy: Policy, goods: Iterable[Item]) -> Policy:
    """`policy` with a catalogue of `goods`, but for one article in 200."""
    rows = {one.item_id: _listed(at, one) for at, one in enumerate(goods) if at % 200}
    version = Version(version="v1", valid_from_ms=0, rows=rows)
    products = Products([version], policy.fold.lexicon.values_of)
    return with_products(policy, products)


def _article(number: int, categories: list[str]) -> Item:
    return Item(
        item_id=f"{800_000 + number * 1_237}",
        item_brand=f"Brand house {number * 7 % BRANDS}",
        item_category="Grocery",
        item_category2=categories[number % len(categories)],
        price_minor=99 + number * 7_919 % 1_900,
    )


def _listed(number: int, article: Item) -> bytes:
    marks = {MARKS[number * step % len(MARKS)]: True for step in (1, 3, 7)[: 1 + number % 3]}
    return pack(
        Listed(
            article.item_category2,
            article.item_category,
            article.item_brand,
            "USD",
            article.price_minor or 0,
            cost_minor=(article.price_minor or 0) * 7 // 10,
            pack_size=float(50 + number % 900),
            pack_unit=UNITS[number % 3],
            attributes={
                "private_label": number % 4 == 0,
                "flavour": f"flavour {number % 30}",
                **marks,
            },
        )
    )


def _texts(folder: str) -> dict[str, str]:
    files = sorted((DEPLOY / folder).glob("*.yaml"))
    return {one.name: one.read_text() for one in files if not one.match("*.scenario.yaml")}

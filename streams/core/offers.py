"""The offer catalogue and the policy around it: values only, made once, read by every decision.

Times are milliseconds, money is minor units. The codec that reads the files checks them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

import xxhash

from streams.core.acceptance import NO_ACCEPTANCE, Acceptance
from streams.core.assortment import Assortment, Goods, make_assortment
from streams.core.care_policy import USUAL_CARE, USUAL_TIMERS, CarePolicy, TimerPolicy, choice_of
from streams.core.contact_policy import ContactPolicy
from streams.core.decide.record import Product
from streams.core.decide.rules import Rule
from streams.core.decide.view import ItemFact
from streams.core.decision_policy import DecisionPolicy
from streams.core.fold_policy import DAY_MS, FoldPolicy
from streams.core.identity.policy import NO_LINKS, IdentityPolicy
from streams.core.leases.limits import NO_LIMITS, Limits, make_limits
from streams.core.model import NO_MODEL, Model
from streams.core.product_query import ProductQuery
from streams.core.products import Products
from streams.core.profile.articles import digest_of
from streams.core.stock import NO_STOCK, Stock

DEFAULT_SLOT = "main"
GOODS_KEY_DIGITS = 10  # of 1,000 lists of goods two get one key in one of two million catalogues


class Match(Enum):
    """What ties an offer to a trigger: the event's items, the customer's affinity, or nothing.

    An offer that covers nothing in particular is tied to any item.
    """

    ITEMS = "items"
    AFFINITY = "affinity"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One way to say it; `accept_lift` multiplies the chance of acceptance."""

    treatment: str
    text: str
    tone: str | None = None
    accept_lift: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLevel:
    """A discount in minor units or in percent of the regular price, and what it does to P1."""

    level: str
    discount_minor: int = 0
    discount_percent: float = 0.0
    accept_lift: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRule:
    """When an offer becomes a candidate: the event is no older than `age_max_ms` and matches."""

    age_max_ms: int
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A catalogue row.

    `products`, `categories` and `brands` say what it covers. `price_minor` stands where the event
    names no price; without either the offer has no price, and `margin_minor` is what an
    acceptance is worth. `accepts` and `anyway` are the base rates of P1 and P0.
    """

    offer: str
    purpose: str
    triggers: Mapping[str, TriggerRule]
    treatments: tuple[Treatment, ...]
    channels: tuple[str, ...]
    ttl_ms: int
    accepts: float
    anyway: float
    currency: str
    price_levels: tuple[PriceLevel, ...] = (PriceLevel(level="regular"),)
    price_minor: int | None = None
    margin_minor: int | None = None
    margin_percent: float = 0.0
    lever: float = 1.0
    product: Product | None = None
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    valid_from_ms: int | None = None
    valid_until_ms: int | None = None
    outlets: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    once: bool = False
    again_after_ms: int = 0
    rejected_for_ms: int = 30 * DAY_MS
    campaign: str | None = None
    rules: tuple[Rule, ...] = ()
    fallback: str | None = None
    """The row that is considered in its place when none of its own candidates passes."""
    stock: int | None = None
    budget_minor: int | None = None
    """Pieces, and discounts, that are out to all customers at most; None for no limit."""
    query: ProductQuery | None = None
    """Instead of products, categories and brands: it covers what satisfies it."""

    selling: bool = field(init=False)
    """Whether an open complaint suppresses it, and a holdout may keep it back."""
    about_anything: bool = field(init=False)
    """Whether it covers nothing in particular."""
    goods: str = field(init=False)
    """The key of its list of products: rows with the same ones share it; empty without any."""

    def __post_init__(self) -> None:
        """Work out once what every decision asks."""
        object.__setattr__(self, "selling", self.purpose == "marketing")
        named = self.products or self.categories or self.brands or self.terms
        object.__setattr__(self, "about_anything", not named and self.query is None)
        object.__setattr__(self, "goods", goods_key(self.products))

    def covers(self, item: ItemFact) -> bool:
        """Whether it names this item, one of its categories or its brand; asks no query."""
        return (
            item.item_id in self.products
            or item.category in self.categories
            or item.department in self.categories
            or item.brand in self.brands
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerIndex:
    """Which offers a trigger may bring, by what the event or the profile names."""

    slot: str
    age_max_ms: int
    age_min_ms: int
    """An event no older than this is young enough for each of its rows."""
    always: tuple[Offer, ...] = ()
    by_product: Mapping[str, tuple[Offer, ...]]
    by_category: Mapping[str, tuple[Offer, ...]]
    by_brand: Mapping[str, tuple[Offer, ...]]
    by_term: Mapping[str, tuple[Offer, ...]]
    by_affinity: Mapping[str, tuple[Offer, ...]]
    once_bought: frozenset[str] = frozenset()
    """Items besides those of event and cart whose last purchase its rows ask for."""
    own_products: frozenset[str] = frozenset()
    """Items that its rows name where event and cart name none."""
    goods: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    """Digest of an article, as a profile remembers it -> keys of its rows' lists that name it."""
    answers: bool = False  # whether one of its rows sells nothing
    tones: frozenset[str] = frozenset()  # among which its rows have a choice
    queries: tuple[ProductQuery, ...] = ()  # those of its rows, each once
    by_query: Mapping[str, tuple[Offer, ...]] = field(
        default_factory=dict[str, "tuple[Offer, ...]"]
    )
    """By the words of the query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything a step needs besides profile and event; built by `make_policy`."""

    offers: Mapping[str, Offer]
    contact: ContactPolicy
    fold: FoldPolicy
    decision: DecisionPolicy
    policy_version: str
    triggers: Mapping[str, TriggerIndex]
    model: Model = NO_MODEL
    acceptance: Acceptance = NO_ACCEPTANCE
    identity: IdentityPolicy = NO_LINKS
    timers: TimerPolicy = USUAL_TIMERS
    limits: Limits = NO_LIMITS
    stock: Stock = NO_STOCK
    care: CarePolicy = USUAL_CARE
    listed: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    """Digest of an article, as a profile remembers it -> items that rows list."""
    assortment: Assortment = field(default_factory=dict[str, Goods])
    """What the product catalogue says of these, see `with_products`."""

    @property
    def currency(self) -> str:
        """Of all offers: there is one."""
        return next(iter(self.offers.values())).currency


Catalogue = Mapping[str, Offer]  # row id -> row


def goods_key(products: frozenset[str]) -> str:
    """What a list of goods goes by, made of its articles; empty for an empty one."""
    if not products:
        return ""
    return xxhash.xxh64_hexdigest("\n".join(sorted(products)).encode())[:GOODS_KEY_DIGITS]


def make_policy(
    offers: Iterable[Offer],
    *,
    contact: ContactPolicy,
    fold: FoldPolicy,
    decision: DecisionPolicy,
    policy_version: str,
) -> Policy:
    """The policy with its indexes: a decision never looks at rows that its event cannot bring."""
    catalogue = {offer.offer: offer for offer in sorted(offers, key=lambda one: one.offer)}
    words = {word for offer in catalogue.values() for word in offer.triggers}
    return Policy(
        offers=MappingProxyType(catalogue),
        contact=contact,
        fold=fold,
        decision=decision,
        policy_version=policy_version,
        triggers={
            word: _index(word, catalogue, decision.slots.get(word, DEFAULT_SLOT))
            for word in sorted(words)
        },
        limits=make_limits(catalogue.values(), contact.capacities),
        listed=_by_digest((one, one) for row in catalogue.values() for one in row.products),
    )


def campaign_of(policy: Policy, offer: str) -> str | None:
    """The campaign of a row; None where it has none, or is no longer in the catalogue."""
    row = policy.offers.get(offer)
    return None if row is None else row.campaign


def with_products(policy: Policy, products: Products) -> Policy:
    """`policy` with the product catalogue `products`, for its fold and for what its rows list."""
    lists = {row.goods: row.products for row in policy.offers.values() if row.goods}
    return replace(
        policy,
        fold=replace(policy.fold, products=products),
        assortment=make_assortment(lists, products, policy.fold.lexicon.special_categories),
    )


def _index(word: str, catalogue: Catalogue, slot: str) -> TriggerIndex:
    offers = [offer for offer in catalogue.values() if word in offer.triggers]
    by = {match: [one for one in offers if one.triggers[word].match is match] for match in Match}
    items = by[Match.ITEMS]
    anything = [one for one in items if one.about_anything]
    return TriggerIndex(
        slot=slot,
        age_max_ms=max(offer.triggers[word].age_max_ms for offer in offers),
        age_min_ms=min(offer.triggers[word].age_max_ms for offer in offers),
        always=tuple(sorted((*by[Match.ANY], *anything), key=lambda one: one.offer)),
        by_product=_grouped((name, one) for one in items for name in one.products),
        by_category=_grouped((name, one) for one in items for name in one.categories),
        by_brand=_grouped((name, one) for one in items for name in one.brands),
        by_term=_grouped((name, one) for one in items for name in one.terms),
        by_affinity=_grouped(
            (name, one) for one in by[Match.AFFINITY] for name in one.categories | one.brands
        ),
        own_products=frozenset(one.product.item_id for one in offers if one.product),
        goods=_by_digest((item, one.goods) for one in offers for item in one.products),
        once_bought=frozenset(name for one in offers for name in _asked_of(one)),
        answers=not all(one.selling for one in offers),
        tones=choice_of(one.tone for offer in offers for one in offer.treatments),
        queries=tuple({one.query.words: one.query for one in offers if one.query}.values()),
        by_query=_grouped((one.query.words, one) for one in items if one.query),
    )


def _asked_of(offer: Offer) -> Iterable[str]:
    if offer.once:
        yield from offer.products
    if offer.again_after_ms and offer.product is not None:
        yield offer.product.item_id


def _grouped(pairs: Iterable[tuple[str, Offer]]) -> dict[str, tuple[Offer, ...]]:
    groups: dict[str, list[Offer]] = {}
    for name, offer in pairs:
        groups.setdefault(name, []).append(offer)
    return {name: tuple(offers) for name, offers in groups.items()}


def _by_digest(named: Iterable[tuple[str, str]]) -> dict[int, tuple[str, ...]]:
    found: dict[int, set[str]] = {}
    for item, name in named:
        found.setdefault(digest_of(item), set()).add(name)
    return {digest: tuple(sorted(names)) for digest, names in found.items()}

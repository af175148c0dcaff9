"""Coupons as rows of an offer catalogue, valued by the live decision: its view, then `weigh`.

A coupon is a row that lists its goods and names none of them, so that it is judged by them all.
Margin, price, channel and contact are equal for all, so that value goes by the chances alone.
`accepts` is the chance that one of its goods is the next purchase. It follows the part of the
population's lines that is of these goods and at a reduced price, but slowly (`ROOT`): rare goods
are bought with a coupon more often than without. Beside what a customer bought it is worth half a
receipt of a usual coupon (`goods_strength`). What they did not buy tells as much as what they did,
so the lift by own purchases has no bounds but P <= 1, and the others the widest there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from streams.core.contact_policy import Consented, ContactPolicy, ContactRule
from streams.core.decide.goods import with_buys
from streams.core.decide.viewing import Cause, make_view
from streams.core.decide.weigh import weigh
from streams.core.fold_policy import DAY_MS
from streams.core.model import Model
from streams.core.offers import (
    Match,
    Offer,
    Policy,
    Treatment,
    TriggerRule,
    make_policy,
    with_products,
)
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.profile import Profile

TRIGGER, CHANNEL, PURPOSE, CURRENCY = "login", "web", "marketing", "USD"
# The next three are those of January and February by which 53 redemptions, each among the coupons
# that the household held, are likeliest.
USUAL = 0.0025  # part of all lines that the goods of a usual coupon are
ROOT = 0.25  # the power of what everybody buys that coupons are accepted by
BELIEVED = 0.5  # receipts of its goods that a usual coupon's own chance is worth
LIFT_MIN, LIFT_MAX = 0.1, 5.0  # by how near they are: the widest that a policy may have
PROMOTED_LINES = 50.0  # of a category that the usual part of reduced lines weighs
UNSEEN = 0.01  # lines that an article is taken to have beside those it has
MARGIN_MINOR = 10_000
POLICIES_MAX = 256  # sets of coupons that are held together
ROWS_MAX = 8_192  # coupons kept as rows: more than all campaigns have together

Goods = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What an article is."""

    category: str
    department: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What the population buys: lines by article, and the part of a category's that is reduced."""

    articles: Mapping[str, Article]
    lines: Mapping[str, float]
    promoted: Mapping[str, float]
    total: float


def stock(articles: Mapping[str, Article], lines: Mapping[str, int], model: Model) -> Shelf:
    """The shelf of `articles`, of which the population bought so many `lines` each."""
    counts = {item: lines.get(item, 0) + UNSEEN for item in articles}
    categories: dict[str, float] = {}
    for item, article in articles.items():
        categories[article.category] = categories.get(article.category, 0.0) + counts[item]
    return Shelf(
        articles=articles,
        lines=counts,
        promoted=_promoted(categories, model),
        total=sum(categories.values()),
    )


class Coupons:
    """Values of coupons to one customer by the policy of the shop.

    The catalogue of a decision are the coupons that the customer may hand in.
    """

    def __init__(self, policy: Policy, shelf: Shelf) -> None:
        """Take the fold and the lifts from `policy`, and what everybody buys from `shelf`."""
        self._shelf = shelf
        self._rows: dict[Goods, Offer] = {}
        self._made = 0
        self._fold, self._products = policy.fold, _products(shelf)
        self._decision = replace(
            policy.decision,
            accepts_purchases=1.0,
            goods_strength=BELIEVED / USUAL,
            goods_lift_min=0.0,
            goods_lift_max=inf,
            lift_min=LIFT_MIN,
            lift_max=LIFT_MAX,
        )
        self._without = replace(self._decision, goods_lift_min=1.0, goods_lift_max=1.0)
        self._contact = ContactPolicy(
            rules={(CHANNEL, PURPOSE): ContactRule(consent=Consented.UNLESS_WITHDRAWN)},
            costs_minor={CHANNEL: 0},
            zone=policy.contact.zone,
            open_offers_max=1,
            window_max_ms=DAY_MS,
        )
        self._policies: dict[frozenset[Goods], Policy] = {}

    def values(self, profile: Profile, held: Iterable[Goods], now_ms: int) -> list[float]:
        """What a decision at `now_ms` takes each coupon of `held` to be worth, in their order."""
        goods = list(held)
        return self._values(profile, goods, now_ms, self._policy(goods))

    def values_without(self, profile: Profile, held: Iterable[Goods], now_ms: int) -> list[float]:
        """The same without the customer's own purchases of the goods."""
        goods = list(held)
        policy = replace(self._policy(goods), decision=self._without)
        return self._values(profile, goods, now_ms, policy)

    def usual(self, goods: Goods) -> float:
        """How often everybody takes it."""
        return self._row(goods).accepts

    def _values(
        self, profile: Profile, held: Sequence[Goods], now_ms: int, policy: Policy
    ) -> list[float]:
        rows = [self._row(goods) for goods in held]
        cause = Cause(profile.subject, f"study-{now_ms}", "clickstream.event.v1", now_ms)
        view = make_view(profile, cause, policy, trigger=TRIGGER, now_ms=now_ms, fold_sequence=0)
        view = with_buys(view, profile, policy)
        weighed = weigh(rows, view, policy, policy.triggers[TRIGGER].slot)
        found = {one.offer.offer: one.value_minor for one in weighed.options}
        return [found[row.offer] for row in rows]

    def _policy(self, held: Sequence[Goods]) -> Policy:
        known = frozenset(held)
        policy = self._policies.get(known)
        if policy is None:
            if len(self._policies) >= POLICIES_MAX:
                self._policies.clear()
            made = make_policy(
                [self._row(goods) for goods in known],
                contact=self._contact,
                fold=self._fold,
                decision=self._decision,
                policy_version="study",
            )
            policy = self._policies[known] = with_products(made, self._products)
        return policy

    def _row(self, goods: Goods) -> Offer:
        row = self._rows.get(goods)
        if row is None:
            if len(self._rows) >= ROWS_MAX:
                self._rows.clear()
                self._policies.clear()
            self._made += 1
            row = self._rows[goods] = _offer(f"coupon-{self._made}", goods, self._shelf)
        return row


def _offer(name: str, goods: Goods, shelf: Shelf) -> Offer:
    known = {item: shelf.articles[item] for item in sorted(goods) if item in shelf.articles}
    lines = shelf.lines
    usual = sum(lines[item] * shelf.promoted[one.category] for item, one in known.items())
    return Offer(
        offer=name,
        purpose=PURPOSE,
        triggers={TRIGGER: TriggerRule(age_max_ms=DAY_MS, match=Match.ANY)},
        treatments=(Treatment(treatment="coupon", text="A coupon for you."),),
        channels=(CHANNEL,),
        ttl_ms=DAY_MS,
        accepts=min(1.0, USUAL * (usual / shelf.total / USUAL) ** ROOT),
        anyway=0.0,
        currency=CURRENCY,
        margin_minor=MARGIN_MINOR,
        products=goods,
    )


def _products(shelf: Shelf) -> Products:
    """The catalogue of all articles, which says what they are of; prices do not matter here."""
    rows = {
        item: pack(Listed(one.category, one.department, None, CURRENCY, MARGIN_MINOR))
        for item, one in shelf.articles.items()
    }
    return Products([Version(version="study", valid_from_ms=0, rows=rows)])


def _promoted(categories: Mapping[str, float], model: Model) -> dict[str, float]:
    """Shrunk to what is usual over all categories; half where nobody knows."""
    known = model.categories
    everything = sum(one.share for one in known.values())
    reduced = sum(one.share * one.promoted for one in known.values())
    usual = reduced / everything if everything > 0.0 else 0.5
    return {
        name: ((known[name].promoted if name in known else usual) * lines + PROMOTED_LINES * usual)
        / (lines + PROMOTED_LINES)
        for name, lines in categories.items()
    }

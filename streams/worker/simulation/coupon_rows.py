"""Coupons as rows of an offer catalogue, valued by the live decision: its view, then `weigh`.

A coupon is a row that lists its goods. It names their best known article, with the category and
the brand that most of its lines are of, since a row's own product is what affinity is read by.
Margin, price, channel and contact are equal for all, so that value goes by the chances alone.
`accepts` is what everybody buys: the part of the population's lines that is of these goods and at a
reduced price, over `LINES` lines, and the policy says so (`accepts_purchases`). What a customer did
not buy tells as much as what they did, so the lift by own purchases has no bounds but P <= 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from streams.core.contact_policy import Consented, ContactPolicy, ContactRule
from streams.core.decide.goods import with_buys
from streams.core.decide.record import Product
from streams.core.decide.viewing import Cause, make_view
from streams.core.decide.weigh import weigh
from streams.core.fold_policy import DAY_MS
from streams.core.model import Model
from streams.core.offers import Match, Offer, Policy, Treatment, TriggerRule, make_policy
from streams.core.profile.profile import Profile

TRIGGER, CHANNEL, PURPOSE = "login", "web", "marketing"
LINES = 20.0  # two usual baskets
PROMOTED_LINES = 50.0  # of a category that the usual part of reduced lines weighs
UNSEEN = 0.01  # lines that an article is taken to have beside those it has
ACCEPTS_MIN = 1e-9
MARGIN_MINOR = 10_000
POLICIES_MAX = 256  # sets of coupons that are held together
ROWS_MAX = 8_192  # coupons kept as rows: more than all campaigns have together

Goods = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What an article is; the brand is empty where nobody says."""

    category: str
    brand: str = ""


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
        self._fold = policy.fold
        self._decision = replace(
            policy.decision, accepts_purchases=LINES, goods_lift_min=0.0, goods_lift_max=inf
        )
        self._without = replace(policy.decision, goods_lift_min=1.0, goods_lift_max=1.0)
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
            policy = self._policies[known] = make_policy(
                [self._row(goods) for goods in known],
                contact=self._contact,
                fold=self._fold,
                decision=self._decision,
                policy_version="study",
            )
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
    best = max(known, key=lambda item: (lines[item], item), default="")
    return Offer(
        offer=name,
        purpose=PURPOSE,
        triggers={TRIGGER: TriggerRule(age_max_ms=DAY_MS, match=Match.ANY)},
        treatments=(Treatment(treatment="coupon", text="A coupon for you."),),
        channels=(CHANNEL,),
        ttl_ms=DAY_MS,
        accepts=max(ACCEPTS_MIN, min(1.0, LINES * usual / shelf.total)),
        anyway=0.0,
        currency="USD",
        margin_minor=MARGIN_MINOR,
        product=Product(
            best,
            category=_most((one.category, lines[item]) for item, one in known.items()),
            brand=_most((one.brand, lines[item]) for item, one in known.items()),
        )
        if known
        else None,
        products=goods,
    )


def _most(named: Iterable[tuple[str, float]]) -> str | None:
    """The name with the most lines; None where nobody names any."""
    found: dict[str, float] = {}
    for name, lines in named:
        if name:
            found[name] = found.get(name, 0.0) + lines
    return max(found, key=lambda name: (found[name], name), default=None)


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

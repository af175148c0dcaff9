"""The customer's own purchases of a row's goods: what they do to the chances of its offers.

A row that lists `products` covers these goods, whatever their categories. The part of what the
customer bought last that is of these goods is a chance for the next purchase to be one of them; it
comes on top of what the row expects of everybody:

    lift = 1 + share / accepts, at most `goods_lift_max`;  share = own / (all + prior_strength)

`own` are the receipts that held one of the goods, counted by article, and `all` the same of every
article that is remembered. So P1 becomes accepts + share. Goods that are not among those remembered
leave it as it is: a profile keeps the last `PURCHASES_MAX` articles, so their absence tells next to
nothing.

Source: DOMAIN, evidence and decay: the mean of a Dirichlet posterior whose prior is the level
above, as in MacKay & Peto, A Hierarchical Dirichlet Language Model, Natural Language Engineering
1(3), 1995; of the prior's part, `accepts` stands whole. Judged by `streams study coupons`.
"""

from collections.abc import Container, Mapping

from streams.core.decide.view import NO_BUYS, Buys
from streams.core.fold_policy import FoldPolicy
from streams.core.offers import DecisionPolicy, Offer
from streams.core.profile.profile import Profile
from streams.core.profile.stated import Stated, is_muted


def buys_of(profile: Profile, goods: frozenset[str], policy: FoldPolicy, now_ms: int) -> Buys:
    """What `profile` remembers of `goods`, which rows of the trigger list.

    Who muted anything is judged by articles only that the product catalogue knows to be none of it.
    """
    kept = profile.buying.purchases
    if goods.isdisjoint(kept):  # nearly always, and faster than an empty intersection
        return NO_BUYS
    items = goods.intersection(kept)
    if profile.stated.muted:
        stated = profile.stated
        items = frozenset([one for one in items if _may_judge(one, stated, policy, now_ms)])
        if not items:
            return NO_BUYS
    repeats = profile.buying.repeats
    receipts = len(kept) - len(repeats) + sum(repeats.values())
    return Buys(receipts, {item: repeats.get(item, 1) for item in sorted(items)})


def goods_lift(offer: Offer, buys: Buys, policy: DecisionPolicy) -> float:
    """Lift of P1 and P0 of `offer` by what the customer buys of its goods; at least 1."""
    own = own_receipts(offer.products, buys.items)
    if not own or offer.accepts <= 0.0:
        return 1.0
    share = own / (buys.receipts + policy.prior_strength)
    return min(1.0 + share / offer.accepts, policy.goods_lift_max)


def own_receipts(goods: Container[str], items: Mapping[str, int]) -> int:
    """Receipts that held one of `goods`, counted by article."""
    return sum([count for item, count in items.items() if item in goods])


def _may_judge(item: str, stated: Stated, policy: FoldPolicy, now_ms: int) -> bool:
    known = policy.products.at(item, now_ms)
    if known is None:
        return False
    names = (("category", known.category), ("category", known.department), ("brand", known.brand))
    return not any(name is not None and is_muted(stated, group, name) for group, name in names)

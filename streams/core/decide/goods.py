"""The customer's own purchases of a row's goods: what they do to the chances of its offers.

A row that lists `products` covers these goods, whatever their categories. What it expects of
anybody, `accepts`, is the chance that one of them is among their next n purchases,
`accepts_purchases`. That is so many of its goods among n, believed for as many purchases as
`goods_strength`; beside it stands what this customer bought:

    goods = (strength * -ln(1 - accepts) + n * own / articles ** .44) / (strength + all)
    lift = (1 - exp(-goods)) / accepts

`own` are the receipts that held one of the goods, counted by article, `all` the same of every
article that is remembered. Where several of the goods, `articles`, were bought, some were on one
receipt, and the power is how many receipts that makes. The lift is kept within `goods_lift_min`, at
1 of which purchases of other goods lower nothing, and `goods_lift_max`.

Source: DOMAIN, evidence and decay: the mean of a Dirichlet posterior whose prior is the level
above, as in MacKay & Peto, A Hierarchical Dirichlet Language Model, Natural Language Engineering
1(3), 1995; a rare good among n purchases is Poisson. Judged by `streams study coupons`.
"""

from collections.abc import Container
from math import expm1, log1p

from msgspec.structs import replace

from streams.core.decide.candidates import considered
from streams.core.decide.nearness import nearness
from streams.core.decide.view import LISTS_MAX, Buys, Own, View
from streams.core.decision_policy import DecisionPolicy
from streams.core.fold_policy import FoldPolicy
from streams.core.offers import Policy
from streams.core.profile.articles import receipts_by_article, receipts_of
from streams.core.profile.profile import Profile
from streams.core.profile.stated import Stated, mutes_any

TOGETHER = -0.44
"""Power of the number of articles. Least squares of the logarithms, on what households of Complete
Journey bought of the goods of its coupons in January and February 2017: of 34,564 lists of which a
household bought several articles, the receipts that held any, and the receipts by article."""
EXPECTED_MAX = 0.95
"""More is as good as certain, and has nothing left to be lifted."""


def with_buys(view: View, profile: Profile, policy: Policy) -> View:
    """`view` with what `profile` remembers of the goods of rows that it may bring.

    Who muted anything is judged by articles only that the product catalogue knows to be none of it.
    """
    articles = profile.buying.articles
    if not articles.counts:
        return view
    rows = {one.goods: one for one in considered(view, policy) if one.goods}
    if not rows:
        return view
    own = _own(rows, view, profile, policy)
    near = nearness(rows, profile, policy, own)
    return replace(view, buys=Buys(receipts_of(articles), own, *near))


def goods_lift(expected: float, own: Own | None, receipts: int, policy: DecisionPolicy) -> float:
    """Lift of P1 and P0 of a row of which so much is `expected` of anybody, by own purchases.

    `own` is None where none of its goods was bought; `receipts` are those of every article.
    """
    if expected <= 0.0:
        return 1.0
    expected = min(expected, EXPECTED_MAX)
    goods = -log1p(-expected) * policy.goods_strength
    if own is not None:
        goods += policy.accepts_purchases * own.receipts * own.articles**TOGETHER
    lift = -expm1(-goods / (policy.goods_strength + receipts)) / expected
    return max(policy.goods_lift_min, min(lift, policy.goods_lift_max))


def _own(rows: Container[str], view: View, profile: Profile, policy: Policy) -> dict[str, Own]:
    """By list of goods, what was bought of it."""
    goods = policy.triggers[view.trigger].goods
    barred: Container[int] = ()
    if profile.stated.muted:
        barred = _barred(profile, policy, view.decision_time_ms)
    counts: dict[str, int] = {}
    receipts: dict[str, int] = {}
    for digest, count in receipts_by_article(profile.buying.articles):
        lists = goods.get(digest)
        if lists is not None and digest not in barred:
            for key in lists:
                if key in rows:
                    counts[key] = counts.get(key, 0) + 1
                    receipts[key] = receipts.get(key, 0) + count
    keys = sorted(counts)
    if len(keys) > LISTS_MAX:
        keys = sorted(sorted(keys, key=lambda key: -receipts[key])[:LISTS_MAX])
    return {key: Own(counts[key], receipts[key]) for key in keys}


def _barred(profile: Profile, policy: Policy, now_ms: int) -> set[int]:
    """Digests of listed articles by which the customer may not be judged."""
    found = set[int]()
    for digest, _ in receipts_by_article(profile.buying.articles):
        for item in policy.listed.get(digest, ()):  # what else has the same digest may be meant
            if not _may_judge(item, profile.stated, policy.fold, now_ms):
                found.add(digest)
    return found


def _may_judge(item: str, stated: Stated, policy: FoldPolicy, now_ms: int) -> bool:
    known = policy.products.at(item, now_ms)
    if known is None:
        return False
    names = (("category", known.category), ("category", known.department), ("brand", known.brand))
    return not mutes_any(stated, *names)

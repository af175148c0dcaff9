"""How near the goods of a row are to what the customer buys, by the categories of both.

It tells of goods that they never bought, too. A row that lists goods is about all of them, so it
is judged by the mean over them, where the product catalogue knows their categories:

    near = sqrt((receipts with their categories + 1) / (receipts with a usual category + 1))

It takes the place of `value.affinity` to the one product that the row names, whose root and bounds
it has. Chosen on January and February by `streams study coupons`: by both, redemptions are
foretold worse.
"""

from collections.abc import Collection, Container
from math import sqrt
from typing import NamedTuple

from streams.core.assortment import Goods
from streams.core.decide.view import LISTS_MAX, Buys
from streams.core.decision_policy import DecisionPolicy
from streams.core.offers import Policy
from streams.core.profile.profile import Profile
from streams.core.profile.stated import Stated, is_muted, mutes_any

SEEN_MIN = 0.5
"""Share of a list's goods that must be open to us."""
DIGITS = 2
"""Of what a view tells: less than a hundredth of a receipt decides nothing."""


_AS_USUAL = Goods(1.0, ())
"""Stands for a list none of whose goods the catalogue knows."""


class Nearness(NamedTuple):
    """Receipts of a usual category, and of those of each list of goods, by its key."""

    usual: float = 0.0
    near: dict[str, float] = {}  # noqa: RUF012  # nobody changes it
    hidden: tuple[str, ...] = ()
    """Lists of which nothing may be known: most of their goods are of hidden categories."""


def nearness(
    keys: Collection[str], profile: Profile, policy: Policy, own: Container[str]
) -> Nearness:
    """How near each list of goods is; of those in `own` something was bought.

    A list none of whose goods the catalogue knows is as near as usual; nothing is told where it
    knows none of any. Hidden are categories that are special, and those that the customer wants not
    to be judged by: they were never bought as far as one may know, which says nothing.
    """
    assortment, habits = policy.assortment, profile.buying.habits
    if not habits or assortment.keys().isdisjoint(keys):
        return Nearness()
    stated, receipts = profile.stated, _receipts(profile, policy)
    usual = round(sum(receipts.values()) / len(receipts), DIGITS) if receipts else 0.0
    found: dict[str, float] = {}
    hidden: list[str] = []
    for key in keys:
        goods = assortment.get(key, _AS_USUAL)
        if stated.muted and goods is not _AS_USUAL:
            goods = _unmuted(goods, stated)
        near = sum([share * receipts[name] for name, share, _ in goods.shares if name in receipts])
        if goods.seen < SEEN_MIN:
            hidden.append(key)
        elif near := usual if goods is _AS_USUAL else round(near / goods.seen, DIGITS):
            found[key] = near
    told = sorted(found)
    if len(told) > LISTS_MAX:
        told = sorted(sorted(told, key=lambda key: (key not in own, -found[key]))[:LISTS_MAX])
    return Nearness(usual, {key: found[key] for key in told}, tuple(sorted(hidden)[:LISTS_MAX]))


def near_lift(goods: str, buys: Buys, policy: DecisionPolicy) -> float:
    """Lift of P1 and P0 of a row that lists these goods."""
    lift = sqrt((buys.near.get(goods, 0.0) + 1.0) / (buys.usual + 1.0))
    return max(policy.lift_min, min(lift, policy.lift_max))


def _receipts(profile: Profile, policy: Policy) -> dict[str, int]:
    """Category -> receipts that held something of it, of those that are not hidden."""
    stated, special = profile.stated, policy.fold.lexicon.special_categories
    habits = profile.buying.habits.items()
    return {
        name: one.receipts
        for name, one in habits
        if name not in special and not (stated.muted and is_muted(stated, "category", name))
    }


def _unmuted(goods: Goods, stated: Stated) -> Goods:
    """Without the categories that the customer does not want to be judged by."""
    shares = [
        one
        for one in goods.shares
        if not mutes_any(stated, ("category", one.category), ("category", one.department or None))
    ]
    return Goods(sum([one.share for one in shares]), tuple(shares))

"""How near the goods of a row are to what the customer buys, by the categories of both.

It tells of goods that they never bought, too. A row that lists goods is about all of them, so it
is judged by the mean over them, where the product catalogue knows their categories:

    near = sqrt((receipts with their categories + 1) / (receipts with a usual category + 1))

It takes the place of `value.affinity` to the one product that the row names, whose root and bounds
it has. Chosen on January and February by `streams study coupons`: by both, redemptions are
foretold worse.
"""

from collections.abc import Callable, Collection, Container
from math import sqrt
from typing import NamedTuple

from streams.core.assortment import Share
from streams.core.decide.view import LISTS_MAX, Buys
from streams.core.decision_policy import DecisionPolicy
from streams.core.fold_policy import FoldPolicy
from streams.core.offers import Policy
from streams.core.profile.profile import Profile
from streams.core.profile.stated import Stated, is_muted

SEEN_MIN = 0.5
"""Share of a list's goods that must be open to us."""
DIGITS = 2
"""Of what a view tells: less than a hundredth of a receipt decides nothing."""


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
    may = _may(profile.stated, policy.fold)
    receipts = {name: habit.receipts for name, habit in habits.items() if may(Share(name, "", 1.0))}
    usual = round(sum(receipts.values()) / len(receipts), DIGITS) if receipts else 0.0
    found: dict[str, float] = {}
    hidden: list[str] = []
    for key in keys:
        shares = assortment.get(key)
        near, seen = usual, 1.0
        if shares is not None:
            open_to_us = [one for one in shares if may(one)]
            seen = sum([one.share for one in open_to_us])
            near = sum([one.share * receipts.get(one.category, 0) for one in open_to_us])
        if seen < SEEN_MIN:
            hidden.append(key)
        elif near := round(near / seen, DIGITS):
            found[key] = near
    told = sorted(found)
    if len(told) > LISTS_MAX:
        told = sorted(sorted(told, key=lambda key: (key not in own, -found[key]))[:LISTS_MAX])
    return Nearness(usual, {key: found[key] for key in told}, tuple(sorted(hidden)[:LISTS_MAX]))


def near_lift(goods: str, buys: Buys, policy: DecisionPolicy) -> float:
    """Lift of P1 and P0 of a row that lists these goods."""
    lift = sqrt((buys.near.get(goods, 0.0) + 1.0) / (buys.usual + 1.0))
    return max(policy.lift_min, min(lift, policy.lift_max))


def _may(stated: Stated, policy: FoldPolicy) -> Callable[[Share], bool]:
    """Whether the customer may be judged by a category."""
    special = policy.lexicon.special_categories

    def may(one: Share) -> bool:
        if one.category in special or one.department in special:
            return False
        if not stated.muted:
            return True
        return not is_muted(stated, "category", one.category) and not (
            one.department and is_muted(stated, "category", one.department)
        )

    return may

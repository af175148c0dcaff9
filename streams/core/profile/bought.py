"""A purchase, at a till or in the web shop: money, habits, interests, taste, time."""

from streams.core import events
from streams.core.decay import add_names, add_sums
from streams.core.evidence import CLICK
from streams.core.fold_policy import FoldPolicy
from streams.core.local import hour_of, local_ms, weekday_of
from streams.core.profile.articles import add_articles
from streams.core.profile.basket import Basket
from streams.core.profile.buying import (
    DAY_MS,
    HOURS,
    Money,
    add_day,
    add_money,
    add_purchases,
    spend_in,
)
from streams.core.profile.care import UNTOLD
from streams.core.profile.cart import drop_bought
from streams.core.profile.habits import add_habits
from streams.core.profile.profile import BRANDS_MAX, CATEGORIES_MAX, Profile
from streams.core.profile.shopping import feel, fold_click, order_basket
from streams.core.profile.taste import choose
from streams.core.profile.worlds import add_topics


def fold_purchase(
    profile: Profile, order: events.Purchase, policy: FoldPolicy, *, at_ms: int
) -> None:
    """An order of the web shop: `value_minor`, or its items' prices where it says none."""
    fold_click(profile, order, policy, at_ms=at_ms)
    basket, amount_minor = order_basket(profile, order, policy, at_ms)
    money = basket.money(amount_minor)
    buy(profile, basket, money, order.currency, policy, at_ms=at_ms, source=CLICK)


def buy(  # noqa: PLR0913  # all that one purchase is
    profile: Profile,
    basket: Basket,
    money: Money,
    currency: str,
    policy: FoldPolicy,
    *,
    at_ms: int,
    source: int,
) -> None:
    """Fold a purchase; the cart loses what was put in before and is in the basket."""
    buying = profile.buying
    local = local_ms(policy.zone, at_ms)
    day = local // DAY_MS
    spend = spend_in(buying, currency, policy.spend_half_life_ms, at_ms)
    add_money(spend, money, at_ms, day=day, count=1)
    add_purchases(buying, basket.items, at_ms)
    add_articles(buying.articles, basket.items, day)
    add_day(buying, day)
    add_habits(buying.habits, basket.categories, day, lines=basket.lines)
    add_sums(buying.times, ((hour_of(local), 1.0), (HOURS + weekday_of(local), 1.0)), at_ms)
    buying.lines += basket.lines
    buying.promoted += basket.promoted
    buying.coupons += basket.coupons
    if profile.cart:
        for item in basket.items:
            drop_bought(profile.cart, item, at_ms)
    weight = policy.purchase_weight
    if basket.categories:
        add_names(
            profile.categories,
            basket.categories,
            weight,
            at_ms,
            names_max=CATEGORIES_MAX,
            source=source,
        )
        topics_of = policy.lexicon.topics_of_category
        topics = dict.fromkeys(
            [topic for category in basket.categories for topic in topics_of(category)]
        )
        if topics:
            add_topics(profile.worlds, topics, weight, at_ms, source)
    if basket.brands:
        add_names(profile.brands, basket.brands, weight, at_ms, names_max=BRANDS_MAX, source=source)
    choose(profile.taste, basket.items, policy.products, weight, at_ms)
    feel(profile, UNTOLD, at_ms, source)

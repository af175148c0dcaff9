"""A void: what the receipt added is taken back, as far as the profile still remembers it."""

from streams.core.decay import add_sums, take_back
from streams.core.fold_policy import FoldPolicy
from streams.core.local import hour_of, local_ms, weekday_of
from streams.core.profile.articles import take_back_articles
from streams.core.profile.buying import (
    DAY_MS,
    DIGEST_BYTES,
    HOURS,
    RECEIPT_ITEMS_MAX,
    VOIDED_MAX,
    Buying,
    Money,
    ReceiptTrace,
    add_money,
    marked,
)
from streams.core.profile.care import BAD, UNTOLD
from streams.core.profile.days import mark_of, without
from streams.core.profile.habits import take_back_habits
from streams.core.profile.profile import Profile
from streams.core.profile.taste import unchoose


def cancel(profile: Profile, original: bytes, policy: FoldPolicy) -> None:
    """Take back what the receipt `original` added, or remember that it is void.

    What cannot be undone: when its items were bought before, unless a kept receipt tells, cart
    lines it took out, and what was dropped beyond a bound since. A day stays one of purchase if
    anything else is known to have been bought on it; of orders of the web shop, which leave no
    trace, their items are known and not their categories.
    """
    buying = profile.buying
    buying.voids += 1
    trace = next((one for one in buying.receipts if one.digest == original), None)
    if trace is None:
        buying.voided = (buying.voided + original)[-VOIDED_MAX * DIGEST_BYTES :]
        return
    buying.receipts.remove(trace)
    day = local_ms(policy.zone, trace.at_ms) // DAY_MS
    spend = buying.spend.get(trace.currency)
    if spend is not None:
        money = Money(
            -trace.amount_minor,
            -trace.margin_minor,
            -trace.costed_minor,
            -trace.units,
            -trace.discount_minor,
        )
        add_money(spend, money, trace.at_ms, day=day, count=-trace.count)
    if trace.count:
        _forget_purchase(profile, trace, day, policy)
    else:
        buying.returns -= 1
        if not _of_day(buying, day, policy, count=0):
            buying.return_days = without(buying.return_days, mark_of(day))
        take_back(profile.care.moments, (BAD,), 1.0, trace.at_ms)


def _of_day(buying: Buying, day: int, policy: FoldPolicy, *, count: int) -> list[ReceiptTrace]:
    """The kept receipts of a local day: sales for a `count` of 1, returns for 0."""
    return [
        one
        for one in buying.receipts
        if one.count == count and local_ms(policy.zone, one.at_ms) // DAY_MS == day
    ]


def _forget_purchase(profile: Profile, trace: ReceiptTrace, day: int, policy: FoldPolicy) -> None:
    buying, at_ms = profile.buying, trace.at_ms
    lines, promoted, coupons = trace.counts
    buying.lines -= lines
    buying.promoted -= promoted
    buying.coupons -= coupons
    local = local_ms(policy.zone, at_ms)
    add_sums(buying.times, ((hour_of(local), -1.0), (HOURS + weekday_of(local), -1.0)), at_ms)
    others = _of_day(buying, day, policy, count=1)
    habits = marked(trace.names, buying.habits)
    same_day = {name for one in others for name in marked(one.names, habits)}
    take_back_habits(buying.habits, habits, day, lines=lines, other_that_day=same_day)
    if not others and not any(
        local_ms(policy.zone, bought_ms) // DAY_MS == day
        for bought_ms in buying.purchases.values()
        if bought_ms != at_ms
    ):
        days = without(buying.days, mark_of(day))
        buying.days_count -= days != buying.days
        buying.days = days
    categories, brands = profile.categories, profile.brands
    take_back(categories, marked(trace.names, categories.traits), trace.weight, at_ms)
    take_back(brands, marked(trace.names, brands.traits, brands=True), trace.weight, at_ms)
    topics_of = policy.lexicon.topics_of_category
    topics = dict.fromkeys([topic for name in habits for topic in topics_of(name)])
    take_back(profile.worlds.topics, topics, trace.weight, at_ms)
    take_back(buying.tenders, trace.tenders, 1.0, at_ms)
    take_back(profile.care.moments, (UNTOLD,), 1.0, at_ms)
    unchoose(profile.taste, trace.items, policy.products, trace.weight, at_ms)
    _forget_items(buying, trace, policy)


def _forget_items(buying: Buying, trace: ReceiptTrace, policy: FoldPolicy) -> None:
    bought, sales = buying.purchases, [one for one in buying.receipts if one.count]
    items = dict.fromkeys(trace.items)
    if len(items) == RECEIPT_ITEMS_MAX:  # there may have been more
        items |= dict.fromkeys([one for one, at_ms in bought.items() if at_ms == trace.at_ms])
    for item in trace.items:
        times = buying.repeats.pop(item, 1) - 1
        if times > 1:
            buying.repeats[item] = times
        if bought.get(item) == trace.at_ms:
            _forget_item(buying, item, sales)
    for item in items.keys() - set(trace.items):
        _forget_item(buying, item, sales)
    days = {item: local_ms(policy.zone, bought[item]) // DAY_MS for item in items if item in bought}
    take_back_articles(buying.articles, items, days)
    known = [*bought.values(), *(one.at_ms for one in buying.receipts if one.count)]
    if buying.last_purchase_ms == trace.at_ms:
        buying.last_purchase_ms = max(known, default=0)
    if buying.first_purchase_ms == trace.at_ms:
        buying.first_purchase_ms = min(known, default=0)


def _forget_item(buying: Buying, item: str, sales: list[ReceiptTrace]) -> None:
    """Its last purchase is void: the one before it counts, if one of `sales` tells of it."""
    before = [one.at_ms for one in sales if item in one.items]
    if before:
        buying.purchases[item] = max(before)
    else:
        del buying.purchases[item]
        buying.repeats.pop(item, None)

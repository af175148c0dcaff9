"""Folds of `pos.transaction.v1`: sales, returns and voids at a till."""

from streams.core import events
from streams.core.decay import add_names
from streams.core.evidence import TILL
from streams.core.fold_policy import FoldPolicy
from streams.core.local import local_ms
from streams.core.profile.basket import till_basket
from streams.core.profile.bought import buy
from streams.core.profile.buying import (
    DAY_MS,
    DIGEST_BYTES,
    RECEIPT_ITEMS_MAX,
    RETURN_DAYS_MAX,
    TENDERS_MAX,
    Money,
    ReceiptTrace,
    add_money,
    meets_void,
    name_marks,
    remember_receipt,
    spend_in,
)
from streams.core.profile.care import BAD
from streams.core.profile.days import joined, mark_of
from streams.core.profile.profile import Profile, event_digest
from streams.core.profile.shopping import feel, use_channel, visit_outlet
from streams.core.profile.voiding import cancel


def fold_sale(profile: Profile, sale: events.Sale, policy: FoldPolicy, *, at_ms: int) -> None:
    """Goods were bought; nothing but the count and the visit stays when a void came first."""
    _visit(profile, sale, at_ms)
    buying = profile.buying
    digest = profile.recent_ids[-DIGEST_BYTES:]
    if buying.voided and meets_void(buying, digest):
        return
    basket = till_basket(sale, policy, profile.contact.consents, at_ms)
    money = basket.money(sale.total_minor)
    buy(profile, basket, money, sale.currency, policy, at_ms=at_ms, source=TILL)
    tenders = tuple(dict.fromkeys([one.tender_type for one in sale.tenders]))
    if tenders:
        add_names(buying.tenders, tenders, 1.0, at_ms, names_max=TENDERS_MAX, source=TILL)
    names = [(name, *counts) for name, counts in basket.categories.items()]
    trace = ReceiptTrace(
        digest,
        at_ms,
        sale.currency,
        sale.total_minor,
        1,
        policy.purchase_weight,
        name_marks([*names, *((name, 0, 0) for name in basket.brands)]),
        money.margin_minor,
        money.costed_minor,
        money.units,
        money.discount_minor,
        tuple(basket.items)[:RECEIPT_ITEMS_MAX],
        tenders[:TENDERS_MAX],
        (basket.lines, basket.promoted, basket.coupons),
    )
    remember_receipt(buying, trace)


def fold_return(
    profile: Profile, returned: events.Return, policy: FoldPolicy, *, at_ms: int
) -> None:
    """Goods were given back: the refund is negative spend; interest in them stays."""
    _visit(profile, returned, at_ms)
    buying = profile.buying
    digest = profile.recent_ids[-DIGEST_BYTES:]
    if buying.voided and meets_void(buying, digest):
        return
    buying.returns += 1
    day = local_ms(policy.zone, at_ms) // DAY_MS
    buying.return_days = joined(buying.return_days, mark_of(day), RETURN_DAYS_MAX)
    feel(profile, BAD, at_ms, TILL)
    spend = spend_in(buying, returned.currency, policy.spend_half_life_ms, at_ms)
    basket = till_basket(returned, policy, profile.contact.consents, at_ms)
    money = Money(-returned.total_minor, -basket.margin_minor, -basket.costed_minor)
    add_money(spend, money, at_ms, day=day, count=0)
    trace = ReceiptTrace(
        digest,
        at_ms,
        returned.currency,
        money.amount_minor,
        0,
        margin_minor=money.margin_minor,
        costed_minor=money.costed_minor,
    )
    remember_receipt(buying, trace)


def fold_void(profile: Profile, void: events.Void, policy: FoldPolicy, *, at_ms: int) -> None:
    """An earlier receipt was cancelled; both visits to the outlet stay."""
    _visit(profile, void, at_ms)
    cancel(profile, event_digest(void.original_transaction.natural_id()), policy)


def _visit(profile: Profile, receipt: events.Receipt, at_ms: int) -> None:
    use_channel(profile, "store", at_ms, TILL)
    visit_outlet(profile, receipt.store_id, at_ms, TILL)

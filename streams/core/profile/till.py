"""Folds of `pos.transaction.v1`: sales, returns and voids at a till."""

from streams.core import events
from streams.core.offers import FoldPolicy
from streams.core.profile.buying import (
    DIGEST_BYTES,
    ReceiptTrace,
    add_money,
    cancel,
    name_digests,
    remember_receipt,
    spend_in,
    was_voided,
)
from streams.core.profile.profile import Profile, event_digest
from streams.core.profile.shopping import add_interest, buy_items, use_channel, visit_outlet


def fold_sale(profile: Profile, sale: events.Sale, policy: FoldPolicy, *, at_ms: int) -> None:
    """Goods were bought; nothing but the count stays when a void came first."""
    buying = profile.buying
    digest = profile.recent_ids[-DIGEST_BYTES:]
    if buying.voided and was_voided(buying, digest):
        return
    _visit(profile, sale, at_ms)
    spend = spend_in(buying, sale.currency, policy.spend_half_life_ms, at_ms)
    add_money(spend, sale.total_minor, at_ms, count=1)
    buy_items(profile, sale.line_items, at_ms)
    weight = policy.purchase_weight
    names = add_interest(profile, sale.line_items, weight, at_ms)
    trace = ReceiptTrace(
        digest, at_ms, sale.currency, sale.total_minor, 1, weight, name_digests(names)
    )
    remember_receipt(buying, trace)


def fold_return(
    profile: Profile, returned: events.Return, policy: FoldPolicy, *, at_ms: int
) -> None:
    """Goods were given back: the refund is negative spend; interest in them stays."""
    buying = profile.buying
    digest = profile.recent_ids[-DIGEST_BYTES:]
    if buying.voided and was_voided(buying, digest):
        return
    _visit(profile, returned, at_ms)
    buying.returns += 1
    spend = spend_in(buying, returned.currency, policy.spend_half_life_ms, at_ms)
    add_money(spend, -returned.total_minor, at_ms, count=0)
    remember_receipt(
        buying, ReceiptTrace(digest, at_ms, returned.currency, -returned.total_minor, 0)
    )


def fold_void(profile: Profile, void: events.Void, _policy: FoldPolicy, *, at_ms: int) -> None:
    """An earlier receipt was cancelled; the visit to the outlet stays."""
    _visit(profile, void, at_ms)
    original = event_digest(void.original_transaction.natural_id())
    cancel(profile.buying, original, (profile.categories, profile.brands))


def _visit(profile: Profile, receipt: events.Receipt, at_ms: int) -> None:
    use_channel(profile, "store", at_ms)
    visit_outlet(profile, receipt.store_id, at_ms)

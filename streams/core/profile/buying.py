"""What the customer bought and brought back: money, items, and receipts that may be cancelled.

Money is exact: refunds and voids take away what they gave back. A receipt's traces are kept for
the last `RECEIPTS_MAX` sales, so that a void takes them back whole; the void of an older one
changes counts alone. A void that comes before its sale is remembered, and the sale then counts
for nothing but itself.
"""

from collections.abc import Iterable

import xxhash
from msgspec import Struct

from streams.core.decay import Decayed, DecayedMap, add, begin, set_half_life, take_back

RECEIPTS_MAX = 4  # tills void the receipt just printed, or one of the same day
RECEIPT_NAMES_MAX = 64  # categories and brands of one receipt that a void takes back
VOIDED_MAX = 16  # voids that wait for their sale
PURCHASES_MAX = 32  # items remembered with the time of their last purchase
CURRENCIES_MAX = 4
MINOR_MAX = 10**18  # lifetime money saturates here, far above any customer and below 64 bits
NAME_DIGEST_BYTES = 4
DIGEST_BYTES = 8


class Spend(Struct, array_like=True, gc=False):
    """Money of one currency: exact over the lifetime, and decayed; refunds count negative."""

    lifetime_minor: int
    recent: Decayed


class ReceiptTrace(Struct, frozen=True, array_like=True, gc=False):
    """What one sale added, so that its void can take it back.

    `names` holds 4-byte digests of the categories and brands that got `weight` each: enough to
    find them again in their maps. `count` is 1 for a sale, 0 for a return.
    """

    digest: bytes
    at_ms: int
    currency: str
    amount_minor: int
    count: int
    weight: float = 0.0
    names: bytes = b""


class Buying(Struct, array_like=True, gc=False):
    """Spend by currency, last purchases by item, and the traces of recent receipts."""

    spend: dict[str, Spend] = {}
    purchases: dict[str, int] = {}
    """Item -> event time of its last purchase; beyond `PURCHASES_MAX` the oldest is dropped."""
    receipts: list[ReceiptTrace] = []
    voided: bytes = b""
    last_purchase_ms: int = 0
    returns: int = 0
    voids: int = 0


def spend_in(buying: Buying, currency: str, half_life_ms: int, at_ms: int) -> Spend:
    """The money of `currency`, to which something of `at_ms` will be added.

    Beyond `CURRENCIES_MAX` the currency used longest ago is dropped with its sums.
    """
    spend = buying.spend.get(currency)
    if spend is None:
        spend = buying.spend[currency] = Spend(0, Decayed(half_life_ms))
        begin(spend.recent, half_life_ms, at_ms)
        if len(buying.spend) > CURRENCIES_MAX:
            others = [one for one in buying.spend if one != currency]
            del buying.spend[min(others, key=lambda one: (buying.spend[one].recent.last_ms, one))]
    elif spend.recent.half_life_ms != half_life_ms:
        set_half_life(spend.recent, half_life_ms, spend.recent.last_ms)
    return spend


def add_money(spend: Spend, amount_minor: int, at_ms: int, *, count: int) -> None:
    """Add `amount_minor`, negative for money given back; `count` is how many purchases that is."""
    lifetime_minor = spend.lifetime_minor + amount_minor
    spend.lifetime_minor = max(-MINOR_MAX, min(lifetime_minor, MINOR_MAX))
    add(spend.recent, amount_minor, at_ms, count=count)


def add_purchases(buying: Buying, items: Iterable[str], at_ms: int) -> None:
    """Remember `items` as bought at `at_ms`."""
    purchases = buying.purchases
    for item in items:
        if purchases.get(item, 0) < at_ms:
            purchases[item] = at_ms
    buying.last_purchase_ms = max(buying.last_purchase_ms, at_ms)
    while len(purchases) > PURCHASES_MAX:
        del purchases[min(purchases, key=lambda item: (purchases[item], item))]


def was_voided(buying: Buying, digest: bytes) -> bool:
    """Whether a void of the receipt `digest` came before it."""
    voided = buying.voided
    return any(
        voided[at : at + DIGEST_BYTES] == digest for at in range(0, len(voided), DIGEST_BYTES)
    )


def remember_receipt(buying: Buying, trace: ReceiptTrace) -> None:
    """Keep `trace`; beyond `RECEIPTS_MAX` the one of the oldest event time is dropped."""
    buying.receipts.append(trace)
    if len(buying.receipts) > RECEIPTS_MAX:
        buying.receipts.remove(min(buying.receipts, key=lambda one: (one.at_ms, one.digest)))


def name_digests(names: Iterable[str]) -> bytes:
    """The digests of `names` for a `ReceiptTrace`; of more than `RECEIPT_NAMES_MAX` the first."""
    digests = b"".join([xxhash.xxh32_digest(name.encode()) for name in names])
    return digests[: RECEIPT_NAMES_MAX * NAME_DIGEST_BYTES]


def cancel(buying: Buying, original: bytes, maps: Iterable[DecayedMap]) -> None:
    """Take back what the receipt `original` added, or remember that it is void.

    What cannot be undone: earlier purchases of the same items, and cart lines it took out.
    """
    buying.voids += 1
    trace = next((one for one in buying.receipts if one.digest == original), None)
    if trace is None:
        buying.voided = (buying.voided + original)[-VOIDED_MAX * DIGEST_BYTES :]
        return
    buying.receipts.remove(trace)
    spend = buying.spend.get(trace.currency)
    if spend is not None:
        add_money(spend, -trace.amount_minor, trace.at_ms, count=-trace.count)
    if trace.count:
        _forget_purchases(buying, trace.at_ms)
    for one in maps:
        take_back(one, _named(one, trace.names), trace.weight, trace.at_ms)


def _forget_purchases(buying: Buying, at_ms: int) -> None:
    for item in [one for one, bought_ms in buying.purchases.items() if bought_ms == at_ms]:
        del buying.purchases[item]
    if buying.last_purchase_ms == at_ms:
        known = [*buying.purchases.values(), *(one.at_ms for one in buying.receipts if one.count)]
        buying.last_purchase_ms = max(known, default=0)


def _named(sums: DecayedMap, digests: bytes) -> list[str]:
    wanted = {
        digests[at : at + NAME_DIGEST_BYTES] for at in range(0, len(digests), NAME_DIGEST_BYTES)
    }
    return [name for name in sums.traits if xxhash.xxh32_digest(name.encode()) in wanted]

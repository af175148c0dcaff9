"""What the customer bought and brought back: money, items, and receipts that may be cancelled.

Money is exact: refunds and voids take away what they gave back. A receipt's traces are kept for
the last `RECEIPTS_MAX` sales, so that a void takes them back whole (`voiding`); the void of an
older one changes counts alone. A void that comes before its sale is remembered, and the sale then
counts for nothing but itself.
"""

from collections.abc import Iterable

import xxhash
from msgspec import Struct, field

from streams.core.decay import (
    Decayed,
    DecayedMap,
    DecayedSums,
    add,
    add_sums,
    begin,
    set_half_life,
)
from streams.core.profile.articles import Articles
from streams.core.profile.days import joined, mark_of
from streams.core.profile.habits import Habit

RECEIPTS_MAX = 3  # tills void the receipt just printed, or one of the same day
RECEIPT_NAMES_MAX = 64  # categories and brands of one receipt that a void takes back
RECEIPT_ITEMS_MAX = 32  # its articles, by which their attributes and values are taken back
VOIDED_MAX = 16  # voids that wait for their sale
PURCHASES_MAX = 32  # items remembered with the time of their last purchase
CURRENCIES_MAX = 4
DAYS_MAX = 32  # distinct purchase days kept
PERIODS_MAX = 8  # of four weeks each, with what was spent in them
PERIOD_DAYS = 28
TENDERS_MAX = 6
RETURN_DAYS_MAX = 4
HOURS = 24
TIMES = HOURS + 7  # hours of the day, then days of the week
DAY_MS = 86_400_000
SQUARE, MARGIN, UNITS, RECEIPTS, DISCOUNT = range(5)  # what `Spend.sums` holds, by index
MINOR_MAX = 10**18  # lifetime money saturates here, far above any customer and below 64 bits
NAME_BYTES = 6  # 4 of the name's digest, then its lines and those at a reduced price, to 255
NAME_DIGEST_BYTES = 4
DIGEST_BYTES = 8


class Spend(Struct, array_like=True, gc=False):
    """Money of one currency: exact over the lifetime, and decayed; refunds count negative."""

    lifetime_minor: int
    recent: Decayed
    margin_minor: int = 0
    """Lifetime, of what cost is known for:"""
    costed_minor: int = 0
    """lifetime sales of articles whose cost is known."""
    sums: DecayedSums = field(default_factory=lambda: DecayedSums(DAY_MS, 0, [0] * 5))
    """By index: squared amounts, margin, units, receipts, discounts."""
    periods: dict[int, int] = {}
    """Four-week period since 1970 -> spent in it; beyond `PERIODS_MAX` the oldest is dropped, and
    those kept are exact."""


class ReceiptTrace(Struct, frozen=True, array_like=True, gc=False):
    """What one sale added, so that its void can take it back.

    `names` holds `NAME_BYTES` for each category and brand that got `weight`: enough to find them
    again in their maps; a brand has no lines. `count` is 1 for a sale, 0 for a return.
    """

    digest: bytes
    at_ms: int
    currency: str
    amount_minor: int
    count: int
    weight: float = 0.0
    names: bytes = b""
    margin_minor: int = 0
    costed_minor: int = 0
    units: int = 0
    discount_minor: int = 0
    items: tuple[str, ...] = ()
    tenders: tuple[str, ...] = ()
    counts: tuple[int, int, int] = (0, 0, 0)
    """Lines, those at a reduced price, and those with a coupon."""


class Buying(Struct, array_like=True, gc=False):
    """Spend by currency, what was bought when and how, and the traces of recent receipts."""

    spend: dict[str, Spend] = {}
    purchases: dict[str, int] = {}
    """Item -> event time of its last purchase; beyond `PURCHASES_MAX` the oldest is dropped.

    An item that is not here was not bought since the oldest that is."""
    receipts: list[ReceiptTrace] = []
    voided: bytes = b""
    last_purchase_ms: int = 0
    returns: int = 0
    voids: int = 0
    first_purchase_ms: int = 0
    days: bytes = b""
    """The last `DAYS_MAX` distinct days of purchase, see `days`."""
    days_count: int = 0
    """All of them; a day that comes in after `DAYS_MAX` later ones is not counted."""
    repeats: dict[str, int] = {}
    """Kept item -> receipts that held it since it is kept, for those bought more than once."""
    habits: dict[str, Habit] = {}
    times: DecayedSums = field(default_factory=lambda: DecayedSums(DAY_MS, 0, [0] * TIMES))
    """Receipts by hour of the day, then by day of the week, local time."""
    tenders: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    coupons: int = 0
    """Lines on which a coupon was redeemed."""
    lines: int = 0
    """Lines of all receipts,"""
    promoted: int = 0
    """and those at a reduced price."""
    return_days: bytes = b""
    """The last `RETURN_DAYS_MAX` distinct days on which something came back, in any order."""
    articles: Articles = field(default_factory=Articles)
    """Hundreds of those that were bought, those of `purchases` among them."""


class Money(Struct, frozen=True, gc=False):
    """What one receipt came to, in minor units; a refund is negative."""

    amount_minor: int
    margin_minor: int = 0
    costed_minor: int = 0
    units: int = 0
    discount_minor: int = 0


def spend_in(buying: Buying, currency: str, half_life_ms: int, at_ms: int) -> Spend:
    """The money of `currency`, to which something of `at_ms` will be added.

    Beyond `CURRENCIES_MAX` the currency used longest ago is dropped with its sums: it reads as
    never spent, and begins anew when it comes again.
    """
    spend = buying.spend.get(currency)
    if spend is None:
        spend = buying.spend[currency] = Spend(0, Decayed(half_life_ms))
        begin(spend.recent, half_life_ms, at_ms)
        begin(spend.sums, half_life_ms, at_ms)
        while len(buying.spend) > CURRENCIES_MAX:
            others = [one for one in buying.spend if one != currency]
            del buying.spend[min(others, key=lambda one: (buying.spend[one].recent.last_ms, one))]
    elif spend.recent.half_life_ms != half_life_ms:
        set_half_life(spend.recent, half_life_ms, spend.recent.last_ms)
        set_half_life(spend.sums, half_life_ms, spend.recent.last_ms)
    return spend


def add_money(spend: Spend, money: Money, at_ms: int, *, day: int, count: int) -> None:
    """Add one receipt of local day `day`; `count` is how many purchases that is, -1 undoes one."""
    amount_minor = money.amount_minor
    spend.lifetime_minor = saturated(spend.lifetime_minor + amount_minor)
    if money.costed_minor or money.margin_minor:
        spend.margin_minor = saturated(spend.margin_minor + money.margin_minor)
        spend.costed_minor = saturated(spend.costed_minor + money.costed_minor)
    add(spend.recent, amount_minor, at_ms, count=count)
    add_sums(
        spend.sums,
        (
            (SQUARE, count * float(amount_minor) * amount_minor),
            (MARGIN, money.margin_minor),
            (UNITS, money.units),
            (RECEIPTS, count),
            (DISCOUNT, money.discount_minor),
        ),
        at_ms,
    )
    periods = spend.periods
    period = day // PERIOD_DAYS
    periods[period] = saturated(periods.get(period, 0) + amount_minor)
    if len(periods) > PERIODS_MAX:
        del periods[min(periods)]


def add_purchases(buying: Buying, items: Iterable[str], at_ms: int) -> None:
    """Remember `items`, distinct, as bought at `at_ms`."""
    purchases = buying.purchases
    for item in items:
        held = purchases.get(item)
        if held is None:
            purchases[item] = at_ms
            continue
        buying.repeats[item] = buying.repeats.get(item, 1) + 1
        if held < at_ms:
            purchases[item] = at_ms
    if not buying.first_purchase_ms or at_ms < buying.first_purchase_ms:
        buying.first_purchase_ms = at_ms
    buying.last_purchase_ms = max(buying.last_purchase_ms, at_ms)
    if len(purchases) > PURCHASES_MAX:
        trim_purchases(buying)


def trim_purchases(buying: Buying) -> None:
    """Keep the `PURCHASES_MAX` items that were bought last."""
    purchases = buying.purchases
    newest = sorted(purchases, key=lambda item: (purchases[item], item))
    for item in newest[: max(len(purchases) - PURCHASES_MAX, 0)]:
        del purchases[item]
        buying.repeats.pop(item, None)


def add_day(buying: Buying, day: int) -> None:
    """Count `day` as a day of purchase, once."""
    mark = mark_of(day)
    held = buying.days
    buying.days = joined(held, mark, DAYS_MAX)
    if buying.days != held:
        buying.days_count += 1


def meets_void(buying: Buying, digest: bytes) -> bool:
    """Whether a void of the receipt `digest` came before it; that one no longer waits."""
    voided = buying.voided
    for at in range(0, len(voided), DIGEST_BYTES):
        if voided[at : at + DIGEST_BYTES] == digest:
            buying.voided = voided[:at] + voided[at + DIGEST_BYTES :]
            return True
    return False


def remember_receipt(buying: Buying, trace: ReceiptTrace) -> None:
    """Keep `trace`; beyond `RECEIPTS_MAX` the one of the oldest event time is dropped."""
    receipts = buying.receipts
    receipts.append(trace)
    receipts.sort(key=lambda one: (one.at_ms, one.digest))
    while len(receipts) > RECEIPTS_MAX:
        del receipts[0]


def saturated(amount_minor: int) -> int:
    """`amount_minor`, or the end of what a profile can hold."""
    if -MINOR_MAX <= amount_minor <= MINOR_MAX:  # nearly always; two calls cost more
        return amount_minor
    return MINOR_MAX if amount_minor > 0 else -MINOR_MAX


def name_marks(names: Iterable[tuple[str, int, int]]) -> bytes:
    """(name, lines, promoted lines) for a `ReceiptTrace`; at most `RECEIPT_NAMES_MAX` of them."""
    marks = [
        xxhash.xxh32_digest(name.encode()) + bytes((min(lines, 255), min(promoted, 255)))
        for name, lines, promoted in names
    ]
    return b"".join(marks[:RECEIPT_NAMES_MAX])


def marked(
    marks: bytes, names: Iterable[str], *, brands: bool = False
) -> dict[str, tuple[int, int]]:
    """Those of `names` that `marks` holds as categories or as brands -> (lines, promoted lines)."""
    known = {
        marks[at : at + NAME_DIGEST_BYTES]: (marks[at + 4], marks[at + 5])
        for at in range(0, len(marks), NAME_BYTES)
        if brands is (marks[at + 4] == 0)
    }
    found: dict[str, tuple[int, int]] = {}
    for name in names:
        counts = known.get(xxhash.xxh32_digest(name.encode()))
        if counts is not None:
            found[name] = counts
    return found

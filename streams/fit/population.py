"""The customers of a stream of events, as small summaries: what everything else is learned from.

Events may come in any order across customers. A duplicate counts once if the first is among the
last `SEEN_MAX` purchases; a void takes its receipt back if that is among the last `OPEN_MAX`, which
wait for one. Memory is a few kilobytes a customer, whatever they bought.
"""

from array import array
from collections.abc import Iterator
from typing import NamedTuple

import xxhash

from streams.core.events import Event, Return, Void
from streams.core.products import NO_PRODUCTS, Products
from streams.fit.buying import Bought, bought
from streams.fit.influence import Influence
from streams.fit.pairs import Pairs

DAY_MS = 86_400_000
CUSTOMERS_MAX = 100_000  # beyond them take a share of the customers: about 800 MB
SEEN_MAX = 1_000_000
OPEN_MAX = 20_000
HASH_SPAN = 2**64


class Purchases(NamedTuple):
    """One customer's purchase days, ascending, with the money of each in the main currency.

    Money is the receipts' total in minor units; `margin_minor` covers the lines whose cost is
    known. `refunds_minor` were given back at any time until then.
    """

    subject: str
    days: tuple[int, ...]
    paid_minor: tuple[int, ...]
    margin_minor: int | None
    refunds_minor: int


class CategoryCount:
    """Lines of one category: all, and those bought at a discount."""

    __slots__ = ("lines", "promoted")

    def __init__(self) -> None:
        """Start with none."""
        self.lines = 0
        self.promoted = 0


class _Customer:
    __slots__ = ("categories", "currencies", "days", "margin_minor", "paid", "refunds")

    def __init__(self) -> None:
        self.days = array("H")
        self.paid = array("q")
        self.currencies = array("B")
        self.margin_minor: int | None = None
        self.refunds: list[tuple[int, int]] = []
        self.categories: dict[str, array[int]] = {}


class Population:
    """Everything learned from is in here; `add` events, `close`, then read."""

    def __init__(self, products: Products = NO_PRODUCTS, *, share: float = 1.0) -> None:
        """Learn from `share` of the customers, chosen by a hash of their subject."""
        self._products = products
        self._share = share
        self._customers: dict[str, _Customer] = {}
        self._currencies: dict[str, int] = {}
        self._receipts: list[int] = []
        self._open: dict[str, Bought] = {}
        self._voided: dict[str, None] = {}
        self._seen: tuple[set[int], set[int]] = (set(), set())
        self._margins = [0, 0]
        self.categories: dict[str, CategoryCount] = {}
        self.pairs = Pairs()
        self.trait_pairs = Pairs()
        self.influence = Influence()
        self.purchases = 0
        self.lines = 0
        self.duplicates = 0
        self.late_voids = 0
        self.until_ms = 0

    def __len__(self) -> int:
        """How many customers bought something."""
        return len(self._customers)

    def add(self, event: Event) -> None:
        """Count one event; kinds that say nothing about buying or influence change nothing."""
        self.influence.add(event)
        body = event.body
        if isinstance(body, Void):
            self.until_ms = max(self.until_ms, event.event_time_ms)
            self._void(body.original_transaction.natural_id())
            return
        one = bought(event, self._products)
        if one is None and not isinstance(body, Return):
            return
        if not self._chosen(event.subject) or self._was_seen(event.event_id):
            return
        self.until_ms = max(self.until_ms, event.event_time_ms)
        if one is not None:
            self._open[one.event_id] = one
            if len(self._open) > OPEN_MAX:
                self._count(self._open.pop(next(iter(self._open))))
        elif isinstance(body, Return):
            refund = (self._currency(body.currency), body.total_minor)
            self._customer(event.subject).refunds.append(refund)

    def close(self) -> None:
        """Count the receipts that waited for a void; call it once, after the last event."""
        for one in self._open.values():
            self._count(one)
        self._open = {}

    @property
    def currency(self) -> str:
        """The currency of most receipts; empty without any."""
        if not self._receipts:
            return ""
        names = list(self._currencies)
        return max(names, key=lambda name: (self._receipts[self._currencies[name]], name))

    @property
    def margin_share(self) -> float | None:
        """Margin over payments of the lines whose cost is known; None if there are none."""
        margin, paid = self._margins
        return min(margin / paid, 1.0) if paid > 0 else None

    def customers(self) -> Iterator[Purchases]:
        """Every customer who bought on a day at least, in the order of their subjects."""
        main = self._currencies.get(self.currency, 0)
        for subject, one in sorted(self._customers.items()):
            money: dict[int, int] = {}
            for day, paid, currency in zip(one.days, one.paid, one.currencies, strict=True):
                money[day] = money.get(day, 0) + (paid if currency == main else 0)
            if money:
                days = tuple(sorted(money))
                refunds = sum(amount for currency, amount in one.refunds if currency == main)
                paid_minor = tuple(money[day] for day in days)
                yield Purchases(subject, days, paid_minor, one.margin_minor, refunds)

    def category_days(self) -> Iterator[tuple[str, list[int]]]:
        """(category, distinct purchase days, ascending) for each customer and category."""
        for _, one in sorted(self._customers.items()):
            for category, days in one.categories.items():
                yield category, sorted(set(days))

    def _customer(self, subject: str) -> _Customer:
        customer = self._customers.get(subject)
        if customer is None:
            customer = self._customers[subject] = _Customer()
        return customer

    def _currency(self, currency: str) -> int:
        number = self._currencies.setdefault(currency, len(self._currencies))
        if number == len(self._receipts):
            self._receipts.append(0)
        return min(number, 255)

    def _chosen(self, subject: str) -> bool:
        if self._share >= 1.0:
            return True
        return xxhash.xxh64_intdigest(subject.encode()) < self._share * HASH_SPAN

    def _was_seen(self, event_id: str) -> bool:
        digest = xxhash.xxh64_intdigest(event_id.encode())
        young, old = self._seen
        if digest in young or digest in old:
            self.duplicates += 1
            return True
        young.add(digest)
        if len(young) >= SEEN_MAX // 2:
            self._seen = (set(), young)
        return False

    def _void(self, original: str) -> None:
        if self._open.pop(original, None) is not None:
            return
        self._voided[original] = None
        self.late_voids += 1
        if len(self._voided) > OPEN_MAX:
            del self._voided[next(iter(self._voided))]

    def _count(self, one: Bought) -> None:
        if one.event_id in self._voided:
            self.late_voids -= 1
            return
        customer = self._customer(one.subject)
        number = self._currency(one.currency)
        self._receipts[number] += 1
        day = one.at_ms // DAY_MS
        customer.days.append(day)
        customer.paid.append(one.total_minor)
        customer.currencies.append(number)
        self.purchases += 1
        self.lines += len(one.lines)
        categories = self._count_lines(one, customer)
        for name in categories:
            days = customer.categories.setdefault(name, array("H"))
            if not days or days[-1] != day:
                days.append(day)
        self.pairs.add([(name,) for name in categories])
        if len(self._products):
            self.trait_pairs.add({line.item_id: line.traits for line in one.lines}.values())

    def _count_lines(self, one: Bought, customer: _Customer) -> dict[str, None]:
        categories: dict[str, None] = {}
        for line in one.lines:
            if line.margin_minor is not None:
                customer.margin_minor = (customer.margin_minor or 0) + line.margin_minor
                self._margins[0] += line.margin_minor
                self._margins[1] += line.paid_minor
            if line.category is None:
                continue
            categories[line.category] = None
            count = self.categories.get(line.category)
            if count is None:
                count = self.categories[line.category] = CategoryCount()
            count.lines += 1
            count.promoted += line.promoted
        return categories

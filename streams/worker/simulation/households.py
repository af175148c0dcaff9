"""Real receipts with simulated clicks and posts of the same households around them.

Receipts are the study's own; what a household clicks and says is made up from what it bought:
before most visits it looks for things it is about to buy, afterwards it may look again or write a
post. Every receipt draws from its own seed, so the same receipt always has the same company,
wherever a replay begins.
"""

import heapq
import random
from collections.abc import Iterable, Iterator, Mapping

from streams.core.events import Event, Sale
from streams.worker.simulation import clicks, posts, receipts
from streams.worker.simulation.generator import Sourced, sourced
from streams.worker.simulation.goods import Draw, Goods, basket, pick
from streams.worker.simulation.journey import Product, Receipt
from streams.worker.simulation.phones import checks_in, logs_in, on_phone

HOUR_MS = 3_600_000
# Simulated events lie at most this long before or after their receipt.
AROUND_MS = 24 * HOUR_MS
VISITS_ONLINE = 0.6
VISITS_AFTER = 0.3
POSTS_AFTER = 0.25
CLICKS_MAX = 4


def journey(
    found: Iterable[Receipt],
    *,
    products: Mapping[int, Product],
    coupons: receipts.Coupons,
    seed: int,
) -> Iterator[Sourced]:
    """Return sales of `found` and the simulated events around them, in order of event time.

    `found` must be in order of time. Holds at most the events of two days.
    """
    waiting: list[tuple[int, int, Sourced]] = []
    count = 0
    for receipt in found:
        sale = receipts.sale(receipt, products, coupons)
        if sale is None:
            continue
        for one in _visit(receipt, sale, seed):
            heapq.heappush(waiting, (one.event.event_time_ms, count, one))
            count += 1
        while waiting and waiting[0][0] <= receipt.time_ms - AROUND_MS:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]


def _visit(receipt: Receipt, sale: Sale, seed: int) -> Iterator[Sourced]:
    event = Event(
        event_id=sale.natural_id(),
        subject=receipts.subject(receipt.household_id),
        event_time_ms=receipt.time_ms,
        topic=receipts.TOPIC,
        body=sale,
    )
    yield Sourced(event, receipts.SOURCE)
    person, phones = event.subject, _phones(receipt, seed)
    arrival = receipt.basket_id, receipt.time_ms
    for one in checks_in(phones, receipt.household_id, person, sale.store_id, arrival):
        yield Sourced(one, clicks.SOURCE)
    goods = basket(sale)
    if not goods:
        return
    # Simulation wants repeatable numbers, not secret ones.
    draw = random.Random(seed << 64 | receipt.basket_id).random  # noqa: S311
    if draw() < VISITS_ONLINE:
        start_ms = receipt.time_ms - AROUND_MS + pick(draw, AROUND_MS - HOUR_MS)
        yield from _session(draw, receipt, goods, start_ms)
    if draw() < VISITS_AFTER:
        start_ms = receipt.time_ms + HOUR_MS + pick(draw, AROUND_MS - 2 * HOUR_MS)
        yield from _session(draw, receipt, goods, start_ms)
    if draw() < POSTS_AFTER:
        customer = receipt.household_id
        body = posts.activity(draw, customer, goods[pick(draw, len(goods))], receipt.basket_id)
        time_ms = receipt.time_ms + pick(draw, AROUND_MS)
        yield sourced(body, customer, time_ms, f"sim-{receipt.basket_id}-post")


def _session(
    draw: Draw, receipt: Receipt, goods: tuple[Goods, ...], start_ms: int
) -> Iterator[Sourced]:
    """A look around the web shop: a search, then views, perhaps something in the cart."""
    customer = receipt.household_id
    session = f"session-{receipt.basket_id}-{start_ms}"
    subject = receipts.subject(customer)
    for one in logs_in(_phones(receipt, start_ms), customer, subject, session, start_ms + 20_000):
        yield Sourced(one, clicks.SOURCE)
    for number in range(1 + pick(draw, CLICKS_MAX)):
        seen = goods[pick(draw, len(goods))]
        body = (
            clicks.search(draw, subject, session, seen)
            if number == 0
            else clicks.click(draw, subject, session, seen)
        )
        seen_ms = start_ms + number * 40_000
        found = sourced(body, customer, seen_ms, f"{session}-{number}")
        yield Sourced(on_phone(found.event, customer), found.source)


def _phones(receipt: Receipt, seed: int) -> Draw:
    """Draws of their own: whoever has no phone has the same company as without phones."""
    return random.Random(seed << 65 | receipt.basket_id).random  # noqa: S311  # repeatable

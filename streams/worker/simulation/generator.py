"""Events of made-up customers of a made-up grocer: the same seed and start give the same events.

Customers are skewed as in life: of 10,000, the busiest tenth makes half of the events, the
busiest one four in a thousand.
Each has favourite categories and comes back to them.
"""

import random
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from streams.core.events import Body, Event, Receipt, topic_of
from streams.worker.simulation import clicks, posts, tills
from streams.worker.simulation.goods import assortment, favourite
from streams.worker.simulation.phones import on_phone

# Shares of the topics, cumulative; what is left is service cases and outcomes, one in a hundred.
CLICKS_UNTIL = 0.66
RECEIPTS_UNTIL = 0.825
POSTS_UNTIL = 0.99
# Weight of the customer of rank r is 1 / (r + flat)^steep: a Zipf law without a runaway first.
RANK_FLAT = 20
RANK_STEEP = 0.8
SOURCES = {
    clicks.TOPIC: clicks.SOURCE,
    tills.TOPIC: tills.SOURCE,
    posts.TOPIC: posts.SOURCE,
    posts.SERVICE_TOPIC: posts.SERVICE_SOURCE,
    posts.OUTCOME_TOPIC: posts.OUTCOME_SOURCE,
}


class Sourced(NamedTuple):
    """An event and its CloudEvents source; `/simulated/...` marks what nobody did."""

    event: Event
    source: str


def generate(*, seed: int, customers: int, start_ms: int, step_us: int) -> Iterator[Sourced]:
    """Endless events, `step_us` apart in event time from `start_ms` on.

    Event ids are `sim-<seed>-<number>` (receipts have their natural id), so two runs with one
    seed and start send the same events, which are duplicates of each other.
    """
    # Simulation wants repeatable numbers, not secret ones.
    draw = random.Random(seed).random  # noqa: S311
    shelf = assortment()
    till = tills.Tills(draw, shelf)
    weights = _weights(customers)
    number = 0
    while True:
        time_ms = start_ms + number * step_us // 1_000
        customer = 1 + bisect_left(weights, draw())
        share = draw()
        body: Body
        if share < CLICKS_UNTIL:
            session = f"session-{customer}-{number // 5_000}"
            goods = favourite(draw, customer, shelf)
            body = clicks.click(draw, f"customer:{customer}", session, goods)
        elif share < RECEIPTS_UNTIL:
            customer, body = till.ring_up(customer, time_ms, number)
        elif share < POSTS_UNTIL:
            body = posts.activity(draw, customer, favourite(draw, customer, shelf), number)
        elif draw() < 0.5:  # noqa: PLR2004  # half and half
            body = posts.case(draw, favourite(draw, customer, shelf), number)
        else:
            body = posts.outcome(draw, number)
        one = sourced(body, customer, time_ms, f"sim-{seed}-{number}")
        yield Sourced(on_phone(one.event, customer), one.source)
        number += 1


def sourced(body: Body, customer: int, time_ms: int, event_id: str) -> Sourced:
    """The simulated event with this body; a receipt's id is its natural one."""
    topic = topic_of(body)
    event = Event(
        event_id=body.natural_id() if isinstance(body, Receipt) else event_id,
        subject=f"customer:{customer}",
        event_time_ms=time_ms,
        topic=topic,
        body=body,
    )
    return Sourced(event, SOURCES[topic])


def _weights(customers: int) -> list[float]:
    """Cumulative shares of the customers, in their rank's order; the last is 1."""
    sums = list(accumulate((rank + RANK_FLAT) ** -RANK_STEEP for rank in range(customers)))
    return [one / sums[-1] for one in sums[:-1]] + [1.0]

"""A made-up market whose parameters are known: events of customers who follow BG/NBD."""

from datetime import UTC, datetime

import numpy as np

from streams.core.events import Discount, Event, LineItem, Sale, TransactionLink, Void
from streams.fit.population import Population

START_DAY = 17_000
DAY_MS = 86_400_000
CATEGORIES = ("Bread", "Butter", "Coffee", "Tea", "Soap")


def sale(  # noqa: PLR0913  # the parts of a receipt that tests differ by
    number: int,
    *,
    customer: int = 1,
    day: int = START_DAY,
    categories: tuple[str, ...] = ("Bread",),
    price_minor: int = 100,
    cost_minor: int | None = None,
    promoted: bool = False,
    currency: str = "EUR",
) -> Event:
    """A receipt of one line a category; `number` makes it another one."""
    discounts = (Discount(amount_minor=10),) if promoted else ()
    lines = tuple(
        LineItem(
            item_id=f"sku-{category}",
            item_category="Food",
            item_category2=category,
            extended_amount_minor=price_minor,
            unit_cost_minor=cost_minor,
            discounts=discounts,
        )
        for category in categories
    )
    body = Sale(
        store_id="s1",
        workstation_id="1",
        business_day=datetime.fromtimestamp(day * 86_400, UTC).date(),
        sequence_number=number,
        currency=currency,
        line_items=lines,
        total_minor=price_minor * len(lines),
    )
    return event(body, customer, day)


def event(body: Sale | Void, customer: int = 1, day: int = START_DAY) -> Event:
    """`body` at noon of `day`."""
    return Event(
        event_id=body.natural_id(),
        subject=f"customer:{customer}",
        event_time_ms=day * DAY_MS + DAY_MS // 2,
        topic="pos.transaction.v1",
        body=body,
    )


def void(of: Event) -> Event:
    """The void of the receipt `of`."""
    assert isinstance(of.body, TransactionLink)
    original = TransactionLink(
        store_id=of.body.store_id,
        workstation_id=of.body.workstation_id,
        business_day=of.body.business_day,
        sequence_number=of.body.sequence_number,
    )
    body = Void(
        store_id="s1",
        workstation_id="1",
        business_day=of.body.business_day,
        sequence_number=of.body.sequence_number + 1_000_000,
        original_transaction=original,
    )
    return event(body, int(of.subject.partition(":")[2]), of.event_time_ms // DAY_MS)


def population(*events: Event) -> Population:
    """A closed population of `events`."""
    made = Population()
    for one in events:
        made.add(one)
    made.close()
    return made


def market(*, customers: int, weeks: int = 52, seed: int = 1) -> list[Event]:
    """Events of a year: purchase rates Gamma(0.8, 2 weeks), dropout Beta(0.8, 4), in any order.

    Half of the coffee is bought at a discount; bread and butter come together.
    """
    draw = np.random.default_rng(seed)
    found: list[Event] = []
    for customer in range(customers):
        rate, leave = draw.gamma(0.8, 1 / 2.0), draw.beta(0.8, 4.0)
        price_minor = int(draw.gamma(5.0, 1 / draw.gamma(4.0, 1 / 1_000.0)) * 100) + 1
        first = week = draw.uniform(0, weeks / 4)
        while week < weeks:
            number = len(found)
            promoted = bool(draw.random() < 0.5)
            basket: tuple[str, ...] = ("Bread", "Butter") if draw.random() < 0.3 else ("Coffee",)
            basket += (CATEGORIES[int(draw.integers(3, 5))],)
            found.append(
                sale(
                    number,
                    customer=customer,
                    day=START_DAY + int(week * 7),
                    categories=basket,
                    price_minor=price_minor,
                    cost_minor=price_minor // 2,
                    promoted=promoted and "Coffee" in basket,
                )
            )
            if week > first and draw.random() < leave:
                break  # after a repeat purchase; nobody leaves after the first one, says BG/NBD
            week += draw.exponential(1 / rate)
    return found

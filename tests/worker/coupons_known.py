"""A household with three coupons, its receipts, and what the study makes of them."""

from collections.abc import Iterable, Mapping
from datetime import date

from streams.core.events import Discount, Event, LineItem, Sale
from streams.core.model import NO_MODEL
from streams.core.offers import Policy
from streams.worker.simulation.coupon_material import (
    Case,
    Looking,
    Offers,
    Sold,
)
from streams.worker.simulation.coupon_rows import (
    Article,
    stock,
)
from streams.worker.simulation.journey import DAY_MS, Campaign, Redemption
from streams.worker.simulation.receipts import subject
from tests.strategies_profiles import POLICY

START_MS = 1_488_326_400_000  # 2017-03-01T00:00:00Z
ARTICLES = {
    "1": Article(category="Tea", department="Drinks"),
    "2": Article(category="Milk"),
    "3": Article(category="Jam"),
    "4": Article(category="Bread"),
}
BOUGHT = {"1": 10, "2": 20, "3": 10, "4": 1_960}
TEA, MILK, JAM = 71, 72, 73
CAMPAIGN = Campaign(
    campaign_id=1,
    kind="Type B",
    start_ms=START_MS,
    end_ms=START_MS + 30 * DAY_MS - 1,
    households=frozenset({7}),
    coupons={JAM: (3,), TEA: (1,), MILK: (2, 2)},
)
OTHERS = Campaign(
    campaign_id=2,
    kind="Type B",
    start_ms=START_MS,
    end_ms=START_MS + 30 * DAY_MS - 1,
    households=frozenset({8}),
    coupons={74: (1,)},
)


def receipt(household: int, day: float, *items: str) -> Sold:
    """One line for each item, at a reduced price."""
    at_ms = START_MS + round(day * DAY_MS)
    lines = tuple(
        LineItem(
            item_id=item,
            extended_amount_minor=100,
            item_category2=ARTICLES[item].category,
            discounts=(Discount(discount_type="loyalty", amount_minor=1),),
        )
        for item in items
    )
    sale = Sale(
        store_id="1",
        workstation_id="1",
        business_day=date(2017, 3, 1),
        sequence_number=round(day * 100),
        currency="USD",
        line_items=lines,
        total_minor=100 * len(lines),
    )
    event = Event(
        event_id=f"{household}-{day}",
        subject=subject(household),
        event_time_ms=at_ms,
        topic="pos.transaction.v1",
        body=sale,
    )
    return household, event, sale


def redeemed(day: int, upc: int = TEA) -> Redemption:
    """Household 7 handed this coupon in."""
    return Redemption(7, upc, 1, START_MS + day * DAY_MS)


def looked_at(
    sold: Iterable[Sold],
    *redemptions: Redemption,
    articles: Mapping[str, Article] = ARTICLES,
    policy: Policy = POLICY,
) -> list[Case]:
    """The cases of these receipts, where the catalogue says this of articles."""
    shelf = stock(articles, BOUGHT, NO_MODEL)
    offers = Offers(campaigns=[CAMPAIGN, OTHERS], redemptions=redemptions)
    return list(Looking(policy, shelf, offers).cases(sold))


BEFORE = [receipt(7, 1.5, "1", "2"), receipt(8, 1.6, "3"), receipt(7, 2.5, "1")]

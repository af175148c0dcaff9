"""What became of our offers, as events of `channel.outcome.v1`.

Two kinds, told apart by their CloudEvents source:

- `/complete-journey/redemptions`: the study recorded that this household redeemed this coupon on
  this day, and before that receipt we had offered exactly this coupon to it: `accepted`, at the
  time of the day's first receipt with coupon money in it. A redemption of a coupon that we did
  not offer gives no outcome; it is in the receipt as a coupon discount like any other.
- `/simulated/channel`: every offer is reported `delivered`. The study knows of no deliveries.

Neither says that our offer caused the redemption: the household had the coupon from the retailer.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from streams.core.decide.record import Action, OfferMessage
from streams.core.events import CHANNELS, Accepted, Channel, Delivered, Event, Sale
from streams.worker.simulation.campaigns import offer_name
from streams.worker.simulation.generator import Sourced
from streams.worker.simulation.journey import DAY_MS
from streams.worker.simulation.posts import OUTCOME_SOURCE, OUTCOME_TOPIC
from streams.worker.simulation.receipts import Coupons

SOURCE = "/complete-journey/redemptions"
# Offers remembered, oldest dropped first: more than a demo of ten minutes makes.
OFFERED_MAX = 200_000


class Outcomes:
    """Remembers what was offered and tells what became of it.

    `offered` may be called from another thread than the rest.
    """

    def __init__(self, coupons: Coupons) -> None:
        """`coupons` are the redemptions by household and day."""
        self._coupons = coupons
        self._new: deque[OfferMessage] = deque(maxlen=OFFERED_MAX)
        self._offered: dict[tuple[str, str], OfferMessage] = {}
        self._day: dict[str, int] = {}
        self.redeemed = 0
        """Redemptions of the study that went by,"""
        self.accepted = 0
        """and those among them that had an offer of ours."""

    def offered(self, offer: OfferMessage) -> None:
        """An offer was read from its topic."""
        if offer.action is not Action.WITHDRAW:
            self._new.append(offer)

    def follow(self, events: Iterable[Sourced]) -> Iterator[Sourced]:
        """Yield `events`, and after each the outcomes known by then."""
        for one in events:
            yield one
            while self._new:
                yield self._deliver(self._new.popleft())
            if isinstance(one.event.body, Sale):
                yield from self._redeem(one.event, one.event.body)

    def _deliver(self, offer: OfferMessage) -> Sourced:
        if len(self._offered) >= OFFERED_MAX:
            self._offered.pop(next(iter(self._offered)))
        self._offered[offer.subject, offer.offer] = offer
        event = Event(
            event_id=f"delivered-{offer.offer_id}",
            subject=offer.subject,
            event_time_ms=offer.issued_at_ms,
            topic=OUTCOME_TOPIC,
            body=Delivered(offer_id=offer.offer_id, channel=_channel(offer)),
        )
        return Sourced(event, OUTCOME_SOURCE)

    def _redeem(self, event: Event, sale: Sale) -> Iterator[Sourced]:
        day_ms = event.event_time_ms - event.event_time_ms % DAY_MS
        household = int(event.subject.partition(":")[2])
        coupons = self._coupons.get((household, day_ms), ())
        if not coupons or not _has_coupon(sale) or self._day.get(event.subject) == day_ms:
            return
        self._day[event.subject] = day_ms
        for upc, campaign_id, products in coupons:
            self.redeemed += 1
            offer = self._offered.pop((event.subject, offer_name(campaign_id, upc)), None)
            if offer is None:
                continue
            self.accepted += 1
            lines = [line for line in sale.line_items if int(line.item_id) in products]
            body = Accepted(
                offer_id=offer.offer_id,
                channel=_channel(offer),
                offer_template=offer.offer,
                item_id=lines[0].item_id if lines else None,
                order_id=event.event_id,
                currency=sale.currency,
                value_minor=sum(line.extended_amount_minor for line in lines),
            )
            accepted = Event(
                event_id=f"accepted-{offer.offer_id}",
                subject=event.subject,
                event_time_ms=event.event_time_ms,
                topic=OUTCOME_TOPIC,
                body=body,
            )
            yield Sourced(accepted, SOURCE)


def _has_coupon(sale: Sale) -> bool:
    return bool(sale.tenders) or any(
        one.discount_type == "coupon" for line in sale.line_items for one in line.discounts
    )


def _channel(offer: OfferMessage) -> Channel:
    return next(one for one in CHANNELS if one == offer.channel)

"""Simulated receipts: sales, returns and voids of made-up stores."""

from collections import deque
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from streams.core.events import (
    Discount,
    LineItem,
    ReceiptBody,
    Return,
    Sale,
    Tender,
    TransactionLink,
    Void,
)
from streams.worker.simulation.goods import Draw, Goods, favourite, pick

TOPIC = "pos.transaction.v1"
SOURCE = "/simulated/till"
CURRENCY = "USD"
STORES = 40
# Returns and voids name one of the last so many sales.
SOLD_MAX = 512
RETURN_SHARE = 0.05
VOID_SHARE = 0.01
LINES_MAX = 3


class Sold(NamedTuple):
    """A sale that may come back."""

    customer: int
    link: TransactionLink
    line: LineItem


class Tills:
    """The tills of all stores; remembers the last `SOLD_MAX` sales for returns and voids."""

    def __init__(self, draw: Draw, shelf: tuple[Goods, ...]) -> None:
        """Draw from `draw`, sell from `shelf`."""
        self._draw = draw
        self._shelf = shelf
        self._sold: deque[Sold] = deque(maxlen=SOLD_MAX)

    def ring_up(self, customer: int, time_ms: int, number: int) -> tuple[int, ReceiptBody]:
        """Customer and body of the next receipt: a sale to `customer`, or an older one undone.

        `number` becomes the sequence number, so it must not repeat.
        """
        share = self._draw()
        if share < RETURN_SHARE + VOID_SHARE and self._sold:
            sold = self._sold.popleft()
            undo = self._void if share < VOID_SHARE else self._return
            return sold.customer, undo(sold, time_ms, number)
        sale = self._sale(customer, time_ms, number)
        link = TransactionLink(
            store_id=sale.store_id,
            workstation_id=sale.workstation_id,
            business_day=sale.business_day,
            sequence_number=number,
        )
        self._sold.append(Sold(customer, link, sale.line_items[0]))
        return customer, sale

    def _sale(self, customer: int, time_ms: int, number: int) -> Sale:
        draw = self._draw
        lines = tuple(
            _line(draw, favourite(draw, customer, self._shelf))
            for _ in range(1 + pick(draw, LINES_MAX))
        )
        total_minor = sum(line.extended_amount_minor for line in lines)
        return Sale(
            store_id=f"{300 + (customer + pick(draw, 2)) % STORES}",
            workstation_id=str(1 + pick(draw, 6)),
            business_day=_day(time_ms // 86_400_000),
            sequence_number=number,
            currency=CURRENCY,
            line_items=lines,
            total_minor=total_minor,
            tenders=(Tender(tender_type="card", amount_minor=total_minor),),
        )

    def _return(self, sold: Sold, time_ms: int, number: int) -> Return:
        return Return(
            store_id=sold.link.store_id,
            workstation_id="service",
            business_day=_day(time_ms // 86_400_000),
            sequence_number=number,
            currency=CURRENCY,
            line_items=(sold.line,),
            total_minor=sold.line.extended_amount_minor,
            original_transaction=sold.link,
            return_reason=("spoiled", "changed-mind", "wrong-item")[pick(self._draw, 3)],
        )

    def _void(self, sold: Sold, time_ms: int, number: int) -> Void:
        return Void(
            store_id=sold.link.store_id,
            workstation_id=sold.link.workstation_id,
            business_day=_day(time_ms // 86_400_000),
            sequence_number=number,
            original_transaction=sold.link,
        )


def _line(draw: Draw, goods: Goods) -> LineItem:
    quantity = 1 + pick(draw, 2)
    off_minor = goods.price_minor // 10 if draw() < 0.3 else 0  # noqa: PLR2004  # three in ten
    return LineItem(
        item_id=goods.item_id,
        quantity=quantity,
        unit_price_minor=goods.price_minor,
        extended_amount_minor=(goods.price_minor - off_minor) * quantity,
        discounts=(Discount(discount_type="loyalty", amount_minor=off_minor * quantity),)
        if off_minor
        else (),
        item_name=goods.name,
        item_brand=goods.brand,
        item_category=goods.category,
        item_category2=goods.category2,
        item_category3=goods.category3,
    )


@lru_cache(maxsize=8)
def _day(days: int) -> date:
    return datetime.fromtimestamp(days * 86_400, UTC).date()

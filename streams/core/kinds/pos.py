"""Kinds of `pos.transaction.v1`, in the words of ARTS POSLog.

Money is an integer count of minor units. `None` means the till said nothing.

Source: ARTS POSLog 6, https://www.omg.org/retail-depository/arts-xml-schemas.htm
"""

from datetime import date
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from streams.core.kinds.bounds import (
    LINES_MAX,
    PARTS_MAX,
    Amount,
    Count,
    Currency,
    Identifier,
    Name,
    Part,
    Price,
    Quantity,
    Subject,
    Word,
    kind_name,
)


class TransactionLink(Struct, frozen=True, kw_only=True, gc=False):
    """The four parts that name a receipt (ARTS POSLog)."""

    store_id: Part
    workstation_id: Part
    business_day: date
    sequence_number: Count

    def natural_id(self) -> str:
        """Event id of the receipt: `pos:{store}:{workstation}:{day}:{sequence}`."""
        return (
            f"pos:{self.store_id}:{self.workstation_id}:{self.business_day}:{self.sequence_number}"
        )


class Discount(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was taken off one line; `offer_id` when one of our offers caused it."""

    amount_minor: Price
    discount_type: Word | None = None
    promotion_id: Identifier | None = None
    coupon_id: Identifier | None = None
    offer_id: Identifier | None = None


class LineItem(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A line of a receipt.

    `unit_price_minor` is one unit before discounts; `extended_amount_minor` is the whole line
    after them, before tax. On a return both are positive: what was given back.
    """

    item_id: Identifier
    extended_amount_minor: Amount
    quantity: Quantity = 1
    unit_price_minor: Amount | None = None
    unit_cost_minor: Price | None = None
    discounts: Annotated[tuple[Discount, ...], Meta(max_length=PARTS_MAX)] = ()
    item_name: Name | None = None
    item_brand: Name | None = None
    item_category: Name | None = None
    item_category2: Name | None = None
    item_category3: Name | None = None


class Tender(Struct, frozen=True, kw_only=True, gc=False):
    """One means of payment and its amount: cash, card, voucher ..."""

    tender_type: Word
    amount_minor: Amount


class Receipt(
    TransactionLink,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    tag_field="transaction_type",
    tag=kind_name,
):
    """What every kind of `pos.transaction.v1` says, in the words of ARTS POSLog."""

    operator_id: Identifier | None = None


class Sale(Receipt, frozen=True, kw_only=True):
    """Goods sold at a till; `total_minor` is what was paid, tax included."""

    currency: Currency
    line_items: Annotated[tuple[LineItem, ...], Meta(min_length=1, max_length=LINES_MAX)]
    total_minor: Amount
    user_subject: Subject | None = None
    """Who it was, when a loyalty card was scanned or the receipt went by mail."""
    tax_minor: Amount | None = None
    tenders: Annotated[tuple[Tender, ...], Meta(max_length=PARTS_MAX)] = ()


class Return(Sale, frozen=True, kw_only=True):
    """Goods given back; amounts are positive. No original when there was no receipt."""

    original_transaction: TransactionLink | None = None
    return_reason: Word | None = None


class Void(Receipt, frozen=True, kw_only=True):
    """A whole earlier receipt was cancelled."""

    original_transaction: TransactionLink


ReceiptBody: TypeAlias = Sale | Return | Void

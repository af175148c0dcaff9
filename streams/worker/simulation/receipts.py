"""Receipts of the Complete Journey study as sales of `pos.transaction.v1`.

What the study says and what it does not, and what we make of it:

- A basket is a sale: its customer is the household, its store the study's store. The study knows
  no tills, so the workstation is always "1" and the sequence number is the basket's id.
- `sales_value` is what the retailer received: after the loyalty discount and the matched coupon,
  before the manufacturer's coupon, which the manufacturer pays back. The shelf price is therefore
  sales + loyalty + match, and what the customer paid is sales - coupon.
- Discounts of a line: `loyalty`, `coupon_match` and `coupon`. A coupon names its id and campaign
  when the study recorded the same household redeeming a coupon for that product on that day.
- Coupons that stand on a row of their own (no goods, quantity 0) are a tender of type `coupon`,
  since they belong to no line; the rest is then a tender of type `other`, as the study does not
  tell cash from card. Without such a row no tenders are stated.
- Rows without goods and without money say nothing and are left out; a basket of only such rows
  is no sale.
- Fuel is counted in thousandths of a gallon; a fill is one unit here, at the price of the fill.
- Names are the study's words in sentence case. Brand is `National` or `Private` (the store's own)
  with the manufacturer's number.
- The study has no returns and no voids, no taxes, and no costs.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from streams.core.events import Discount, LineItem, Sale, Tender
from streams.worker.simulation.journey import DAY_MS, Campaign, Product, Receipt, Redemption, Row

TOPIC = "pos.transaction.v1"
SOURCE = "/complete-journey/receipts"
CURRENCY = "USD"
# Nothing but fuel is sold in larger numbers than this on one row of the study.
FUEL_QUANTITY = 200

Coupons = Mapping[tuple[int, int], Iterable[tuple[int, int, frozenset[int]]]]
"""(household, day) -> coupons redeemed: (coupon, campaign, products)."""


def index_coupons(redemptions: Iterable[Redemption], campaigns: Iterable[Campaign]) -> Coupons:
    """Return the coupons each household redeemed each day, with the products they are good for."""
    goods = {
        (one.campaign_id, upc): frozenset(products)
        for one in campaigns
        for upc, products in one.coupons.items()
    }
    found: dict[tuple[int, int], list[tuple[int, int, frozenset[int]]]] = {}
    for one in redemptions:
        products = goods.get((one.campaign_id, one.coupon_upc), frozenset())
        coupon = (one.coupon_upc, one.campaign_id, products)
        found.setdefault((one.household_id, one.day_ms), []).append(coupon)
    return found


def subject(household_id: int) -> str:
    """`customer:<household>`."""
    return f"customer:{household_id}"


def sale(receipt: Receipt, products: Mapping[int, Product], coupons: Coupons) -> Sale | None:
    """The sale of `receipt`; None when the basket holds no goods at all."""
    day_ms = receipt.time_ms - receipt.time_ms % DAY_MS
    redeemed = coupons.get((receipt.household_id, day_ms), ())
    lines = tuple(
        _line(row, products.get(row.product_id), redeemed) for row in receipt.rows if _goods(row)
    )
    if not lines:
        return None
    loose_minor = sum(row.coupon_minor for row in receipt.rows if not _goods(row))
    total_minor = sum(line.extended_amount_minor for line in lines)
    tenders = (
        Tender(tender_type="coupon", amount_minor=loose_minor),
        Tender(tender_type="other", amount_minor=total_minor - loose_minor),
    )
    return Sale(
        store_id=str(receipt.store_id),
        workstation_id="1",
        business_day=datetime.fromtimestamp(receipt.time_ms / 1_000, UTC).date(),
        sequence_number=receipt.basket_id,
        currency=CURRENCY,
        line_items=lines,
        total_minor=total_minor,
        tenders=tenders if loose_minor > 0 else (),
    )


def item_name(product: Product) -> str:
    """Type and package size: `Rolls: bagels 4 oz`."""
    name = product.product_type or product.product_category or product.department
    return sentence(f"{name} {product.package_size}" if product.package_size else name)


def item_brand(product: Product) -> str:
    """`National 69` or `Private 69`: kind of brand and manufacturer."""
    return f"{product.brand} {product.manufacturer_id}"


def sentence(words: str) -> str:
    """The study shouts: `FROZEN PIZZA` -> `Frozen pizza`."""
    return words.capitalize()


def _goods(row: Row) -> bool:
    return row.quantity > 0 or row.sales_minor > 0


def _line(
    row: Row,
    product: Product | None,
    redeemed: Iterable[tuple[int, int, frozenset[int]]],
) -> LineItem:
    quantity = row.quantity if 0 < row.quantity <= FUEL_QUANTITY else 1
    shelf_minor = row.sales_minor + row.loyalty_minor + row.match_minor
    return LineItem(
        item_id=str(row.product_id),
        quantity=quantity,
        unit_price_minor=round(shelf_minor / quantity),
        extended_amount_minor=row.sales_minor - row.coupon_minor,
        discounts=_discounts(row, redeemed),
        item_name=item_name(product) if product else None,
        item_brand=item_brand(product) if product else None,
        item_category=sentence(product.department) if product else None,
        item_category2=_said(product.product_category) if product else None,
        item_category3=_said(product.product_type) if product else None,
    )


def _said(words: str | None) -> str | None:
    return None if words is None else sentence(words)


def _discounts(
    row: Row, redeemed: Iterable[tuple[int, int, frozenset[int]]]
) -> tuple[Discount, ...]:
    found = []
    if row.loyalty_minor > 0:
        found.append(Discount(discount_type="loyalty", amount_minor=row.loyalty_minor))
    if row.match_minor > 0:
        found.append(Discount(discount_type="coupon_match", amount_minor=row.match_minor))
    if row.coupon_minor > 0:
        named = next((one for one in redeemed if row.product_id in one[2]), None)
        found.append(
            Discount(
                discount_type="coupon",
                amount_minor=row.coupon_minor,
                coupon_id=str(named[0]) if named else None,
                promotion_id=f"campaign-{named[1]}" if named else None,
            )
        )
    return tuple(found)

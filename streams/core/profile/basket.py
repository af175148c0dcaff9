"""A basket: what one receipt or order says about taste, whoever's words it is written in.

What belongs to a special category (health, religion ...) for which the customer gave no consent is
dropped here, at the edge: it counts as money and as nothing else.
"""

from msgspec import Struct

from streams.core import events
from streams.core.fold_policy import FoldPolicy
from streams.core.products import Product
from streams.core.profile.buying import Money
from streams.core.profile.contact import Consent
from streams.core.profile.profile import NAME_MAX
from streams.core.profile.special import consented


class Basket(Struct, gc=False):
    """The articles of one receipt: distinct items, brands; category -> (lines, promoted)."""

    items: dict[str, None] = {}
    categories: dict[str, tuple[int, int]] = {}
    brands: dict[str, None] = {}
    lines: int = 0
    promoted: int = 0
    coupons: int = 0
    units: int = 0
    margin_minor: int = 0
    costed_minor: int = 0
    discount_minor: int = 0

    def money(self, amount_minor: int) -> Money:
        """What the receipt came to: `amount_minor` was paid."""
        return Money(
            amount_minor, self.margin_minor, self.costed_minor, self.units, self.discount_minor
        )


def till_basket(
    sale: events.Sale, policy: FoldPolicy, consents: dict[str, Consent], at_ms: int
) -> Basket:
    """The basket of a till receipt; a line is promoted when something was taken off."""
    basket = Basket()
    products = policy.products
    for line in sale.line_items:
        product = products.at(line.item_id, at_ms)
        cost_minor = line.unit_cost_minor
        if cost_minor is None and product is not None and product.currency == sale.currency:
            cost_minor = product.cost_minor
        if cost_minor is not None:
            basket.costed_minor += line.extended_amount_minor
            basket.margin_minor += line.extended_amount_minor - cost_minor * line.quantity
        basket.units += line.quantity
        for discount in line.discounts:
            basket.discount_minor += discount.amount_minor
            basket.coupons += discount.coupon_id is not None
        _add_line(basket, line, product, policy, consents, promoted=bool(line.discounts))
    return basket


def web_basket(
    order: events.Purchase, policy: FoldPolicy, consents: dict[str, Consent], at_ms: int
) -> Basket:
    """The basket of an order of the web shop; prices have discounts taken off."""
    basket = Basket()
    products = policy.products
    for item in order.items:
        product = products.at(item.item_id, at_ms)
        if (
            product is not None
            and product.cost_minor is not None
            and item.price_minor is not None
            and product.currency == order.currency
        ):
            paid_minor = item.price_minor * item.quantity
            basket.costed_minor += paid_minor
            basket.margin_minor += paid_minor - product.cost_minor * item.quantity
        basket.units += item.quantity
        basket.discount_minor += (item.discount_minor or 0) * item.quantity
        basket.coupons += item.coupon is not None
        promoted = bool(item.discount_minor) or item.coupon is not None
        _add_line(basket, item, product, policy, consents, promoted=promoted)
    return basket


def category_of(item: events.Item | events.LineItem, product: Product | None) -> str | None:
    """The category a profile knows an article by: the event's second level, else its first.

    Where the event says nothing, the catalogue does.
    """
    category = item.item_category2 or item.item_category
    if category:
        return category[:NAME_MAX]
    return product.category if product is not None else None


def department_of(item: events.Item | events.LineItem) -> str | None:
    """The first level where the event tells two: `category_of` is the second then."""
    if item.item_category and item.item_category2:
        return item.item_category[:NAME_MAX]
    return None


def known_as(
    item: events.Item | events.LineItem, product: Product | None, policy: FoldPolicy
) -> tuple[str | None, str | None]:
    """The category a profile knows an article by, and the consent it needs, if it is special.

    Where only its department is special, it is known by that: so nothing else is left when the
    consent is withdrawn. The department is the event's first of two levels, else the catalogue's.
    """
    category = category_of(item, product)
    special = policy.lexicon.special_categories
    if not special:
        return category, None
    purpose = special.get(category or "")
    if purpose is None:
        department = department_of(item) or (product.department if product is not None else None)
        purpose = special.get(department or "")
        if purpose is not None:
            return department, purpose
    return category, purpose


def review_of(
    review: events.Review, policy: FoldPolicy, at_ms: int
) -> tuple[str | None, str | None, str | None]:
    """Category of what a review is about, the consent it needs if it is special, else its brand."""
    product = policy.products.at(review.item_id, at_ms)
    item = events.Item(
        item_id=review.item_id,
        item_category=review.item_category,
        item_brand=review.item_brand,
    )
    category, purpose = known_as(item, product, policy)
    return category, purpose, brand_of(item, product) if purpose is None else None


def brand_of(item: events.Item | events.LineItem, product: Product | None) -> str | None:
    """The brand of an article, as the event or else the catalogue says."""
    if item.item_brand:
        return item.item_brand[:NAME_MAX]
    return product.brand if product is not None else None


def _add_line(  # noqa: PLR0913  # once for each line of a receipt
    basket: Basket,
    item: events.Item | events.LineItem,
    product: Product | None,
    policy: FoldPolicy,
    consents: dict[str, Consent],
    *,
    promoted: bool,
) -> None:
    category, purpose = known_as(item, product, policy)
    if purpose is not None and not consented(consents, purpose):
        return
    basket.lines += 1
    basket.promoted += promoted
    if category is not None:
        lines, reduced = basket.categories.get(category, (0, 0))
        basket.categories[category] = (lines + 1, reduced + promoted)
        if purpose is not None:
            return
    basket.items[item.item_id[:NAME_MAX]] = None
    brand = brand_of(item, product)
    if brand is not None:
        basket.brands[brand] = None

"""What simulated customers look at, buy and talk about.

Two kinds of shelf: a made-up assortment of a fixed size, the same for everybody who asks, and the
articles of a real receipt.
"""

from collections.abc import Callable

import msgspec

from streams.core.events import Item, LineItem, Sale

# Returns a float in [0, 1). Only this one method of random.Random keeps its sequence from one
# release of Python to the next, so nothing else is used: same seed, same bytes, any Python.
Draw = Callable[[], float]

PRODUCTS = 4_000
BRANDS = 12
CATEGORIES = (
    ("Grocery", "Coffee", "Ground coffee"),
    ("Grocery", "Soft drinks", "Soft drinks 12/18 pack"),
    ("Grocery", "Cold cereal", "Kids cereal"),
    ("Grocery", "Cheese", "Shredded cheese"),
    ("Grocery", "Fluid milk products", "Fluid milk white only"),
    ("Grocery", "Yogurt", "Yogurt not multi-packs"),
    ("Grocery", "Baked bread/buns/rolls", "Mainstream white bread"),
    ("Grocery", "Frozen pizza", "Pizza/premium"),
    ("Grocery", "Ice cream/milk/sherbts", "Premium"),
    ("Grocery", "Bag snacks", "Potato chips"),
    ("Grocery", "Soup", "Condensed soup"),
    ("Grocery", "Dry noodles/pasta", "Spaghetti dry"),
    ("Drug gm", "Hair care products", "Shampoo"),
    ("Drug gm", "Diapers & disposables", "Baby diapers"),
    ("Drug gm", "Vitamins", "Vitamin - minerals"),
    ("Produce", "Tropical fruit", "Bananas"),
    ("Produce", "Berries", "Strawberries"),
    ("Produce", "Salad mix", "Blends"),
    ("Meat", "Beef", "Choice beef"),
    ("Meat", "Chicken", "Chicken breast boneless"),
    ("Seafood", "Seafood - fresh", "Salmon"),
    ("Deli", "Deli meats", "Meat: turkey bulk"),
    ("Pastry", "Bread", "Bread: italian/french"),
    ("Cosmetics", "Makeup and treatment", "Mascara"),
)


class Goods(msgspec.Struct, frozen=True, gc=False):
    """One article as clicks, receipts and posts name it; the price is for one unit."""

    item_id: str
    name: str
    brand: str | None
    category: str | None
    category2: str | None
    category3: str | None
    price_minor: int


def pick(draw: Draw, count: int) -> int:
    """A number from 0 to `count` - 1."""
    return int(draw() * count)


def assortment() -> tuple[Goods, ...]:
    """The made-up assortment; product p is of category p modulo the number of categories."""
    return tuple(_made_up(number) for number in range(PRODUCTS))


def favourite(draw: Draw, customer: int, shelf: tuple[Goods, ...]) -> Goods:
    """An article of `shelf`; in seven draws of ten from the customer's own three categories."""
    width = len(CATEGORIES)
    row = pick(draw, len(shelf) // width)
    if draw() < 0.7:  # noqa: PLR2004  # the share the docstring names
        column = (customer * 7 + pick(draw, 3) * 5) % width
        row = row * row // (len(shelf) // width)  # a few articles of a category sell most
    else:
        column = pick(draw, width)
    return shelf[row * width + column]


def basket(sale: Sale) -> tuple[Goods, ...]:
    """The articles of a real receipt that have a name."""
    return tuple(_bought(line) for line in sale.line_items if line.item_name)


def item(goods: Goods, quantity: int = 1) -> Item:
    """`goods` as clicks name it."""
    return Item(
        item_id=goods.item_id,
        item_name=goods.name,
        item_brand=goods.brand,
        item_category=goods.category,
        item_category2=goods.category2,
        item_category3=goods.category3,
        price_minor=goods.price_minor,
        quantity=quantity,
    )


def _bought(line: LineItem) -> Goods:
    return Goods(
        item_id=line.item_id,
        name=line.item_name or "",
        brand=line.item_brand,
        category=line.item_category,
        category2=line.item_category2,
        category3=line.item_category3,
        price_minor=max(line.unit_price_minor or 0, 0),
    )


def _made_up(number: int) -> Goods:
    department, category, kind = CATEGORIES[number % len(CATEGORIES)]
    brand = number // len(CATEGORIES) % BRANDS
    return Goods(
        item_id=f"sim-{number:06d}",
        name=f"{kind} {8 + number % 5 * 4} oz",
        brand=f"National {brand}" if brand else "Private 1",
        category=department,
        category2=category,
        category3=kind,
        price_minor=99 + number * 7_919 % 1_900,
    )

"""The cart: the last operation on each item decides, by event time and then event id.

So the order of arrival does not matter below `CART_MAX` items. A removal stays as a line of
quantity 0 until it is the oldest of too many; a purchase takes out what was put in before it.
"""

from msgspec import Struct

CART_MAX = 12


class CartLine(Struct, frozen=True, array_like=True, gc=False):
    """The last operation on one item; `tie` is its event's digest, `price_minor` of one unit."""

    at_ms: int
    tie: int
    quantity: int
    category: str | None = None
    brand: str | None = None
    price_minor: int | None = None
    currency: str | None = None
    department: str | None = None
    """The first level when `category` is the second; rows before format 6 do not know it."""


Cart = dict[str, CartLine]


def put(cart: Cart, item: str, line: CartLine) -> None:
    """Make `line` the state of `item` unless a later operation already did.

    Beyond `CART_MAX` items the one touched longest ago is dropped, lines of quantity 0 first. What
    is dropped reads as never touched: an older line of it that arrives later counts again.
    """
    held = cart.get(item)
    if held is not None and (held.at_ms, held.tie) >= (line.at_ms, line.tie):
        return
    cart[item] = line
    while len(cart) > CART_MAX:
        del cart[min(cart, key=lambda one: (cart[one].quantity > 0, cart[one].at_ms, one))]


def drop_bought(cart: Cart, item: str, at_ms: int) -> None:
    """`item` was bought at `at_ms`: what was put in before then is no longer in the cart."""
    held = cart.get(item)
    if held is not None and held.at_ms <= at_ms:
        del cart[item]


def lying(cart: Cart, since_ms: int) -> list[tuple[str, CartLine]]:
    """Items in the cart that were touched after `since_ms`, the newest first."""
    lines = [
        (line.at_ms, line.tie, item)
        for item, line in cart.items()
        if line.quantity and line.at_ms > since_ms
    ]
    lines.sort(reverse=True)
    return [(item, cart[item]) for _, _, item in lines]

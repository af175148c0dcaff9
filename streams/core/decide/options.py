"""A candidate that passed the gates: what it shares with others, and its own value."""

from msgspec import Struct

from streams.core.acceptance import Node
from streams.core.decide.record import Factors, Price, Product
from streams.core.decide.standing import Priced, Prices
from streams.core.offers import Offer, Treatment

Liking = tuple[float, float, str | None]
"""Lifts by affinity and recency, and the name of the interest that gave them."""


class Row(Struct, frozen=True, gc=False):
    """A row with the product that it would name."""

    offer: Offer
    product: Product | None
    liking: Liking
    prices: Prices
    accepts: Node
    """What trials showed of this row."""
    learned_anyway: float
    expects: float
    """P1 before channel, pitch, price level and anything learned."""
    anyway: float
    """P0 before anything learned,"""
    bought: float
    """and after."""
    goods: float = 1.0
    """Lift by own purchases of its goods, which is in all three."""


class Via(Struct, frozen=True, gc=False):
    """A channel, how far the customer uses it, what a contact by it costs and must be worth."""

    channel: str
    fit: float
    cost_minor: int
    bid_minor: float | None = None


class Option(Struct, frozen=True, gc=False):
    """A candidate that passed the gates, with all that an offer message needs.

    Few of them are logged in full, so the rest of what they are is read from what they share.
    """

    row: Row
    via: Via
    priced: Priced
    treatment: Treatment
    leaf: Node
    expects: float
    """P1 before anything learned,"""
    accepts: float
    """and after."""
    value_minor: float
    tone: float = 1.0

    @property
    def offer(self) -> Offer:
        """The catalogue row."""
        return self.row.offer

    @property
    def price(self) -> Price:
        """What the customer pays."""
        return self.priced[1]

    @property
    def expected(self) -> tuple[float, float]:
        """P1 and P0 before anything learned."""
        return self.expects, self.row.anyway


def factors_of(option: Option) -> Factors:
    """What the value was computed from."""
    row, via, (_, price, margin_minor) = option.row, option.via, option.priced
    return Factors(
        option.accepts,
        row.bought,
        row.liking[0],
        row.liking[1],
        via.fit,
        option.leaf.lift,
        row.learned_anyway,
        option.leaf.spread,
        margin_minor,
        price.discount_minor,
        via.cost_minor,
        option.tone,
        row.goods,
    )

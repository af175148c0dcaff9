"""The view: everything a decision reads, small enough to be logged with every decision.

`decide(view, policy)` sees nothing else, so a logged decision can be repeated to the same bytes
and a new policy can be tried on yesterday's views. Weights are as of decision time.
"""

from typing import Annotated

from msgspec import Meta, Struct

from streams.core.profile.contact import Consent

ITEMS_MAX = 32
TERMS_MAX = 16
CART_ITEMS_MAX = 8
DUE_MAX = 8
QUERIED_ITEMS_MAX = 4
ANSWER_TOPICS_MAX = 3
LISTS_MAX = 64
INTERESTS_MAX = 5  # the strongest; those of the event come on top


class ItemFact(Struct, frozen=True, omit_defaults=True, gc=False):
    """An item of the event or of the cart; None where neither event nor catalogue told."""

    item_id: str
    category: str | None = None
    department: str | None = None
    """The first level when `category` is the second."""
    brand: str | None = None
    name: str | None = None
    price_minor: int | None = None
    """One unit."""
    currency: str | None = None
    quantity: int = 1


class Interest(Struct, frozen=True, array_like=True, gc=False):
    """A category or brand: its decayed weight, how many events made it, when last touched."""

    weight: float
    count: int
    last_ms: int


class Interests(Struct, frozen=True, omit_defaults=True, gc=False):
    """The strongest categories or brands; `total` is the weight of all, `known` their number."""

    total: float = 0.0
    known: int = 0
    top: dict[str, Interest] = {}
    """Strongest first, then those of the event."""


class OpenFact(Struct, frozen=True, array_like=True, gc=False):
    """An open offer: what decides whether another may join it."""

    offer_id: str
    offer: str
    channel: str
    slot: str


class ToneFact(Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """How a customer responds to one tone: decayed numbers, and what they say of it themselves."""

    responded: float
    tried: float
    said: float | None = None
    """How much it is them, 0 to 1; None if they did not say."""


Receipts = Annotated[float, Meta(ge=0)]


class Own(Struct, frozen=True, array_like=True, gc=False):
    """What the customer bought of one list of goods."""

    articles: Annotated[int, Meta(ge=1)]
    """How many of them,"""
    receipts: Annotated[int, Meta(ge=1)]
    """and on how many receipts, counted by article."""


class Buys(Struct, frozen=True, array_like=True, gc=False):
    """What the customer bought, as far as matching rows list it."""

    receipts: Annotated[int, Meta(ge=0)] = 0
    """Of every article that the profile remembers the receipts that held it, all together,"""
    lists: dict[str, Own] = {}
    """and those of the lists: key of a list of goods -> what was bought of it; at most
    `LISTS_MAX`, of which the most was bought."""
    usual: Receipts = 0.0
    """Receipts that held something of a category, the mean of those that the customer buys from; 0
    when the catalogue knows the categories of no list;"""
    near: dict[str, Receipts] = {}
    """and those of the categories of a list's goods, their mean, by its key: at most `LISTS_MAX`,
    of which those first of which something was bought. One that is missing has none."""
    hidden: tuple[str, ...] = ()
    """Keys of lists of which the profile may know nothing; at most `LISTS_MAX`."""


NO_BUYS = Buys()


class AnswerFact(Struct, frozen=True, omit_defaults=True, gc=False):
    """What an answer is about, and to whom; nothing that was said in words, nothing special."""

    since_ms: int
    """Event time of the oldest of what waits for an answer, this event among it."""
    waiting: int = 0
    """How many posts and cases wait, this event not counted."""
    before: int = 0
    """Complaints ever heard before this event."""
    reason: str | None = None
    """Why a case was opened, if that is a word of the policy."""
    topics: tuple[str, ...] = ()
    """What a post is about, at most `ANSWER_TOPICS_MAX`."""
    item_id: str | None = None
    """The product concerned, if the catalogue knows it."""
    sentiment: float | None = None
    """What a post says of us, -1 to 1."""
    last_purchase_ms: int | None = None
    value: float = 0.0
    """Where the customer's spending stands, in [0, 1]."""
    influence: float = 0.0
    """How far the customer's words carry, in [0, 1]."""


class View(Struct, frozen=True, omit_defaults=True, gc=False):
    """What is known about customer and event at the moment of one decision."""

    subject: str
    cause_id: str
    cause_topic: str
    trigger: str
    event_time_ms: int
    decision_time_ms: int
    fold_sequence: int
    stage: str
    items: tuple[ItemFact, ...] = ()
    """Items of the event, the first `ITEMS_MAX`."""
    terms: tuple[str, ...] = ()
    """Words of a search, the first `TERMS_MAX`, lower case."""
    outlet: str | None = None
    """Where the event happened; None if it did not happen in an outlet."""
    cart: tuple[ItemFact, ...] = ()
    """What lies in the cart, newest first, at most `CART_ITEMS_MAX`."""
    cart_count: int = 0
    """Units in the whole cart."""
    categories: Interests = Interests()
    brands: Interests = Interests()
    channels: dict[str, float] = {}
    """Channel -> decayed weight of its use."""
    bought: dict[str, int] = {}
    """Item -> event time of its last purchase, of items that a candidate could name: those of event
    and cart, and what the trigger's rows ask for."""
    complaint_since_ms: int | None = None
    """Event time of the oldest complaint nobody settled."""
    refused: dict[str, int] = {}
    """Catalogue row -> event time of its last rejection or dismissal."""
    consents: dict[str, Consent] = {}
    """Those that decisions ask for; what else was consented to says things about a customer."""
    contacts: dict[str, tuple[int, ...]] = {}
    """`channel/purpose` -> decision times, in rising order."""
    open_offers: tuple[OpenFact, ...] = ()
    never: tuple[str, ...] = ()
    """What the customer never wants to be offered: `product:sku-1`, `category:Coffee` ..."""
    cart_total_minor: int | None = None
    """What the whole cart comes to; None when it is empty, or a line names no price or another
    currency."""
    out_of_stock: tuple[str, ...] = ()
    """Of items that a candidate could name: those that nobody can have, or nobody at `outlet`."""
    answer: AnswerFact | None = None
    """None where every row of the trigger sells."""
    tones: dict[str, ToneFact] = {}
    """Tones that rows of the trigger have a choice of, and that something is known of."""
    balance: float | None = None
    """Share of good moments in how things went, 0 to 1; None is unknown, or nobody asks."""
    due: tuple[str, ...] = ()
    """Categories that the customer's own rhythm makes due, when that is the trigger."""
    zone: str = ""
    """Time zone of the customer; empty for the policy's own."""
    tokens: dict[str, int] = {}
    """Limit -> tokens at hand in the partition: `stock:tea`, `budget:tea`, `capacity:store`; of
    those that the rows of the decision have."""
    bid_prices: dict[str, float] = {}
    """Scarce channel -> what a contact must be worth, in minor units."""
    queried: dict[str, tuple[str, ...]] = {}
    """Query of a row, in its words -> items of event and cart that satisfy it, in this order, the
    first `QUERIED_ITEMS_MAX`."""
    buys: Buys = NO_BUYS
    """Purchases of goods that rows of the trigger list; with none of them it tells nothing."""

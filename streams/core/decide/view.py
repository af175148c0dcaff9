"""The view: everything a decision reads, small enough to be logged with every decision.

`decide(view, policy)` sees nothing else, so a logged decision can be repeated to the same bytes
and a new policy can be tried on yesterday's views. Shares and weights are as of decision time.
"""

import msgspec


class Interest(msgspec.Struct, frozen=True, array_like=True):
    """One category or brand: its decayed weight, how many events made it, when last touched."""

    name: str
    weight: float
    count: int
    last_ms: int


class ItemFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item of the event or of the cart; None where the event did not say."""

    item_id: str
    quantity: int = 1
    category: str | None = None
    brand: str | None = None
    price_minor: int | None = None
    currency: str | None = None


class OpenFact(msgspec.Struct, frozen=True, array_like=True):
    """An open offer: what decides whether another may join it."""

    offer_id: str
    channel: str
    slot: str
    offer: str
    expires_at_ms: int


class View(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known about the customer and the event at the moment of one decision."""

    subject: str
    cause_id: str
    cause_topic: str
    trigger: str
    event_time_ms: int
    decision_time_ms: int
    fold_sequence: int
    stage: str
    items: tuple[ItemFact, ...] = ()
    """Items of the event, at most `ITEMS_MAX`."""
    terms: tuple[str, ...] = ()
    """Words of a search or hashtags of a post, at most `TERMS_MAX`, lower case."""
    outlet: str | None = None
    """Store of the event, or the one visited most."""
    cart: tuple[ItemFact, ...] = ()
    """Items lying in the cart, newest first, at most `ITEMS_MAX`."""
    cart_count: int = 0
    cart_value_minor: int = 0
    categories: tuple[Interest, ...] = ()
    """The strongest, and those of the event, at most `INTERESTS_MAX`."""
    categories_weight: float = 0.0
    """Effective weight over all categories, also those not listed."""
    brands: tuple[Interest, ...] = ()
    brands_weight: float = 0.0
    channels: dict[str, float] = {}
    """Channel -> decayed weight of its use."""
    bought: dict[str, int] = {}
    """Item -> event time of its last purchase."""
    complaint_open_since_ms: int | None = None
    refused: dict[str, int] = {}
    """Offer -> decision time of its last rejection or dismissal."""
    consents: dict[str, bool] = {}
    """`channel/purpose` -> granted."""
    contacts: dict[str, tuple[int, ...]] = {}
    """`channel/purpose` -> decision times of the contacts inside the longest window."""
    open_offers: tuple[OpenFact, ...] = ()

"""The genome: a profile as people and machines read it, every trait with its evidence, as of now.

Weights are as of `as_of_ms` and everything has a name. A trait of too little evidence has no
share: None says "unknown". Times are milliseconds UTC, money is minor units with its ISO 4217 code.
"""

from typing import TypeAlias

from msgspec import Struct


class Interest(Struct, kw_only=True):
    """One category, brand, topic ...: decayed weight, share of all with its 90 % interval.

    `origin` is `inferred`, or `said` where the customer corrected the share, or `unknown`.
    """

    name: str
    weight: float
    share: float | None
    count: int
    last_ms: int
    low: float
    high: float
    sources: list[str]
    origin: str


class MeanShown(Struct, kw_only=True):
    """A mean over what was bought or said, with its 90 % interval; None is "unknown"."""

    name: str
    mean: float | None
    low: float
    high: float
    count: int
    last_ms: int


class HabitShown(Struct, kw_only=True):
    """One category on receipts: how often, at what rhythm, and whether it is due."""

    category: str
    receipts: int
    lines: int
    promoted: int
    interval_days: float | None
    last_day_ms: int
    due: str | None


class BasketShown(Struct, kw_only=True):
    """How the customer buys: days, lines, promotions, and the busiest hours, local time."""

    purchase_days: int
    first_purchase_ms: int | None
    lines: int
    promoted: int
    coupons: int
    items_known: int
    items_repeated: int
    hours: list[int]
    weekdays: list[str]


class Spent(Struct, kw_only=True):
    """Money of one currency: over the lifetime, and decayed with its half-life."""

    currency: str
    lifetime_minor: int
    recent_minor: float
    half_life_ms: int
    purchases: int
    last_ms: int


class Bought(Struct, kw_only=True):
    """One item and the time of its last purchase."""

    item_id: str
    at_ms: int


class BuyingShown(Struct, kw_only=True):
    """Spend, last purchases newest first, and what came back."""

    spend: list[Spent]
    purchases: list[Bought]
    last_purchase_ms: int | None
    returns: int
    voids: int


class InCart(Struct, kw_only=True):
    """One item that lies in the cart, untouched since `at_ms`."""

    item_id: str
    quantity: int
    at_ms: int
    category: str | None
    brand: str | None
    price_minor: int | None
    currency: str | None


class ConsentShown(Struct, kw_only=True):
    """The latest word on one channel, `*` for every one, and purpose."""

    channel: str
    purpose: str
    granted: bool
    at_ms: int


class Contacts(Struct, kw_only=True):
    """Decision times of the contacts of one channel and purpose that a cap may still count."""

    channel: str
    purpose: str
    times_ms: list[int]


class OpenShown(Struct, kw_only=True):
    """An offer that waits for its answer; a holdout's `shadow` was never sent."""

    offer_id: str
    offer: str
    channel: str
    purpose: str
    issued_ms: int
    expires_ms: int
    item_id: str | None
    shadow: bool
    state: str


class TriedShown(Struct, kw_only=True):
    """What became of the earlier offers of one catalogue row."""

    offer: str
    outcomes: dict[str, int]
    last_ms: int


class CareShown(Struct, kw_only=True):
    """Posts, complaints and service cases; None where there was none."""

    posts: int
    complaints: int
    mentions: int
    delays: int
    last_complaint_ms: int | None
    last_answer_ms: int | None
    cases_open_since_ms: list[int]


class Genome(Struct, kw_only=True, tag_field="kind", tag="profile"):
    """All of one profile."""

    subject: str
    as_of_ms: int
    stage: str
    events: int
    counts: dict[str, int]
    first_seen_ms: int | None
    last_seen_ms: int | None
    offer_sequence: int
    buying: BuyingShown
    categories: list[Interest]
    brands: list[Interest]
    channels: list[Interest]
    outlets: list[Interest]
    cart: list[InCart]
    consents: list[ConsentShown]
    contacts: list[Contacts]
    open_offers: list[OpenShown]
    tried: list[TriedShown]
    care: CareShown
    basket: BasketShown
    habits: list[HabitShown]
    attributes: list[Interest]
    bands: list[MeanShown]
    values: list[Interest]
    """As revealed by purchases; a name that begins with a minus was chosen against."""
    said_values: list[MeanShown]
    topics: list[Interest]
    entities: list[Interest]
    opinions: list[MeanShown]
    influences: list[Interest]
    moments: list[Interest]
    devices: list[Interest]
    places: list[Interest]


class LinkShown(Struct, kw_only=True, tag_field="kind", tag="link"):
    """A subject whose events are folded into another one."""

    target: str
    since_ms: int
    source: str


Shown: TypeAlias = Genome | LinkShown

"""What a customer buys and likes, as the genome shows it; see `genome` for units."""

from typing import Literal, TypeAlias

from msgspec import Struct

Measure: TypeAlias = Literal["share", "mean", "rate", "ratio", "amount", "days", "count"]
Origin: TypeAlias = Literal["inferred", "said", "unknown"]


class TraitShown(Struct, kw_only=True, frozen=True):
    """One trait: its value with a 90 % interval, and all that it rests on.

    `count` is how many observations there were, `weight` what they count for after decay, `last_ms`
    the time of the last (None if never), `sources` the kinds of sources. `origin` is `said` where
    the customer's own word stands instead of what was inferred.
    """

    name: str
    measure: Measure
    value: float | None
    low: float | None
    high: float | None
    count: int
    weight: float
    last_ms: int | None
    sources: list[str]
    origin: Origin
    why: str | None = None
    """In words, where the value is worked out from more than one observation a time."""


class WordShown(Struct, kw_only=True, frozen=True):
    """Something said in one word, and why; `count` observations speak for it."""

    word: str
    why: str
    count: int
    last_ms: int | None


class Spent(Struct, kw_only=True, frozen=True):
    """Money of one currency: over the lifetime, and decayed with its half-life.

    `margin_minor` is that of `costed_minor`, the sales whose cost is known; None without any.
    """

    currency: str
    lifetime_minor: int
    recent_minor: float
    half_life_ms: int
    margin_minor: int | None
    costed_minor: int
    purchases: int
    last_ms: int | None
    receipt: TraitShown
    """What one receipt comes to, in minor units."""
    units: TraitShown
    """Units on one receipt."""
    discount: TraitShown
    """Part of the price that was taken off."""
    periods: list["PeriodSpent"]
    """The last four-week periods with a purchase, oldest first."""


class PeriodSpent(Struct, kw_only=True, frozen=True):
    """What was spent in the four weeks from `from_ms` on."""

    from_ms: int
    spent_minor: int


class HabitShown(Struct, kw_only=True, frozen=True):
    """One category on receipts: how often, at what rhythm, and whether it is due.

    `due` is `not due`, `due soon`, `overdue` or `dropped`; `still_buys` the chance that the
    customer buys it at all after the silence so far.
    """

    category: str
    share: float
    """Of the receipts of all habits."""
    receipts: int
    lines: int
    promoted: int
    interval_days: TraitShown
    still_buys: float | None
    due: str | None
    last_day_ms: int
    price_sensitivity: TraitShown | None
    """Promotions taken, over what everybody takes in this category."""


class NextShown(Struct, kw_only=True, frozen=True):
    """A category that may be bought next, how likely among all ranked, and why."""

    category: str
    share: float
    why: str
    goes_with: str | None
    receipts: int


class Bought(Struct, kw_only=True, frozen=True):
    """One article: the time of its last purchase and how many receipts held it."""

    item_id: str
    at_ms: int
    receipts: int


class RatingShown(Struct, kw_only=True, frozen=True):
    """The latest rating of one article, 0 to 5."""

    item_id: str
    rating: float
    at_ms: int


class BuyingShown(Struct, kw_only=True, frozen=True):
    """What is bought, how often, when, where, and at what price."""

    spend: list[Spent]
    purchase_days: int
    first_purchase_ms: int | None
    last_purchase_ms: int | None
    interval_days: TraitShown
    """Between two days of purchase of anything."""
    lines: TraitShown
    """Lines on one receipt."""
    habits: list[HabitShown]
    next: list[NextShown]
    purchases: list[Bought]
    hours: list[TraitShown]
    """Local hours of the day with most purchases, shares of all."""
    weekdays: list[TraitShown]
    channels: list[TraitShown]
    outlets: list[TraitShown]
    tenders: list[TraitShown]
    price_sensitivity: TraitShown
    """Promotions taken, over what everybody takes in the same categories: 1 is as everybody."""
    promotions: TraitShown
    """Share of lines at a reduced price."""
    coupons: TraitShown
    """Share of lines with a coupon."""
    novelty: TraitShown
    """Share of purchases of a category that were its first: 1 always tries."""
    repetition: TraitShown
    """Share of the last articles that were bought more than once."""
    returns: TraitShown
    """Returns for each receipt."""
    voids: int


class TasteShown(Struct, kw_only=True, frozen=True):
    """What the chosen things are like."""

    categories: list[TraitShown]
    brands: list[TraitShown]
    attributes: list[TraitShown]
    bands: list[TraitShown]
    """Where in its category: `price` and `pack` as quantiles, `private label` as a share."""
    ratings: list[RatingShown]
    unknown_articles: int
    """Articles that wait for the product catalogue to tell what they are like."""


class ValueShown(Struct, kw_only=True, frozen=True):
    """One of the eight values, -1 against to 1 for: as revealed by purchases, as said, and both.

    Purchases speak first; words are a weak prior. A contradiction is shown and not averaged away:
    `value` is then what was revealed alone.
    """

    name: str
    value: float | None
    low: float
    high: float
    revealed: TraitShown | None
    said: TraitShown | None
    contradiction: str | None
    origin: Origin


class WorldsShown(Struct, kw_only=True, frozen=True):
    """What the customer lives for, talks about, and is moved by.

    `special` are topics of special categories kept under a named consent, and empty unless the
    customer's own page asks.
    """

    topics: list[TraitShown]
    entities: list[TraitShown]
    opinions: list[TraitShown]
    influences: list[TraitShown]
    special: list[TraitShown]

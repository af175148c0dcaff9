"""The genome: a profile as people and machines read it, as of one moment, with its evidence.

Nothing here is stored: `reading` works it out from a profile and what is known of the population.
Times are milliseconds UTC, money is minor units with its ISO 4217 code, shares and rates lie in
[0, 1], intervals hold nine times in ten. None reads "unknown": there is too little evidence, or
nobody said. The published form is `schemas/profile.genome.v1.json`.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from streams.core.genome.reached import ContactShown, IdentityShown, SaidShown
from streams.core.genome.tastes import (
    BuyingShown,
    TasteShown,
    TraitShown,
    ValueShown,
    WordShown,
    WorldsShown,
)

Stage: TypeAlias = Literal[
    "unaware", "exploring", "comparing", "intending", "bought", "owning", "lapsing"
]


class JourneyShown(Struct, kw_only=True, frozen=True):
    """Where the customer is with one category."""

    category: str
    stage: Stage
    why: str
    last_ms: int | None


class SignalShown(Struct, kw_only=True, frozen=True):
    """Something that foretells a purchase: `early intent` or `near purchase`."""

    kind: Literal["early intent", "near purchase"]
    about: str
    why: str
    at_ms: int


class InCart(Struct, kw_only=True, frozen=True):
    """One article that lies in the cart, untouched since `at_ms`."""

    item_id: str
    quantity: int
    at_ms: int
    category: str | None
    brand: str | None
    price_minor: int | None
    currency: str | None


class CartValue(Struct, kw_only=True, frozen=True):
    """What the articles in the cart come to; `unpriced` of them told no price."""

    currency: str
    value_minor: int
    unpriced: int


class AnswerShown(Struct, kw_only=True, frozen=True):
    """What waits for an answer: a `complaint`, a `mention`, a `case` or a `return streak`.

    `about` is the post, where it is one; `sentiment` what it says of us, -1 to 1.
    """

    kind: Literal["complaint", "mention", "case", "return streak"]
    since_ms: int
    about: str | None
    sentiment: float | None


class ServiceShown(Struct, kw_only=True, frozen=True):
    """Posts and service: what waits for an answer, and how things went."""

    posts: int
    mentions: int
    complaints: int
    delays: int
    last_complaint_ms: int | None
    last_answer_ms: int | None
    open_complaint_since_ms: int | None
    answers: list[AnswerShown]
    """Oldest first."""
    balance: TraitShown
    """Good moments among those of which somebody told how they were."""
    untold: TraitShown
    """Moments of which nobody told."""


class SituationShown(Struct, kw_only=True, frozen=True):
    """What the customer is doing just now."""

    stage: Stage
    journey: list[JourneyShown]
    signals: list[SignalShown]
    cart: list[InCart]
    cart_values: list[CartValue]
    devices: list[TraitShown]
    places: list[TraitShown]


class RankShown(Struct, kw_only=True, frozen=True):
    """Where the customer stands in one ranking of the population: the share that is below."""

    ranking: str
    value: float
    below: float
    why: str


class LifetimeShown(Struct, kw_only=True, frozen=True):
    """Customer lifetime value over a stated horizon at a stated discount rate, in minor units."""

    currency: str
    horizon_weeks: float
    discount_yearly: float
    purchases: float
    spend_minor: float
    revenue_minor: float
    profit_minor: float | None


class RfmShown(Struct, kw_only=True, frozen=True):
    """Recency, frequency and money, each with the population's fifth, 5 the best."""

    recency_days: float
    frequency: int
    monetary_minor: int
    currency: str
    scores: list[int | None]


class VoiceShown(Struct, kw_only=True, frozen=True):
    """Social customer lifetime value: measures in [0, 1], money in minor units of `currency`."""

    audience: int | None
    reach: float
    frequency: float
    impact: float
    impact_by_category: dict[str, float]
    engagement: float
    referral_minor: float
    referral_currency: str | None
    unattributed_minor: float | None
    total_minor: float | None
    currency: str | None


class WorthShown(Struct, kw_only=True, frozen=True):
    """What the customer is worth; what needs the population's model is None without one."""

    lifecycle: WordShown
    """`new`, `active`, `cooling`, `lapsed`, `won back`, or `prospect` without a purchase."""
    alive: TraitShown
    """BG/NBD: chance that the customer has not left."""
    never_again: float | None
    """For those who bought once: chance never to come back, by the population."""
    expected_purchases: float | None
    """Purchase days to expect in `EXPECTED_WEEKS`."""
    expected_weeks: float
    rfm: RfmShown | None
    lifetime: LifetimeShown | None
    voice: VoiceShown
    rankings: list[RankShown]


class BackgroundShown(Struct, kw_only=True, frozen=True):
    """What the profile was read against; empty versions were not there."""

    zone: str
    evidence_min: int
    """Observations below which a trait reads "unknown"."""
    model_version: str
    fitted_until_ms: int | None
    products_version: str
    lexicon_version: str


class Genome(Struct, kw_only=True, frozen=True, tag_field="kind", tag="profile"):
    """All of one profile."""

    subject: str
    as_of_ms: int
    background: BackgroundShown
    events: int
    counts: dict[str, int]
    first_seen_ms: int | None
    last_seen_ms: int | None
    offer_sequence: int
    buying: BuyingShown
    taste: TasteShown
    values: list[ValueShown]
    worlds: WorldsShown
    situation: SituationShown
    service: ServiceShown
    worth: WorthShown
    contact: ContactShown
    stated: list[SaidShown]
    identity: IdentityShown


class LinkShown(Struct, kw_only=True, frozen=True, tag_field="kind", tag="link"):
    """A subject whose events are folded into another one."""

    target: str
    since_ms: int
    source: str
    claims: int
    last_claim_ms: int | None


Shown: TypeAlias = Genome | LinkShown

"""What fold needs to know besides profile and event: values only, made once.

Half-lives and ages are milliseconds. The lexicon and the products are snapshots: another one is
another policy.
"""

from dataclasses import dataclass, field

import xxhash

from streams.core.products import NO_PRODUCTS, Products
from streams.core.words.lexicon import EMPTY_LEXICON, Lexicon

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A time zone as a table, so that the core reads no files: offset holds from its time on.

    `offsets` are (UTC ms, offset ms) in rising order; the first begins before every event.
    """

    name: str
    offsets: tuple[tuple[int, int], ...]


UTC_ZONE = Zone(name="UTC", offsets=((0, 0),))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldPolicy:
    """What fold needs to know: half-lives, weights of evidence, how to hear, what things are."""

    lateness_max_ms: int
    rate_half_life_ms: int = 7 * DAY_MS
    spend_half_life_ms: int = 90 * DAY_MS
    interest_half_life_ms: int = 30 * DAY_MS
    channel_half_life_ms: int = 60 * DAY_MS
    taste_half_life_ms: int = 120 * DAY_MS
    """Attributes, price bands and values."""
    world_half_life_ms: int = 60 * DAY_MS
    """Topics, entities, opinions, influences."""
    experience_half_life_ms: int = 120 * DAY_MS
    """Good and bad moments, posts about us, referrals."""
    view_weight: float = 1.0
    cart_weight: float = 3.0
    purchase_weight: float = 5.0
    evidence_min: int = 3
    """A trait from fewer observations reads "unknown"."""
    handles: frozenset[str] = frozenset()
    complaint_tags: frozenset[str] = frozenset()
    complaint_words: frozenset[str] = frozenset()
    complaint_reasons: frozenset[str] = frozenset()
    complaint_age_max_ms: int = 7 * DAY_MS
    complaint_below: float = -0.4
    """A post to us whose sentences about us score less than this is a complaint,"""
    praise_above: float = 0.5
    """and one above this is praise; VADER compounds."""
    zone: Zone = UTC_ZONE
    lexicon: Lexicon = EMPTY_LEXICON
    products: Products = NO_PRODUCTS
    half_lives: int = field(init=False)
    """Tells one set of half-lives from another; a profile remembers whose it was folded with."""

    def __post_init__(self) -> None:
        """Work out once what every event asks."""
        half_lives = (
            self.rate_half_life_ms,
            self.spend_half_life_ms,
            self.interest_half_life_ms,
            self.channel_half_life_ms,
            self.taste_half_life_ms,
            self.world_half_life_ms,
            self.experience_half_life_ms,
        )
        packed = b"".join([one.to_bytes(8, "big") for one in half_lives])
        object.__setattr__(self, "half_lives", xxhash.xxh32_intdigest(packed))

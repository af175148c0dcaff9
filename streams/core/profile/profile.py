"""Profile: the state of one customer, as one table row; folded in place by its owner.

The struct is written as an array: a later format appends fields at the end, so that an older row
reads with their defaults. Every collection has a bound, named beside it; names are cut to
`NAME_MAX` characters, other strings are as bounded as their events. A profile therefore stays below
128 KiB whatever the events are. The bounds are chosen by what a byte tells: after 10,000 events of
the demo's mix a row takes less than 8 kB, and 11 kB when every collection is full.
"""

import xxhash
from msgspec import Struct, field

from streams.core.decay import Decayed, DecayedMap, Trait, decayed
from streams.core.profile.buying import DIGEST_BYTES, Buying
from streams.core.profile.care import Care
from streams.core.profile.cart import CartLine
from streams.core.profile.contact import Contact
from streams.core.profile.situation import Situation
from streams.core.profile.stated import Stated
from streams.core.profile.taste import Taste
from streams.core.profile.timers import Timers
from streams.core.profile.worlds import Worlds

JOINED_MAX = 64  # subjects of one person, whatever their kinds
RECENT_MAX = 64  # event ids by which duplicates are known
CATEGORIES_MAX = 20
BRANDS_MAX = 16
OUTLETS_MAX = 6
NAME_MAX = 48  # characters of a category, brand, item, outlet or offer that are kept
EVIDENCE_MIN = 3  # a trait from fewer observations reads "unknown"
DAY_MS = 86_400_000
SHOPPING_DAYS = 2  # a cart or checkout this fresh is an intention
EXPLORING_DAYS = 14
LAPSING_DAYS = 90
STAGES = ("unaware", "exploring", "intending", "bought", "owning", "lapsing")


class Alone(Struct, array_like=True, gc=False):
    """Why this subject is linked to nobody: several people use it, or it was unlinked then.

    Nothing from `erased_ms` or before counts any more: they asked to be forgotten.
    """

    shared: bool = False
    unlinked_ms: int = 0
    erased_ms: int = 0


class Joined(Struct, array_like=True, gc=False):
    """One subject that this person is, too; `part` is what it alone did, None once compacted.

    `via` is the subject it came along with, empty for one that was linked to this person itself.
    """

    since_ms: int
    source: str
    part: "Profile | None" = None
    via: str = ""


class Profile(Struct, array_like=True, gc=False):
    """The living profile of one subject; times are event times unless their name says otherwise."""

    subject: str
    applied: int = 0
    """Events folded."""
    counts: dict[str, int] = {}
    """Kind of event -> how many; the kinds are a closed set."""
    first_seen_ms: int = 0
    last_seen_ms: int = 0
    """The watermark: latest event time folded; it never falls."""
    last_seen_tie: int = 0
    """Digest of that event's id: the largest of several at one time."""
    rate: Decayed = field(default_factory=lambda: Decayed(DAY_MS))
    categories: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    brands: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    channels: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    outlets: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    cart: dict[str, CartLine] = {}
    last_view_ms: int = 0
    last_checkout_ms: int = 0
    buying: Buying = field(default_factory=Buying)
    care: Care = field(default_factory=Care)
    contact: Contact = field(default_factory=Contact)
    offer_sequence: int = 0
    """Of the last offer message; it never falls."""
    recent_ids: bytes = b""
    """8-byte digests of the last `RECENT_MAX` event ids, in order of arrival."""
    stated: Stated = field(default_factory=Stated)
    """What the customer said of themselves; it wins over what was inferred."""
    taste: Taste = field(default_factory=Taste)
    worlds: Worlds = field(default_factory=Worlds)
    situation: Situation = field(default_factory=Situation)
    half_lives: int = 0
    """Tells with which half-lives it was folded, see `FoldPolicy.half_lives`."""
    joined: dict[str, Joined] = {}
    """Subject -> its part, the person's own among them; empty for whoever was never linked."""
    alone: Alone = field(default_factory=Alone)
    timers: Timers = field(default_factory=Timers)


def new_profile(subject: str) -> Profile:
    """The profile of a subject that was never seen."""
    return Profile(subject)


def event_digest(event_id: str) -> bytes:
    """8 bytes that stand for an event id: for duplicates, and where equal times need an order."""
    return xxhash.xxh64_digest(event_id.encode())


def seen(profile: Profile, digest: bytes) -> bool:
    """Whether an event with this digest is among the last `RECENT_MAX` folded."""
    recent = profile.recent_ids
    at = recent.find(digest)
    while at >= 0 and at % DIGEST_BYTES:  # bytes of two neighbours
        at = recent.find(digest, at + 1)
    return at >= 0


def remember(profile: Profile, digest: bytes) -> None:
    """Add `digest` to the event ids seen, dropping the oldest beyond `RECENT_MAX`."""
    recent = profile.recent_ids + digest
    if len(recent) > RECENT_MAX * DIGEST_BYTES:
        recent = recent[-RECENT_MAX * DIGEST_BYTES :]
    profile.recent_ids = recent


def last_tie(profile: Profile) -> int:
    """The order, among events of one time, of the event that is being folded."""
    return int.from_bytes(profile.recent_ids[-DIGEST_BYTES:], "big")


def share(sums: DecayedMap, name: str, *, prior_strength: float, now_ms: int) -> float | None:
    """Posterior share of `name`, Dirichlet with a uniform prior; None means unknown.

    Source: DOMAIN, evidence and decay: (c_k + a * pi_k) / (sum c + a).
    """
    trait: Trait | None = sums.traits.get(name)
    if trait is None or trait.count < EVIDENCE_MIN:
        return None
    held = decayed(sums, trait.weight, now_ms)
    total = decayed(sums, sums.total, now_ms)
    names = max(len(sums.traits), 2)
    return (held + prior_strength / names) / (total + prior_strength)


def stage(profile: Profile, now_ms: int) -> str:
    """Where on the journey, one of `STAGES`.

    Derived on read from evidence, never kept as a state, so the order of arrival cannot matter.
    """
    shopping_ms = now_ms - SHOPPING_DAYS * DAY_MS
    bought_ms = profile.buying.last_purchase_ms
    if profile.last_checkout_ms > max(shopping_ms, bought_ms):
        return "intending"
    for line in profile.cart.values():  # any() would cost a generator a decision
        if line.quantity and line.at_ms > shopping_ms:
            return "intending"
    if bought_ms > shopping_ms:
        return "bought"
    if profile.last_view_ms > now_ms - EXPLORING_DAYS * DAY_MS:
        return "exploring"
    if not bought_ms:
        return "unaware"
    return "owning" if bought_ms > now_ms - LAPSING_DAYS * DAY_MS else "lapsing"


def lapses_ms(profile: Profile) -> int:
    """When `stage` becomes "lapsing" if nothing happens until then; for who has bought."""
    times_ms = [
        profile.buying.last_purchase_ms + LAPSING_DAYS * DAY_MS,
        profile.last_view_ms + EXPLORING_DAYS * DAY_MS,
        profile.last_checkout_ms + SHOPPING_DAYS * DAY_MS,
    ]
    lines = profile.cart.values()
    times_ms += [line.at_ms + SHOPPING_DAYS * DAY_MS for line in lines if line.quantity]
    return max(times_ms)

"""How a customer is reached and who they are, as the genome shows it; see `genome` for units."""

from typing import Literal

from msgspec import Struct

from streams.core.genome.tastes import TraitShown, WordShown


class ConsentShown(Struct, kw_only=True, frozen=True):
    """The latest word on one channel, `*` for every one, and purpose; `source` is who took it."""

    channel: str
    purpose: str
    granted: bool
    at_ms: int
    source: str | None


class Contacts(Struct, kw_only=True, frozen=True):
    """Decision times of the contacts of one channel and purpose that a cap may still count."""

    channel: str
    purpose: str
    times_ms: list[int]


class ReachShown(Struct, kw_only=True, frozen=True):
    """One channel: how often contacts are answered, and the local hour with most answers."""

    channel: str
    response: TraitShown
    best_hour: int | None
    best_hour_share: TraitShown | None


class OpenShown(Struct, kw_only=True, frozen=True):
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


class TriedShown(Struct, kw_only=True, frozen=True):
    """What became of the earlier offers of one catalogue row."""

    offer: str
    outcomes: dict[str, int]
    last_ms: int


class ContactShown(Struct, kw_only=True, frozen=True):
    """Permissions, contacts, what came of them, and what waits."""

    consents: list[ConsentShown]
    contacts: list[Contacts]
    reach: list[ReachShown]
    tones: list[TraitShown]
    tone: WordShown | None
    """The tone that is answered most, once that is known."""
    open_offers: list[OpenShown]
    tried: list[TriedShown]


class SaidShown(Struct, kw_only=True, frozen=True):
    """One word of the customer on a trait or a thing: `corrected`, `muted` or `never`."""

    kind: Literal["corrected", "muted", "never"]
    name: str
    share: float | None
    at_ms: int
    source: str | None


class MemberShown(Struct, kw_only=True, frozen=True):
    """One subject of a person; `events` is None once its part was compacted into their own."""

    subject: str
    own: bool
    source: str
    since_ms: int
    events: int | None
    via: str | None
    """The subject it came along with, if it was not linked to this person itself."""


class IdentityShown(Struct, kw_only=True, frozen=True):
    """Who is one person with this subject; why it is linked to nobody, if it could have been."""

    members: list[MemberShown]
    shared: bool
    unlinked_ms: int | None

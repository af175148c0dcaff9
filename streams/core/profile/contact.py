"""Contact memory: consents, contacts, open offers, what became of earlier ones, and how it went.

Contact times are decision times: the caps hold in the order in which decisions were made.
"""

from bisect import insort

from msgspec import Struct, field

from streams.core.profile.responses import Responses
from streams.core.profile.trials import Trial

CONSENTS_MAX = 24
CONTACTS_MAX = 32  # per channel and purpose; no cap may be larger, so dropping the oldest is exact
OPEN_OFFERS_MAX = 16  # the contact policy's own limit may not be larger
TRIED_MAX = 16  # catalogue rows whose outcomes are remembered
EVERY_CHANNEL = "*"
# What decisions ask for. Consents to these are never dropped: 7 scopes x 2 purposes fit.
PURPOSES = ("marketing", "service")


class Consent(Struct, frozen=True, array_like=True, gc=False):
    """The latest word on one channel and purpose, by event time and then event id."""

    granted: bool
    at_ms: int
    tie: int
    source: str = ""
    """Where it came from, in a word; empty if nobody said."""


class OpenOffer(Struct, array_like=True, gc=False):
    """An offer that was issued and has neither ended nor been answered; times are decision times.

    A `shadow` is a holdout's: it paces decisions alike, and no channel knows of it.
    """

    offer: str
    channel: str
    slot: str
    purpose: str
    issued_ms: int
    expires_ms: int
    item_id: str | None = None
    shadow: bool = False
    delivered: bool = False
    viewed: bool = False
    clicked: bool = False
    tone: str | None = None


class Tried(Struct, array_like=True, gc=False):
    """What became of the offers of one catalogue row; undelivered is not rejected."""

    delivered: int = 0
    undeliverable: int = 0
    viewed: int = 0
    clicked: int = 0
    accepted: int = 0
    rejected: int = 0
    dismissed: int = 0
    last_ms: int = 0
    refused_ms: int = 0
    """Event time of the last rejection or dismissal."""


class Contact(Struct, array_like=True, gc=False):
    """All of it; keys of `consents` and `contacts` are `channel/purpose`."""

    consents: dict[str, Consent] = {}
    contacts: dict[str, list[int]] = {}
    open_offers: dict[str, OpenOffer] = {}
    tried: dict[str, Tried] = {}
    responses: Responses = field(default_factory=Responses)
    trials: dict[str, Trial] = {}
    """Offer id -> what was offered and is not over yet."""


def set_consent(contact: Contact, scope: str, consent: Consent) -> None:
    """Make `consent` the word on `scope` unless a later one is known.

    Beyond `CONSENTS_MAX` the oldest of a purpose outside `PURPOSES` is dropped: it then reads as
    not given.
    """
    consents = contact.consents
    held = consents.get(scope)
    if held is not None and (held.at_ms, held.tie) >= (consent.at_ms, consent.tie):
        return
    consents[scope] = consent
    while len(consents) > CONSENTS_MAX:
        others = [one for one in consents if one.partition("/")[2] not in PURPOSES]
        del consents[min(others, key=lambda one: (consents[one].at_ms, one))]


def consent_to(consents: dict[str, Consent], channel: str, purpose: str) -> bool | None:
    """The latest word on this channel or on every channel; None if there was none."""
    own = consents.get(f"{channel}/{purpose}")
    every = consents.get(f"{EVERY_CHANNEL}/{purpose}")
    if own is None or every is None:
        known = own or every
        return None if known is None else known.granted
    return own.granted if (own.at_ms, own.tie) > (every.at_ms, every.tie) else every.granted


def add_contact(contact: Contact, channel: str, purpose: str, now_ms: int, window_ms: int) -> None:
    """Record a contact; what lies outside the longest window is dropped, and so is the oldest."""
    scope = f"{channel}/{purpose}"
    times = [one for one in contact.contacts.get(scope, ()) if one > now_ms - window_ms]
    insort(times, now_ms)  # who was linked may have been contacted by a clock that is ahead
    contact.contacts[scope] = times[-CONTACTS_MAX:]


def tried_offer(contact: Contact, offer: str, at_ms: int) -> Tried:
    """The record of `offer`, touched.

    Beyond `TRIED_MAX` the one touched longest ago is dropped, those that were refused last: what is
    dropped reads as never offered or refused.
    """
    tried = contact.tried.get(offer)
    if tried is None:
        tried = contact.tried[offer] = Tried()
        while len(contact.tried) > TRIED_MAX:
            others = [(one.refused_ms, one.last_ms, name) for name, one in contact.tried.items()]
            del contact.tried[min(one for one in others if one[2] != offer)[2]]
    tried.last_ms = max(tried.last_ms, at_ms)
    return tried


def drop_expired(contact: Contact, now_ms: int) -> None:
    """Forget open offers whose expiry has passed; their channels know it without a message."""
    expired = [one for one, offer in contact.open_offers.items() if offer.expires_ms <= now_ms]
    for one in expired:
        del contact.open_offers[one]

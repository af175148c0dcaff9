"""When and how often we may speak: values only, made once, read by every decision.

Times are milliseconds, money is minor units. The codec that reads the files checks them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from streams.core.events import CHANNELS
from streams.core.fold_policy import Zone
from streams.core.leases.limits import Capacity
from streams.core.profile.contact import PURPOSES
from streams.core.zones import NO_ZONES, Zones


class Consented(Enum):
    """What a contact needs: a given consent, or only that none was withdrawn."""

    REQUIRED = "required"
    UNLESS_WITHDRAWN = "unless-withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `contacts_max` contacts in a sliding window; a scope of None is every one."""

    contacts_max: int
    window_ms: int
    channel: str | None = None
    purpose: str | None = None
    scopes: frozenset[str] = field(init=False)
    """Every `channel/purpose` that it counts."""

    def __post_init__(self) -> None:
        """Work out once what every decision asks."""
        channels = CHANNELS if self.channel is None else (self.channel,)
        purposes = PURPOSES if self.purpose is None else (self.purpose,)
        scopes = frozenset(f"{channel}/{purpose}" for channel in channels for purpose in purposes)
        object.__setattr__(self, "scopes", scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRule:
    """What holds for one channel and purpose; `caps` are all that concern it.

    Quiet hours are ms of the local day, across midnight if they end before they begin;
    `quiet_from_ms` None means none.
    """

    consent: Consented
    caps: tuple[Cap, ...] = ()
    spacing_ms: int = 0
    quiet_from_ms: int | None = None
    quiet_until_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPolicy:
    """When and how often we may speak; rules by (channel, purpose), the rest by channel."""

    rules: Mapping[tuple[str, str], ContactRule]
    costs_minor: Mapping[str, int]
    zone: Zone
    open_offers_max: int
    window_max_ms: int
    capacities: Mapping[str, Capacity] = field(default_factory=dict[str, Capacity])
    zones: Zones = NO_ZONES

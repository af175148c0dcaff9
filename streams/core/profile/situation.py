"""Situation: what the customer is doing just now, on which devices, and roughly where.

The last looks are kept by (event time, event id) and everything is derived from them on read, so
the order of arrival does not matter: the last `LOOKS_MAX` are exact, whatever came first.
"""

from enum import IntEnum

from msgspec import Struct, field

from streams.core.decay import DecayedMap, add_name
from streams.core.evidence import CLICK

LOOKS_MAX = 8
DEVICES_MAX = 4
PLACES_MAX = 4
DAY_MS = 86_400_000


class LookKind(IntEnum):
    """What a look was."""

    VIEW = 0
    CART = 1
    CHECKOUT = 2


class Look(Struct, frozen=True, array_like=True, gc=False):
    """One article that was viewed, put into the cart or taken to the checkout."""

    at_ms: int
    tie: int
    kind: int
    category: str
    """Empty when neither event nor catalogue named one."""
    item: str


class Situation(Struct, array_like=True, gc=False):
    """The last looks, devices and places."""

    looks: list[Look] = []
    """Ascending by (event time, event id, item)."""
    devices: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    places: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    """Country, or country/region: as coarse as the click said."""
    last_search_ms: int = 0


def add_look(looks: list[Look], look: Look) -> None:
    """Keep `look` among the last `LOOKS_MAX`."""
    # Most come in order; those of one moment and an order by their ids are sorted with the rest.
    late = bool(looks) and look.at_ms <= looks[-1].at_ms
    looks.append(look)
    if late:
        looks.sort(key=_order)
    while len(looks) > LOOKS_MAX:
        del looks[0]


def use_device(situation: Situation, device: str, at_ms: int) -> None:
    """A click came from a device of this category."""
    add_name(situation.devices, device, 1.0, at_ms, DEVICES_MAX, CLICK)


def be_at(situation: Situation, country: str, region: str | None, at_ms: int) -> None:
    """A click came from this country, and region where it said so."""
    place = f"{country}/{region}" if region else country
    add_name(situation.places, place, 1.0, at_ms, PLACES_MAX, CLICK)


def _order(look: Look) -> tuple[int, int, str, int]:
    return (look.at_ms, look.tie, look.item, look.kind)

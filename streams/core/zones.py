"""The customer's time zone: from the places they click from, else from the outlets they visit.

Nothing is guessed: a place or an outlet that the policy does not name says nothing, and then the
policy's own zone holds, as for everybody without a map.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.core.decay import DecayedMap
from streams.core.fold_policy import Zone
from streams.core.profile.profile import Profile
from streams.core.profile.stated import Stated, is_muted

ZONES_MAX = 1_000
"""Places, and outlets, that a policy may name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """Place (`US/CA` or `US`) -> zone, outlet -> zone; a region's own wins over its country's."""

    places: Mapping[str, Zone] = field(default_factory=dict[str, Zone])
    outlets: Mapping[str, Zone] = field(default_factory=dict[str, Zone])
    by_name: Mapping[str, Zone] = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what every decision asks."""
        known = {one.name: one for one in (*self.places.values(), *self.outlets.values())}
        object.__setattr__(self, "by_name", known)


NO_ZONES = Zones()


def zone_name_of(profile: Profile, zones: Zones, usual: Zone) -> str:
    """The name of the customer's zone; empty where it is unknown, or the `usual` one.

    The place that most clicks came from counts, of those the policy names; without one, the outlet
    visited most. Both are decayed: who moves is followed.
    """
    found = _strongest(profile.situation.places, zones.places)
    if found is None:
        found = _strongest(profile.outlets, zones.outlets, profile.stated)
    return "" if found is None or found.name == usual.name else found.name


def zone_named(name: str, zones: Zones, usual: Zone) -> Zone:
    """The zone of that name; `usual` for none, and for one that this policy does not have."""
    return zones.by_name.get(name, usual) if name else usual


def _strongest(
    seen: DecayedMap, zones: Mapping[str, Zone], stated: Stated | None = None
) -> Zone | None:
    """The zone of the name of most weight that has one; what is muted as an outlet has none."""
    if not zones:
        return None
    best, best_order = None, (-1.0, "")
    for name, trait in seen.traits.items():
        if stated is not None and is_muted(stated, "outlet", name):
            continue
        zone = zones.get(name) or zones.get(name.partition("/")[0])
        order = (trait.weight, name)  # of one landmark, so undecayed weights compare
        if zone is not None and order > best_order:
            best, best_order = zone, order
    return best

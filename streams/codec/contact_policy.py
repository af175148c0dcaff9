"""The contact policy of the YAML files: channels, consents, caps, spacing, quiet hours, zone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from streams.codec.yaml_tree import Fields, fields_of
from streams.core.contact_policy import Cap, Consented, ContactPolicy, ContactRule
from streams.core.events import CHANNELS
from streams.core.fold_policy import DAY_MS, Zone
from streams.core.leases.limits import TOKENS_MAX, Capacity
from streams.core.profile.contact import CONTACTS_MAX, OPEN_OFFERS_MAX, PURPOSES
from streams.core.zones import NO_ZONES, ZONES_MAX, Zones

WINDOW_MAX_MS = 90 * DAY_MS
WINDOW_MIN_MS = 1_000
COST_MAX_MINOR = 100_000
CAPACITY_WINDOW_MIN_MS = 60_000
BID_MAX_MINOR = 1e9
# Offsets are tabled for these years; later ones keep the last offset.
YEAR_FIRST, YEAR_LAST = 1990, 2060
_CONSENTS = tuple(one.value for one in Consented)


def read_contact(fields: Fields) -> ContactPolicy:
    """The contact policy; problems are reported and read over."""
    rules: dict[tuple[str, str], ContactRule] = {}
    costs: dict[str, int] = {}
    capacities: dict[str, Capacity] = {}
    caps = _read_caps(fields, None, None)
    channels = fields.mapping("channels")
    if channels is None:
        fields.report("channels", "is missing")
    else:
        for channel, node in channels.entries():
            if channel not in CHANNELS:
                channels.report(channel, f"is no channel; channels are {', '.join(CHANNELS)}")
            own = fields_of(channels.place, node, f"{channels.path}{channel}.")
            if own is not None:
                caps += _read_channel(own, channel, rules, costs, capacities)
    policy = ContactPolicy(
        rules={
            (channel, purpose): replace(rule, caps=_concerning(caps, channel, purpose))
            for (channel, purpose), rule in rules.items()
        },
        costs_minor=costs,
        zone=_read_zone(fields),
        open_offers_max=fields.whole("open_offers_max", 1, OPEN_OFFERS_MAX),
        window_max_ms=max((cap.window_ms for cap in caps), default=DAY_MS),
        capacities=capacities,
        zones=_read_zones(fields.mapping("zones")),
    )
    fields.close()
    return policy


@lru_cache
def read_zone(name: str) -> Zone:
    """The offsets of an IANA time zone as a table, exact to the minute.

    Raises:
        ZoneInfoNotFoundError: when there is no such zone.
        ValueError: when the name cannot be one.
    """
    zone = ZoneInfo(name)
    at = datetime(YEAR_FIRST, 1, 1, tzinfo=UTC)
    offset = at.astimezone(zone).utcoffset() or timedelta()
    offsets = [(_ms(at), offset // timedelta(milliseconds=1))]
    while at.year <= YEAR_LAST:
        after = at + timedelta(days=1)
        changed = after.astimezone(zone).utcoffset() or timedelta()
        if changed != offset:
            offset = changed
            offsets.append((_ms(_change(zone, at, after)), offset // timedelta(milliseconds=1)))
        at = after
    return Zone(name=name, offsets=tuple(offsets))


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first minute in (before, after] that has the offset of `after`."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def _concerning(caps: list[Cap], channel: str, purpose: str) -> tuple[Cap, ...]:
    return tuple(
        cap for cap in caps if cap.channel in {None, channel} and cap.purpose in {None, purpose}
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp()) * 1_000


def _read_zone(fields: Fields, field: str = "zone") -> Zone:
    name = fields.text(field, length_max=64)
    try:
        return read_zone(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        fields.report(field, f"expected a time zone such as Europe/Berlin, got {name!r}")
        return read_zone("UTC")


def _read_zones(fields: Fields | None) -> Zones:
    """Whose clocks customers go by, by the place they click from or the outlet they visit."""
    if fields is None:
        return NO_ZONES
    found: dict[str, dict[str, Zone]] = {}
    for kind in ("places", "outlets"):
        zones = found[kind] = {}
        named = fields.mapping(kind)
        if named is None:
            continue
        if len(named.known) > ZONES_MAX:
            fields.report(kind, f"expected at most {ZONES_MAX}, got {len(named.known)}")
        for name, _ in named.entries():
            zones[name] = _read_zone(named, name)
    fields.close()
    return Zones(places=found["places"], outlets=found["outlets"])


def _read_channel(
    fields: Fields,
    channel: str,
    rules: dict[tuple[str, str], ContactRule],
    costs: dict[str, int],
    capacities: dict[str, Capacity],
) -> list[Cap]:
    costs[channel] = fields.whole("contact_cost_minor", 0, COST_MAX_MINOR)
    capacity = fields.mapping("capacity")
    if capacity is not None:
        capacities[channel] = _read_capacity(capacity)
    caps = _read_caps(fields, channel, None)
    for purpose in PURPOSES:
        rule = fields.mapping(purpose)
        if rule is not None:
            rules[channel, purpose] = _read_rule(rule)
            caps += _read_caps(rule, channel, purpose)
            rule.close()
    fields.close()
    return caps


def _read_capacity(fields: Fields) -> Capacity:
    bid = fields.take("bid_price_minor")
    capacity = Capacity(
        contacts_max=fields.whole("max", 0, TOKENS_MAX),
        window_ms=fields.duration_ms("window", CAPACITY_WINDOW_MIN_MS, WINDOW_MAX_MS),
        bid_price_minor=fields.number("bid_price_minor", 0.01, BID_MAX_MINOR) if bid else None,
    )
    fields.close()
    return capacity


def _read_rule(fields: Fields) -> ContactRule:
    consent = fields.text("consent", choices=_CONSENTS)
    quiet = fields.mapping("quiet_hours")
    quiet_from_ms, quiet_until_ms = None, 0
    if quiet is not None:
        quiet_from_ms = quiet.time_of_day_ms("from")
        quiet_until_ms = quiet.time_of_day_ms("until")
        if quiet_from_ms == quiet_until_ms and {"from", "until"} <= quiet.known.keys():
            what = "expected another time than from: no time lies between the two"
            quiet.report("until", f"{what}; leave quiet_hours out, or the channel")
        quiet.close()
    return ContactRule(
        consent=Consented(consent) if consent else Consented.REQUIRED,
        spacing_ms=fields.duration_ms("spacing", 0, WINDOW_MAX_MS, 0),
        quiet_from_ms=quiet_from_ms,
        quiet_until_ms=quiet_until_ms,
    )


def _read_caps(fields: Fields, channel: str | None, purpose: str | None) -> list[Cap]:
    caps = []
    for cap in fields.mappings("caps"):
        own = purpose
        if purpose is None and cap.take("purpose"):
            own = cap.text("purpose", choices=PURPOSES) or None
        caps.append(
            Cap(
                contacts_max=cap.whole("max", 1, CONTACTS_MAX),
                window_ms=cap.duration_ms("window", WINDOW_MIN_MS, WINDOW_MAX_MS),
                channel=channel,
                purpose=own,
            )
        )
        cap.close()
    return caps

"""Zones: whose clocks quiet hours go by, over changes of the clocks."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from streams.codec.contact_policy import read_zone
from streams.core import events
from streams.core.contact_policy import Consented, ContactRule
from streams.core.decide.contacting import zone_of
from streams.core.decide.record import Gate, Result
from streams.core.events import Body
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Policy
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import fire
from streams.core.timers import QUIET_OVER, Timer, next_timer
from streams.core.zones import Zones, zone_name_of
from tests.strategies_profiles import (
    HOUR_MS,
    NOON,
    UTC_ZONE,
    contact_policy,
    event,
    offer,
    on,
    policy,
    run,
    view,
)

BERLIN, SYDNEY = read_zone("Europe/Berlin"), read_zone("Australia/Sydney")
ZONES = Zones(places={"DE": BERLIN, "AU": SYDNEY, "AU/WA": read_zone("Australia/Perth")})
NIGHT = ContactRule(
    consent=Consented.UNLESS_WITHDRAWN, quiet_from_ms=21 * HOUR_MS, quiet_until_ms=8 * HOUR_MS
)
ROW = offer(triggers=on("view_item", age_max_ms=DAY_MS))
RULES = policy(ROW, contact=replace(contact_policy(NIGHT), zones=ZONES))


def from_(country: str, region: str | None = None) -> events.PageView:
    """A click from there."""
    return events.PageView(country=country, region=region)


def lived(*bodies: Body, rules: Policy = RULES, at_ms: int = NOON) -> Profile:
    """The profile after `bodies`, all at one time."""
    profile = new_profile("customer:1")
    run(profile, [event(f"e{n}", body, at_ms) for n, body in enumerate(bodies)], rules)
    return profile


def name(profile: Profile, zones: Zones = ZONES) -> str:
    """The name of their zone."""
    return zone_name_of(profile, zones, UTC_ZONE)


def ms(local: str, zone: str) -> int:
    """The moment at which clocks there show this, by the standard library."""
    return round(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000)


# Which zone.


def test_the_place_most_clicks_came_from_counts() -> None:
    """Of those that the policy names; its region's own zone before its country's."""
    assert name(lived(from_("DE"), from_("AU"), from_("AU"))) == "Australia/Sydney"
    assert name(lived(from_("DE"), from_("FR"), from_("FR"))) == "Europe/Berlin"
    assert name(lived(from_("AU", "WA"))) == "Australia/Perth"
    assert name(lived(from_("AU", "NSW"))) == "Australia/Sydney"


def test_without_a_place_the_outlet_visited_most_counts() -> None:
    """A click from a place that is named says more."""
    zones = replace(ZONES, outlets={"s1": SYDNEY, "s2": BERLIN})
    visits = [events.CheckIn(place_id=one) for one in ("s1", "s1", "s2", "s3", "s3", "s3")]

    assert name(lived(*visits), zones) == "Australia/Sydney"
    assert name(lived(*visits, from_("DE")), zones) == "Europe/Berlin"
    assert name(lived(*visits), ZONES) == ""


def test_a_muted_outlet_says_nothing() -> None:
    """One of them, or all."""
    zones = Zones(outlets={"s1": SYDNEY, "s2": BERLIN})
    visits = [events.CheckIn(place_id=one) for one in ("s1", "s1", "s2")]
    one, every = (events.TraitMuted(trait=trait, muted=True) for trait in ("outlet/s1", "outlet/*"))

    assert name(lived(*visits, one), zones) == "Europe/Berlin"
    assert name(lived(*visits, every), zones) == ""


def test_an_unknown_customer_goes_by_the_policys_clocks() -> None:
    """So does one whose zone is the policy's: it stays out of the view."""
    assert name(lived(view())) == ""
    assert zone_name_of(lived(from_("DE")), ZONES, BERLIN) == ""


def test_who_moves_is_followed() -> None:
    """Ten clicks a year ago weigh less than one now."""
    profile = lived(*[from_("DE")] * 10, at_ms=NOON - 365 * DAY_MS)
    run(profile, [event("now", from_("AU"), NOON)], RULES)

    assert name(profile) == "Australia/Sydney"


def test_a_zone_that_this_policy_does_not_have_is_its_own() -> None:
    """A view of another policy can be tried on this one."""
    (result,) = run(new_profile("x"), [event("e", view())], RULES)
    assert result.decision is not None
    seen = structs.replace(result.decision.view, zone="Asia/Tokyo")

    assert zone_of(seen, RULES.contact).name == "UTC"
    assert zone_of(structs.replace(seen, zone="Europe/Berlin"), RULES.contact) is BERLIN


# Quiet hours there.


@pytest.mark.parametrize(
    ("country", "zone", "night", "morning"),
    [
        # Clocks go back in Berlin at 3:00 on October 26th 2025, forward at 2:00 on March 29th 2026.
        ("DE", "Europe/Berlin", "2025-10-25T23:00", "2025-10-26T08:00"),
        ("DE", "Europe/Berlin", "2025-10-26T23:00", "2025-10-27T08:00"),
        ("DE", "Europe/Berlin", "2026-03-28T23:00", "2026-03-29T08:00"),
        # Forward in Sydney at 2:00 on October 5th 2025, back at 3:00 on April 5th 2026.
        ("AU", "Australia/Sydney", "2025-10-04T23:00", "2025-10-05T08:00"),
        ("AU", "Australia/Sydney", "2026-04-04T23:00", "2026-04-05T08:00"),
        ("AU", "Australia/Sydney", "2026-04-05T01:30", "2026-04-05T08:00"),
    ],
)
def test_the_night_is_the_customers_and_ends_by_their_clocks(
    country: str, zone: str, night: str, morning: str
) -> None:
    """Silent at night, a timer at eight of the morning there, an offer then; clocks may change."""
    night_ms, morning_ms = ms(night, zone), ms(morning, zone)
    profile = lived(from_(country), at_ms=night_ms - DAY_MS)

    (result,) = run(profile, [event("look", view(), night_ms)], RULES)

    assert result.decision is not None
    assert result.decision.gates == {Gate.QUIET_HOURS: 1}
    assert result.decision.view.zone == zone
    timer = next_timer(profile, RULES)
    assert timer == Timer(morning_ms, QUIET_OVER)
    released = fire(profile, timer, policy=RULES, now_ms=morning_ms, fold_sequence=1)
    assert released.decision is not None
    assert released.decision.result is Result.OFFER


@pytest.mark.parametrize(("country", "quiet"), [("DE", False), ("AU", True), ("FR", False)])
def test_noon_in_england_is_night_in_australia(
    country: str,
    quiet: bool,  # noqa: FBT001  # a table
) -> None:
    """Whoever is from nowhere goes by the policy's own zone, UTC here."""
    at_ms = round(datetime(2025, 7, 1, 12, tzinfo=UTC).timestamp() * 1_000)
    profile = lived(from_(country), at_ms=at_ms - 1)

    (result,) = run(profile, [event("look", view(), at_ms)], RULES)

    assert result.decision is not None
    assert (Gate.QUIET_HOURS in result.decision.gates) is quiet

"""The policy file's `moments`, `answers`, `tones` and `zones`: what they say, what is refused."""

import pytest

from streams.core.care_policy import (
    AnswerPolicy,
    CarePolicy,
    Level,
    MomentPolicy,
    TimerPolicy,
    TonePolicy,
    Urgency,
)
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Policy
from tests.codec.catalogue_files import OFFER, POLICY, changed, load, problems

HOUR_MS = 3_600_000
LEVELS = (
    "critical: {score_min: 0.8, due: 30m}, high: {score_min: 0.5, due: 2h}, "
    "normal: {score_min: 0.2, due: 1d}, low: {due: 3d}"
)


def with_policy(text: str) -> str:
    """The policy file with these lines above its contacts."""
    return POLICY.replace("  contact:\n", f"  {text}\n  contact:\n", 1)


def read(text: str) -> Policy:
    """The policy of it."""
    return load(policy=with_policy(text))


def test_what_says_nothing_is_as_usual_and_as_it_was_called() -> None:
    """Naming the usual settings changes no policy version; another one does."""
    usual = load()
    named = read("moments: {view_streak: {views: 3}, loyal_purchases: [200, 10, 25, 50, 100]}")

    assert usual.care == named.care == CarePolicy()
    assert usual.policy_version == named.policy_version == "c546514caf685fa9"
    assert read("moments: {view_streak: {views: 4}}").policy_version != usual.policy_version
    assert read("tones: {lift: 2}").policy_version != usual.policy_version
    assert read("answers: {age_half: 2d}").policy_version != usual.policy_version
    assert read("timers: {rhythm_due_before: 1d}").policy_version != usual.policy_version


def test_moments_are_read() -> None:
    """All of them."""
    found = read(
        "moments: {view_streak: {views: 4, within: 6h}, influence: {followers: 10, voice: 0.2}, "
        "praise_reasons: [Nice], loyal_purchases: [3, 1]}"
    )

    assert found.care.moments == MomentPolicy(
        streak_views=4,
        streak_within_ms=6 * HOUR_MS,
        influence_audience=10,
        influence_voice=0.2,
        praise_reasons=frozenset({"nice"}),
        loyal_purchases=(1, 3),
    )


def test_answers_are_read() -> None:
    """Weights, halves and levels."""
    found = read(
        "answers: {age_weight: 0, severity_weight: 3, value_weight: 0.5, influence_weight: 2, "
        f"age_half: 8h, spend_half_minor: 5, audience_half: 7, levels: {{{LEVELS}}}}}"
    )

    assert found.care.answers == AnswerPolicy(
        age_weight=0.0,
        severity_weight=3.0,
        value_weight=0.5,
        influence_weight=2.0,
        age_half_ms=8 * HOUR_MS,
        spend_half_minor=5,
        audience_half=7,
        levels=(
            Level(urgency=Urgency.CRITICAL, score_min=0.8, due_ms=HOUR_MS // 2),
            Level(urgency=Urgency.HIGH, score_min=0.5, due_ms=2 * HOUR_MS),
            Level(urgency=Urgency.NORMAL, score_min=0.2, due_ms=DAY_MS),
            Level(urgency=Urgency.LOW, score_min=0.0, due_ms=3 * DAY_MS),
        ),
    )


def test_tones_and_timers_are_read() -> None:
    """Those to prefer, and when in a rhythm."""
    tones = "tones: {strained: [sincere], content: [warm], strained_below: 0.3, content_above: 0.8}"
    found = read(tones)
    timers = read('timers: {rhythm_due_before: 0s, rhythm_due_at: "07:30"}').timers

    assert found.care.tones == TonePolicy(
        strained=frozenset({"sincere"}),
        content=frozenset({"warm"}),
        strained_below=0.3,
        content_above=0.8,
    )
    assert timers == TimerPolicy(rhythm_before_ms=0, rhythm_at_ms=15 * HOUR_MS // 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("moments: {view_streak: {views: 9}}", "moments.view_streak.views: expected a whole"),
        ("moments: {view_streak: {views: 1}}", "from 2 to 8"),
        ("moments: {view_streak: {within: 91d}}", "view_streak.within: expected a duration"),
        ("moments: {view_streak: {after: 1d}}", "moments.view_streak.after is unknown"),
        ("moments: {influence: {voice: 2}}", "moments.influence.voice: expected a number from 0"),
        ("moments: {influence: {reach: 2}}", "moments.influence.reach is unknown"),
        ("moments: {loyal_purchases: [0]}", "expected whole numbers from 1, got '0'"),
        ("moments: {loyal_purchases: [ten]}", "expected whole numbers from 1, got 'ten'"),
        ("moments: {praise: [thanks]}", "moments.praise is unknown"),
        ("answers: {value_weight: -1}", "answers.value_weight: expected a number from 0.0"),
        ("answers: {urgent: 1}", "answers.urgent is unknown"),
        (
            "answers: {age_weight: 0, severity_weight: 0, value_weight: 0, influence_weight: 0}",
            "answers.severity_weight: expected one of the four weights above 0",
        ),
        ("answers: {levels: {low: {due: 1d}}}", "answers.levels.critical: is missing"),
        (f"answers: {{levels: {{{LEVELS.replace('0.5', '0.8')}}}}}", "less than 0.8"),
        (f"answers: {{levels: {{{LEVELS}, none: {{due: 1d}}}}}}", "levels.none is unknown"),
        (f"answers: {{levels: {{{LEVELS.replace('3d', '3y')}}}}}", "levels.low.due: expected"),
        ("tones: {lift: 0.5}", "tones.lift: expected a number from 1.0"),
        ("tones: {content_above: 0.3}", "tones.content_above: expected at least 0.4"),
        ("tones: {happy: [warm]}", "tones.happy is unknown"),
        ("timers: {rhythm_due_at: 10}", "timers.rhythm_due_at: expected a time of day"),
        ("timers: {rhythm_due_before: 31d}", "timers.rhythm_due_before: expected a duration"),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_line(text: str, problem: str) -> None:
    """The start stops, in one sentence that names the line."""
    line = POLICY[: POLICY.index("  contact:\n")].count("\n") + 1

    found = problems(policy=with_policy(text))

    assert any(one.startswith(f"policy.yaml:{line}: ") and problem in one for one in found)


def test_too_many_numbers_are_refused() -> None:
    """64 are plenty."""
    numbers = ", ".join(map(str, range(1, 66)))

    (found,) = problems(policy=with_policy(f"moments: {{loyal_purchases: [{numbers}]}}"))

    assert found.endswith("loyal_purchases: expected at most 64 numbers, got 65")


# Zones.


def zoned(zones: str) -> str:
    """The policy file with this map of zones."""
    return changed("    zone: Europe/Vienna\n", f"    zone: Europe/Vienna\n    {zones}\n", POLICY)


def test_zones_are_read_by_place_and_outlet() -> None:
    """Each a table like the policy's own; another map is another policy."""
    found = load(policy=zoned("zones: {places: {US/CA: America/Los_Angeles}, outlets: {s1: UTC}}"))
    other = load(policy=zoned("zones: {outlets: {s1: UTC}}"))

    zones = found.contact.zones
    assert {name: zone.name for name, zone in zones.places.items()} == {
        "US/CA": "America/Los_Angeles"
    }
    assert sorted(zones.by_name) == ["America/Los_Angeles", "UTC"]
    assert other.contact.zones.places == {}
    assert len({found.policy_version, other.policy_version, load().policy_version}) == 3


@pytest.mark.parametrize(
    ("zones", "problem"),
    [
        ("zones: {places: {US: Mars/Base}}", "zones.places.US: expected a time zone such as"),
        ("zones: {outlets: {s1: ../etc}}", "zones.outlets.s1: expected a time zone such as"),
        ("zones: {regions: {}}", "contact.zones.regions is unknown"),
        ("zones: UTC", "contact.zones: expected fields"),
    ],
)
def test_a_zone_that_is_none_is_refused(zones: str, problem: str) -> None:
    """With its line."""
    line = POLICY[: POLICY.index("    zone: Europe/Vienna")].count("\n") + 2

    (found,) = problems(policy=zoned(zones))

    assert found.startswith(f"policy.yaml:{line}: ")
    assert problem in found


def test_too_many_places_are_refused() -> None:
    """A thousand are plenty."""
    places = ", ".join(f"p{number}: UTC" for number in range(1_001))

    (found,) = problems(policy=zoned(f"zones: {{places: {{{places}}}}}"))

    assert found.endswith("zones.places: expected at most 1000, got 1001")


# What a rhythm needs.


@pytest.mark.parametrize(
    ("offer", "fine"),
    [
        (changed("products: [0012, sku-2]", "categories: [coffee]"), True),
        (changed("    products: [0012, sku-2]\n", ""), True),
        (OFFER, False),
        (changed("products: [0012, sku-2]", "brands: [Acme]"), False),
        (
            changed("products: [0012, sku-2]", "categories: [coffee]").replace(
                "15m", "15m, match: affinity"
            ),
            False,
        ),
        (OFFER.replace("15m", "15m, match: any"), True),
    ],
)
def test_a_rhythm_is_one_of_categories(
    offer: str,
    fine: bool,  # noqa: FBT001  # a table
) -> None:
    """A row of single products, brands or liking would wait for ever: it is refused."""
    offers = offer.replace("view_item", "rhythm_due")

    if fine:
        assert load(offers).triggers.keys() == {"rhythm_due"}
        return
    (found,) = problems(offers)
    assert "triggers[1].on: rhythm_due needs categories of the offer, or match: any" in found
    assert found.startswith("offers.yaml:")

"""Responses to contacts: rates, the best hour and the preferred tone, with their evidence."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core import events
from streams.core.evidence import OUTCOME
from streams.core.fold_policy import DAY_MS, FoldPolicy, Zone
from streams.core.genome.contact import best_hour, response_rates, tone_preference, tone_rates
from streams.core.genome.evidence import beta_interval
from streams.core.offers import Treatment
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.responses import (
    ACCEPTED,
    CLICKED,
    DELIVERED,
    REFUSED,
    TONES_MAX,
    Responses,
    hours_at,
    merge_responses,
    note_channel,
    note_tone,
    outcomes_at,
)
from tests.strategies_profiles import (
    FEW,
    HOUR_MS,
    NOON,
    event,
    folded,
    offer,
    policy,
    run,
    view,
)

HALF_LIFE_MS = 60 * DAY_MS
VIENNA = Zone(name="summer", offsets=((0, 2 * HOUR_MS),))


def outcome(kind: Any, channel: str = "email", offer_id: str = "x") -> Any:
    """An outcome of an offer by a channel."""
    return kind(offer_id=offer_id, channel=channel)


def heard(*outcomes: tuple[int, int], tone: str = "warm") -> Responses:
    """Responses after (outcome, times) by e-mail and in `tone`, all at noon."""
    responses = Responses()
    told = [one for one, times in outcomes for _ in range(times)]
    for one in told:
        note_channel(responses, "email", one, hour=12, half_life_ms=HALF_LIFE_MS, at_ms=NOON)
        note_tone(responses, tone, one, half_life_ms=HALF_LIFE_MS, at_ms=NOON)
    return responses


@pytest.mark.parametrize(
    ("outcomes", "responded", "tried"),
    [
        ([(DELIVERED, 10), (CLICKED, 4), (ACCEPTED, 2)], 4, 10),
        ([(DELIVERED, 10), (REFUSED, 4)], 0, 10),
        ([(ACCEPTED, 5)], 5, 5),
        ([(ACCEPTED, 3), (REFUSED, 1)], 3, 4),
    ],
)
def test_a_rate_is_responses_to_trials(
    outcomes: list[tuple[int, int]], responded: int, tried: int
) -> None:
    """Clicks and acceptances of one offer count once; a silent channel has no fewer trials."""
    rate = response_rates(heard(*outcomes), NOON, evidence_min=3)["email"]

    assert rate.value == pytest.approx((responded + 0.5) / (tried + 1))
    assert (rate.low, rate.high) == pytest.approx(beta_interval(responded, tried - responded))
    assert (rate.count, rate.last_ms, rate.sources) == (tried, NOON, OUTCOME)


def test_a_rate_of_little_evidence_is_unknown() -> None:
    """Two deliveries are fewer than three; the interval says how little is known."""
    rate = response_rates(heard((DELIVERED, 2)), NOON, evidence_min=3)["email"]

    assert rate.value is None
    assert rate.high - rate.low > 0.5


def test_responses_fade() -> None:
    """After one half-life they weigh half; how many there were stays."""
    rate = response_rates(heard((DELIVERED, 8)), NOON + HALF_LIFE_MS, evidence_min=3)["email"]

    assert rate.weight == pytest.approx(4.0)
    assert rate.count == 8


def test_another_half_life_leaves_what_was_known() -> None:
    """As of the last outcome."""
    responses = heard((DELIVERED, 4))

    note_channel(responses, "email", DELIVERED, hour=0, half_life_ms=DAY_MS, at_ms=NOON)

    assert outcomes_at(responses.channels["email"], NOON)[DELIVERED] == pytest.approx(5.0)


def test_outcomes_are_told_by_channel_and_local_hour() -> None:
    """Noon in London is two in Vienna; a view says less than a click."""
    rules = policy(offer(), fold=FoldPolicy(lateness_max_ms=400 * DAY_MS, zone=VIENNA))
    profile = folded(
        *[outcome(kind) for kind in (events.Delivered, events.Viewed, events.Clicked)],
        outcome(events.Accepted, "store"),
        outcome(events.Rejected, "store"),
        outcome(events.Dismissed, "store"),
        rules=rules,
    )

    channels = profile.contact.responses.channels
    assert channels["email"].counts == [1, 1, 1, 0, 0]
    assert channels["store"].counts == [0, 0, 0, 1, 2]
    assert hours_at(channels["email"], NOON)[14] == pytest.approx(1.25, rel=1e-3)
    assert sum(hours_at(channels["email"], NOON)) == pytest.approx(1.25, rel=1e-3)


def test_the_best_hour_is_where_answers_are() -> None:
    """Eight in the evening, shrunk to the evening, shrunk to a quarter of the day."""
    responses = Responses()
    for _ in range(10):
        note_channel(responses, "app", CLICKED, hour=20, half_life_ms=HALF_LIFE_MS, at_ms=NOON)

    hour, share = best_hour(responses, "app", NOON, evidence_min=3) or (None, None)

    assert (hour, share and share.count) == (20, 10)
    assert share is not None
    assert share.value == pytest.approx((10 + 6 * (11 / 14) / 6) / 16)
    assert share.low < 0.67 < share.high


@pytest.mark.parametrize("channel", ["email", "web"])
def test_the_best_hour_of_little_evidence_is_unknown(channel: str) -> None:
    """Ten deliveries without an answer, and a channel that was never used."""
    responses = heard((DELIVERED, 10), (CLICKED, 2))

    assert best_hour(responses, channel, NOON, evidence_min=3) is None


def toned(**answers: tuple[int, int]) -> Responses:
    """Responses in each tone: (delivered, accepted)."""
    responses = Responses()
    for tone, (delivered, accepted) in answers.items():
        merge_responses(responses, heard((DELIVERED, delivered), (ACCEPTED, accepted), tone=tone))
    return responses


def test_a_tone_is_preferred_when_it_clearly_brings_more() -> None:
    """Fifteen of twenty against two of twenty."""
    found = tone_preference(toned(warm=(20, 15), plain=(20, 2)), NOON, evidence_min=3)

    assert found is not None
    assert found[0] == "warm"
    assert found[1].value == pytest.approx(15.5 / 21)


@pytest.mark.parametrize(
    "responses",
    [
        toned(),
        toned(warm=(20, 15)),
        toned(warm=(20, 15), plain=(2, 0)),
        toned(warm=(20, 11), plain=(20, 10)),
    ],
)
def test_a_tone_is_not_preferred_to_nothing_or_to_its_equal(responses: Responses) -> None:
    """One tone, one known tone, or two that do alike."""
    assert tone_preference(responses, NOON, evidence_min=3) is None


def test_an_outcome_tells_of_the_tone_of_its_open_offer() -> None:
    """The treatment's; the channel need not know it."""
    rules = policy(offer(treatments=(Treatment(treatment="a", text="Hi!", tone="warm"),)))
    profile = new_profile("customer:1")
    run(profile, [event("a", view())], rules)
    (offer_id,) = profile.contact.open_offers
    told = [events.Delivered, events.Clicked, events.Accepted]

    outcomes = [outcome(kind, "web", offer_id) for kind in told]
    run(profile, [event(f"b{n}", one, NOON + n) for n, one in enumerate(outcomes)], rules)

    rates = tone_rates(profile.contact.responses, NOON, evidence_min=1)
    assert list(rates) == ["warm"]
    assert rates["warm"].count == 1


def test_beyond_the_bound_the_tone_untouched_longest_goes() -> None:
    """It then reads unknown."""
    responses = Responses()

    for number in range(TONES_MAX + 1):
        note_tone(responses, str(number), DELIVERED, half_life_ms=HALF_LIFE_MS, at_ms=NOON + number)

    assert len(responses.tones) == TONES_MAX
    assert "0" not in responses.tones


_KINDS = (
    events.Delivered,
    events.Undeliverable,
    events.Viewed,
    events.Clicked,
    events.Accepted,
    events.Rejected,
    events.Dismissed,
)
_histories = st.lists(
    st.tuples(
        st.sampled_from(_KINDS),
        st.sampled_from(["email", "web", "store"]),
        st.integers(0, 400 * 24),
    ),
    max_size=20,
).map(
    lambda drawn: [
        event(
            f"e{n}",
            kind(offer_id="x", channel=channel, offer_template="coffee"),  # type: ignore[arg-type]  # drawn from the closed set
            NOON + hour * HOUR_MS,
        )
        for n, (kind, channel, hour) in enumerate(drawn)
    ]
)


def _shown(responses: Responses) -> dict[str, float]:
    now_ms = NOON + 400 * DAY_MS
    return {
        f"{name} {place}": number
        for name, one in responses.channels.items()
        for place, number in enumerate(
            [*outcomes_at(one, now_ms), *hours_at(one, now_ms), *one.counts, one.last_ms]
        )
    }


def _folded(history: list[events.Event]) -> Profile:
    profile = new_profile("customer:1")
    run(profile, history, now_ms=NOON + 400 * DAY_MS)
    return profile


@FEW
@given(_histories, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_only_rounding(
    history: list[events.Event], order: random.Random
) -> None:
    """More than a year in any order, to one part in 10^9."""
    shuffled = order.sample(history, len(history))

    expected = pytest.approx(_shown(_folded(history).contact.responses), rel=1e-9, abs=1e-30)
    assert _shown(_folded(shuffled).contact.responses) == expected


@FEW
@given(_histories, st.integers(0, 20))
def test_merging_two_halves_equals_the_whole(history: list[events.Event], cut: int) -> None:
    """What two identifiers of one person responded to."""
    into = _folded(history[:cut]).contact.responses
    other = _folded(history[cut:]).contact.responses
    whole = _folded(history).contact.responses

    merge_responses(into, other)

    assert _shown(into) == pytest.approx(_shown(whole), rel=1e-9, abs=1e-30)


@FEW
@given(_histories)
def test_every_reading_is_finite_and_inside_its_bounds(history: list[events.Event]) -> None:
    """Whatever the channels report."""
    responses = _folded(history).contact.responses
    now_ms = NOON + 400 * DAY_MS

    rates = [*response_rates(responses, now_ms, evidence_min=0).values()]
    rates += [
        found[1]
        for name in responses.channels
        if (found := best_hour(responses, name, now_ms, evidence_min=0))
    ]

    assert all(0 <= one.low <= (one.value or 0.0) <= one.high <= 1 for one in rates)

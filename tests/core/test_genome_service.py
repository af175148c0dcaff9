"""Posts and service: what waits for an answer, complaints nobody put into words, and moments."""

from dataclasses import replace

import pytest

from streams.core import events
from streams.core.fold_policy import DAY_MS, Zone
from streams.core.genome.genome import ServiceShown
from streams.core.profile.complaints import (
    STREAK_DAYS,
    STREAK_RETURNS,
    open_complaint_since,
    return_streak_since,
)
from tests.core.genomes import Happened, at_ms, bought, known, read
from tests.strategies_profiles import FAIL, FOLD, OURS, opened, post, returned

ANSWER = events.Answered(channel="phone", case_id="case")
CLOSED = events.Closed(channel="phone", case_id="case")
# 2025-06-15 began half a day before noon.
MIDNIGHT_DAYS = -0.5


def service(*happened: Happened, days: float) -> ServiceShown:
    """What is known of posts and service."""
    return read(*happened, days=days).service


def returns(*days: float) -> list[Happened]:
    """A return on each of `days`."""
    return [(one, returned(90_000 + number)) for number, one in enumerate(days)]


def streak(*happened: Happened, days: float) -> int | None:
    """Since when too much came back."""
    profile = known(*happened)
    return return_streak_since(profile.care, profile.buying, FOLD, at_ms(days))


def complaint(*happened: Happened, days: float) -> int | None:
    """Since when a complaint is open."""
    profile = known(*happened)
    return open_complaint_since(profile.care, profile.buying, FOLD, at_ms(days))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([0, 1], None),
        ([0, 0.1, 0.2], None),
        ([0, 1, 30], at_ms(30 + MIDNIGHT_DAYS)),
        ([0, 1, 31], None),
        ([0, 40, 50, 60], at_ms(60 + MIDNIGHT_DAYS)),
    ],
)
def test_three_days_of_returns_in_thirty_days_are_a_streak(
    days: list[float], expected: int | None
) -> None:
    """Since the beginning of the last of them; two returns of a day are one day."""
    assert (STREAK_RETURNS, STREAK_DAYS) == (3, 30)
    assert streak(*returns(*days), days=days[-1] + 0.1) == expected


def test_a_streak_is_settled_by_an_answer() -> None:
    """One that came before the last return settles nothing."""
    three = returns(0, 1, 2)

    assert streak((1.4, ANSWER), *three, days=3) == at_ms(1.5)
    assert streak(*three, (2.1, ANSWER), days=3) is None


@pytest.mark.parametrize(("days", "held"), [(8.4, True), (8.5, False)])
def test_a_streak_is_settled_by_time(days: float, held: bool) -> None:  # noqa: FBT001  # a table
    """After the policy's seven days, counted from the beginning of the day."""
    assert FOLD.complaint_age_max_ms == 7 * DAY_MS
    assert (streak(*returns(0, 1, 2), days=days) is not None) is held


def test_a_streak_begins_with_the_day_of_the_shop() -> None:
    """Two hours earlier where clocks are two hours ahead."""
    ahead = replace(FOLD, zone=Zone(name="Z", offsets=((0, 7_200_000),)))
    profile = known(*returns(0, 1, 2), rules=ahead)

    since_ms = return_streak_since(profile.care, profile.buying, ahead, at_ms(2.1))

    assert since_ms == at_ms(1.5) - 7_200_000


@pytest.mark.parametrize(
    ("happened", "since"),
    [
        ([], None),
        (returns(0, 1), None),
        (returns(0, 1, 2), at_ms(1.5)),
        (returns(0, 1, 40), None),
        ([(1, opened())], at_ms(1)),
        ([*returns(0, 1, 2), (2.2, opened())], at_ms(1.5)),
        ([(1, opened()), *returns(0, 1, 2)], at_ms(1)),
        ([(1, opened()), *returns(0, 1, 40)], at_ms(1)),
    ],
)
def test_a_streak_opens_a_complaint(happened: list[Happened], since: int | None) -> None:
    """The oldest of what nobody settled counts."""
    assert complaint(*happened, days=2.5) == since


def test_what_waits_for_an_answer_is_told_the_oldest_first() -> None:
    """Posts, cases and streaks, each with its time; a post with where it is and how it sounds."""
    bad = events.Create(
        actor=events.Actor(id="a"),
        object=events.SocialObject(type="Note", id="https://x/1", content="hm", tag=(OURS, FAIL)),
    )

    shown = service((0.5, bad), (1, opened()), *returns(0, 1, 2), (2.2, post("hi", OURS)), days=3)

    assert [(one.kind, one.since_ms, one.about) for one in shown.answers] == [
        ("complaint", at_ms(0.5), "https://x/1"),
        ("case", at_ms(1), None),
        ("return streak", at_ms(1.5), None),
        ("mention", at_ms(2.2), None),
    ]
    assert shown.open_complaint_since_ms == at_ms(0.5)
    assert (shown.posts, shown.mentions, shown.complaints) == (2, 2, 2)


def test_an_answer_settles_posts_and_a_closed_case_settles_itself() -> None:
    """What was answered waits no longer."""
    open_case: list[Happened] = [(0.0, post("hi", OURS, FAIL)), (0.1, opened()), (0.2, ANSWER)]

    assert [one.kind for one in service(*open_case, days=1).answers] == ["case"]
    assert service(*open_case, (0.3, CLOSED), days=1).answers == []


@pytest.mark.parametrize(("days", "count"), [(6.9, 1), (7.0, 0)])
def test_a_post_waits_for_seven_days(days: float, count: int) -> None:
    """Then an answer would only surprise."""
    assert len(service((0, post("hi", OURS, FAIL)), days=days).answers) == count


def test_balance_is_of_moments_told_and_the_rest_is_untold() -> None:
    """Two good, one bad, one purchase nobody spoke of."""
    review = [
        (0.1 * one, events.Review(item_id="x", rating=float(rating)))
        for one, rating in enumerate((5, 5, 1))
    ]

    shown = service(*review, bought(0.5), days=0.5)

    assert shown.balance.value == pytest.approx(2 / 3, abs=1e-3)
    assert shown.untold.value == pytest.approx(1 / 4, abs=1e-3)
    assert (shown.balance.count, shown.untold.count) == (3, 4)
    assert (shown.balance.sources, shown.untold.sources) == (["click"], ["till"])


def test_two_moments_say_nothing() -> None:
    """Below the minimum of evidence the balance is unknown."""
    review = events.Review(item_id="x", rating=5.0)

    shown = service((0, review), (0.1, review), days=1).balance

    assert (shown.value, shown.origin, shown.count) == (None, "unknown", 2)


def test_nothing_happened_reads_as_nothing() -> None:
    """No time of an answer is invented."""
    shown = service(days=0)

    assert (shown.last_answer_ms, shown.last_complaint_ms) == (None, None)
    assert (shown.balance.last_ms, shown.untold.last_ms) == (None, None)
    assert shown.answers == []


def test_late_deliveries_are_counted() -> None:
    """And are bad moments."""
    late = events.DeliveryDelayed(channel="phone", delay_days=2)

    shown = service((0, late), (1, late), (2, late), (3, ANSWER), days=3)

    assert (shown.delays, shown.last_answer_ms) == (3, at_ms(3))
    assert shown.balance.value == 0.0

"""Complaints, mentions and cases: what is heard, and until when it is open."""

import pytest

from streams.core import events
from streams.core.decay import decayed
from streams.core.fold_policy import DAY_MS
from streams.core.profile.care import CASES_MAX, Care, Case, complaint_open_since, touch_case
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import (
    FAIL,
    NOON,
    OURS,
    event,
    folded,
    opened,
    post,
    run,
)

CLOSED = events.Closed(channel="phone", case_id="case")
ANSWERED = events.Answered(channel="phone", case_id="case")


@pytest.mark.parametrize(
    ("body", "mentions", "complaints"),
    [
        (post("it is broken"), 0, 0),
        (post("it is lovely", OURS), 1, 0),
        (post("It's BROKEN!", OURS), 1, 1),
        (post("look", OURS, FAIL), 1, 1),
        (post("unbroken record", OURS), 1, 0),
        (events.Like(actor=events.Actor(id="x"), object=events.SocialObject(type="Note")), 0, 0),
    ],
)
def test_only_a_post_that_names_us_concerns_us(
    body: events.Body, mentions: int, complaints: int
) -> None:
    """A complaint needs a mention and a hashtag or word of the policy."""
    care = folded(body).care

    assert (care.mentions, care.complaints) == (mentions, complaints)


def test_a_case_is_open_until_it_is_closed() -> None:
    """Answering does not close it."""
    assert complaint_open_since(folded(opened()).care, NOON, DAY_MS) == NOON
    assert complaint_open_since(folded(opened(), ANSWERED).care, NOON, DAY_MS) == NOON
    assert complaint_open_since(folded(opened(), CLOSED).care, NOON, DAY_MS) is None


def test_a_closed_case_stays_closed_whatever_arrives_first() -> None:
    """Closed at one, opened at noon: closed, in both orders."""
    profile = new_profile("customer:1")

    run(profile, [event("b", CLOSED, NOON + 1), event("a", opened(), NOON)])

    assert complaint_open_since(profile.care, NOON + 2, DAY_MS) is None
    assert profile.care.cases["case"].opened_ms == NOON


def test_a_question_is_no_complaint() -> None:
    """A case with a harmless reason stops no offer; one without a reason does."""
    assert folded(opened(reason="question")).care.cases == {}
    assert len(folded(opened(reason=None)).care.cases) == 1


def test_a_complaining_post_is_open_until_answered_or_too_old() -> None:
    """Care answers, or time settles it."""
    complaint = post("broken", OURS)

    assert complaint_open_since(folded(complaint).care, NOON + 1, DAY_MS) == NOON
    assert complaint_open_since(folded(complaint).care, NOON + DAY_MS, DAY_MS) is None
    assert complaint_open_since(folded(complaint, ANSWERED).care, NOON + 1, DAY_MS) is None


def test_beyond_the_bound_closed_cases_go_first_then_the_oldest() -> None:
    """`CASES_MAX` cases stay."""
    care = Care()
    touch_case(care, "closed", Case(99, 0, open=False, opened_ms=99))
    for number in range(CASES_MAX):
        touch_case(care, f"case-{number}", Case(number, 0, open=True, opened_ms=number))
    assert "closed" not in care.cases

    touch_case(care, "new", Case(100, 0, open=True, opened_ms=100))

    assert len(care.cases) == CASES_MAX
    assert "case-0" not in care.cases


def test_the_audience_is_what_the_latest_activity_said() -> None:
    """Also when an older one arrives later; the larger of two at one time."""
    profile = new_profile("customer:1")

    run(
        profile,
        [
            event("a", post(followers=10), NOON),
            event("b", post(followers=99), NOON - 1),
            event("c", post(), NOON + 1),
            event("d", post(followers=8), NOON),
        ],
    )

    assert profile.care.followers == 10
    assert profile.care.last_post_ms == NOON + 1
    assert profile.care.posts == 4


def test_a_late_delivery_is_a_bad_moment() -> None:
    """Counted, with its time."""
    care = folded(events.DeliveryDelayed(channel="email", delay_days=2)).care

    assert (care.delays, care.last_delay_ms) == (1, NOON)


def test_reviews_show_interest_and_check_ins_a_place() -> None:
    """A review names category and brand; a check-in an outlet."""
    review = events.Review(item_id="sku-1", rating=4.0, item_category="tea", item_brand="Acme")
    bare = events.Review(item_id="sku-1", rating=4.0)
    profile = folded(review, bare, events.CheckIn(place_id="s9", device_category="app"))

    assert set(profile.categories.traits) == {"tea"}
    assert set(profile.brands.traits) == {"Acme"}
    assert set(profile.outlets.traits) == {"s9"}
    weight = profile.channels.traits["app"].weight
    assert decayed(profile.channels, weight, NOON + 2_000) == pytest.approx(1.0)

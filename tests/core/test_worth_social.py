"""The voice of a customer, measured and priced."""

from math import isfinite, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.worth.social import Caused, Voice, VoicePolicy, social_value

amounts = st.floats(-1e18, 1e18)


def test_an_unknown_voice_is_worth_nothing_beside_the_purse() -> None:
    """Social CLV is then the customer's own value."""
    found = social_value(Voice(), 10_000.0)

    assert (found.reach, found.frequency, found.impact, found.engagement) == (0, 0, 0, 0)
    assert found.total_minor(500.0) == 500.0


def test_attributed_referrals_count_in_full() -> None:
    """They may far exceed one's own purchases; what is a guess is capped."""
    voice = Voice(audience=10**9, posts=1e9, referral_margin_minor=90_000.0)
    policy = VoicePolicy(price=50.0, unattributed_max=0.2)

    found = social_value(voice, 10_000.0, policy)

    assert found.unattributed_minor == 2_000.0
    assert found.total_minor(1_000.0) == 93_000.0


def test_the_price_of_a_voice_is_unknown_without_a_median() -> None:
    """The measures and referrals are there all the same."""
    found = social_value(Voice(audience=100, referral_margin_minor=5.0), None)

    assert found.unattributed_minor is None
    assert found.reach == pytest.approx(log(101) / log(1_000_001))
    assert found.total_minor(1.0) == 6.0


def test_impact_is_told_overall_and_by_category() -> None:
    """One post with many actions is shrunk; many such posts are believed."""
    one, many = Caused(1.0, 10.0), Caused(50.0, 500.0)
    voice = Voice(caused=many, by_category={"Coffee": one, "Tea": Caused(0.0, 0.0)})

    found = social_value(voice, 1.0)

    assert 0.0 < found.impact_by_category["Coffee"] < found.impact < 1.0
    assert found.impact_by_category["Tea"] == 0.0


def test_engagement_is_shrunk_to_the_usual_rate() -> None:
    """100 responses to 800 views and the usual 4 to 200: a tenth."""
    found = social_value(Voice(views=800.0, responses=96.0), 1.0)

    assert found.engagement == pytest.approx(0.1)


@given(
    st.integers(-5, 10**15), amounts, amounts, amounts, st.floats(-1e300, 1e300), amounts, amounts
)
def test_a_voice_has_a_finite_value(  # noqa: PLR0913, PLR0917  # the parts of a voice
    audience: int,
    posts: float,
    actions: float,
    views: float,
    responses: float,
    margin: float,
    median: float,
) -> None:
    """Measures in [0, 1] and finite money, whatever comes in."""
    caused = Caused(posts, actions)
    voice = Voice(audience, posts, caused, {"a": caused}, views, responses, margin)

    found = social_value(voice, median)

    measures = (found.reach, found.frequency, found.impact, found.engagement)
    assert all(0.0 <= one <= 1.0 for one in (*measures, found.impact_by_category["a"]))
    assert isfinite(found.total_minor(0.0))

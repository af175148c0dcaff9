"""A customer's voice, read from the care of a profile."""

from collections.abc import Callable

from streams.core.decay import decayed
from streams.core.profile.care import RESPONSES, VIEWS, Care
from streams.core.worth.social import Caused, Voice

ALL_POSTS = "*"


def voice_of(care: Care, now_ms: int, hides: Callable[[str], bool] | None = None) -> Voice:
    """What is known of it as of `now_ms`; topics that `hides` names are left out."""
    caused = {
        name: Caused(
            max(decayed(care.impact, held.weight, now_ms), 0.0),
            max(decayed(care.impact, held.total, now_ms), 0.0),
        )
        for name, held in care.impact.means.items()
        if name == ALL_POSTS or hides is None or not hides(name)
    }
    reach = care.reach.sums
    return Voice(
        audience=care.followers if care.followers_ms else None,
        posts=decayed(care.about_us, care.about_us.weight, now_ms),
        caused=caused.pop(ALL_POSTS, Caused(0.0, 0.0)),
        by_category=caused,
        views=decayed(care.reach, reach[VIEWS], now_ms),
        responses=decayed(care.reach, reach[RESPONSES], now_ms),
        referral_margin_minor=decayed(care.referrals, care.referrals.weight, now_ms),
    )

"""Social customer lifetime value: what a customer's voice is worth beside their purse.

Four measures in [0, 1] (reach, frequency, impact, engagement) are weighed and priced at a part
of the median customer's value; that price is a guess about influence nobody measured, so it is
capped. Margin of customers who came by this one's codes, links and introductions is a fact, so
it counts in full.

Source: Kumar et al., Undervalued or Overvalued Customers: Capturing Total Customer Engagement
Value, Journal of Service Research 13(3), 2010 (purchases, referrals, influence).
"""

from collections.abc import Mapping
from math import exp, log1p

from msgspec import Struct

SUM_MAX = 1e15  # of a count or an amount that comes in: sums of any inputs stay finite


class Caused(Struct, frozen=True, gc=False):
    """What posts about one thing caused: decayed numbers of posts and of actions after them."""

    posts: float
    actions: float


class Voice(Struct, frozen=True, gc=False):
    """What is known of a customer's voice; None is unknown, which counts nothing.

    `posts` are decayed posts about us; `caused` is all of them, by category in `by_category`;
    `views` and `responses` (replies and likes) are decayed sums over posts that told their views.
    `referral_margin_minor` is the decayed margin of customers who came through this one.
    """

    audience: int | None = None
    posts: float = 0.0
    caused: Caused = Caused(0.0, 0.0)
    by_category: Mapping[str, Caused] = {}
    views: float = 0.0
    responses: float = 0.0
    referral_margin_minor: float = 0.0


class VoicePolicy(Struct, frozen=True, kw_only=True):
    """How a voice is priced. The four weights are taken relative to their sum.

    An impact or engagement is shrunk towards what is usual with the weight of so many posts or
    views; `half` values are where a measure reaches 1 - 1/e.
    """

    reach_weight: float = 0.25
    frequency_weight: float = 0.25
    impact_weight: float = 0.25
    engagement_weight: float = 0.25
    audience_max: int = 1_000_000
    """Reach is 1 from here on."""
    posts_half: float = 4.0
    actions_half: float = 3.0
    impact_usual: float = 0.1
    """Actions that a post usually causes,"""
    impact_strength: float = 5.0
    engagement_usual: float = 0.02
    """and responses that a view usually does."""
    engagement_strength: float = 200.0
    price: float = 0.5
    """Of the median customer's value, for a voice that is 1 in everything (lambda);"""
    unattributed_max: float = 1.0
    """no more than so many median values, whatever the price."""


class SocialValue(Struct, frozen=True, gc=False):
    """A voice measured and priced; the measures lie in [0, 1], money is in minor units.

    `unattributed_minor` is None when the population's median value is unknown.
    """

    reach: float
    frequency: float
    impact: float
    impact_by_category: Mapping[str, float]
    engagement: float
    referral_minor: float
    unattributed_minor: float | None
    strength: float = 0.0
    """The four measures as the policy weighs them, in [0, 1]."""

    def total_minor(self, own_minor: float) -> float:
        """Social CLV: the customer's own value, what was attributed, and the capped rest."""
        return own_minor + self.referral_minor + (self.unattributed_minor or 0.0)


DEFAULT_VOICE_POLICY = VoicePolicy()


def social_value(
    voice: Voice, clv_median_minor: float | None, policy: VoicePolicy = DEFAULT_VOICE_POLICY
) -> SocialValue:
    """What `voice` is worth beside the customer's own value; finite for any finite input."""
    reach = min(1.0, log1p(max(0, voice.audience or 0)) / log1p(policy.audience_max))
    frequency = 1.0 - exp(-_bounded(voice.posts) / policy.posts_half)
    impact = _impact(voice.caused, policy)
    engagement = _engagement(voice, policy)
    weights = (
        policy.reach_weight,
        policy.frequency_weight,
        policy.impact_weight,
        policy.engagement_weight,
    )
    weighed = sum(
        weight * measure
        for weight, measure in zip(weights, (reach, frequency, impact, engagement), strict=True)
    )
    strength = weighed / sum(weights)
    unattributed = None
    if clv_median_minor is not None:
        share = policy.price * strength
        unattributed = min(share, policy.unattributed_max) * _bounded(clv_median_minor)
    return SocialValue(
        reach=reach,
        frequency=frequency,
        impact=impact,
        impact_by_category={
            category: _impact(caused, policy) for category, caused in voice.by_category.items()
        },
        engagement=engagement,
        referral_minor=_bounded(voice.referral_margin_minor),
        unattributed_minor=unattributed,
        strength=strength,
    )


def _impact(caused: Caused, policy: VoicePolicy) -> float:
    """Mean actions a post caused, shrunk to the usual mean, on a scale that ends at 1."""
    if caused.posts <= 0:
        return 0.0  # nothing was said
    usual = policy.impact_usual * policy.impact_strength
    mean = (_bounded(caused.actions) + usual) / (caused.posts + policy.impact_strength)
    return 1.0 - exp(-mean / policy.actions_half)


def _engagement(voice: Voice, policy: VoicePolicy) -> float:
    """Share of views that were answered, shrunk to the usual share."""
    if voice.views <= 0:
        return 0.0
    usual = policy.engagement_usual * policy.engagement_strength
    rate = (_bounded(voice.responses) + usual) / (voice.views + policy.engagement_strength)
    return min(1.0, rate)


def _bounded(value: float) -> float:
    return min(max(0.0, value), SUM_MAX)

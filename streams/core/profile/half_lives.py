"""Half-lives: every decaying part of a profile follows the policy's, also when that changes."""

from collections.abc import Iterator

from streams.core.decay import Sums, begin, set_half_life
from streams.core.fold_policy import FoldPolicy
from streams.core.profile.profile import Profile


def adopt_half_lives(profile: Profile, policy: FoldPolicy, at_ms: int) -> None:
    """Give a new profile the policy's half-lives; an old one goes on with them from now on.

    Weights as of the last event stay what they were. Parts that were never touched begin anew, so
    that fields of a later format need nothing else.
    """
    for sums, half_life_ms in decaying(profile, policy):
        if sums.landmark_ms:
            if sums.half_life_ms != half_life_ms:
                set_half_life(sums, half_life_ms, profile.last_seen_ms)
        else:
            begin(sums, half_life_ms, at_ms)
    profile.half_lives = policy.half_lives


def decaying(profile: Profile, policy: FoldPolicy) -> Iterator[tuple[Sums, int]]:
    """Each decaying part and the half-life the policy wants of it; money follows on its own."""
    yield profile.rate, policy.rate_half_life_ms
    buying, care, taste, worlds = profile.buying, profile.care, profile.taste, profile.worlds
    for sums in (profile.categories, profile.brands):
        yield sums, policy.interest_half_life_ms
    situation = profile.situation
    for sums in (profile.channels, profile.outlets, situation.devices, situation.places):
        yield sums, policy.channel_half_life_ms
    for times in (buying.times, buying.tenders):
        yield times, policy.spend_half_life_ms
    for tastes in (taste.attributes, taste.bands, taste.values, taste.unseen):
        yield tastes, policy.taste_half_life_ms
    for world in (
        worlds.topics,
        worlds.entities,
        worlds.opinions,
        worlds.influences,
        worlds.values,
        worlds.special,
    ):
        yield world, policy.world_half_life_ms
    for moments in (care.moments, care.about_us, care.impact, care.reach, care.referrals):
        yield moments, policy.experience_half_life_ms

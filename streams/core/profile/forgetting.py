"""What a withdrawn consent takes along."""

from streams.core.fold_policy import FoldPolicy
from streams.core.profile.profile import Profile
from streams.core.profile.special import PURPOSE_MARK


def forget_special(profile: Profile, purpose: str, policy: FoldPolicy) -> None:
    """Drop what was kept under the consent to `purpose`, which was withdrawn."""
    special = profile.worlds.special.traits
    for name in [one for one in special if one.partition(PURPOSE_MARK)[0] == purpose]:
        del special[name]
    lexicon = policy.lexicon
    for names in (profile.categories.traits, profile.buying.habits):
        for name in [one for one in names if lexicon.special_of_category(one) == purpose]:
            del names[name]
    looks = profile.situation.looks
    looks[:] = [one for one in looks if lexicon.special_of_category(one.category) != purpose]

"""What a withdrawn consent takes along."""

from streams.core.decay import DecayedMap
from streams.core.fold_policy import FoldPolicy
from streams.core.profile.profile import Profile
from streams.core.profile.special import PURPOSE_MARK


def forget_special(profile: Profile, purpose: str, policy: FoldPolicy) -> None:
    """Drop what was kept under the consent to `purpose`, which was withdrawn."""
    special, categories = profile.worlds.special, profile.categories
    _forget(special, [one for one in special.traits if one.partition(PURPOSE_MARK)[0] == purpose])
    lexicon = policy.lexicon
    _forget(
        categories,
        [one for one in categories.traits if lexicon.special_of_category(one) == purpose],
    )
    habits = profile.buying.habits
    for name in [one for one in habits if lexicon.special_of_category(one) == purpose]:
        del habits[name]
    looks = profile.situation.looks
    looks[:] = [one for one in looks if lexicon.special_of_category(one.category) != purpose]


def _forget(sums: DecayedMap, names: list[str]) -> None:
    for name in names:
        sums.total = max(sums.total - sums.traits.pop(name).weight, 0.0)

"""The simulated shop: learning loses less than the simple rules, and recovers."""

from streams.fit.known_shop import (
    TENTHS,
    make_shop,
    regret_of_epsilon_greedy,
    regret_of_ours,
    regret_of_random,
    regrets,
)

DECISIONS = 4_000


def test_a_shop_is_the_same_for_the_same_seed() -> None:
    """So every figure can be printed again."""
    assert make_shop(1, 5) == make_shop(1, 5)
    assert make_shop(1, 5) != make_shop(2, 5)
    assert regret_of_ours(make_shop(1, 5), seed=1, decisions=1_000) == regret_of_ours(
        make_shop(1, 5), seed=1, decisions=1_000
    )


def test_learning_loses_less_than_half_of_random_and_less_than_epsilon_greedy() -> None:
    """Over six shops of 20 offers; the command has twenty of each size, with intervals."""
    found = regrets(20, seeds=range(100, 106), decisions=8_000)

    assert max(found.ours) < 0.5
    assert sum(found.ours) < sum(found.epsilon_greedy)


def test_regret_only_grows_and_a_random_choice_loses_by_the_gap() -> None:
    """Of every rule, at every tenth."""
    shop = make_shop(3, 5)

    ours = regret_of_ours(shop, seed=3, decisions=DECISIONS)
    theirs = regret_of_epsilon_greedy(shop, seed=3, decisions=DECISIONS)

    assert len(ours) == len(theirs) == TENTHS
    assert ours == sorted(ours)
    assert theirs == sorted(theirs)
    assert 0.0 < ours[-1] < regret_of_random(shop, DECISIONS)


def test_after_a_drift_it_recovers() -> None:
    """The last tenth loses less than the one right after all truths changed."""
    found = regrets(5, seeds=range(4), decisions=8_000)

    after, last = (sum(one[at] for one in found.after) for at in (TENTHS // 2, TENTHS - 1))
    assert last < 0.75 * after

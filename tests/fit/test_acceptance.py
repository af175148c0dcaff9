"""What is learned from tallies: shrunk, nothing used twice, no order in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.acceptance import Acceptance, Node, below, node_of
from streams.core.profile.trials import Trial
from streams.core.tally import Tally, tally
from streams.fit.acceptance import GAMMA_MIN, drift, learn

NOW_MS = 1_772_000_000_000
DAY_MS = 86_400_000


def tallied(offer: str, *, accepted: int, of: int, expected: float, **changes: object) -> Tally:
    """A tally of `of` trials by web at one level and stage."""
    found = Tally(offer)
    for number in range(of):
        words = {"channel": "web", "level": "regular", "stage": "bought"} | changes
        trial = Trial(offer=offer, due_ms=NOW_MS, expected=expected, **words)  # type: ignore[arg-type]  # words by name
        trial.accepted = number < accepted
        tally(found, trial, half_life_ms=DAY_MS, at_ms=NOW_MS)
    return found


def lift_of(found: Acceptance, *path: str) -> float:
    """The lift at the end of `path`."""
    node = found.accepts
    for name in path:
        node = below(node, name)
    return node.lift


def test_nothing_tried_teaches_nothing() -> None:
    """Lifts of 1: the catalogue's word stands."""
    found = learn([], now_ms=NOW_MS)

    assert (found.accepts.lift, found.accepts.tried, found.accepts.children) == (1.0, 0.0, {})
    assert found.accepts.spread == pytest.approx(1 / 5**0.5)
    assert found.gamma is None


def test_many_trials_outweigh_the_prior() -> None:
    """1,000 trials at twice the expectation: a lift of nearly two; ten hardly move it."""
    much = learn([tallied("tea", accepted=200, of=1_000, expected=0.1)], now_ms=NOW_MS)
    little = learn([tallied("tea", accepted=2, of=10, expected=0.1)], now_ms=NOW_MS)

    assert lift_of(much, "tea", "web", "regular", "bought") == pytest.approx(2.0, abs=0.1)
    assert 1.0 < lift_of(little, "tea", "web", "regular", "bought") < 1.4


def test_a_new_offer_starts_from_all_the_others() -> None:
    """Whose authors expected too much."""
    others = [tallied(f"o{n}", accepted=10, of=200, expected=0.1) for n in range(8)]

    found = learn(others, now_ms=NOW_MS)

    assert lift_of(found, "brand-new") == pytest.approx(0.5, abs=0.06)
    assert lift_of(found, "brand-new", "web", "regular") == lift_of(found, "brand-new")


def of_campaign(name: str, *tallies: Tally) -> list[Tally]:
    """These tallies, of offers of one campaign."""
    for one in tallies:
        one.campaign = name
    return list(tallies)


def test_a_new_offer_of_a_campaign_starts_from_it() -> None:
    """One campaign brings twice what was expected, the other half; each knows its own."""
    good = [tallied(f"g{n}", accepted=40, of=200, expected=0.1) for n in range(4)]
    bad = [tallied(f"b{n}", accepted=10, of=200, expected=0.1) for n in range(4)]

    found = learn([*of_campaign("good", *good), *of_campaign("bad", *bad)], now_ms=NOW_MS)

    assert 1.3 < node_of(found, "new", "good").lift < 2.0
    assert 0.5 < node_of(found, "new", "bad").lift < 0.8
    assert node_of(found, "new", "never heard of").lift == found.accepts.lift
    assert node_of(found, "new", None).lift == found.accepts.lift
    assert 0.5 < found.accepts.lift < 2.0
    assert sorted(found.accepts.children) == ["b0", "b1", "b2", "b3", "g0", "g1", "g2", "g3"]
    assert {name: one.children for name, one in found.campaigns.items()} == {"good": {}, "bad": {}}


def test_offers_without_a_campaign_are_learned_as_ever() -> None:
    """The name of a single campaign changes nothing either, where all are of it."""

    def several() -> list[Tally]:
        return [tallied(f"o{n}", accepted=10 + n, of=200, expected=0.1) for n in range(8)]

    alone, named = (
        learn(several(), now_ms=NOW_MS),
        learn(of_campaign("one", *several()), now_ms=NOW_MS),
    )

    assert alone.campaigns == {}
    assert named.accepts == alone.accepts


def test_partitions_that_know_a_campaign_and_others_are_of_one() -> None:
    """A tally of a partition where the offer was last tried before it had one."""
    old, new = (tallied("tea", accepted=10, of=200, expected=0.1) for _ in range(2))

    found = learn([old, *of_campaign("spring", new)], now_ms=NOW_MS)

    assert set(found.campaigns) == {"spring"}
    assert found.accepts.children["tea"].tried == pytest.approx(400.0)


def test_old_trials_count_for_less() -> None:
    """After ten half-lives hardly anything is left."""
    old = tallied("tea", accepted=200, of=1_000, expected=0.1)

    found = learn([old], now_ms=NOW_MS + 10 * DAY_MS)

    assert found.accepts.tried == pytest.approx(1_000 / 2**10)
    assert lift_of(found, "tea") < 1.2


def test_what_happens_anyway_is_learned_apart() -> None:
    """From the holdout's trials, by offer and stage: (90 + 5) / (30 + 5)."""
    counted = tallied("tea", accepted=90, of=300, expected=0.1, shadow=True)

    found = learn([counted], now_ms=NOW_MS)

    assert found.accepts.tried == 0.0
    assert below(below(found.anyway, "tea"), "bought").lift == pytest.approx(95 / 35)


def test_gamma_grows_with_the_square_root_of_the_trials() -> None:
    """Only when it is asked for."""
    one = learn([tallied("a", accepted=1, of=100, expected=0.1)], now_ms=NOW_MS, gamma_min=5.0)
    four = learn([tallied("a", accepted=1, of=400, expected=0.1)], now_ms=NOW_MS, gamma_min=5.0)

    assert one.gamma is not None
    assert four.gamma is not None
    assert four.gamma - GAMMA_MIN == pytest.approx(2 * (one.gamma - GAMMA_MIN))


@settings(deadline=None, max_examples=50)
@given(st.permutations(range(6)))
def test_the_order_of_tallies_changes_only_rounding(order: list[int]) -> None:
    """Partitions are read in any order."""
    tallies = [tallied(f"o{n % 3}", accepted=n, of=10 + n, expected=0.2) for n in range(6)]

    plain = learn(tallies, now_ms=NOW_MS)
    other = learn([tallies[at] for at in order], now_ms=NOW_MS)

    assert other.accepts.lift == pytest.approx(plain.accepts.lift, rel=1e-9)
    assert lift_of(other, "o1", "web") == pytest.approx(lift_of(plain, "o1", "web"), rel=1e-6)


def test_drift_is_the_largest_ratio_of_lifts() -> None:
    """Between two snapshots, of offers that both know."""
    before = Acceptance(accepts=Node(1.0, 9.0, {"a": Node(1.0), "b": Node(2.0)}))

    assert drift(before, {"a": Node(1.5), "b": Node(1.0), "c": Node(9.0)}) == (2.0, "b")
    assert drift(before, {"a": Node(4.0), "b": Node(0.5)}) == (4.0, "a")
    assert drift(before, {}) == (1.0, "")

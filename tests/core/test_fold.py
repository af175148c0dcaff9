"""fold: what counts, what does not, and that the order of arrival does not matter."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.rows import decode_row, encode_row
from streams.core import events
from streams.core.decay import decayed
from streams.core.events import BODY_TYPES, Event
from streams.core.fold import FOLDS, Outcome, fold
from streams.core.fold_policy import DAY_MS, FoldPolicy
from streams.core.profile.profile import (
    RECENT_MAX,
    Profile,
    event_digest,
    new_profile,
    remember,
    seen,
    share,
    stage,
)
from tests.same import differences
from tests.strategies_profiles import (
    FEW,
    FOLD,
    NOON,
    anything,
    cart,
    event,
    folded,
    item,
    line,
    sale,
    view,
)


def fold_all(history: list[Event], policy: FoldPolicy = FOLD) -> Profile:
    """The profile after `history`, decided when the last of it happened."""
    profile = new_profile("customer:1")
    now_ms = max((one.event_time_ms for one in history), default=0)
    for one in history:
        fold(profile, one, policy, now_ms=now_ms)
    return profile


def test_every_kind_of_event_has_a_fold() -> None:
    """A new kind without one would crash a worker."""
    assert set(FOLDS) == {body for bodies in BODY_TYPES.values() for body in bodies}


def test_counts_and_times_of_events() -> None:
    """Kinds are counted; first and last are by event time, whatever arrives first."""
    profile = fold_all([event("b", view(), NOON), event("a", cart(), NOON - 5)])

    assert profile.counts == {"view_item": 1, "add_to_cart": 1}
    assert (profile.first_seen_ms, profile.last_seen_ms) == (NOON - 5, NOON)
    assert profile.last_seen_tie == int.from_bytes(event_digest("b"), "big")
    assert (profile.applied, profile.rate.count) == (2, 2)


def test_a_late_event_leaves_the_profile_unchanged() -> None:
    """Later than `lateness_max_ms` before decision time is late; just as old is not."""
    profile = new_profile("customer:1")
    policy = FoldPolicy(lateness_max_ms=1_000)

    assert fold(profile, event("e", view(), NOON), policy, now_ms=NOON + 1_001) is Outcome.LATE
    assert profile == new_profile("customer:1")
    assert fold(profile, event("e", view(), NOON), policy, now_ms=NOON + 1_000) is Outcome.APPLIED


@FEW
@given(anything, st.randoms(use_true_random=False))
def test_duplicates_change_nothing(history: list[Event], random: Random) -> None:
    """Any event inside the bound, again, in any order, leaves the same bytes."""
    profile = fold_all(history)
    before = encode_row(profile)
    again = random.sample(history, len(history))

    outcomes = {fold(profile, one, FOLD, now_ms=NOON) for one in again}

    assert outcomes <= {Outcome.DUPLICATE}
    assert encode_row(profile) == before


def test_an_event_id_beyond_the_bound_is_forgotten() -> None:
    """The last `RECENT_MAX` ids are known, the one before them is not."""
    profile = new_profile("customer:1")
    digests = [event_digest(f"e{number}") for number in range(RECENT_MAX + 1)]

    for digest in digests:
        remember(profile, digest)

    assert not seen(profile, digests[0])
    assert all(seen(profile, digest) for digest in digests[1:])
    assert len(profile.recent_ids) == 8 * RECENT_MAX


def test_bytes_of_two_neighbours_are_no_duplicate() -> None:
    """Only a whole digest counts."""
    profile = new_profile("customer:1")
    remember(profile, b"abcdefgh")
    remember(profile, b"ijklmnop")

    assert not seen(profile, b"efghijkl")
    assert seen(profile, b"ijklmnop")


# Voids take back what they find, outcomes belong to offers that were made before.
_orderless = anything.map(
    lambda history: [
        one for one in history if not isinstance(one.body, events.Void | events.OfferOutcome)
    ]
)


@FEW
@given(_orderless, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(history: list[Event], random: Random) -> None:
    """Counts, money, times and latest values are exact, decayed sums equal to 1e-9."""
    shuffled = random.sample(history, len(history))

    one, other = fold_all(history), fold_all(shuffled)

    assert differences(one, other) == []


@FEW
@given(anything)
def test_the_same_events_give_the_same_bytes(history: list[Event]) -> None:
    """Live or replayed, also when the row went through bytes after every event."""
    profile = new_profile("customer:1")
    for one in history:
        read = decode_row(encode_row(profile))
        assert isinstance(read, Profile)
        profile = read
        fold(profile, one, FOLD, now_ms=0)

    live = new_profile("customer:1")
    for one in history:
        fold(live, one, FOLD, now_ms=0)

    assert encode_row(profile) == encode_row(live)


@pytest.mark.parametrize("order", [1, -1])
def test_the_last_search_is_kept_whatever_arrives_first(order: int) -> None:
    """By event time; other looks are no search."""
    search = events.Search(search_term="a cup")
    history = [event("a", search, NOON), event("b", search, NOON + 5), event("c", view(), NOON + 9)]

    assert fold_all(history[::order]).situation.last_search_ms == NOON + 5
    assert fold_all(history[2:]).situation.last_search_ms == 0


def test_a_changed_half_life_is_adopted() -> None:
    """A policy with other half-lives goes on from what the sums were worth."""
    profile = fold_all([event("a", view())])
    longer = FoldPolicy(lateness_max_ms=DAY_MS, interest_half_life_ms=60 * DAY_MS)

    fold(profile, event("b", view()), longer, now_ms=NOON)

    assert profile.categories.half_life_ms == 60 * DAY_MS
    worth = decayed(profile.categories, profile.categories.traits["coffee"].weight, NOON)
    assert worth == pytest.approx(2.0)


def test_categories_count_once_an_event_by_their_second_level() -> None:
    """Two coffees in one basket are one sign of interest in coffee; its department is none."""
    coffee = item("sku-1", "food", item_category2="coffee", item_brand="Acme")
    profile = folded(view(coffee, coffee, item("sku-3", None)))

    assert list(profile.categories.traits) == ["coffee"]
    assert profile.categories.traits["coffee"].count == 1
    assert profile.brands.traits["Acme"].count == 1


def test_a_share_without_enough_evidence_is_unknown() -> None:
    """Below three observations the trait says nothing; then it is a posterior share."""
    profile = folded(view(), view())
    assert share(profile.categories, "coffee", prior_strength=1.0, now_ms=NOON) is None
    assert share(profile.categories, "tea", prior_strength=1.0, now_ms=NOON) is None

    profile = folded(view(), view(), view())
    known = share(profile.categories, "coffee", prior_strength=1.0, now_ms=NOON)

    assert known == pytest.approx((3.0 + 0.5) / (3.0 + 1.0), rel=1e-4)


@pytest.mark.parametrize(
    ("history", "days", "expected"),
    [
        ([], 0, "unaware"),
        ([view()], 1, "exploring"),
        ([view()], 20, "unaware"),
        ([view(), cart()], 1, "intending"),
        ([events.BeginCheckout(currency="EUR", items=(item(),))], 1, "intending"),
        ([cart(), sale(1, line())], 1, "bought"),
        ([sale()], 20, "owning"),
        ([sale()], 100, "lapsing"),
    ],
)
def test_the_stage_is_derived_from_evidence(
    history: list[events.Body], days: int, expected: str
) -> None:
    """Where on the journey, so many days later."""
    assert stage(folded(*history), NOON + days * DAY_MS) == expected

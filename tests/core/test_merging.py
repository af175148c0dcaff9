"""Merging: parts folded apart are the whole, and parts that are kept can be had back."""

from copy import deepcopy
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from streams.codec.rows import decode_row, encode_row
from streams.core import events
from streams.core.events import Event
from streams.core.fold import fold
from streams.core.profile.merging import merge
from streams.core.profile.profile import Profile, new_profile
from tests.core.bounds import full
from tests.same import differences
from tests.strategies_lives import halves
from tests.strategies_profiles import FEW, FOLD, anything

# A void finds its sale in its own part alone; an outcome belongs to an offer that was made before.
_mergeable = anything.map(
    lambda history: [
        one for one in history if not isinstance(one.body, events.Void | events.OfferOutcome)
    ]
)


def folded(history: list[Event]) -> Profile:
    """The profile after `history`."""
    profile = new_profile("customer:1")
    for one in history:
        fold(profile, one, FOLD, now_ms=0)
    return profile


@FEW
@given(_mergeable, st.randoms(use_true_random=False))
def test_merging_two_halves_equals_folding_the_whole(history: list[Event], random: Random) -> None:
    """Below the bounds, however the events were dealt to the two."""
    assume(not full(folded(history)))
    first, second = halves(history, random)
    merged = folded(first)

    merge(merged, folded(second))

    assert differences(merged, folded(history)) == []


@FEW
@given(_mergeable, st.randoms(use_true_random=False))
def test_the_order_of_merging_does_not_matter(history: list[Event], random: Random) -> None:
    """One half into the other, or the other way round."""
    assume(not full(folded(history)))
    first, second = halves(history, random)
    one, other = folded(first), folded(second)

    merge(one, folded(second))
    merge(other, folded(first))

    assert differences(one, other) == []


@FEW
@given(_mergeable, st.randoms(use_true_random=False))
def test_unmerging_restores_the_halves(history: list[Event], random: Random) -> None:
    """A merge changes no part: the merge of the others is what would have been without it."""
    assume(not full(folded(history)))
    first, second = halves(history, random)
    one, other = folded(first), folded(second)
    before = (encode_row(one), encode_row(other))
    whole = new_profile("customer:1")

    merge(whole, one)
    merge(whole, other)
    without_other = new_profile("customer:1")
    merge(without_other, one)

    assert (encode_row(one), encode_row(other)) == before
    assert differences(without_other, folded(first)) == []


@FEW
@given(_mergeable, st.randoms(use_true_random=False))
def test_a_merged_profile_goes_on_like_any_other(history: list[Event], random: Random) -> None:
    """It goes through bytes, and further events fold into it."""
    assume(not full(folded(history)))
    first, second = halves(history, random)
    merged = folded(first)
    merge(merged, folded(second))
    read = decode_row(encode_row(merged))
    assert isinstance(read, Profile)
    whole = folded(history)
    further = Event(
        event_id="further",
        subject="customer:1",
        event_time_ms=1_760_000_000_000,
        topic="clickstream.event.v1",
        body=events.PageView(device_category="app"),
    )

    fold(read, deepcopy(further), FOLD, now_ms=0)
    fold(whole, further, FOLD, now_ms=0)

    assert differences(read, whole) == []

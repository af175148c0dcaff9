"""Whole lives: order of arrival, merging, a late catalogue, voids and changed half-lives."""

import math
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import to_builtins

from streams.codec.rows import decode_row, encode_row
from streams.core import events
from streams.core.decay import decayed
from streams.core.events import Event
from streams.core.fold import Outcome, fold
from streams.core.fold_policy import DAY_MS, FoldPolicy
from streams.core.profile.buying import MINOR_MAX
from streams.core.profile.merging import merge
from streams.core.profile.profile import RECENT_MAX, Profile, new_profile, seen
from tests.core.bounds import BOUNDS, full, sizes
from tests.same import NOW_MS, differences
from tests.strategies_lives import (
    BLIND,
    HEALTH,
    KNOWING,
    START_MS,
    halves,
    known,
    lives,
    voided,
)
from tests.strategies_profiles import FEW, event, sale, view

_orders = st.randoms(use_true_random=False)
OTHER = replace(
    KNOWING,
    rate_half_life_ms=DAY_MS,
    spend_half_life_ms=900 * DAY_MS,
    interest_half_life_ms=2 * DAY_MS,
    channel_half_life_ms=1_000 * DAY_MS,
    taste_half_life_ms=DAY_MS,
    world_half_life_ms=999 * DAY_MS,
    experience_half_life_ms=3 * DAY_MS,
)
LAST = event("last", events.PageView(), START_MS)


def folded(
    history: list[Event], policy: FoldPolicy = KNOWING, into: Profile | None = None
) -> Profile:
    """`into`, or a new profile, after `history`."""
    profile = new_profile("customer:1") if into is None else into
    for one in history:
        fold(profile, one, policy, now_ms=0)
    return profile


def numbers(value: Any) -> Iterator[float]:
    """Every number anywhere in `value`."""
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers(one)


def beyond(profile: Profile) -> dict[str, int]:
    """Collections that are larger than their bounds."""
    return {path: size for path, size in sizes(profile).items() if size > BOUNDS[path]}


@FEW
@given(lives() | known(), _orders)
def test_the_order_of_arrival_changes_nothing(history: list[Event], random: Random) -> None:
    """Of any kinds over years, heard and looked up: to 1e-9, below the bounds."""
    one = folded(history)
    assume(not full(one))

    other = folded(random.sample(history, len(history)))

    assert differences(one, other) == []


@FEW
@given(lives() | known(), _orders)
def test_under_a_consent_the_order_of_arrival_changes_nothing(
    history: list[Event], random: Random
) -> None:
    """Special categories too, once their consent is there: what comes before it stays unknown."""
    given_first = event("consent", HEALTH, START_MS)
    one = folded([given_first, *history])
    assume(not full(one))

    other = folded([given_first, *random.sample(history, len(history))])

    assert differences(one, other) == []


@FEW
@given(lives() | known(), _orders)
def test_two_merged_halves_are_the_whole(history: list[Event], random: Random) -> None:
    """Whichever is merged into the other, and each is left as it was."""
    whole = folded(history)
    assume(not full(whole))
    first, second = [folded(half) for half in halves(history, random)]
    before = (deepcopy(first), deepcopy(second))
    one, other = new_profile("customer:1"), deepcopy(second)

    merge(one, first)
    alone = deepcopy(one)
    merge(one, second)
    merge(other, first)

    assert differences(one, whole) == []
    assert differences(other, whole) == []
    assert differences(alone, before[0]) == []
    assert (first, second) == before


@FEW
@given(known(14), st.integers(0, 14))
def test_a_catalogue_that_comes_late_changes_no_taste(history: list[Event], count: int) -> None:
    """Attributes, bands and values come out as if it had been known from the start."""
    early = folded([*history, LAST])

    late = folded([*history[count:], LAST], into=folded(history[:count], BLIND))

    assume(not full(early) and not full(late))
    assert differences(late.taste, early.taste) == []


# What taking back cannot undo: when something was last touched.
_TOUCHED = re.compile(r"^(?!\.buying\.\w*purchase).*(\]|\.last_ms): \d{13} against \d{13}$")


def _tidied(profile: Profile) -> Profile:
    spend = profile.buying.spend
    for one in spend.values():
        one.periods = {period: spent for period, spent in one.periods.items() if spent}
    kept = {name: one for name, one in spend.items() if one.recent.count or one.lifetime_minor}
    profile.buying.spend = kept
    return profile


@FEW
@given(voided(), _orders)
def test_a_void_cancels_its_receipt_whichever_comes_first(
    history: list[Event], random: Random
) -> None:
    """All that it added, but for the time at which a name was last touched."""
    one = _tidied(folded(history))

    other = _tidied(folded(random.sample(history, len(history))))

    assert [each for each in differences(one, other) if not _TOUCHED.match(each)] == []


@FEW
@given(lives(12), st.integers(0, 12))
def test_any_history_leaves_a_sound_profile(history: list[Event], count: int) -> None:
    """Finite, inside every bound, and equal after its bytes; half-lives changed on the way."""
    profile = folded(history[count:], OTHER, into=folded(history[:count]))

    assert all(math.isfinite(one) for one in numbers(to_builtins(profile)))
    assert beyond(profile) == {}
    assert decode_row(encode_row(profile)) == profile


@FEW
@given(lives(12), st.integers(0, 12))
def test_parts_with_other_half_lives_merge_to_a_sound_profile(
    history: list[Event], count: int
) -> None:
    """Finite, inside every bound, and equal after its bytes."""
    profile = folded(history[:count])

    merge(profile, folded(history[count:], OTHER))

    assert all(math.isfinite(one) for one in numbers(to_builtins(profile)))
    assert beyond(profile) == {}
    assert decode_row(encode_row(profile)) == profile


def test_a_part_with_another_half_life_is_worth_what_it_was() -> None:
    """At its last event: two looks of that time are two, whatever the landmarks are."""
    into = folded([event("a", view(), NOW_MS)], OTHER)
    other = folded([event("b", view(), START_MS), event("c", view(), NOW_MS)])

    merge(into, other)

    coffee = into.categories.traits["coffee"]
    assert into.categories.half_life_ms == 2 * DAY_MS
    assert coffee.count == 3
    assert decayed(into.categories, coffee.weight, NOW_MS) == pytest.approx(2.0, rel=1e-6)


def test_full_parts_merge_to_a_full_profile() -> None:
    """Neither maps nor currencies nor items outgrow their bounds."""
    into = folded([event(f"{one}", _sold(one), NOW_MS + one) for one in range(100)])
    other = folded([event(f"{one}", _sold(one), NOW_MS + one) for one in range(500, 600)])

    merge(into, other)

    assert beyond(into) == {}
    assert set(into.buying.repeats) <= set(into.buying.purchases)
    assert "sku-599" in into.buying.purchases
    assert decode_row(encode_row(into)) == into


def test_lifetime_money_saturates_when_merged() -> None:
    """Absurd amounts cannot overflow a row."""
    into, other = folded([event("a", sale(1))]), folded([event("b", sale(2))])
    into.buying.spend["EUR"].lifetime_minor = MINOR_MAX
    other.buying.spend["EUR"].periods = dict.fromkeys(other.buying.spend["EUR"].periods, MINOR_MAX)

    merge(into, other)

    assert into.buying.spend["EUR"].lifetime_minor == MINOR_MAX
    assert max(into.buying.spend["EUR"].periods.values()) == MINOR_MAX


def _sold(number: int) -> events.Purchase:
    article = events.Item(item_id=f"sku-{number}", item_category=f"c{number}")
    currency = f"C{chr(65 + number % 9)}A"
    return events.Purchase(currency=currency, transaction_id="t", items=(article,), value_minor=1)


def test_both_parts_know_their_latest_events_after_a_merge() -> None:
    """Half of the room for each, and what the other leaves free: none of them counts again."""
    one = [event(f"a{number}", view(), NOW_MS + number) for number in range(RECENT_MAX)]
    other = [event(f"b{number}", view(), NOW_MS + number) for number in range(RECENT_MAX)]
    full_part, merged = folded(other), folded(one)
    shorter = folded(one[:3])

    merge(merged, full_part)
    merge(shorter, full_part)

    again = [*one[-RECENT_MAX // 2 :], *other[-RECENT_MAX // 2 :]]
    assert {fold(merged, each, KNOWING, now_ms=0) for each in again} == {Outcome.DUPLICATE}
    again = [*one[:3], *other[3:]]
    assert {fold(shorter, each, KNOWING, now_ms=0) for each in again} == {Outcome.DUPLICATE}


def test_an_event_in_both_parts_is_known_once_and_counts_twice() -> None:
    """A merge has no events: whoever makes parts gives each event to one of them."""
    one, other = folded([event("a", sale(1))]), folded([event("a", sale(1))])

    merge(one, other)

    assert len(one.recent_ids) == len(other.recent_ids)
    assert seen(one, other.recent_ids)
    assert one.buying.spend["EUR"].lifetime_minor == 200

"""Size: what 10,000 events of a year leave of one customer."""

from functools import cache
from itertools import islice

import pytest

from streams.codec.rows import DEFLATED_PREFIX, decode_row, encode_row
from streams.core import events
from streams.core.decide.items import items_of
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.timers import QUIET_ITEMS_MAX, Quiet
from streams.core.step import step
from streams.worker.simulation.generator import generate
from streams.worker.simulation.goods import assortment, item
from tests.core.bounds import BOUNDS, full, sizes
from tests.core.lives import START_MS, YEAR_MS, lived
from tests.core.shelf import stocked, world

EVENTS = 10_000
ROW_BYTES_MAX = 8_000
FULL_ROW_BYTES_MAX = 12_000


def simulated(seed: int) -> Profile:
    """The profile of the only customer of `streams simulate`, whose articles are all listed."""
    policy = stocked(world().policy, map(item, assortment()))
    profile = new_profile("customer:1")
    step_us = YEAR_MS * 1_000 // EVENTS
    feed = generate(seed=seed, customers=1, start_ms=START_MS, step_us=step_us)
    for number, one in enumerate(islice(feed, EVENTS)):
        now_ms = one.event.event_time_ms
        step(profile, one.event, policy=policy, now_ms=now_ms, fold_sequence=number)
    return profile


@cache
def crowded() -> Profile:
    """A customer who does everything there is to do, with hundreds of different things."""
    profile = lived(1, count=EVENTS)
    # Only timers leave one under the shipped policy, and a life has none.
    looked_at = events.ViewItem(currency="USD", items=world().goods[:QUIET_ITEMS_MAX])
    profile.timers.quiet = Quiet(START_MS, "view_item", START_MS, items_of(looked_at))
    return profile


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_profile_stays_below_8_kb_after_10000_events(seed: int) -> None:
    """Of the demo's mix: clicks, receipts, posts, cases and consents of one customer's year."""
    profile = simulated(seed)

    row = encode_row(profile)

    assert profile.applied == EVENTS
    assert len(row) < ROW_BYTES_MAX
    assert decode_row(row) == profile


def test_a_profile_in_which_everything_is_full_stays_below_12_kb() -> None:
    """Hundreds of categories, brands and words: every bound that can be reached is."""
    profile = crowded()

    row = encode_row(profile)

    assert len(full(profile)) > 12
    assert len(row) < FULL_ROW_BYTES_MAX
    assert row.startswith(DEFLATED_PREFIX)
    assert decode_row(row) == profile


@pytest.mark.parametrize("path", BOUNDS)
def test_a_collection_keeps_its_bound(path: str) -> None:
    """After 10,000 events, each of them."""
    assert sizes(crowded())[path] <= BOUNDS[path]


def test_every_collection_has_a_bound() -> None:
    """A new one without would grow for ever."""
    assert set(sizes(crowded())) == set(BOUNDS)

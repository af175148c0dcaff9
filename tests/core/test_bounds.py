"""Hostile events: whatever comes, a profile stays small, finite and readable."""

import math

import pytest
from hypothesis import given

from streams.codec.rows import decode_row, encode_row
from streams.core import events
from streams.core.events import CHANNELS, Body, Event
from streams.core.profile.profile import (
    BRANDS_MAX,
    CATEGORIES_MAX,
    NAME_MAX,
    OUTLETS_MAX,
    RECENT_MAX,
    Profile,
    new_profile,
)
from tests.strategies_profiles import (
    FEW,
    NOON,
    POLICY,
    anything,
    cart,
    event,
    item,
    line,
    opened,
    run,
    sale,
    view,
)

ROW_BYTES_MAX = 131_072
ROUNDS = 40
WIDE = "\U0001f600" * 200  # four bytes a letter, longer than any name that is kept


def _name(number: int) -> str:
    return f"{number:03d}{WIDE}"


def _hostile(number: int) -> list[Body]:
    name = _name(number)
    thing = item(name, name, item_brand=name, price_minor=10**12, quantity=100_000)
    goods = [item(_name(1_000 * number + one), _name(one), item_brand=name) for one in range(20)]
    bought = line(name, name, item_brand=name)
    return [
        view(thing),
        cart(thing, *goods),
        sale(number, bought, total_minor=10**12),
        events.Purchase(
            currency=f"{number:03d}", transaction_id="t", items=(thing,), value_minor=-(10**12)
        ),
        events.CheckIn(place_id=name),
        opened(name, None),
        events.ConsentChanged(purpose=name[:64], granted=True, channel=CHANNELS[number % 6]),
        events.Rejected(offer_id=name, channel="email", offer_template=name),
        events.Review(item_id=name, rating=5.0, item_category=name, item_brand=name),
        events.Search(search_term=WIDE),
    ]


def _hostile_history() -> list[Event]:
    bodies = [body for number in range(ROUNDS) for body in _hostile(number)]
    return [event(f"{n}{WIDE}", body, NOON + n) for n, body in enumerate(bodies)]


@pytest.fixture(scope="module")
def crowded() -> Profile:
    """A profile after four hundred events made to fill it."""
    profile = new_profile("customer:" + "\U0001f600" * 200)
    run(profile, _hostile_history())
    return profile


def test_a_profile_stays_below_128_kib(crowded: Profile) -> None:
    """Names of the widest letters, huge amounts, hundreds of everything."""
    row = encode_row(crowded)

    assert len(row) < ROW_BYTES_MAX
    assert decode_row(row) == crowded


def test_every_collection_keeps_its_bound(crowded: Profile) -> None:
    """Those of the profile itself; the groups have their own tests."""
    assert 0 < len(crowded.categories.traits) <= CATEGORIES_MAX
    assert 0 < len(crowded.brands.traits) <= BRANDS_MAX
    assert 0 < len(crowded.outlets.traits) <= OUTLETS_MAX
    assert len(crowded.recent_ids) == 8 * RECENT_MAX


def test_kept_names_are_cut(crowded: Profile) -> None:
    """At `NAME_MAX` characters, wherever a name is kept."""
    kept = [
        *crowded.categories.traits,
        *crowded.brands.traits,
        *crowded.cart,
        *crowded.buying.purchases,
        *crowded.care.cases,
        *crowded.contact.tried,
    ]

    assert {len(name) for name in kept} == {NAME_MAX}


@FEW
@given(anything)
def test_any_history_gives_a_finite_profile(history: list[Event]) -> None:
    """No amount, time or text makes a sum that is not a number."""
    profile = new_profile("customer:1")
    run(profile, history, POLICY)
    maps = (profile.categories, profile.brands, profile.channels, profile.outlets)
    sums = [trait.weight for one in maps for trait in one.traits.values()]
    sums += [one.total for one in maps] + [profile.rate.weight]
    sums += [one.recent.weight for one in profile.buying.spend.values()]

    assert all(math.isfinite(one) for one in sums)
    assert decode_row(encode_row(profile)) == profile

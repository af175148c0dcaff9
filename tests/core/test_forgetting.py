"""What a profile loses beyond its bounds, collection by collection, and how wrong it then is.

`bounds.BOUNDS` names them all and `test_size` keeps them; closed sets lose nothing.
"""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from streams.core import events
from streams.core.decay import DecayedMap, DecayedMeans, add_names, take_back
from streams.core.events import Body
from streams.core.fold import fold
from streams.core.fold_policy import DAY_MS
from streams.core.joining import join_map, join_means
from streams.core.means import add_means
from streams.core.profile.buying import (
    CURRENCIES_MAX,
    PERIOD_DAYS,
    PERIODS_MAX,
    PURCHASES_MAX,
    Buying,
    Money,
    Spend,
    add_money,
    add_purchases,
    spend_in,
)
from streams.core.profile.care import IMPACTS_MAX
from streams.core.profile.cart import CART_MAX, Cart, CartLine, put
from streams.core.profile.profile import Profile, new_profile
from streams.core.words.hearing import Heard
from tests.core.bounds import BOUNDS, full, sizes
from tests.strategies_profiles import (
    FOLD,
    HOUR_MS,
    NOON,
    OURS,
    consent,
    event,
    item,
    post,
    sale,
    view,
)

NAMES_MAX = 4
ROUNDING = 1e-9
Said = tuple[Body, Heard | None]
_ACTOR = events.Actor(id="https://social.example/1")
_NOTE = post("words")
_LIKED = structs.replace(
    post("@OurShop", OURS),
    object=structs.replace(post("@OurShop", OURS).object, likes_count=3),
)


def paid(number: int) -> events.Sale:
    """A receipt that is paid with a card of its own kind."""
    tender = events.Tender(tender_type=f"card-{number}", amount_minor=100)
    return structs.replace(sale(number), tenders=(tender,))


def shared(number: int) -> events.Announce:
    """A post of somebody else was shared."""
    note = events.SocialObject(type="Note", attributed_to=f"@author-{number}")
    return events.Announce(actor=_ACTOR, object=note)


ONE_MORE: dict[str, Callable[[int], Said]] = {
    "categories": lambda number: (view(item("sku", f"c{number}")), None),
    "brands": lambda number: (view(item("sku", None, item_brand=f"b{number}")), None),
    "outlets": lambda number: (events.CheckIn(place_id=f"s{number}"), None),
    "situation.devices": lambda number: (events.PageView(device_category=f"d{number}"), None),
    "situation.places": lambda number: (events.PageView(country=f"c{number}"), None),
    "taste.unseen": lambda number: (view(item(f"sku-{number}")), None),
    "worlds.topics": lambda number: (_NOTE, Heard(topics=(f"t{number}",))),
    "worlds.entities": lambda number: (_NOTE, Heard(entities=(f"artist:{number}",))),
    "worlds.opinions": lambda number: (_NOTE, Heard(brands=((f"b{number}", 0.5),))),
    "worlds.influences": lambda number: (shared(number), None),
    "worlds.special": lambda number: (_NOTE, Heard(special=(("health", f"t{number}"),))),
    "care.impact": lambda number: (_LIKED, Heard(topics=(f"t{number}",))),
    "buying.tenders": lambda number: (paid(number), None),
}


def told(said: Iterable[Said]) -> Profile:
    """The profile after what was said, an hour apart, under a consent to speak of health."""
    profile = new_profile("customer:1")
    fold(profile, event("consent", consent(granted=True, purpose="health")), FOLD, now_ms=0)
    for number, (body, heard) in enumerate(said):
        one = event(f"e{number}", body, NOON + number * HOUR_MS)
        fold(profile, one, FOLD, now_ms=0, heard=heard)
    return profile


@pytest.mark.parametrize("path", ONE_MORE)
def test_one_name_more_than_the_bound_drops_the_weakest(path: str) -> None:
    """At the bound all are there; at bound + 1 three quarters of it."""
    names_max = BOUNDS[path] - (path == "care.impact")  # the mean over all is a name of its own
    said = [ONE_MORE[path](number) for number in range(names_max + 1)]

    at_bound, beyond = told(said[:-1]), told(said)

    assert sizes(at_bound)[path] == BOUNDS[path]
    assert sizes(beyond)[path] == int(BOUNDS[path] * 0.75)
    assert path in full(beyond)


_observed = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.floats(0.01, 9), st.integers(0, 400)), max_size=40
)


def sums_of(observed: Iterable[tuple[str, float, int]], names_max: int) -> DecayedMap:
    """A map of what was observed, (name, amount, day) each."""
    made = DecayedMap(30 * DAY_MS, NOON)
    for name, amount, day in observed:
        add_names(made, [name], amount, NOON + day * DAY_MS, names_max=names_max)
    return made


@given(_observed, _observed)
def test_no_weight_is_understated_by_more_than_what_was_dropped(
    observed: list[tuple[str, float, int]], other: list[tuple[str, float, int]]
) -> None:
    """Nor overstated, and the total is exact: also merged, and for names that are gone."""
    exact = sums_of([*observed, *other], names_max=99)
    made = sums_of(observed, NAMES_MAX)

    join_map(made, sums_of(other, NAMES_MAX), NAMES_MAX, NOON)

    slack = ROUNDING * (exact.total + 1)
    held = {name: made.traits[name].weight if name in made.traits else 0 for name in exact.traits}
    lacking = [one.weight - held[name] for name, one in exact.traits.items()]
    assert all(-slack <= one <= made.dropped + slack for one in lacking)
    assert made.total == pytest.approx(exact.total, rel=ROUNDING)


def test_taking_back_what_was_dropped_stays_inside_the_stated_error() -> None:
    """A name that was dropped, came again and lost its first observation lacks what was dropped."""
    made = DecayedMap(DAY_MS, NOON)
    add_names(made, ["weak"], 1.0, NOON, names_max=NAMES_MAX)
    add_names(made, ["b", "c", "d", "e"], 2.0, NOON, names_max=NAMES_MAX)
    add_names(made, ["weak"], 3.0, NOON, names_max=NAMES_MAX)

    take_back(made, ["weak"], 1.0, NOON)

    assert 3.0 - made.dropped <= (made.traits["weak"].weight if "weak" in made.traits else 0.0)


def means_of(observed: Iterable[tuple[str, float, int]], names_max: int) -> DecayedMeans:
    """Means of what was observed, (name, x, day) each."""
    made = DecayedMeans(30 * DAY_MS, NOON)
    for name, x, day in observed:
        add_means(made, [(name, x)], 1.0, NOON + day * DAY_MS, names_max=names_max)
    return made


@given(_observed, _observed)
def test_a_mean_beyond_the_bound_is_of_some_of_its_observations(
    observed: list[tuple[str, float, int]], other: list[tuple[str, float, int]]
) -> None:
    """Weight and count are lower limits, and it lies between the least and the largest of them."""
    exact = means_of([*observed, *other], names_max=99).means
    made = means_of(observed, NAMES_MAX)

    join_means(made, means_of(other, NAMES_MAX), NAMES_MAX, NOON)

    assert len(made.means) <= NAMES_MAX
    held = made.means.items()
    assert all(one.count <= exact[name].count for name, one in held)
    assert all(one.weight <= exact[name].weight * (1 + ROUNDING) for name, one in held)
    seen = {name: [x for at, x, _ in [*observed, *other] if at == name] for name in exact}
    limits = [(min(seen[name]), one.total / one.weight, max(seen[name])) for name, one in held]
    assert all(low - ROUNDING <= mean <= high + ROUNDING for low, mean, high in limits)


def test_the_mean_over_all_posts_is_never_dropped() -> None:
    """It is as heavy as the heaviest topic, and the first of equals."""
    topics = tuple([f"t{number}" for number in range(2 * IMPACTS_MAX)])

    impact = told([(_LIKED, Heard(topics=topics))] * 3).care.impact

    assert impact.means["*"].count == 3


def test_a_line_dropped_from_the_cart_reads_as_never_touched() -> None:
    """A removal goes first, and an older line that arrives after it counts again."""
    held: Cart = {}
    put(held, "sku", CartLine(9, 0, 0))
    for number in range(CART_MAX):
        put(held, f"sku-{number}", CartLine(number, 0, 1))
    assert "sku" not in held

    put(held, "sku", CartLine(8, 0, 1))

    assert held["sku"].quantity == 1


def spent(amounts: Iterable[tuple[int, int]]) -> Spend:
    """Money of one currency, (day, amount) each."""
    made = spend_in(Buying(), "EUR", DAY_MS, NOON)
    for day, amount_minor in amounts:
        add_money(made, Money(amount_minor), NOON, day=day, count=1)
    return made


@given(st.lists(st.tuples(st.integers(0, 40 * PERIOD_DAYS), st.integers(1, 99)), max_size=40))
def test_the_kept_periods_of_spend_are_exact(amounts: list[tuple[int, int]]) -> None:
    """The last ones in which anything was bought, whatever came first."""
    periods = {day // PERIOD_DAYS for day, _ in amounts}
    last = sorted(periods)[-PERIODS_MAX:]

    held = spent(amounts).periods

    assert held == {
        period: sum(minor for day, minor in amounts if day // PERIOD_DAYS == period)
        for period in last
    }


def test_a_currency_that_was_dropped_begins_anew() -> None:
    """It reads as never spent."""
    buying = Buying()
    for number in range(CURRENCIES_MAX + 1):
        add_money(spend_in(buying, f"C{number}", DAY_MS, number), Money(9), number, day=0, count=1)

    again = spend_in(buying, "C0", DAY_MS, NOON)

    assert (again.lifetime_minor, len(buying.spend)) == (0, CURRENCIES_MAX)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 99)), max_size=120))
def test_the_kept_items_are_those_bought_last(bought: list[tuple[int, int]]) -> None:
    """With the time of their last purchase; repeats are of kept items, and a lower limit."""
    buying, times = Buying(), dict[str, list[int]]()
    for number, at_ms in bought:
        add_purchases(buying, [f"{number}"], at_ms)
        times.setdefault(f"{number}", []).append(at_ms)

    last = sorted(times, key=lambda one: (max(times[one]), one))[-PURCHASES_MAX:]

    assert buying.purchases == {one: max(times[one]) for one in last}
    assert all(1 < count <= len(times[one]) for one, count in buying.repeats.items())
    assert set(buying.repeats) <= set(buying.purchases)

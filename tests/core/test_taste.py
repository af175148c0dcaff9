"""Taste: attributes, bands and values of what was chosen, whenever the catalogue learns of it."""

from dataclasses import replace

import pytest

from streams.core import events
from streams.core.decay import decayed
from streams.core.events import Body
from streams.core.fold import fold
from streams.core.fold_policy import DAY_MS, FoldPolicy
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.taste import (
    ATTRIBUTES_MAX,
    RATINGS_MAX,
    UNSEEN_MAX,
    Rating,
    rate,
)
from streams.core.words.lexicon import Lexicon
from tests.same import differences
from tests.strategies_profiles import FOLD, NOON, cart, event, item, line, sale, view, void

LEXICON = Lexicon(attribute_values={"organic": (("sustainability", 1.0), ("thrift", -0.5))})


def listed(price_minor: int = 100, **attributes: str | float | bool) -> bytes:
    """A row of the catalogue: one of five teas that cost 100 to 104."""
    return pack(
        Listed(
            "tea",
            "food",
            "Acme",
            "EUR",
            price_minor,
            cost_minor=60,
            pack_size=float(price_minor),
            pack_unit="g",
            attributes=attributes,
        )
    )


ROWS = {
    "sku-1": listed(100, organic=True, private_label=True, size="M"),
    "sku-2": listed(101, organic=True, private_label=False),
    **{f"tea-{number}": listed(number) for number in (102, 103, 104)},
}
CATALOGUE = Products([Version(version="v1", valid_from_ms=0, rows=ROWS)], LEXICON.values_of)
KNOWING = replace(FOLD, products=CATALOGUE, lexicon=LEXICON)


def after(*bodies: Body, policy: FoldPolicy = KNOWING, at_ms: int = NOON) -> Profile:
    """The profile after `bodies`, an hour apart."""
    profile = new_profile("customer:1")
    for number, body in enumerate(bodies):
        one = event(f"e{number}", body, at_ms + number * 3_600_000)
        fold(profile, one, policy, now_ms=0)
    return profile


def test_attributes_of_what_is_viewed_and_bought_are_taste() -> None:
    """A view weighs 1 and a purchase 5; each attribute counts once an article."""
    taste = after(view(item("sku-1")), sale(1, line("sku-1"), line("sku-2"))).taste

    organic = taste.attributes.traits["organic"]
    assert organic.count == 3
    assert decayed(taste.attributes, organic.weight, NOON) == pytest.approx(11.0, rel=1e-3)
    assert set(taste.attributes.traits) == {"organic", "size=M"}
    assert taste.unseen.traits == {}


def test_bands_are_means_over_what_was_bought() -> None:
    """One of two articles is private label; views say nothing of it."""
    bands = after(sale(1, line("sku-1"), line("sku-2")), view(item("sku-1"))).taste.bands

    label = bands.means["private label"]
    assert label.count == 2
    assert label.total / label.weight == pytest.approx(0.5)
    assert {"price", "pack"} < set(bands.means)


def test_values_are_revealed_for_and_against() -> None:
    """What is organic speaks for sustainability, and half against thrift."""
    values = after(sale(1, line("sku-1"))).taste.values

    assert set(values.traits) == {"sustainability", "-thrift"}
    against = decayed(values, values.traits["-thrift"].weight, NOON)
    assert against == pytest.approx(0.5, rel=1e-6)


def test_an_article_is_folded_once_the_catalogue_knows_it() -> None:
    """As of when it was bought, as if the catalogue had known it from the start."""
    bodies = (sale(1, line("sku-1"), line("sku-9")), view(item("sku-2")), cart(item("sku-2")))
    late = after(*bodies, policy=replace(FOLD, lexicon=LEXICON))
    known = after(*bodies, events.PageView())
    arrived = event("e3", events.PageView(), NOON + 3 * 3_600_000)

    fold(late, arrived, KNOWING, now_ms=0)

    assert differences(late.taste, known.taste) == []
    assert set(late.taste.unseen.traits) == {"+sku-9"}


def test_without_a_weight_for_purchases_what_arrives_weighs_nothing() -> None:
    """Nor does it divide by it."""
    weightless = replace(FOLD, purchase_weight=0.0)
    profile = after(sale(1, line("sku-1")), policy=weightless)

    fold(
        profile,
        event("p", events.PageView(), NOON),
        replace(weightless, products=CATALOGUE),
        now_ms=0,
    )

    assert profile.taste.bands.means["price"].weight == 0.0


@pytest.mark.parametrize("policy", [KNOWING, FOLD])
def test_a_void_takes_taste_back(policy: FoldPolicy) -> None:
    """Known article or not, the profile is what it would be without the sale.

    What cannot be undone is when a trait was last touched.
    """
    sold = (sale(1, line("sku-1")), void(2, 1))
    with_void = after(*sold, view(item("sku-2")), policy=policy)
    without = after(events.PageView(), events.PageView(), view(item("sku-2")), policy=policy)

    assert differences(with_void.taste, without.taste) == []


def test_a_void_takes_back_one_of_two_purchases() -> None:
    """Means and attributes keep what the other one gave."""
    taste = after(sale(1, line("sku-1")), sale(2, line("sku-1"), line("sku-2")), void(3, 2)).taste

    label = taste.bands.means["private label"]
    assert label.count == 1
    assert label.total / label.weight == pytest.approx(1.0)
    assert taste.attributes.traits["organic"].count == 1


def test_margin_is_known_where_cost_is() -> None:
    """Of a line of 100 with a cost of 60, 40 are margin; a line without a cost is not counted."""
    spend = after(sale(1, line("sku-1"), line("sku-9"), total_minor=200)).buying.spend["EUR"]

    assert (spend.lifetime_minor, spend.costed_minor, spend.margin_minor) == (200, 100, 40)


def test_an_order_of_the_web_shop_tells_margin_category_and_brand_from_the_catalogue() -> None:
    """Where the click does not."""
    order = events.Purchase(
        currency="EUR",
        transaction_id="t1",
        items=(events.Item(item_id="sku-1", price_minor=100, discount_minor=10, quantity=2),),
    )

    profile = after(order)

    spend = profile.buying.spend["EUR"]
    assert (spend.costed_minor, spend.margin_minor) == (200, 80)
    assert set(profile.categories.traits) == {"tea"}
    assert set(profile.brands.traits) == {"Acme"}
    assert (profile.buying.lines, profile.buying.promoted) == (1, 1)


def test_unseen_articles_are_bounded() -> None:
    """The weakest are forgotten."""
    lines = [line(f"new-{number}") for number in range(3 * UNSEEN_MAX)]

    taste = after(sale(1, *lines), policy=FOLD).taste

    assert 0 < len(taste.unseen.traits) <= UNSEEN_MAX
    assert taste.unseen.dropped > 0


def test_attributes_are_bounded() -> None:
    """At `ATTRIBUTES_MAX` + 1 the weakest go."""
    rows = {f"sku-{n}": listed(n, **{f"trait{n:03}": True}) for n in range(1, ATTRIBUTES_MAX + 2)}
    products = Products([Version(version="v1", valid_from_ms=0, rows=rows)])
    lines = [line(name) for name in rows]

    taste = after(sale(1, *lines), policy=replace(FOLD, products=products)).taste

    assert 0 < len(taste.attributes.traits) <= ATTRIBUTES_MAX


def test_the_latest_rating_of_an_article_counts() -> None:
    """By event time, whichever comes first; beyond the bound the oldest is dropped."""
    ratings: dict[str, Rating] = {}
    rate(ratings, "sku-1", Rating(5.0, 20, 1))
    rate(ratings, "sku-1", Rating(1.0, 10, 1))
    assert ratings["sku-1"].rating == 5.0

    for number in range(RATINGS_MAX):
        rate(ratings, f"other-{number}", Rating(3.0, 30 + number, 1))

    assert len(ratings) == RATINGS_MAX
    assert "sku-1" not in ratings


def test_a_changed_half_life_is_adopted_by_all_parts() -> None:
    """Weights as of the last event stay what they were."""
    profile = after(sale(1, line("sku-1")))
    before = decayed(
        profile.taste.values, profile.taste.values.traits["sustainability"].weight, NOON
    )
    slower = replace(KNOWING, taste_half_life_ms=999 * DAY_MS, world_half_life_ms=9 * DAY_MS)

    fold(profile, event("p", events.PageView(), NOON), slower, now_ms=0)

    values = profile.taste.values
    assert values.half_life_ms == 999 * DAY_MS
    after_ms = decayed(values, values.traits["sustainability"].weight, NOON)
    assert after_ms == pytest.approx(before)


def test_means_survive_a_change_of_landmark() -> None:
    """A century later the mean of what was bought is still what it was."""
    profile = after(sale(1, line("sku-1")))
    century = event("s", sale(2, line("sku-1")), NOON + 36_500 * DAY_MS)

    fold(profile, century, KNOWING, now_ms=0)

    label = profile.taste.bands.means["private label"]
    assert label.total / label.weight == pytest.approx(1.0)
    times = profile.buying.times
    assert decayed(times, times.sums[12], century.event_time_ms) == pytest.approx(1.0)

"""How well goods suit a customer: what speaks for an offer, part by part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.decay import add_names
from streams.core.genome.acceptance import (
    BRAND_LINES,
    CATEGORY_LINES,
    GOODS_LINES,
    KIND_LINES,
    LOYALTY_LINES,
    NOBODY,
    UNSEEN,
    Article,
    Shelf,
    Shopper,
    acceptance,
    goods_of,
    shopper_of,
    stock,
)
from streams.core.model import NO_MODEL, CategoryModel, Model
from streams.core.profile.buying import add_purchases
from streams.core.profile.habits import add_habits
from streams.core.profile.profile import Profile, new_profile

DAY_MS = 86_400_000
ARTICLES = {
    "gouda": Article("Cheese", "Hard", "Alpine"),
    "edam": Article("Cheese", "Hard", "Alpine"),
    "brie": Article("Cheese", "Soft", "Alpine"),
    "cheddar": Article("Cheese", "Hard", "Moor"),
    "earl": Article("Tea", "Black", "Moor"),
    "green": Article("Tea", "Green", "Leaf"),
    "loose": Article("Tea"),
}
LINES = {"gouda": 30, "edam": 10, "brie": 20, "cheddar": 20, "earl": 10, "green": 10}
MODEL = Model(
    categories={
        "Cheese": CategoryModel(0.8, 0.9, 0.5, 7.0, 0.5, 0.05),
        "Tea": CategoryModel(0.2, 0.5, 0.5, 60.0, 0.8, 0.2),
    }
)
SHELF = stock(ARTICLES, LINES, MODEL)


def customer(*items: str, day: int = 100) -> Profile:
    """Somebody who bought `items`, one a day, until the day before `day`."""
    profile = new_profile("customer:1")
    for number, item in enumerate(items):
        at_day = day - len(items) + number
        article = ARTICLES[item]
        add_habits(profile.buying.habits, {article.category: (1, 0)}, at_day, lines=1)
        add_purchases(profile.buying, [item], at_day * DAY_MS)
        profile.buying.lines += 1
        add_names(profile.brands, [article.brand], 5.0, at_day * DAY_MS, names_max=16)
    return profile


def suits(
    item: str, *bought: str, shelf: Shelf = SHELF, model: Model = MODEL, day: int = 100
) -> float:
    """How well one article suits somebody who bought these."""
    shopper = shopper_of(customer(*bought), shelf, model, today=day)
    return acceptance(goods_of([item], shelf), shopper, shelf)


def test_nobody_wants_what_everybody_buys() -> None:
    """3 of 10 lines are gouda, half of all at a reduced price; 10 of 11 lines are the prior's."""
    assert acceptance(goods_of(["gouda"], SHELF), NOBODY, SHELF) == pytest.approx(0.15, rel=0.01)


def test_a_customer_without_receipts_is_nobody() -> None:
    """Whatever the goods."""
    assert suits("brie") == acceptance(goods_of(["brie"], SHELF), NOBODY, SHELF)


def test_the_parts_by_hand() -> None:
    """Four lines of a shopper of whom no brand and no rhythm is known, of gouda's make three."""
    shopper = Shopper(
        lines=4.0,
        categories={"Cheese": 4.0},
        items={"gouda": 2.0, "edam": 1.0, "brie": 1.0},
        makes={ARTICLES["gouda"]: 3.0, ARTICLES["brie"]: 1.0},
        kinds={("Cheese", "Hard"): 3.0, ("Cheese", "Soft"): 1.0},
        remembered={"Cheese": 4.0},
    )
    of_category = (4 + CATEGORY_LINES * 0.8) / (4 + CATEGORY_LINES)
    of_kind = (3 + KIND_LINES * 60 / 80) / (4 + KIND_LINES)
    of_make = (3 + BRAND_LINES * 40 / 60) / (3 + BRAND_LINES)
    liking = (LOYALTY_LINES / (4 + LOYALTY_LINES)) ** 0.5
    levels = of_category * of_kind * of_make * 30 / 40 * liking

    found = acceptance(goods_of(["gouda"], SHELF), shopper, SHELF)

    assert found == pytest.approx(0.5 * (2 + GOODS_LINES * levels) / (4 + GOODS_LINES), rel=1e-3)


def test_what_was_bought_suits_best() -> None:
    """More than another article of its make, and that more than for nobody."""
    own, alike, nobody = suits("edam", "edam"), suits("edam", "gouda"), suits("edam")

    assert own > alike > nobody


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [("gouda", "green"), ("cheddar", "brie"), ("gouda", "cheddar")],
    ids=["category", "kind", "brand"],
)
def test_what_is_nearer_to_what_was_bought_gains_more(nearer: str, farther: str) -> None:
    """Somebody bought two pieces of edam: hard cheese of Alpine."""
    gains = [suits(item, "edam", "edam") / suits(item) for item in (nearer, farther)]

    assert gains[0] > gains[1]


def test_a_brand_is_liked_over_all_categories() -> None:
    """Moor's cheddar speaks for Moor's tea, and Alpine's gouda does not."""
    assert suits("earl", "cheddar") > suits("earl", "gouda")


def test_an_unnamed_brand_tells_nothing() -> None:
    """Neither for nor against: the tea without a name loses only by its category."""
    shopper = Shopper(lines=10.0, brands={"Leaf": 10.0})

    found = acceptance(goods_of(["loose"], SHELF), shopper, SHELF)

    usual = acceptance(goods_of(["loose"], SHELF), NOBODY, SHELF)
    assert found / usual == pytest.approx(
        CATEGORY_LINES / (10 + CATEGORY_LINES) * GOODS_LINES / (10 + GOODS_LINES)
    )


def test_what_is_due_suits_better() -> None:
    """Cheese on three days: the next day it is less likely than a week later."""
    soon, later = (suits("gouda", "gouda", "edam", "brie", day=day) for day in (100, 104))

    assert later > soon


def test_a_category_without_rhythm_is_as_likely_as_on_any_day() -> None:
    """One purchase, and the population's interval is not known."""
    shopper = shopper_of(customer("gouda"), SHELF, NO_MODEL, today=100)

    assert shopper.due == {}


def test_goods_at_reduced_prices_are_accepted_sooner() -> None:
    """The population buys more of cheese at a reduced price, and of tea less."""
    cheap = Model(
        categories={
            "Cheese": CategoryModel(0.8, 0.9, 0.9, 7.0, 0.5, 0.05),
            "Tea": CategoryModel(0.2, 0.5, 0.1, 60.0, 0.8, 0.2),
        }
    )
    shelf = stock(ARTICLES, LINES, cheap)

    assert shelf.promoted["Cheese"] > 0.74 > shelf.promoted["Tea"]
    assert suits("gouda", shelf=shelf) > suits("gouda") > suits("earl", shelf=shelf)


def test_without_a_model_half_is_at_a_reduced_price() -> None:
    """Of every category alike."""
    assert set(stock(ARTICLES, LINES, NO_MODEL).promoted.values()) == {0.5}


def test_goods_are_grouped_by_make() -> None:
    """Each with its share of what is bought of the make; unknown articles are none."""
    first, second = goods_of(["gouda", "edam", "brie", "kite"], SHELF)

    assert (first.make, first.items) == (ARTICLES["gouda"], frozenset({"gouda", "edam"}))
    assert [first.share, second.share] == pytest.approx([1.0, 1.0])


def test_an_article_nobody_bought_is_not_impossible() -> None:
    """It stands on the shelf for a hundredth of a line."""
    assert SHELF.lines["loose"] == UNSEEN
    assert suits("loose") > 0.0


def test_a_broad_offer_counts_every_article() -> None:
    """Where more articles are covered than are remembered, and the other way round."""
    shopper = Shopper(
        lines=3.0,
        items={"gouda": 2.0, "kite": 1.0, "pie": 1.0},
        makes={ARTICLES["gouda"]: 2.0},
        kinds={("Cheese", "Hard"): 2.0},
        remembered={"Cheese": 2.0},
    )
    narrow = acceptance(goods_of(["gouda"], SHELF), shopper, SHELF)
    both = acceptance(goods_of(["gouda", "edam"], SHELF), shopper, SHELF)

    assert both > narrow


def test_few_remembered_articles_are_found_in_a_large_set() -> None:
    """One remembered article, two covered ones of its make."""
    assert suits("edam", "edam") < acceptance(
        goods_of(["gouda", "edam"], SHELF),
        shopper_of(customer("edam"), SHELF, MODEL, today=100),
        SHELF,
    )


def test_who_remembers_more_articles_says_so() -> None:
    """They take the place of the profile's, whatever the shelf knows of them."""
    profile = customer("gouda", "gouda")

    own = shopper_of(profile, SHELF, MODEL, today=100)
    more = shopper_of(profile, SHELF, MODEL, today=100, items={"brie": 5.0, "kite": 1.0})

    assert own.items == {"gouda": 2.0}
    assert (more.items, more.remembered) == ({"brie": 5.0, "kite": 1.0}, {"Cheese": 5.0})


@given(st.lists(st.sampled_from(sorted(ARTICLES)), max_size=30), st.integers(0, 500))
def test_a_score_is_above_nought_and_finite(bought: list[str], later: int) -> None:
    """Whatever was bought, and however long ago."""
    assert 0.0 < suits("green", *bought, day=100 + later) < 10.0

"""The journey: where a customer is with each category, and what foretells a purchase."""

import pytest
from msgspec import structs

from streams.core import events
from streams.core.genome.genome import SignalShown
from streams.core.genome.journey import INTENT_DAYS, JOURNEYS_MAX, SIGNALS_MAX
from streams.core.model import NO_MODEL, Model
from streams.core.profile.profile import EXPLORING_DAYS, LAPSING_DAYS, SHOPPING_DAYS
from tests.core.genomes import MODEL, USUAL, Happened, at_ms, bought, read, weekly
from tests.strategies_profiles import cart, item, view

CHECKOUT = events.BeginCheckout(currency="EUR", items=(item(),))
REMOVAL = events.RemoveFromCart(currency="EUR", items=(item(),))
SEARCH = events.Search(search_term="a cup")
MUTED = events.TraitMuted(trait="category/coffee", muted=True)
# So many leave after a purchase that a silence of two weeks says more than any rhythm.
LEAVING = structs.replace(
    MODEL, categories={"coffee": structs.replace(USUAL, dropout=0.4, interval_days=7.0)}
)


def looked(days: float, *names: str, category: str = "coffee") -> Happened:
    """A view of articles of one category."""
    return days, view(*(item(one, category) for one in names or ("sku-1",)))


def stages(*happened: Happened, days: float, model: Model = NO_MODEL) -> dict[str, str]:
    """Category -> stage, in the order shown."""
    journeys = read(*happened, days=days, model=model).situation.journey
    return {one.category: one.stage for one in journeys}


def signals(*happened: Happened, days: float) -> list[SignalShown]:
    """What foretells a purchase."""
    return read(*happened, days=days).situation.signals


@pytest.mark.parametrize(
    ("looks", "stage"),
    [
        ([looked(0, "sku-1")], "exploring"),
        ([looked(0, "sku-1"), looked(1, "sku-1")], "exploring"),
        ([looked(0, "sku-1"), looked(1, "sku-2")], "comparing"),
        ([looked(0, "sku-1", "sku-2")], "comparing"),
        ([looked(0, "sku-1"), (1, cart(item("sku-2")))], "intending"),
    ],
)
def test_comparing_needs_two_different_articles(looks: list[Happened], stage: str) -> None:
    """Coming back to one is interest; a second one of the category is a comparison."""
    assert stages(*looks, days=1.5) == {"coffee": stage}


def test_articles_of_two_categories_are_not_compared() -> None:
    """One look at a coffee and one at a tea."""
    looks = (looked(0), looked(0.1, "sku-2", category="tea"))

    assert stages(*looks, days=1) == {"coffee": "exploring", "tea": "exploring"}


@pytest.mark.parametrize(
    ("happened", "stage"),
    [
        ([bought(0), (1, cart())], "intending"),
        ([bought(0), (1, CHECKOUT)], "intending"),
        ([(0, cart()), bought(0.1)], "bought"),
        ([(0, CHECKOUT), bought(0.1)], "bought"),
        ([bought(0), (0.1, cart(item("sku-2")))], "bought"),
        ([bought(0), (1, cart()), (1.1, REMOVAL)], "bought"),
    ],
)
def test_intending_needs_a_cart_or_a_checkout_after_the_last_purchase(
    happened: list[Happened], stage: str
) -> None:
    """A day of purchase has no hour: what happened on that day lies before it."""
    assert stages(*happened, days=1.2) == {"coffee": stage}


@pytest.mark.parametrize("body", [cart(), CHECKOUT])
@pytest.mark.parametrize(("days", "stage"), [(1.99, "intending"), (2.0, "exploring")])
def test_an_intention_is_two_days_old_at_most(body: events.Body, days: float, stage: str) -> None:
    """Then it is interest like any other."""
    assert SHOPPING_DAYS == 2
    assert stages((0, body), days=days) == {"coffee": stage}


@pytest.mark.parametrize(("days", "expected"), [(13.99, {"coffee": "exploring"}), (14.0, {})])
def test_a_look_is_forgotten_after_two_weeks(days: float, expected: dict[str, str]) -> None:
    """Nothing is going on any more, though the look is still kept."""
    assert EXPLORING_DAYS == 14
    assert stages(looked(0), days=days) == expected


def test_interest_without_a_look_is_exploring() -> None:
    """A review names a category and shows no article."""
    review = events.Review(item_id="sku-1", rating=3.0, item_category="coffee")

    (shown,) = read((0, review), days=1).situation.journey

    assert (shown.stage, shown.why, shown.last_ms) == ("exploring", "shown interest in", at_ms(0))


def test_a_cart_may_lie_longer_than_interest_lasts() -> None:
    """Where the policy lets it: the reason is interest of the day it was put there."""
    background = read((0, cart()), days=13)

    assert [one.stage for one in background.situation.journey] == ["exploring"]


@pytest.mark.parametrize(
    ("days", "stage"),
    [(1, "bought"), (2, "owning"), (LAPSING_DAYS - 1, "owning"), (LAPSING_DAYS, "lapsing")],
)
def test_one_purchase_is_owned_until_it_lapses(days: float, stage: str) -> None:
    """Without a rhythm, 90 days are long."""
    (shown,) = read(bought(0), days=days).situation.journey

    assert shown.stage == stage
    assert shown.last_ms == at_ms(-0.5)


def test_a_look_after_a_purchase_is_told_before_owning() -> None:
    """Something may still be decided; looks before the purchase led to it."""
    before = (looked(0, "sku-1"), looked(0, "sku-2"), bought(1))

    assert stages(*before, days=4) == {"coffee": "owning"}
    assert stages(*before, looked(3), days=4) == {"coffee": "exploring"}


def test_a_rhythm_tells_when_a_category_lapses() -> None:
    """A tenth as long as the 90 days of those without one."""
    owning, lapsing = (read(*weekly(8), days=49 + days).situation.journey for days in (5, 45))

    assert [one.stage for one in (*owning, *lapsing)] == ["owning", "lapsing"]
    assert owning[0].why == "last bought 5 d ago, usually every 7 d"


def test_a_category_most_people_drop_lapses_sooner() -> None:
    """Only a population can tell that somebody dropped it."""
    assert stages(*weekly(4), days=35) == {"coffee": "owning"}
    assert stages(*weekly(4), days=35, model=LEAVING) == {"coffee": "lapsing"}


def test_the_most_telling_stages_come_first() -> None:
    """Where something may be decided, then what may be lost, the latest of equals first."""
    happened = [
        *(bought(-100, "soap"), bought(-30, "bread"), bought(0.9, "milk")),
        looked(0.5, category="water"),
        looked(0.6, category="juice"),
        looked(0.7, "sku-1", "sku-2", category="tea"),
        (0.8, cart()),
    ]

    assert list(stages(*happened, days=1).items()) == [
        *(("coffee", "intending"), ("tea", "comparing"), ("juice", "exploring")),
        *(("water", "exploring"), ("soap", "lapsing"), ("milk", "bought"), ("bread", "owning")),
    ]


def test_few_journeys_are_shown() -> None:
    """Ten at most."""
    shown = [looked(0, category=f"c{number:02}") for number in range(JOURNEYS_MAX + 1)]

    assert len(stages(*shown, days=1)) == JOURNEYS_MAX


def test_a_muted_category_is_on_no_journey() -> None:
    """Neither as a stage nor as a signal, wherever it was seen."""
    happened = (looked(0), looked(0.1), looked(0.2), (0.3, cart()), (0.4, MUTED))

    situation = read(*happened, days=1).situation

    assert situation.journey == []
    assert "coffee" not in repr(situation)


def test_the_overall_stage_compares_where_a_category_does() -> None:
    """Exploring alone becomes comparing: an intention and a purchase stay what they are."""
    looks = looked(0, "sku-1", "sku-2")

    assert read(looks, days=1).situation.stage == "comparing"
    assert read(looked(0), days=1).situation.stage == "exploring"
    assert read(looks, (0.1, cart(item("x", "tea"))), days=1).situation.stage == "intending"
    assert read(days=1).situation.stage == "unaware"


def test_a_checkout_without_a_purchase_is_near() -> None:
    """Until a purchase, or for two days."""
    near = ("near purchase", "the cart", "went to the checkout and did not buy yet", at_ms(0))

    assert [structs.astuple(one) for one in signals((0, CHECKOUT), days=1)] == [near]
    assert signals((0, CHECKOUT), bought(0.5), days=1) == []
    assert signals((0, CHECKOUT), days=SHOPPING_DAYS) == []


def test_what_lies_in_the_cart_is_near() -> None:
    """The newest article, and how many more; for two weeks."""
    put = [(0, cart(item("sku-1", "tea"))), (0.1, cart(item("sku-2", None)))]

    assert [(one.about, one.why) for one in signals(*put, days=1)] == [
        ("sku-2", "sku-2 and 1 more in the cart")
    ]
    assert [one.why for one in signals(put[0], days=13)] == ["sku-1 in the cart"]
    assert signals(*put, days=15) == []


def test_coming_back_to_one_article_is_near() -> None:
    """Three times within a week, and not bought since."""
    twice = [looked(0), looked(1)]
    why = ["near purchase", "early intent"]

    assert [one.kind for one in signals(*twice, looked(2), days=3)] == why
    assert [one.kind for one in signals(*twice, looked(2, "sku-2"), days=3)] == why[1:]
    assert [one.why for one in signals(*twice, looked(2), days=3)] == [
        "came back to sku-1 3 times in 7 d",
        "3 looks in 7 d, and never bought from it",
    ]


def test_an_article_bought_since_is_not_wanted_any_more() -> None:
    """A later look starts anew."""
    held = bought(2.5, lines=(events.LineItem(item_id="sku-1", extended_amount_minor=1),))

    assert signals(looked(0), looked(1), looked(2), held, days=3)[0].kind == "early intent"


@pytest.mark.parametrize(("days", "count"), [(6.9, 1), (7.0, 0)])
def test_two_looks_at_a_new_category_are_an_early_intent(days: float, count: int) -> None:
    """Within a week; a category that was bought before is none."""
    looks = (looked(0, "sku-1"), looked(0.05, "sku-2"))

    assert INTENT_DAYS == 7
    assert len(signals(*looks, days=days)) == count
    assert signals(bought(-20), *looks, days=days) == []
    assert signals(looked(0), days=days) == []


def test_a_search_without_a_purchase_is_an_early_intent() -> None:
    """It names nothing: what was searched may be special."""
    assert [(one.about, one.why) for one in signals((0, SEARCH), days=1)] == [
        ("a search", "searched and did not buy since")
    ]
    assert signals((0, SEARCH), bought(0.5), days=1) == []
    assert signals((0, SEARCH), days=SHOPPING_DAYS) == []


def test_near_signals_come_first_and_few_are_shown() -> None:
    """Six at most of seven here: the near ones before the early ones, the latest first."""
    happened = [
        looked(0, "c1", "c2", category="c"),
        looked(0.1, "b1", category="b"),
        *(looked(0.2 + 0.01 * number, "a1", category="a") for number in range(3)),
        (0.3, cart(item("x", "tea"))),
        (0.4, events.BeginCheckout(currency="EUR", items=(item("b2", "b"),))),
        (0.5, SEARCH),
    ]

    found = signals(*happened, days=1)

    assert len(found) == SIGNALS_MAX
    assert [one.about for one in found] == ["the cart", "tea", "a", "a search", "b", "a"]

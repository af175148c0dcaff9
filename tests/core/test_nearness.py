"""How near listed goods are by their categories: what a view tells of it, and what it lifts."""

from dataclasses import replace
from math import sqrt
from typing import Any

import pytest

from streams.core.assortment import Goods, Share, make_assortment
from streams.core.decide.explaining import explain
from streams.core.decide.nearness import near_lift
from streams.core.decide.record import Factors
from streams.core.decide.view import LISTS_MAX, Buys
from streams.core.events import Body, TraitMuted
from streams.core.offers import Match, Offer, Policy, goods_key, with_products
from streams.core.products import NO_PRODUCTS, Listed, Products, Version, pack
from streams.core.profile.profile import Profile
from streams.core.words.lexicon import Lexicon
from tests.core.goods_known import decided, row
from tests.strategies_profiles import (
    DECISION,
    FOLD,
    NOON,
    event,
    folded,
    item,
    line,
    on,
    policy,
    run,
    sale,
    view,
)

TEA, MIXED, UNKNOWN, DRUGS = (
    frozenset({"tea-1", "tea-2"}),
    frozenset({"tea-1", "jam-1", "jam-2", "jam-3"}),
    frozenset({"new-1"}),
    frozenset({"pill-1", "pill-2", "tea-1"}),
)
PRODUCTS = Products(
    [
        Version(
            version="v1",
            valid_from_ms=0,
            rows={
                name: pack(Listed(category, department, "Leaf", "EUR", 300))
                for names, category, department in (
                    (("tea-1", "tea-2"), "Tea", "Drinks"),
                    (("jam-1", "jam-2", "jam-3"), "Jam", None),
                    (("pill-1", "pill-2"), "Analgesics", "Health"),
                    (("thing",), None, None),
                )
                for name in names
            },
        )
    ]
)
FREE = replace(DECISION, lift_min=0.1, lift_max=5.0)
HEALTH = replace(FOLD, lexicon=Lexicon(special_categories={"Analgesics": "health"}))


def stocked(*rows: Offer, **changes: Any) -> Policy:
    """A policy of these rows, to which the catalogue says what goods are."""
    return with_products(policy(*rows, **changes), PRODUCTS)


def buyer(rules: Policy, *more: Body) -> Profile:
    """Tea on three receipts, bread on one: two are usual."""
    tea = line("tea-9", "Drinks", item_category2="Tea")
    return folded(sale(1, tea, line("b", "Bread")), sale(2, tea), sale(3, tea), *more, rules=rules)


def told(rules: Policy, *more: Body) -> Buys:
    """What a decision about the buyer is told."""
    return decided(buyer(rules, *more), rules).view.buys


def factors(rules: Policy) -> Factors:
    """Those of the only candidate about the buyer."""
    (one,) = decided(buyer(rules), rules).candidates
    assert one.factors is not None
    return one.factors


def test_the_categories_of_a_list_by_hand() -> None:
    """Shares add up to 1 over what is known, less what is special; what is unknown is missing."""
    lists = {"a": MIXED | UNKNOWN, "b": UNKNOWN, "c": frozenset({"thing"}), "d": DRUGS}

    found = make_assortment(lists, PRODUCTS, {"Health"})

    assert found == {
        "a": Goods(1.0, (Share("Jam", 0.75, ""), Share("Tea", 0.25, "Drinks"))),
        "d": Goods(1 / 3, (Share("Tea", 1 / 3, "Drinks"),)),
    }
    assert make_assortment(lists, PRODUCTS, {"Health", "Tea"})["d"] == Goods(0, ())
    assert make_assortment(lists, NO_PRODUCTS, ()) == {}


def test_what_is_told_by_hand() -> None:
    """Tea of three receipts makes a quarter of the mixed goods; none of tea-1 was bought."""
    buys = told(stocked(row("a", products=TEA), row("b", products=MIXED)))

    assert (buys.lists, buys.usual, buys.hidden) == ({}, 2.0, ())
    assert buys.near == {goods_key(TEA): 3.0, goods_key(MIXED): 0.75}


def test_the_lift_by_hand() -> None:
    """Four thirds and a third of a usual category, under the root; within its bounds."""
    buys = Buys(4, {}, 2.0, {"tea": 3.0, "much": 99.0})

    assert near_lift("tea", buys, FREE) == pytest.approx(sqrt(4 / 3))
    assert near_lift("never", buys, FREE) == pytest.approx(sqrt(1 / 3))
    assert near_lift("much", buys, FREE) == 5.0
    assert near_lift("never", buys, replace(FREE, lift_min=0.9)) == 0.9


def test_it_takes_the_place_of_the_liking_for_the_named_product() -> None:
    """Both chances are lifted, and goods by themselves besides."""
    found = factors(stocked(row(products=TEA, anyway=0.01), decision=FREE))

    assert found.affinity == pytest.approx(sqrt(4 / 3))
    assert found.accepts == pytest.approx(0.1 * found.affinity * found.goods * found.channel_fit)
    assert found.anyway == pytest.approx(0.01 * found.affinity * found.goods)


def test_what_the_event_names_is_liked_by_its_own_names() -> None:
    """Here an article that the row lists is looked at."""
    rules = stocked(
        row(products=TEA | {"sku-9"}, triggers=on("view_item", match=Match.ITEMS)), decision=FREE
    )

    (one,) = decided(buyer(rules), rules).candidates

    assert one.factors is not None
    assert one.factors.affinity == 1.0


def test_without_a_catalogue_nothing_is_told() -> None:
    """And of who bought of no category nothing either."""
    assert told(policy(row(products=TEA))).near == {}
    assert told(policy(row(products=TEA))).usual == 0.0
    rules = stocked(row(products=TEA))
    nameless = folded(sale(1, line("x", None)), rules=rules)
    assert decided(nameless, rules).view.buys == Buys(1, {})


def test_a_list_that_the_catalogue_does_not_know_is_as_near_as_usual() -> None:
    """While it knows another; alone it is liked as rows without goods are."""
    both = told(stocked(row("a", products=TEA), row("b", products=UNKNOWN)))
    alone = told(stocked(row("b", products=UNKNOWN)))

    assert both.near[goods_key(UNKNOWN)] == both.usual
    assert (alone.near, alone.usual) == ({}, 0.0)


def test_of_goods_of_special_categories_nothing_is_known() -> None:
    """Two thirds of the list are: no purchase, and none that is missing, moves it."""
    rules = stocked(row(products=DRUGS), decision=replace(FREE, goods_lift_min=0.0), fold=HEALTH)

    assert told(rules).hidden == (goods_key(DRUGS),)
    assert factors(rules).goods == 1.0
    assert factors(rules).affinity == 1.0


def test_the_part_that_is_special_is_left_out() -> None:
    """One third is: the mean is that of the rest."""
    goods = frozenset({"pill-1", "tea-1", "tea-2"})

    assert told(stocked(row(products=goods), fold=HEALTH)).near == {goods_key(goods): 3.0}


@pytest.mark.parametrize("trait", ["category/Tea", "category/Drinks", "category/*"])
def test_who_muted_a_category_is_not_judged_by_it(trait: str) -> None:
    """By itself, by its department, or by all of them; a mixed list is judged by its rest."""
    rules = stocked(row("a", products=TEA), row("b", products=MIXED))

    buys = told(rules, TraitMuted(trait=trait, muted=True))

    assert goods_key(TEA) in buys.hidden
    assert buys.near == {}


def test_who_muted_something_else_is_judged_as_before() -> None:
    """Of the categories that are left."""
    rules = stocked(row("a", products=TEA))

    buys = told(rules, TraitMuted(trait="category/Jam", muted=True))

    assert (buys.near, buys.usual) == ({goods_key(TEA): 3.0}, 2.0)


def test_the_nearest_lists_are_told_but_first_those_of_which_was_bought() -> None:
    """One list more than are told, and the farthest of which something was bought."""
    goods = [frozenset({"tea-1", f"new-{number}"}) for number in range(LISTS_MAX)]
    rules = stocked(
        row("own", products=frozenset({"tea-1", "jam-1", "b"})),
        *[row(f"r{number:02}", products=one) for number, one in enumerate(goods)],
    )

    buys = told(rules)

    assert len(buys.near) == LISTS_MAX
    assert buys.near[goods_key(frozenset({"tea-1", "jam-1", "b"}))] == 1.5


def test_an_explanation_has_what_was_compared() -> None:
    """None for a row without goods, for hidden ones, and where the event names the product."""
    rules = stocked(row(products=TEA))
    plain = stocked(row(products=frozenset()))
    hidden = stocked(row(products=DRUGS), fold=HEALTH)
    looks = [event("look", view(item("tea-1", None)), NOON + 9)]
    (named,) = run(buyer(rules), looks, rules=rules)

    assert explain(decided(buyer(rules), rules), rules).near == (3.0, 2.0)
    assert explain(decided(buyer(plain), plain), plain).near is None
    assert explain(decided(buyer(hidden), hidden), hidden).near is None
    assert named.decision is not None
    assert explain(named.decision, rules).near is None

"""What a customer buys of a row's own goods: what is known of it, and the lift, by hand."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from streams.codec.view import decode_view, encode_view
from streams.core.decide.decide import decide
from streams.core.decide.goods import buys_of, goods_lift
from streams.core.decide.reason import reason_of
from streams.core.decide.record import DecisionRecord
from streams.core.decide.view import NO_BUYS, Buys, View
from streams.core.events import TraitMuted
from streams.core.offers import Match, Offer, Policy
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.buying import PURCHASES_MAX
from streams.core.profile.profile import Profile, new_profile
from tests.strategies_profiles import (
    DECISION,
    FEW,
    FOLD,
    NOON,
    event,
    folded,
    item,
    line,
    offer,
    on,
    policy,
    run,
    sale,
    view,
)
from tests.strategies_views import policies, views

FOUR = frozenset({"sku-1", "sku-2", "sku-3", "sku-4"})
STRONG = replace(DECISION, prior_strength=10.0, goods_lift_max=30.0)
ANYTHING = on("view_item", match=Match.ANY)


def row(name: str = "coffee", **changes: Any) -> Offer:
    """A row that lists goods and says nothing of their category."""
    known: dict[str, Any] = {"categories": frozenset(), "products": FOUR, "accepts": 0.1}
    return offer(name, **{**known, "triggers": ANYTHING, **changes})


def known_goods() -> Policy:
    """A catalogue that knows the first two articles, one of Tea by Leaf, one of Coffee by Bean."""
    rows = {
        "sku-1": pack(Listed("Tea", "Drinks", "Leaf", "EUR", 300)),
        "sku-2": pack(Listed("Coffee", "Drinks", "Bean", "EUR", 300)),
    }
    version = Version(version="v1", valid_from_ms=0, rows=rows)
    products = Products([version], FOLD.lexicon.values_of)
    return policy(row(), fold=replace(FOLD, products=products))


def buyer() -> Profile:
    """Three receipts: the first article on all, the second on one, and one of no row."""
    first = sale(1, line(), line("sku-2"), line("other"))
    return folded(first, sale(2, line()), sale(3, line()), rules=policy(row()))


def decided(profile: Profile, rules: Policy) -> DecisionRecord:
    """The decision about this customer looking at an article that no row lists."""
    (result,) = run(profile, [event("look", view(item("sku-9", None)), NOON + 9)], rules=rules)
    assert result.decision is not None
    return result.decision


def test_what_is_known_of_goods() -> None:
    """Those that rows list, each with its receipts, and the receipts of all articles: 3 + 1 + 1."""
    assert buys_of(buyer(), FOUR, FOLD, NOON) == Buys(5, {"sku-1": 3, "sku-2": 1})


def test_nothing_is_told_where_no_good_was_bought() -> None:
    """The same value each time, so that it stays out of the log."""
    assert buys_of(buyer(), frozenset({"sku-4"}), FOLD, NOON) is NO_BUYS
    assert buys_of(new_profile("customer:1"), FOUR, FOLD, NOON) is NO_BUYS


def test_no_more_goods_are_told_than_a_profile_remembers() -> None:
    """One more article was bought than is kept, and rows list them all."""
    lines = [line(f"sku-{number}") for number in range(PURCHASES_MAX + 1)]

    found = buys_of(folded(sale(1, *lines)), frozenset(one.item_id for one in lines), FOLD, NOON)

    assert (found.receipts, len(found.items)) == (PURCHASES_MAX, PURCHASES_MAX)


@pytest.mark.parametrize("trait", ["category/Tea", "category/Drinks", "brand/Leaf", "category/*"])
def test_who_muted_a_category_or_brand_is_not_judged_by_its_articles(trait: str) -> None:
    """The catalogue says what an article is."""
    rules = known_goods()
    profile = folded(sale(1, line("sku-1")), TraitMuted(trait=trait, muted=True), rules=rules)

    assert buys_of(profile, FOUR, rules.fold, NOON) is NO_BUYS


def test_who_muted_anything_is_judged_by_articles_that_are_surely_none_of_it() -> None:
    """One of another category is; one that the catalogue does not know is not."""
    rules = known_goods()
    muted = TraitMuted(trait="category/Tea", muted=True)
    profile = folded(sale(1, line("sku-1"), line("sku-2"), line("sku-3")), muted, rules=rules)

    assert buys_of(profile, FOUR, rules.fold, NOON) == Buys(3, {"sku-2": 1})


def test_the_lift_by_hand() -> None:
    """4 of 30 receipts, and 10 that are believed without: a share of 0.1 on top of 0.1."""
    assert goods_lift(row(), Buys(30, {"sku-1": 3, "sku-2": 1}), STRONG) == 2.0


def test_the_lift_has_a_bound_of_its_own() -> None:
    """A row that hardly anybody accepts would be lifted a thousand times."""
    assert goods_lift(row(accepts=0.0001), Buys(4, {"sku-1": 4}), STRONG) == 30.0


@pytest.mark.parametrize(
    ("changes", "buys"),
    [({"accepts": 0.0}, Buys(4, {"sku-1": 4})), ({}, Buys(4, {"sku-9": 4}))],
    ids=["nobody accepts it", "other goods"],
)
def test_nothing_lifts_a_row_without_chances_or_own_goods(
    changes: dict[str, Any], buys: Buys
) -> None:
    """Goods that were not bought of late leave a row as it is."""
    assert goods_lift(row(**changes), buys, STRONG) == 1.0


def test_the_row_whose_goods_are_bought_wins() -> None:
    """Two rows alike but for their goods; it is the second that the customer buys."""
    rules = policy(row("a", products=frozenset({"sku-8"})), row("b"))

    (first, second) = decided(buyer(), rules).candidates[:2]

    assert (first.offer, second.offer) == ("b", "a")
    assert first.factors is not None
    assert second.factors is not None
    assert first.factors.goods == pytest.approx(1.0 + 4 / (5 + DECISION.prior_strength) / 0.1)
    assert second.factors.goods == 1.0


def test_both_chances_are_lifted_alike() -> None:
    """Who buys it often buys it anyway, too."""
    (lifted,) = decided(buyer(), policy(row(anyway=0.01), decision=STRONG)).candidates

    assert lifted.factors is not None
    goods, fit = lifted.factors.goods, lifted.factors.channel_fit
    liking = lifted.factors.affinity * lifted.factors.recency
    assert goods == pytest.approx(1.0 + 4 / 15 / 0.1)
    assert lifted.factors.accepts == pytest.approx(0.1 * liking * fit * goods)
    assert lifted.factors.anyway == pytest.approx(0.01 * liking * goods)


def test_a_view_of_before_decides_as_before() -> None:
    """Without what was bought nothing is lifted, and no bytes tell of it."""
    record = decided(buyer(), policy(row()))
    old = decode_view(encode_view(record.view).replace(b',"buys":[5,{"sku-1":3,"sku-2":1}]', b""))

    again = decide(old, policy(row()))

    assert old.buys == NO_BUYS
    assert again is not None
    assert b"goods" not in encode_view(old)
    assert again.candidates[0].factors is not None
    assert again.candidates[0].factors.goods == 1.0


@FEW
@given(views, policies)
def test_more_purchases_of_goods_never_lower_a_chance(known: View, rules: Policy) -> None:
    """Of every row, within its bound."""
    goods = known.buys.items
    more = Buys(known.buys.receipts, {item: count + 1 for item, count in goods.items()})

    for one in rules.offers.values():
        less = goods_lift(one, known.buys, rules.decision)
        assert 1.0 <= less <= goods_lift(one, more, rules.decision) <= rules.decision.goods_lift_max


def test_the_reason_tells_what_was_bought() -> None:
    """Where no interest speaks; two receipts are no habit yet."""
    record = decided(buyer(), policy(row()))
    thrice = reason_of(row(), None, None, record.view)
    few = reason_of(row(products=frozenset({"sku-2"})), None, None, record.view)

    assert thrice.endswith("; you bought what it is for 4 times")
    assert "bought what" not in few

"""What a customer buys of a row's own goods: what is known of it, and the lift, by hand."""

from dataclasses import replace
from math import exp
from typing import Any

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.view import decode_view, encode_view
from streams.core.decide.decide import decide
from streams.core.decide.goods import EXPECTED_MAX, goods_lift
from streams.core.decide.reason import reason_of
from streams.core.decide.record import DecisionRecord
from streams.core.decide.view import LISTS_MAX, NO_BUYS, Buys, Own, View
from streams.core.events import TraitMuted
from streams.core.offers import GOODS_KEY_DIGITS, Match, Offer, Policy, goods_key
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.articles import digest_of
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
KEY = goods_key(FOUR)
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


def test_the_key_of_a_list_is_of_its_articles_whatever_their_order() -> None:
    """As the schema says: xxh64 of one article a line."""
    expected = xxhash.xxh64_hexdigest(b"sku-1\nsku-2")[:GOODS_KEY_DIGITS]

    assert goods_key(frozenset({"sku-2", "sku-1"})) == expected
    assert goods_key(frozenset({"sku-1"})) != expected
    assert goods_key(frozenset()) == ""


def told_of(profile: Profile, rules: Policy) -> Buys:
    """What a decision about this customer is told of their purchases."""
    return decided(profile, rules).view.buys


def test_what_is_known_of_goods() -> None:
    """Two of the list, on 3 and 1 receipts; of all articles 3 + 1 + 1."""
    assert told_of(buyer(), policy(row())) == Buys(5, {KEY: Own(2, 4)})


def test_an_article_counts_in_each_list_that_names_it() -> None:
    """Rows with the same goods share theirs."""
    goods = frozenset({"other", "sku-2", "never-bought"})
    rules = policy(row("a"), row("b", products=goods), row("c"))

    assert told_of(buyer(), rules) == Buys(5, {KEY: Own(2, 4), goods_key(goods): Own(2, 2)})


def test_of_goods_that_were_not_bought_only_the_receipts_are_told() -> None:
    """They tell that it was something else."""
    assert told_of(buyer(), policy(row(products=frozenset({"sku-4"})))) == Buys(5, {})


def test_the_lists_of_which_most_was_bought_are_told() -> None:
    """Two lists more than are told: the one of which least was goes, and by key one of the rest."""
    numbers = range(LISTS_MAX + 2)
    lists = [frozenset({f"sku-{number}"}) for number in numbers]
    rules = policy(*[row(f"r{number:03}", products=lists[number]) for number in numbers])
    lines = [line(f"sku-{number}") for number in numbers]
    profile = folded(sale(1, *lines), sale(2, *lines[1:]), rules=rules)

    found = told_of(profile, rules)

    assert list(found.lists) == sorted(map(goods_key, lists[1:]))[:LISTS_MAX]
    assert set(found.lists.values()) == {Own(1, 2)}


@pytest.mark.parametrize("trait", ["category/Tea", "category/Drinks", "brand/Leaf", "category/*"])
def test_who_muted_a_category_or_brand_is_not_judged_by_its_articles(trait: str) -> None:
    """The catalogue says what an article is."""
    rules = known_goods()
    profile = folded(sale(1, line("sku-1")), TraitMuted(trait=trait, muted=True), rules=rules)

    assert told_of(profile, rules) == Buys(1, {})


def test_who_muted_anything_is_judged_by_articles_that_are_surely_none_of_it() -> None:
    """One of another category is; one that the catalogue does not know is not."""
    rules = known_goods()
    muted = TraitMuted(trait="category/Tea", muted=True)
    profile = folded(sale(1, line("sku-1"), line("sku-2"), line("sku-3")), muted, rules=rules)

    assert told_of(profile, rules) == Buys(3, {KEY: Own(1, 1)})


def test_of_articles_of_one_digest_all_are_asked_for() -> None:
    """Two names that xxh32 takes for one: who muted tea is not judged by what may have been tea."""
    coffee, tea = "35566", "149360"
    assert digest_of(coffee) == digest_of(tea)
    listed = {coffee: "Coffee", tea: "Tea"}
    rows = {one: pack(Listed(name, "Drinks", "B", "EUR", 300)) for one, name in listed.items()}
    products = Products([Version(version="v1", valid_from_ms=0, rows=rows)], FOLD.lexicon.values_of)
    rules = policy(row(products=frozenset({coffee, tea})), fold=replace(FOLD, products=products))
    muted = TraitMuted(trait="category/Tea", muted=True)

    assert told_of(folded(sale(1, line(coffee)), rules=rules), rules).lists
    assert not told_of(folded(sale(1, line(coffee)), muted, rules=rules), rules).lists


def test_only_goods_of_rows_that_match_are_told() -> None:
    """And of those that may stand in for them; a row about another article is not asked."""
    about = {"triggers": on("view_item"), "categories": frozenset({"tea"})}
    rules = policy(
        row("a", products=frozenset({"sku-1"}), fallback="b"),
        row("b", products=frozenset({"sku-2"}), **about),
        row("c", products=frozenset({"other"}), **about),
    )

    told = decided(buyer(), rules).view.buys

    assert told == Buys(
        5, {goods_key(frozenset({"sku-1"})): Own(1, 3), goods_key(frozenset({"sku-2"})): Own(1, 1)}
    )


def test_nothing_is_told_to_rows_without_goods_or_of_who_never_bought() -> None:
    """The log stays as it was."""
    assert decided(buyer(), policy(row(products=frozenset()))).view.buys is NO_BUYS
    assert decided(new_profile("customer:1"), policy(row())).view.buys is NO_BUYS
    rules = policy(row(products=frozenset()), row("c", triggers=on("view_item")))
    assert decided(buyer(), rules).view.buys is NO_BUYS


def test_the_lift_by_hand() -> None:
    """Of 30 receipts 12, and 10 believed without: (10 * 0.10536 + 12) / 40 = 0.32634 goods."""
    assert goods_lift(0.1, Own(2, 12), 30, STRONG) == pytest.approx(
        (1.0 - exp(-0.32634)) / 0.1, abs=5e-5
    )


def test_over_more_purchases_the_same_part_is_more() -> None:
    """The row speaks of 5 purchases: (10 * 0.10536 + 5 * 12) / 40 = 1.52634 goods."""
    five = replace(STRONG, accepts_purchases=5.0)

    assert goods_lift(0.1, Own(2, 12), 30, five) == pytest.approx(
        (1.0 - exp(-1.52634)) / 0.1, abs=5e-5
    )


def test_what_is_as_frequent_as_expected_lifts_nothing() -> None:
    """3 of 30 receipts, where a tenth of one good was expected in a purchase."""
    free = replace(STRONG, goods_lift_min=0.0)

    assert goods_lift(1.0 - exp(-0.1), Own(1, 3), 30, free) == pytest.approx(1.0)


@given(st.floats(1e-9, 2.0), st.integers(1, 10_000), st.floats(0.1, 1_000.0))
def test_no_lift_makes_a_chance_of_more_than_one(expected: float, receipts: int, n: float) -> None:
    """However often goods are bought; what is expected beyond certainty stays as it is."""
    free = replace(STRONG, goods_lift_min=0.0, goods_lift_max=1e9, accepts_purchases=n)

    lift = goods_lift(expected, Own(1, receipts), receipts, free)

    assert 0.0 < min(expected, EXPECTED_MAX) * lift <= 1.0


@pytest.mark.parametrize(
    ("expected", "own", "lift"),
    [(0.0001, Own(1, 4), 30.0), (0.1, None, 1.0), (0.5, Own(1, 1), 1.0)],
    ids=["hardly anybody accepts it", "none was bought", "less than expected"],
)
def test_the_lift_has_bounds_of_its_own(expected: float, own: Own | None, lift: float) -> None:
    """At the usual lower one, purchases of other goods lower nothing."""
    assert goods_lift(expected, own, 30, STRONG) == lift


def test_other_purchases_may_lower_a_row() -> None:
    """Where the policy lets them: none of 30, and 10 believed without: a quarter of the goods."""
    free = replace(STRONG, goods_lift_min=0.2)

    assert goods_lift(0.1, None, 30, free) == pytest.approx(
        (1.0 - exp(-0.10536 / 4)) / 0.1, abs=5e-5
    )
    assert goods_lift(0.1, None, 990, free) == 0.2


def test_nothing_lifts_a_row_that_nobody_accepts() -> None:
    """A chance of nothing stays one."""
    assert goods_lift(0.0, Own(1, 4), 4, STRONG) == 1.0


def test_the_row_whose_goods_are_bought_wins() -> None:
    """Two rows alike but for their goods; it is the second that the customer buys."""
    rules = policy(row("a", products=frozenset({"sku-8"})), row("b"))

    (first, second) = decided(buyer(), rules).candidates[:2]

    assert (first.offer, second.offer) == ("b", "a")
    assert first.factors is not None
    assert second.factors is not None
    expected = 0.1 * first.factors.affinity * first.factors.recency
    assert first.factors.goods == goods_lift(expected, Own(2, 4), 5, rules.decision)
    assert second.factors.goods == 1.0


def test_both_chances_are_lifted_alike() -> None:
    """Who buys it often buys it anyway, too."""
    (lifted,) = decided(buyer(), policy(row(anyway=0.01), decision=STRONG)).candidates

    assert lifted.factors is not None
    goods, fit = lifted.factors.goods, lifted.factors.channel_fit
    liking = lifted.factors.affinity * lifted.factors.recency
    assert goods == pytest.approx(goods_lift(0.1 * liking, Own(2, 4), 5, STRONG))
    assert lifted.factors.accepts == pytest.approx(0.1 * liking * fit * goods)
    assert lifted.factors.anyway == pytest.approx(0.01 * liking * goods)


def test_a_view_of_before_decides_as_before() -> None:
    """Without what was bought nothing is lifted, and no bytes tell of it."""
    record = decided(buyer(), policy(row()))
    told = f',"buys":[5,{{"{KEY}":[2,4]}}]'.encode()
    old = decode_view(encode_view(record.view).replace(told, b""))

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
    for one in rules.offers.values():
        own = known.buys.lists.get(one.goods)
        more = Own(1, 1) if own is None else Own(own.articles, own.receipts + 1)
        less = goods_lift(one.accepts, own, known.buys.receipts, rules.decision)
        lifted = goods_lift(one.accepts, more, known.buys.receipts, rules.decision)
        assert 1.0 <= less <= lifted <= rules.decision.goods_lift_max


def test_the_reason_tells_what_was_bought() -> None:
    """Where no interest speaks; two receipts are no habit yet."""
    twice = row("b", products=frozenset({"sku-2", "other"}))
    record = decided(buyer(), policy(row(), twice))
    thrice = reason_of(row(), None, None, record.view)
    few = reason_of(twice, None, None, record.view)

    assert thrice.endswith("; you bought what it is for 4 times")
    assert "bought what" not in few

"""What a view tells of the goods that a customer bought."""

from dataclasses import replace

import pytest
import xxhash

from streams.core.decide.view import LISTS_MAX, NO_BUYS, Buys, Own
from streams.core.events import TraitMuted
from streams.core.offers import GOODS_KEY_DIGITS, goods_key
from streams.core.products import Listed, Product, Products, Version, pack
from streams.core.profile.articles import digest_of
from streams.core.profile.profile import new_profile
from tests.core.goods_known import (
    KEY,
    buyer,
    decided,
    known_goods,
    row,
    told_of,
)
from tests.strategies_profiles import (
    FOLD,
    folded,
    line,
    on,
    policy,
    sale,
)


def test_the_key_of_a_list_is_of_its_articles_whatever_their_order() -> None:
    """As the schema says: xxh64 of one article a line."""
    expected = xxhash.xxh64_hexdigest(b"sku-1\nsku-2")[:GOODS_KEY_DIGITS]

    assert goods_key(frozenset({"sku-2", "sku-1"})) == expected
    assert goods_key(frozenset({"sku-1"})) != expected
    assert goods_key(frozenset()) == ""


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


def test_of_thousands_of_goods_only_those_that_were_bought_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A customer who muted anything costs no more than others: three articles are known here."""
    asked: list[str] = []
    at = Products.at

    def counted(products: Products, item: str, now_ms: int) -> Product | None:
        asked.append(item)
        return at(products, item, now_ms)

    monkeypatch.setattr(Products, "at", counted)
    many = frozenset({"sku-1", *[f"no-{number}" for number in range(1_000)]})
    rules = policy(row(products=many))
    muted = TraitMuted(trait="category/Tea", muted=True)
    profile = folded(sale(1, line("sku-1"), line("sku-2"), line("sku-3")), muted, rules=rules)
    asked.clear()

    assert told_of(profile, rules) == Buys(3, {})
    assert asked.count("sku-1") >= 1
    assert len(asked) < 10


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

"""What a value was computed from, in sentences: what was bought of a row's goods."""

from dataclasses import replace

from streams.cli.explain_words import in_words
from streams.core.decide.explaining import explain
from streams.core.decide.record import DecisionRecord
from streams.core.offers import Match, Policy, with_products
from streams.core.products import Listed, Products, Version, pack
from tests.cli.decisions import decided
from tests.strategies_profiles import DECISION, item, line, offer, on, policy, sale
from tests.strategies_profiles import view as looked


def told_of(record: DecisionRecord, rules: Policy) -> str:
    """All sentences of its explanation."""
    return "\n".join(in_words(explain(record, rules)))


def test_goods_that_are_bought_are_told() -> None:
    """How many of those that the row lists, and how often; nothing where none was."""
    goods = frozenset(f"bean-{number}" for number in range(1, 13))
    row = offer("beans", products=goods, categories=frozenset(), accepts=0.1)
    rules = policy(row)
    receipts = [sale(1, line("bean-2"), line("bean-3")), sale(2, line("bean-2"))]
    bought = decided(*receipts, looked(item("bean-1")), rules=rules)
    unknown = decided(looked(item("bean-1")), rules=rules)

    told = told_of(bought, rules)

    assert "They bought 2 of its 12 goods, 3 times so far, which moved both: +122 %." in told
    assert "They bought" not in told_of(unknown, rules)


def test_that_no_goods_were_bought_is_told_where_it_moved_something() -> None:
    """By a policy that lets other purchases lower a chance: 3 of them, 10 believed without."""
    row = offer("beans", products=frozenset({"bean-9"}), categories=frozenset(), accepts=0.1)
    rules = policy(row, decision=replace(DECISION, goods_lift_min=0.0))
    receipts = [sale(1, line("bean-2"), line("bean-3")), sale(2, line("bean-2"))]

    told = told_of(decided(*receipts, looked(item("bean-9")), rules=rules), rules)

    assert "They bought none of its goods so far, which moved both: -22 %." in told


def test_a_row_of_one_article_that_was_bought_once_is_told() -> None:
    """Without a number."""
    rules = policy(
        offer("bean", products=frozenset({"bean-1"}), categories=frozenset(), accepts=0.05)
    )
    bought = decided(sale(1, line("bean-1")), looked(item("bean-1")), rules=rules)

    told = told_of(bought, rules)

    assert "They bought its only article, once so far, which moved both: +157 %." in told


def test_how_near_goods_are_is_told() -> None:
    """Of a row that is about the category they buy, none of whose articles they did."""
    rows = {"bean-9": pack(Listed("Coffee", None, None, "EUR", 300))}
    products = Products([Version(version="v1", valid_from_ms=0, rows=rows)])
    row = offer(
        "beans",
        triggers=on("view_item", match=Match.ANY),
        products=frozenset({"bean-9"}),
        categories=frozenset(),
        accepts=0.1,
    )
    rules = with_products(policy(row), products)
    receipts = [sale(1, line("bean-2", "Coffee"), line("x", "Tea")), sale(2, line("y", "Coffee"))]

    looking = told_of(decided(*receipts, looked(item("bean-9")), rules=rules), rules)
    elsewhere = told_of(decided(*receipts, looked(item("z", None)), rules=rules), rules)

    said = "read from the categories of its goods: 2.0 receipts each, where 1.5 are usual with them"
    assert said in elsewhere
    assert "+10 % by what they like" in elsewhere
    assert said not in looking

"""Articles that were bought: receipts and weeks by hand, against a plain model, and beyond."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.profile.articles import (
    ARTICLES_MAX,
    KEEP_MAX,
    RECEIPT_BONUS_WEEKS,
    RECEIPTS_MAX,
    WEEK_DAYS,
    WEEK_MAX,
    Articles,
    add_articles,
    digest_of,
    join_articles,
    known_articles,
    make_articles,
    receipts_by_article,
    receipts_of,
    take_back_articles,
)

Receipt = tuple[int, tuple[str, ...]]
"""Local day, and what was on it."""
_items = st.sampled_from([f"sku-{number}" for number in range(12)])
_receipts = st.lists(
    st.tuples(st.integers(0, 30_000), st.lists(_items, max_size=6).map(tuple)), max_size=20
)


def bought(receipts: Sequence[Receipt]) -> Articles:
    """After these receipts, in their order."""
    articles = Articles()
    for day, items in receipts:
        add_articles(articles, items, day)
    return articles


def known(articles: Articles) -> dict[int, tuple[int, int]]:
    """Digest -> receipts and last week."""
    return {digest: (count, week) for count, week, digest in known_articles(articles).values()}


def counted(receipts: Sequence[Receipt]) -> dict[int, tuple[int, int]]:
    """Digest -> receipts and last week, counted plainly."""
    found: dict[int, tuple[int, int]] = {}
    for item in {item for _, items in receipts for item in items}:
        days = [day for day, items in receipts if item in items]
        found[digest_of(item)] = (len(days), max(days) // WEEK_DAYS)
    return found


def test_two_receipts_by_hand() -> None:
    """Day 15 lies in the week 2, day 3 in the week 0; an article counts once a receipt."""
    articles = bought([(15, ("a", "b", "a")), (3, ("a",))])

    assert known(articles) == {digest_of("a"): (2, 2), digest_of("b"): (1, 2)}
    assert dict(receipts_by_article(articles)) == {digest_of("a"): 2, digest_of("b"): 1}
    assert receipts_of(articles) == 3


def test_a_digest_is_the_one_that_rows_hold() -> None:
    """xxh32 of the name: another would lose what every profile remembers."""
    assert digest_of("sku-1") == 0xAAAD2A66


@given(_receipts)
def test_articles_are_as_counted_in_any_order(receipts: list[Receipt]) -> None:
    """Below the bound; and equal ones have equal bytes."""
    articles = bought(receipts)

    other = bought(sorted(receipts))

    assert known(articles) == counted(receipts)
    assert other == articles


@given(_receipts, _receipts)
def test_joined_they_are_those_of_all_receipts(
    receipts: list[Receipt], others: list[Receipt]
) -> None:
    """Whoever the receipts are of."""
    into = bought(receipts)

    join_articles(into, bought(others))

    assert into == bought([*receipts, *others])


@given(_receipts, st.tuples(st.integers(0, 30_000), st.lists(_items, max_size=6).map(tuple)))
def test_what_is_taken_back_was_never_there(receipts: list[Receipt], void: Receipt) -> None:
    """Where the days of the purchases before are known."""
    articles = bought([*receipts, void])
    days = {
        item: max(day for day, held in receipts if item in held)
        for item in {item for _, held in receipts for item in held}
    }

    take_back_articles(articles, dict.fromkeys(void[1]), days)

    assert articles == bought(receipts)


def test_without_the_day_before_the_week_stays() -> None:
    """Nobody knows it any more; what was never bought is no error."""
    articles = bought([(7, ("a",)), (21, ("a",))])

    take_back_articles(articles, ["a", "never"], {})

    assert known(articles) == {digest_of("a"): (1, 3)}


def test_beyond_the_bound_the_least_telling_are_dropped() -> None:
    """Those bought longest ago, but each receipt counts as weeks: the oldest was bought often."""
    often = RECEIPT_BONUS_WEEKS  # receipts, more than worth the weeks that lie between
    weeks = [(WEEK_DAYS * week, (f"sku-{week}",)) for week in range(ARTICLES_MAX)]
    articles = bought([(0, ("regular",))] * (often * ARTICLES_MAX // RECEIPT_BONUS_WEEKS))
    for day, items in weeks:
        add_articles(articles, items, day)

    kept = known(articles)

    assert len(kept) == KEEP_MAX
    assert digest_of("regular") in kept
    assert [digest_of(f"sku-{week}") in kept for week in (0, ARTICLES_MAX - 1)] == [False, True]
    assert digest_of(f"sku-{ARTICLES_MAX - KEEP_MAX + 1}") in kept
    assert digest_of(f"sku-{ARTICLES_MAX - KEEP_MAX}") not in kept


def test_counts_and_weeks_end_at_what_a_column_holds() -> None:
    """An article on every receipt of a year, and days that nobody means."""
    articles = bought([(9, ("a",))] * (RECEIPTS_MAX + 2))
    add_articles(articles, ("b",), WEEK_DAYS * (WEEK_MAX + 9))
    add_articles(articles, ("c",), -30)

    held = known(articles)

    assert held[digest_of("a")] == (RECEIPTS_MAX, 1)
    assert held[digest_of("b")] == (1, WEEK_MAX)
    assert held[digest_of("c")] == (1, 0)


@pytest.mark.parametrize("count", [0, 1, ARTICLES_MAX + 9])
def test_articles_are_made_of_what_is_known(count: int) -> None:
    """As if each had been bought so often, the last time on that day."""
    purchases = [(f"sku-{number}", 2, 14 + 7 * number) for number in range(count)]

    articles = make_articles(purchases)

    kept = purchases if count <= ARTICLES_MAX else purchases[-KEEP_MAX:]
    assert len(articles.counts) == len(kept)
    assert receipts_of(articles) == 2 * len(kept)
    if count == 1:
        assert articles == bought([(14, ("sku-0",)), (1, ("sku-0",))])

"""The study of coupons: its measures by hand, what it may know, and a small one on real data."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache

import pytest

from streams.core.events import Discount, Event, LineItem, Sale
from streams.core.model import NO_MODEL
from streams.core.profile.profile import new_profile
from streams.worker.simulation.coupon_material import (
    HANDED_IN,
    LIVE,
    OWN,
    POPULAR,
    WITHOUT,
    Case,
    Looking,
    Offers,
    Sold,
    make_shelf,
    read_offers,
)
from streams.worker.simulation.coupon_rows import Article, Coupons, stock
from streams.worker.simulation.coupons import (
    BASELINES,
    MEASURES,
    OURS,
    WITH_OUTCOMES,
    Table,
    judge,
    measure,
    with_outcomes,
)
from streams.worker.simulation.installed import data_directory
from streams.worker.simulation.journey import DAY_MS, Campaign, Redemption
from streams.worker.simulation.matching_receipts import sales
from streams.worker.simulation.receipts import subject
from tests.strategies_profiles import POLICY

START_MS = 1_488_326_400_000  # 2017-03-01T00:00:00Z
ARTICLES = {
    "1": Article(category="Tea", brand="Leaf"),
    "2": Article(category="Milk"),
    "3": Article(category="Jam"),
    "4": Article(category="Bread"),
}
BOUGHT = {"1": 10, "2": 20, "3": 10, "4": 1_960}
TEA, MILK, JAM = 71, 72, 73
CAMPAIGN = Campaign(
    campaign_id=1,
    kind="Type B",
    start_ms=START_MS,
    end_ms=START_MS + 30 * DAY_MS - 1,
    households=frozenset({7}),
    coupons={JAM: (3,), TEA: (1,), MILK: (2, 2)},
)
OTHERS = Campaign(
    campaign_id=2,
    kind="Type B",
    start_ms=START_MS,
    end_ms=START_MS + 30 * DAY_MS - 1,
    households=frozenset({8}),
    coupons={74: (1,)},
)


def receipt(household: int, day: float, *items: str) -> Sold:
    """One line for each item, at a reduced price."""
    at_ms = START_MS + round(day * DAY_MS)
    lines = tuple(
        LineItem(
            item_id=item,
            extended_amount_minor=100,
            item_category2=ARTICLES[item].category,
            discounts=(Discount(discount_type="loyalty", amount_minor=1),),
        )
        for item in items
    )
    sale = Sale(
        store_id="1",
        workstation_id="1",
        business_day=date(2017, 3, 1),
        sequence_number=round(day * 100),
        currency="USD",
        line_items=lines,
        total_minor=100 * len(lines),
    )
    event = Event(
        event_id=f"{household}-{day}",
        subject=subject(household),
        event_time_ms=at_ms,
        topic="pos.transaction.v1",
        body=sale,
    )
    return household, event, sale


def redeemed(day: int, upc: int = TEA) -> Redemption:
    """Household 7 handed this coupon in."""
    return Redemption(7, upc, 1, START_MS + day * DAY_MS)


def looked_at(sold: Iterable[Sold], *redemptions: Redemption) -> list[Case]:
    """The cases of these receipts."""
    shelf = stock(ARTICLES, BOUGHT, NO_MODEL)
    offers = Offers(campaigns=[CAMPAIGN, OTHERS], redemptions=redemptions)
    return list(Looking(POLICY, shelf, offers).cases(sold))


BEFORE = [receipt(7, 1.5, "1", "2"), receipt(8, 1.6, "3"), receipt(7, 2.5, "1")]


def test_measures_by_hand() -> None:
    """Second of four, alone."""
    assert measure([0.1, 0.9, 0.5, 0.4], 2) == (0.0, 1.0, 1.0, 0.5)


def test_ties_are_broken_by_chance() -> None:
    """One above, and four that tie on the ranks from 2 to 5: two of them are among three."""
    mean = (1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) / 4

    assert measure([0.5, 0.9, 0.5, 0.5, 0.5], 0) == pytest.approx((0.0, 0.5, 1.0, mean))


@pytest.mark.parametrize("at", range(20))
def test_who_knows_nothing_gains_nothing_by_the_order_of_a_list(at: int) -> None:
    """All of twenty tie, wherever the right one stands."""
    assert measure([0.0] * 20, at)[:3] == pytest.approx((1 / 20, 3 / 20, 10 / 20))


def test_rounding_is_no_opinion() -> None:
    """Sums in another order tie."""
    assert measure([0.1 + 0.2, 0.3], 1)[0] == 0.5


def test_what_a_household_holds_is_what_runs_for_it() -> None:
    """Not the coupons of others; in the order of their ids."""
    (case,) = looked_at(BEFORE, redeemed(3))

    assert (case.coupons, case.redeemed) == ((TEA, MILK, JAM), TEA)


def test_counts_by_hand() -> None:
    """Two lines of tea and one of milk of its own; jam was bought by another."""
    (case,) = looked_at(BEFORE, redeemed(3))

    assert case.scores[OWN] == [2, 1, 0]
    assert case.scores[POPULAR] == [2, 1, 1]
    assert case.scores[HANDED_IN] == [0, 0, 0]


def test_the_live_decision_knows_what_was_bought() -> None:
    """Tea on two receipts, milk on one, and no jam: by the goods, tea gains most and jam loses."""
    (case,) = looked_at(BEFORE, redeemed(3))
    tea, milk, jam = (
        ours / without
        for ours, without in zip(case.scores[LIVE], case.scores[WITHOUT], strict=True)
    )

    strength = POLICY.decision.prior_strength
    assert tea > milk > 1.0 > jam == pytest.approx(strength / (strength + 3), rel=0.05)


def test_a_coupon_as_a_row_by_hand() -> None:
    """Half of tea's lines are reduced, where nobody knows: 10 of 2,000 lines, over 20 lines."""
    shelf = stock(ARTICLES, BOUGHT, NO_MODEL)

    usual = Coupons(POLICY, shelf).usual(frozenset({"1", "9"}))

    assert usual == pytest.approx(0.05, rel=0.01)


def test_a_coupon_of_unknown_goods_is_worth_next_to_nothing() -> None:
    """And no error."""
    shelf = stock(ARTICLES, {"1": 10}, NO_MODEL)
    goods = frozenset({"9"})

    (value,) = Coupons(POLICY, shelf).values(new_profile("customer:1"), [goods], START_MS)

    assert 0.0 < value < 0.001


@pytest.mark.parametrize("later", [3.0, 3.4, 5.0], ids=["midnight", "that day", "days later"])
def test_no_later_receipt_changes_a_score(later: float) -> None:
    """Neither the receipt with the coupon itself nor any after it, whoever's it is."""
    future = [receipt(7, later, "3", "3", "2"), receipt(8, later + 0.1, "3", "1")]

    assert looked_at([*BEFORE, *future], redeemed(3)) == looked_at(BEFORE, redeemed(3))


def test_an_earlier_receipt_changes_the_scores() -> None:
    """A minute before midnight: or the test above could not fail."""
    (case,) = looked_at([*BEFORE, receipt(7, 2.999, "3")], redeemed(3))
    (without,) = looked_at(BEFORE, redeemed(3))

    changed = {name for name in case.scores if case.scores[name] != without.scores[name]}
    assert changed == {LIVE, WITHOUT, OWN, POPULAR}


def test_redemptions_are_known_the_next_day() -> None:
    """Not on their own; those of the campaign break the ties."""
    first, second, third = looked_at(BEFORE, redeemed(3), redeemed(3, MILK), redeemed(4))

    assert first.scores[HANDED_IN] == second.scores[HANDED_IN] == [0, 0, 0]
    tea, milk, jam = third.scores[HANDED_IN]
    assert tea == milk > 1.0 > jam > 0.0


def test_outcomes_are_learned_from_the_days_before() -> None:
    """Five redemptions of jam on one day lift jam on the next, and not on their own."""
    cases = looked_at(BEFORE, *[redeemed(3, JAM)] * 5, redeemed(4, JAM))

    found = [one[LIVE + WITH_OUTCOMES] for one in with_outcomes(cases)]

    assert found[0] == found[4] == pytest.approx(cases[0].scores[LIVE])
    assert found[5][2] > 1.5 * cases[5].scores[LIVE][2]
    assert found[5][0] < cases[5].scores[LIVE][0]


def test_no_later_redemption_changes_an_outcome() -> None:
    """The scores of a day are the same whatever is handed in then and after."""
    few = with_outcomes(looked_at(BEFORE, redeemed(3), redeemed(4)))
    more = with_outcomes(looked_at(BEFORE, redeemed(3), redeemed(4), redeemed(4), redeemed(5)))

    assert more[:2] == few


@cache
def cases() -> list[Case]:
    """A few weeks of real receipts and all their redemptions."""
    directory = data_directory()
    until_ms = moment(2017, 2, 20)
    shelf = make_shelf(directory, NO_MODEL, until_ms=moment(2017, 2, 1))
    offers = read_offers(directory, until_ms=until_ms)
    return list(Looking(POLICY, shelf, offers).cases(sales(directory, until_ms - 1)))


def moment(year: int, month: int, day: int) -> int:
    """The start of a day."""
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000


def study(seed: int) -> tuple[Table, ...]:
    """A small study of February, the bootstrap drawn by `seed`."""
    return judge(cases(), learn_until_ms=moment(2017, 2, 1), seed=seed)


def test_real_redemptions_are_of_coupons_that_were_held() -> None:
    """Each one, in order of time, with a score for every coupon."""
    found = cases()

    assert len(found) > 40
    assert [one.day_ms for one in found] == sorted(one.day_ms for one in found)
    assert all(one.redeemed in one.coupons for one in found)
    assert {len(scores) - len(one.coupons) for one in found for scores in one.scores.values()} == {
        0
    }


def test_a_table_for_each_of_ours() -> None:
    """With the differences to every baseline, and only what came after the learning time."""
    tables = study(1)
    first = tables[0]

    assert [table.title for table in tables] == list(OURS)
    assert [row.name for row in first.rows] == [OURS[0], *BASELINES]
    assert {(one.baseline, one.measure) for one in first.differences} == {
        (name, measured) for name in BASELINES for measured in MEASURES
    }
    assert all(one.low <= one.mean <= one.high for one in first.differences)
    assert first.redemptions == sum(one.day_ms >= moment(2017, 2, 1) for one in cases())


def test_the_same_seed_gives_the_same_tables() -> None:
    """The bootstrap is a function of it."""
    assert study(1) == study(1)


def test_ours_beats_popularity_on_real_redemptions() -> None:
    """Even on a few; the intervals that matter are those of the whole study."""
    means = {row.name: row.means for row in study(1)[0].rows}

    assert means[OURS[0]][3] > means[POPULAR][3]
    assert means[OURS[0]][3] > means[OWN][3]

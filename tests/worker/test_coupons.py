"""The study of coupons: its measures by hand, what it may know, and a small one on real data."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from streams.core.model import NO_MODEL
from streams.fit.acceptance import learn
from streams.worker.simulation.coupon_material import (
    HANDED_IN,
    LIVE,
    OPEN,
    OWN,
    POPULAR,
    WITHOUT,
    Case,
    Looking,
    make_shelf,
    read_offers,
)
from streams.worker.simulation.coupon_rows import BELIEVED, USUAL, Article
from streams.worker.simulation.coupons import (
    BASELINES,
    MEASURES,
    OURS,
    Learner,
    Table,
    judge,
    measure,
    with_outcomes,
)
from streams.worker.simulation.installed import data_directory
from streams.worker.simulation.journey import DAY_MS
from streams.worker.simulation.matching_receipts import sales
from tests.core.lexicons import lexicon
from tests.strategies_profiles import POLICY
from tests.worker.coupons_known import (
    ARTICLES,
    BEFORE,
    JAM,
    MILK,
    TEA,
    looked_at,
    receipt,
    redeemed,
)

LEARNER = Learner(lambda tallies, now_ms: learn(tallies, now_ms=now_ms), 60 * DAY_MS)


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


@pytest.mark.parametrize(
    "special", [Article(category="Pharmacy"), Article(category="Tea", department="Pharmacy")]
)
def test_what_no_decision_may_know_is_told_apart(special: Article) -> None:
    """Own counts with and without it, for the category and for the department."""
    policy = replace(POLICY, fold=replace(POLICY.fold, lexicon=lexicon()))
    (case,) = looked_at(BEFORE, redeemed(3), articles=ARTICLES | {"1": special}, policy=policy)

    assert case.scores[OWN] == [2, 1, 0]
    assert case.scores[OPEN] == [0, 1, 0]


def test_the_live_decision_knows_what_was_bought() -> None:
    """Tea on two receipts, milk on one, and no jam: by the goods, tea gains most and jam loses."""
    (case,) = looked_at(BEFORE, redeemed(3))
    tea, milk, jam = (
        ours / without
        for ours, without in zip(case.scores[LIVE], case.scores[WITHOUT], strict=True)
    )

    strength = BELIEVED / USUAL
    assert tea > milk > 1.0 > jam == pytest.approx(strength / (strength + 3), rel=0.05)


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
    assert changed == {LIVE, WITHOUT, OWN, OPEN, POPULAR}


def test_redemptions_are_known_the_next_day() -> None:
    """Not on their own; those of the campaign break the ties."""
    first, second, third = looked_at(BEFORE, redeemed(3), redeemed(3, MILK), redeemed(4))

    assert first.scores[HANDED_IN] == second.scores[HANDED_IN] == [0, 0, 0]
    tea, milk, jam = third.scores[HANDED_IN]
    assert tea == milk > 1.0 > jam > 0.0


def test_outcomes_are_learned_from_the_days_before() -> None:
    """Five redemptions of jam on one day lift jam on the next, and not on their own."""
    cases = looked_at(BEFORE, *[redeemed(3, JAM)] * 5, redeemed(4, JAM))

    found = with_outcomes(cases, LEARNER)

    assert found[0] == found[4] == pytest.approx(cases[0].scores[LIVE])
    tea, _, jam = (
        ours / before for ours, before in zip(found[5], cases[5].scores[LIVE], strict=True)
    )
    assert jam > 1.2 > tea


def test_no_later_redemption_changes_an_outcome() -> None:
    """The scores of a day are the same whatever is handed in then and after."""
    few = with_outcomes(looked_at(BEFORE, redeemed(3), redeemed(4)), LEARNER)
    later = redeemed(3), redeemed(4), redeemed(4), redeemed(5)
    more = with_outcomes(looked_at(BEFORE, *later), LEARNER)

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
    return judge(cases(), learn_until_ms=moment(2017, 2, 1), learner=LEARNER, seed=seed)


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

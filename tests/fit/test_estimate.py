"""From events to a model: known parameters are found again, and poor data is refused."""

from functools import cache

import numpy as np
import pytest

from streams.core.errors import ConfigError
from streams.core.model import PERCENTILES
from streams.fit import estimate as module
from streams.fit.estimate import Fitted, estimate, version_of, with_version
from streams.fit.holdout import validate
from streams.fit.population import Purchases
from streams.fit.rankings import one_time
from tests.fit.market import START_DAY, market, population, sale

CUSTOMERS = 1_500


@cache
def fitted() -> Fitted:
    """The market's fit; it takes a second, so it is made once."""
    return estimate(population(*market(customers=CUSTOMERS)))


def test_known_parameters_are_found_again() -> None:
    """Within three standard errors of what the market was made with: r, alpha, a, b."""
    values = np.array(fitted().purchases.values)
    errors = np.array([one or 0.0 for one in fitted().purchases.errors])

    # Dates are whole days, so alpha is off by a little more than chance.
    assert np.all(np.abs(values - [0.8, 2.0, 0.8, 4.0]) <= 3 * errors + 0.1)


def test_the_holdout_is_foretold_better_than_by_ones_own_rate() -> None:
    """The customers who left are what the naive guess cannot see."""
    found = fitted().holdout

    assert found is not None
    assert found.mae_model < min(found.mae_naive, found.mae_usual)
    assert found.log_likelihood_model > found.log_likelihood_usual
    assert found.expected_total == pytest.approx(found.actual_total, rel=0.15)


def test_tenths_of_the_customers_are_calibrated() -> None:
    """Expected means rise, and the highest is near what came."""
    found = fitted().holdout

    assert found is not None
    expected = [one.expected for one in found.deciles]
    assert len(expected) == 10
    assert expected == sorted(expected)
    assert found.deciles[-1].actual == pytest.approx(expected[-1], rel=0.25)


def test_categories_have_shares_buyers_promotions_and_rhythm() -> None:
    """Half of the coffee was promoted; bread and butter come together."""
    categories = fitted().model.categories

    assert set(categories) == {"Bread", "Butter", "Coffee", "Tea", "Soap"}
    assert sum(one.share for one in categories.values()) == pytest.approx(1.0, abs=1e-4)
    assert categories["Coffee"].promoted > 0.4
    assert categories["Bread"].promoted == 0.0
    assert 0 < categories["Tea"].dropout < 1
    assert categories["Tea"].interval_days > 7
    assert 0.3 < categories["Tea"].interval_cv < 1.5
    assert next(iter(fitted().model.goes_with["Bread"])) == "Butter"


def test_there_is_a_best_customer_for_each_ranking() -> None:
    """Three each, the best first, and they stand at the top of the percentiles."""
    best, quantiles = fitted().best, fitted().model.quantiles

    assert set(best) == {"frequency", "revenue", "profit", "growth"}
    assert {len(one) for one in best.values()} == {3}
    assert {name: one[0][1] for name, one in best.items()} == pytest.approx(
        {name: quantiles[name][-1] for name in best}
    )
    assert all(one[0][1] >= one[1][1] >= one[2][1] for one in best.values())


def test_rankings_have_their_percentiles_in_order() -> None:
    """All but influence, as nobody said anything."""
    quantiles = fitted().model.quantiles

    assert set(quantiles) == {"frequency", "revenue", "profit", "growth", "recency"}
    assert {len(one) for one in quantiles.values()} == {PERCENTILES}
    assert all(one == tuple(sorted(one)) for one in quantiles.values())


def test_the_longer_silent_the_less_likely_back() -> None:
    """One-time buyers, judged by the population."""
    curve = fitted().model.one_time

    shares = [share for _, share in curve]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.7
    assert shares[-1] == 1.0


def test_money_is_learned_with_its_margin() -> None:
    """Half of what is paid was cost; the median value is in minor units."""
    model = fitted().model

    assert model.currency == "EUR"
    assert model.margin_share == pytest.approx(0.5, abs=0.01)
    assert model.clv_median_minor is not None
    assert model.clv_median_minor > 0


def test_a_stated_margin_replaces_the_found_one() -> None:
    """For receipts that do not tell costs."""
    found = estimate(population(*market(customers=300)), margin_share=0.25)

    assert found.model.margin_share == 0.25


def test_equal_models_have_equal_versions() -> None:
    """A version is a day and a digest of all that is in it; order of customers does not count."""
    events = market(customers=300)

    first = estimate(population(*events)).model
    second = estimate(population(*sorted(events, key=lambda one: one.subject))).model

    assert first == second
    assert first.version == version_of(first)
    assert with_version(fitted(), "2025-w05").model.version == "2025-w05"


def test_too_few_customers_are_refused() -> None:
    """In one sentence."""
    with pytest.raises(ConfigError, match="needs at least 100 customers and 30 who came back"):
        estimate(population(*market(customers=50)))


def test_customers_who_never_come_back_are_refused() -> None:
    """There is nothing to learn from them."""
    with pytest.raises(ConfigError, match="got 150 and 0; read more events"):
        estimate(population(*(sale(number, customer=number) for number in range(150))))


def test_receipts_without_money_leave_spend_unknown() -> None:
    """The rest is learned all the same."""
    events = [
        sale(2 * customer + visit, customer=customer, day=START_DAY + visit * (customer % 9 + 1))
        for customer in range(120)
        for visit in range(2)
    ]
    free = [
        sale(number, customer=number // 2, day=one.event_time_ms // 86_400_000, price_minor=0)
        for number, one in enumerate(events)
    ]

    found = estimate(population(*free))

    assert (found.spend, found.spend_correlation) == (None, None)
    assert found.model.clv_median_minor is None


def test_too_short_a_time_is_not_validated() -> None:
    """No repeat purchase in the first two thirds."""
    customers = [
        Purchases(f"c{number}", (START_DAY, START_DAY + 9), (1, 1), None, 0) for number in range(9)
    ]

    assert validate(customers, START_DAY + 9) is None
    assert validate(customers[:1], START_DAY) is None


def test_no_curve_is_drawn_from_a_few() -> None:
    """Below twenty customers at risk it is chance."""
    few = [Purchases("c", (START_DAY,), (1,), None, 0)] * 19

    assert one_time(few, START_DAY + 70) == ()
    assert module.CUSTOMERS_MIN > 19

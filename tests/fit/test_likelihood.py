"""Maximum likelihood: the published fits, and agreement with the core's formulas."""

import numpy as np
import pytest

from streams.core.model import PurchaseModel, SpendModel
from streams.core.worth import purchases, spend
from streams.fit.likelihood import (
    Histories,
    fit_purchases,
    fit_spend,
    purchase_log_likelihoods,
    spend_log_likelihoods,
)
from tests.fit.cdnow import cdnow


def test_bg_nbd_of_cdnow_is_the_published_fit() -> None:
    """Fader, Hardie & Lee 2005, table 2: r .243, alpha 4.414, a .793, b 2.426, LL -9582.4."""
    seen, _ = cdnow()

    found = fit_purchases(seen)

    assert [round(value, 3) for value in found.values] == [0.243, 4.414, 0.793, 2.426]
    assert round(found.log_likelihood, 1) == -9582.4
    assert found.customers == 2_357
    assert not found.at_bound


def test_gamma_gamma_of_cdnow_is_the_published_fit() -> None:
    """Fader & Hardie 2013: p 6.25, q 3.74, gamma 15.45 on the 946 who came back."""
    seen, means = cdnow()
    back = seen.repeats > 0

    found = fit_spend(seen.repeats[back], means[back])

    assert [round(value, 2) for value in found.values] == [6.25, 3.74, 15.45]
    assert found.customers == 946


def test_standard_errors_are_told() -> None:
    """Of the size of the spread over samples: r is known to 5 %, b to a third."""
    seen, _ = cdnow()

    errors = fit_purchases(seen).errors

    assert errors == pytest.approx((0.0126, 0.378, 0.186, 0.705), rel=0.02)


def test_arrays_and_core_have_the_same_likelihoods() -> None:
    """Two writings of one formula."""
    seen, means = cdnow()
    model, money = PurchaseModel(0.5, 3.0, 1.0, 2.0), SpendModel(6.0, 4.0, 15.0)
    back = seen.repeats > 0

    each = purchase_log_likelihoods(model, seen)
    spent = spend_log_likelihoods(money, seen.repeats[back], means[back])

    ones = [purchases.History(int(x), last, age) for x, last, age in zip(*seen, strict=True)]
    pairs = zip(seen.repeats[back], means[back], strict=True)
    assert each == pytest.approx([purchases.log_likelihood(model, one) for one in ones], rel=1e-12)
    assert spent == pytest.approx(
        [spend.log_likelihood(money, int(x), mean) for x, mean in pairs], rel=1e-12
    )


def test_the_unit_of_time_and_money_changes_nothing_else() -> None:
    """Only alpha and gamma have a unit."""
    seen, means = cdnow()
    back = seen.repeats > 0

    days = fit_purchases(Histories(seen.repeats, seen.last * 7, seen.age * 7))
    cents = fit_spend(seen.repeats[back], means[back] * 100)

    assert days.values == pytest.approx((0.2426, 4.4135 * 7, 0.7929, 2.4258), rel=1e-3)
    assert cents.values == pytest.approx((6.2488, 3.7446, 1544.77), rel=1e-3)


def test_customers_who_never_leave_put_a_parameter_at_its_bound() -> None:
    """And no error is claimed for any."""
    count = np.repeat([10.0, 20.0, 30.0], 50)
    age = np.full(150, 10.0)

    found = fit_purchases(Histories(count, age, age))

    assert found.at_bound
    assert found.errors == (None,) * 4

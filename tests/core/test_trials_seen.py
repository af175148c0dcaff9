"""What counts as delivered, and until when an answer counts."""

import pytest

from streams.core import events
from streams.core.offers import Policy
from tests.core.test_trials import HELD_OUT, OFFERED, Customer
from tests.strategies_profiles import HOUR_MS, sale


@pytest.mark.parametrize("seen", [events.Viewed, events.Clicked])
def test_what_was_seen_was_delivered(seen: type[events.OfferOutcome]) -> None:
    """A channel that says no more than that would have its acceptances counted alone."""
    customer = Customer(OFFERED)
    customer.tells(seen)

    customer.does(events.PageView(page_location="/"), 3 * HOUR_MS)

    assert [trial.accepted for trial in customer.closed] == [False]


@pytest.mark.parametrize(("at_ms", "accepted"), [(3 * HOUR_MS - 1, 1), (3 * HOUR_MS, 0)])
@pytest.mark.parametrize("late_ms", [0, HOUR_MS])
@pytest.mark.parametrize("bought", [1, 0])
@pytest.mark.parametrize("rules", [OFFERED, HELD_OUT])
def test_an_answer_after_its_time_is_none_though_the_timer_is_late(
    rules: Policy, bought: int, late_ms: int, at_ms: int, accepted: int
) -> None:
    """The worker was away: what happened meanwhile is folded before the timer is looked at.

    So one that was given in time is one, though it is folded when the time is over.
    """
    customer = Customer(rules)
    if rules is OFFERED:
        customer.tells(events.Delivered)

    if bought or rules is HELD_OUT:
        customer.does(sale(), at_ms, late_ms=late_ms)
    else:
        customer.tells(events.Accepted, at_ms, late_ms=late_ms)

    assert [trial.accepted for trial in customer.closed] == [accepted]
    assert not customer.profile.contact.trials

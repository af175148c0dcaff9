"""Trials: each delivered offer counts once, accepted within its time or not; others nowhere."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core import events
from streams.core.decide.record import Result
from streams.core.decision_policy import DecisionPolicy
from streams.core.events import Body
from streams.core.offers import Policy
from streams.core.profile.merging import merge
from streams.core.profile.profile import new_profile
from streams.core.profile.trials import TRIALS_MAX, Trial, add_trial
from streams.core.step import StepResult, fire, step
from streams.core.tally import ACCEPTED, EXPECTED, LEAVES_MAX, TRIED, Tally, tally, weight_of
from streams.core.timers import next_timer
from tests.strategies_profiles import (
    FEW,
    HOUR_MS,
    NOON,
    consent,
    event,
    item,
    line,
    offer,
    on,
    policy,
    returned,
    sale,
    view,
)

DAY_MS = 24 * HOUR_MS
MINUTE_MS = 60_000
WATCHED = offer(
    triggers=on("view_item"), channels=("web",), ttl_ms=2 * HOUR_MS, accepts=0.5, anyway=0.25
)
OFFERED = policy(WATCHED)
HELD_OUT = policy(
    WATCHED,
    decision=DecisionPolicy(experiment_salt="experiment", holdout_salt="salt", holdout_share=1.0),
)


class Customer:
    """One profile and the clock it lives by."""

    def __init__(self, rules: Policy) -> None:
        """Start at noon, and issue the offer."""
        self.profile = new_profile("customer:1")
        self.rules = rules
        self.closed: list[Trial] = []
        self._number = 0
        self.does(consent(granted=True, channel="web"))
        self.offer_id = ""
        result = self.does(view(item("sku-1", "coffee")))
        assert result.decision is not None
        assert result.decision.chosen is not None
        self.offer_id = result.decision.chosen.offer_id
        self.result = result.decision.result

    def does(self, body: Body, at_ms: int = 0, *, late_ms: int = 0) -> StepResult:
        """Fold `body` of `at_ms` after noon, so much later than it happened."""
        self._number += 1
        result = step(
            self.profile,
            event(f"e{self._number}", body, NOON + at_ms),
            policy=self.rules,
            now_ms=NOON + at_ms + late_ms,
            fold_sequence=self._number,
        )
        self.closed += result.trials
        return result

    def tells(
        self, kind: type[events.OfferOutcome], at_ms: int = MINUTE_MS, *, late_ms: int = 0
    ) -> None:
        """The channel says what became of the offer."""
        body: Any = kind(offer_id=self.offer_id, channel="web")
        self.does(body, at_ms, late_ms=late_ms)


def test_a_delivered_offer_that_is_accepted_is_one_success() -> None:
    """At the answer, once; with what was expected before anything was learned."""
    customer = Customer(OFFERED)

    customer.tells(events.Delivered)
    customer.tells(events.Accepted)
    customer.tells(events.Accepted)

    (trial,) = customer.closed
    assert (trial.accepted, trial.shadow) == (True, False)
    assert 0.0 < trial.expected <= 1.0
    assert not customer.profile.contact.trials


@pytest.mark.parametrize("answer", [events.Rejected, events.Dismissed])
def test_a_refusal_is_one_failure_at_once(answer: type[events.OfferOutcome]) -> None:
    """Nobody waits for the end of its time; an answer says that it was delivered."""
    customer = Customer(OFFERED)

    customer.tells(answer)

    assert [trial.accepted for trial in customer.closed] == [False]


def test_a_delivered_offer_nobody_answers_is_one_failure_when_its_time_is_over() -> None:
    """The expiry and the grace: an acceptance may come a little late."""
    customer = Customer(OFFERED)
    customer.tells(events.Delivered)

    customer.does(events.PageView(page_location="/"), 3 * HOUR_MS - 1)
    before = [*customer.closed]
    customer.does(events.PageView(page_location="/"), 3 * HOUR_MS)

    assert before == []
    assert [trial.accepted for trial in customer.closed] == [False]


@pytest.mark.parametrize("kinds", [[], [events.Undeliverable]])
def test_an_undelivered_offer_counts_nowhere(kinds: list[type[events.OfferOutcome]]) -> None:
    """Whether the channel said so, or nothing at all."""
    customer = Customer(OFFERED)
    for kind in kinds:
        customer.tells(kind)

    customer.does(events.PageView(page_location="/"), DAY_MS)

    assert customer.closed == []
    assert not customer.profile.contact.trials


def test_what_comes_back_is_not_taken() -> None:
    """A return names the articles as a sale does, and accepts nothing."""
    customer = Customer(OFFERED)
    customer.tells(events.Delivered)

    customer.does(returned(1), 2 * MINUTE_MS)

    assert customer.closed == []
    assert len(customer.profile.contact.trials) == 1


def test_a_purchase_of_what_it_is_about_takes_a_delivered_offer() -> None:
    """It withdraws it, too; the channel's own word afterwards counts no second time."""
    customer = Customer(OFFERED)
    customer.tells(events.Delivered)

    customer.does(sale(1, line("sku-1", "coffee"), total_minor=500), 2 * MINUTE_MS)
    assert not customer.profile.contact.open_offers
    customer.tells(events.Accepted, 3 * MINUTE_MS)

    assert [trial.accepted for trial in customer.closed] == [True]


def test_a_purchase_takes_no_offer_that_was_not_delivered() -> None:
    """Nobody knew of it; the channel may still say that it was accepted."""
    customer = Customer(OFFERED)

    customer.does(sale(1, line("sku-1", "coffee"), total_minor=500), 2 * MINUTE_MS)
    before = [*customer.closed]
    customer.tells(events.Accepted, 3 * MINUTE_MS)

    assert before == []
    assert [trial.accepted for trial in customer.closed] == [True]


def test_an_offer_about_nothing_in_particular_is_no_trial_of_what_happens_anyway() -> None:
    """Any purchase would answer it; delivered, the channel's word does."""
    about_anything = offer(
        triggers=on("view_item"), channels=("web",), categories=frozenset(), accepts=0.5
    )
    held_out = Customer(policy(about_anything, decision=HELD_OUT.decision))
    offered = Customer(policy(about_anything))
    offered.tells(events.Delivered)

    for customer in (held_out, offered):
        customer.does(sale(1, line("sku-1", "coffee"), total_minor=500), MINUTE_MS)

    assert (held_out.closed, offered.closed) == ([], [])
    assert not held_out.profile.contact.trials
    assert len(offered.profile.contact.trials) == 1


def test_a_holdout_is_a_trial_of_what_happens_anyway() -> None:
    """A purchase of what the offer would have been about answers it."""
    customer = Customer(HELD_OUT)

    customer.does(sale(1, line("sku-1", "coffee"), total_minor=500), MINUTE_MS)

    assert customer.result is Result.HOLDOUT
    assert [(one.shadow, one.accepted) for one in customer.closed] == [(True, True)]
    assert customer.closed[0].expected == pytest.approx(0.25, rel=0.5)


def test_a_holdout_that_buys_something_else_or_nothing_is_a_failure() -> None:
    """Once its time is over."""
    rules = policy(
        offer(
            triggers=on("view_item"),
            channels=("web",),
            ttl_ms=HOUR_MS,
            categories=frozenset({"coffee"}),
        ),
        decision=HELD_OUT.decision,
    )
    customer = Customer(rules)

    customer.does(sale(1, line("sku-9", "garden"), total_minor=500), MINUTE_MS)
    before = [*customer.closed]
    customer.does(events.PageView(page_location="/"), DAY_MS)

    assert before == []
    assert [(one.shadow, one.accepted) for one in customer.closed] == [(True, False)]


def test_a_holdout_of_a_row_that_is_gone_is_not_answered_by_a_purchase() -> None:
    """Nobody knows any more what it was about."""
    customer = Customer(HELD_OUT)
    customer.rules = policy(offer(offer="other"), decision=HELD_OUT.decision)

    customer.does(sale(1, line("sku-1", "coffee"), total_minor=500), MINUTE_MS)

    assert customer.closed == []


def test_trials_beyond_the_bound_drop_the_one_due_first() -> None:
    """It counts nowhere; the customer keeps `TRIALS_MAX`."""
    trials: dict[str, Trial] = {}
    for number in range(TRIALS_MAX + 1):
        add_trial(trials, f"o{number}", Trial("tea", "web", "regular", "bought", number, 0.1))

    assert len(trials) == TRIALS_MAX
    assert "o0" not in trials


def test_a_person_takes_over_the_trials_of_a_device() -> None:
    """As their contacts and open offers."""
    person, device = new_profile("customer:1"), new_profile("device:1")
    for profile, name in ((person, "a"), (device, "b")):
        add_trial(profile.contact.trials, name, Trial("tea", "web", "regular", "bought", NOON, 0.1))

    merge(person, device)

    assert set(person.contact.trials) == {"a", "b"}


def test_a_tally_beyond_its_bound_drops_the_least_tried_leaf() -> None:
    """Never the one that is being counted."""
    counted = Tally("tea")
    for number in range(LEAVES_MAX + 1):
        one = Trial("tea", "web", f"l{number}", "bought", NOON, 0.5, delivered=True)
        tally(counted, one, half_life_ms=DAY_MS, at_ms=NOON + number)

    assert len(counted.leaves) == LEAVES_MAX
    assert "web/l0/bought" not in counted.leaves


def test_a_tally_goes_on_under_another_half_life() -> None:
    """What was counted keeps its weight as of then."""
    counted = Tally("tea")
    one = Trial("tea", "web", "regular", "bought", NOON, 0.5, delivered=True)

    tally(counted, one, half_life_ms=DAY_MS, at_ms=NOON)
    tally(counted, one, half_life_ms=2 * DAY_MS, at_ms=NOON + DAY_MS)

    assert weight_of(counted.leaves["web/regular/bought"], NOON + DAY_MS) == pytest.approx(1.5)


@FEW
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=50))
def test_a_tally_holds_the_sums_of_its_trials(trials: list[tuple[bool, float]]) -> None:
    """At one moment, when nothing has decayed yet."""
    counted = Tally("tea")
    for accepted, expected in trials:
        one = Trial("tea", "web", "regular", "bought", NOON, expected, accepted=accepted)
        tally(counted, one, half_life_ms=DAY_MS, at_ms=NOON)

    sums = counted.leaves["web/regular/bought"].sums
    scale = weight_of(counted.leaves["web/regular/bought"], NOON) / sums[TRIED]
    assert sums[TRIED] * scale == pytest.approx(len(trials))
    assert sums[ACCEPTED] * scale == pytest.approx(sum(one for one, _ in trials))
    assert sums[EXPECTED] * scale == pytest.approx(sum(one for _, one in trials), abs=1e-9)


def test_the_trial_of_a_silent_customer_closes_by_its_timer() -> None:
    """Nobody need come again: the offer's expiry first, then the end of the grace."""
    customer = Customer(OFFERED)
    customer.tells(events.Delivered)

    fired: list[tuple[int, int]] = []
    while timer := next_timer(customer.profile, OFFERED):
        result = fire(customer.profile, timer, policy=OFFERED, now_ms=timer.due_ms, fold_sequence=9)
        fired.append((timer.due_ms - NOON, len(result.trials)))

    assert fired == [(2 * HOUR_MS, 0), (3 * HOUR_MS, 1)]
    assert not customer.profile.contact.trials

"""What is collected of a log, what is judged, and what is refused."""

from typing import Any

import pytest
from msgspec import structs

from streams.core import events
from streams.core.decide.record import DecisionRecord, OfferId, Result
from streams.core.decision_policy import DecisionPolicy
from streams.core.events import Body
from streams.core.offers import Offer, Policy
from streams.core.profile.profile import new_profile
from streams.evaluate.collecting import GRACE_MS, Log
from streams.evaluate.evaluating import Evaluation, Rules, evaluate
from streams.evaluate.lift import SUBJECTS_MIN
from tests.strategies_profiles import NOON, event, offer, policy, run, view

NOBODY = DecisionPolicy(experiment_salt="experiment", holdout_salt="holdout")
EVERYBODY = DecisionPolicy(experiment_salt="experiment", holdout_salt="holdout", holdout_share=1.0)
ANY = Rules(effective_min=1.0, replicates=50)


def decided(number: int, *rows: Offer) -> DecisionRecord:
    """The decision on one view of a customer, greedy by nature: every chance is 1."""
    made = run(new_profile("customer:1"), [event("e", view(), NOON)], policy(*rows))[-1].decision
    assert made is not None
    assert made.chosen is not None
    name = f"{number:032x}"
    candidates = tuple([structs.replace(one, propensity=1.0) for one in made.candidates])
    return structs.replace(
        made,
        subject=f"customer:{number}",
        view=structs.replace(made.view, subject=f"customer:{number}"),
        chosen=structs.replace(made.chosen, offer_id=OfferId(name), propensity=1.0),
        candidates=candidates,
        silence_propensity=0.0,
    )


def filled(
    count: int = 3, *, candidate: Policy | None = None, accepted: int = 0, delivered: int = 0
) -> Log:
    """A log of as many customers, each sent one offer."""
    log = Log(candidate or policy())
    for number in range(count):
        log.add(decided(number))
        if number < delivered:
            log.hear(told(events.Delivered, number), NOON)
        if number < accepted:
            log.hear(told(events.Accepted, number), NOON)
    return log


def told(kind: type[Any], number: int) -> Body:
    """An outcome of the offer of that customer."""
    body: Body = kind(offer_id=f"{number:032x}", channel="web")
    return body


def judged(log: Log, rules: Rules = ANY) -> Evaluation:
    """The evaluation, a day later."""
    return evaluate(log, rules, now_ms=NOON)


def test_the_policy_of_the_log_moves_nothing() -> None:
    """And earns what it earned: 2 of 4 accepted an offer worth 100."""
    found = judged(filled(4, accepted=2))

    assert found.candidate is not None
    assert found.candidate.dr.value == pytest.approx(50.0)
    assert found.logged is not None
    assert found.logged.value == 50.0
    assert (found.moved, found.judged, found.delivered) == (0, 4, 2)


@pytest.mark.parametrize(("late_ms", "accepted"), [(0, 1), (1, 0)])
def test_an_acceptance_counts_until_the_grace_after_the_offers_end(
    late_ms: int, accepted: int
) -> None:
    """An hour more; a millisecond later it is none, though the offer was delivered."""
    log = filled(1)
    end_ms = int(log.collected().expires_ms[0])
    log.hear(told(events.Accepted, 0), end_ms + GRACE_MS + late_ms)

    found = judged(log)

    assert (found.accepted, found.delivered) == (accepted, 1)


def test_outcomes_of_others_and_undelivered_offers_count_nowhere() -> None:
    """No offer of this log, not delivered, an event of another kind, an id of another system."""
    log = filled(1)
    log.hear(told(events.Accepted, 9), NOON)
    log.hear(told(events.Undeliverable, 0), NOON)
    log.hear(view(), NOON)
    log.hear(events.Accepted(offer_id="not hex", channel="web"), NOON)

    found = judged(log)

    assert (found.accepted, found.delivered, found.sent) == (0, 0, 1)


def test_open_offers_are_counted() -> None:
    """Before their end all of them, after it none."""
    log = filled(2)
    end_ms = int(log.collected().expires_ms[0])

    assert judged(log).still_open == 2
    assert evaluate(log, ANY, now_ms=end_ms).still_open == 0


def test_held_out_customers_feed_nothing() -> None:
    """Theirs would be the silent decisions alone."""
    found = judged(filled(3, candidate=policy(decision=EVERYBODY)))

    assert (found.decisions, found.held_out, found.judged, found.sent) == (3, 3, 0, 0)
    assert (found.logged, found.candidate) == (None, None)
    assert [one.ground for one in found.refusals] == ["few"]


def test_another_holdout_is_refused() -> None:
    """Whom the log kept back and the candidate would not."""
    log = filled(3)
    log.add(structs.replace(decided(9), result=Result.HOLDOUT))

    found = judged(log)

    assert found.candidate is None
    assert [(one.ground, one.decisions) for one in found.refusals] == [("holdout", 1)]
    assert "keep holdout_salt" in found.refusals[0].sentence


def test_what_the_log_never_did_is_refused_or_left_out() -> None:
    """Above the share that may be left out, and below it."""
    log = filled(3)
    quiet = decided(7)
    log.add(structs.replace(quiet, candidates=(), result=Result.SILENCE, silence_propensity=1.0))

    refused, tolerated = judged(log), judged(log, structs.replace(ANY, unsupported_max=0.25))

    assert [(one.ground, one.decisions) for one in refused.refusals] == [("unsupported", 1)]
    assert refused.candidate is None
    assert [one.ground for one in tolerated.left_out] == ["unsupported"]
    assert tolerated.candidate is not None
    assert tolerated.judged == 3


def test_silence_that_the_log_never_kept_is_refused() -> None:
    """A candidate without a row for the view."""
    found = judged(filled(3, candidate=policy(offer("tea", categories=frozenset({"tea"})))))

    assert [one.ground for one in found.refusals] == ["silence"]
    assert found.moved == 3


def test_an_offer_of_unknown_worth_is_refused() -> None:
    """It was taken from beyond the list, and no entry tells its margin."""
    record = decided(0)
    log = Log(policy())
    log.add(structs.replace(record, candidates=()))

    found = judged(log)

    assert "worth" in [one.ground for one in found.refusals]
    assert found.logged is None


def test_an_offer_without_lift_is_proposed_for_retirement() -> None:
    """Nobody takes it, and half would have bought anyway; a better one stays, a rare one waits."""
    useless = _lifted(SUBJECTS_MIN, accepted=0, anyway=0.5)
    useful = _lifted(SUBJECTS_MIN, accepted=80, anyway=0.1)
    rare = _lifted(SUBJECTS_MIN - 1, accepted=0, anyway=0.5)

    assert [one.lifts[0].retire for one in (useless, useful, rare)] == [True, False, False]
    assert useful.lifts[0].incremental_minor is not None
    assert useful.lifts[0].incremental_minor.value == pytest.approx(70.0)
    assert rare.lifts[0].incremental_minor is None


def test_no_acceptance_at_all_leaves_room_for_some() -> None:
    """0 of 100 may be 3.6 of 100: an offer that needs but 2 is not retired."""
    found = _lifted(SUBJECTS_MIN, accepted=0, anyway=0.02).lifts[0]

    assert found.incremental_minor is not None
    assert found.incremental_minor.value == pytest.approx(-2.0)
    assert found.incremental_minor.high == pytest.approx(1.62, abs=0.01)
    assert not found.retire


def _lifted(count: int, *, accepted: int, anyway: float) -> Evaluation:
    """The evaluation of a log where everybody got the coffee row, with this P0 in its factors."""
    log = Log(policy(decision=NOBODY))
    for number in range(count):
        record = decided(number)
        (one,) = record.candidates
        assert one.factors is not None
        factors = structs.replace(one.factors, anyway=anyway)
        log.add(structs.replace(record, candidates=(structs.replace(one, factors=factors),)))
        log.hear(told(events.Accepted if number < accepted else events.Delivered, number), NOON)
    return judged(log)

"""What must always hold, over generated histories: guarantees G4, G9, G10, caps, repetition."""

import math
from collections.abc import Iterator
from itertools import accumulate, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.codec.rows import encode_row
from streams.codec.view import decode_view, encode_view
from streams.core import events
from streams.core.decide.contacting import permitted
from streams.core.decide.decide import decide
from streams.core.decide.record import Action, DecisionRecord, Gate, OfferMessage, Result
from streams.core.events import Event
from streams.core.fold import Outcome
from streams.core.offers import Policy
from streams.core.profile.profile import new_profile
from streams.core.step import StepResult
from tests.strategies_profiles import (
    ALL_CAP,
    FEW,
    HOUR_MS,
    MANY,
    NOON,
    POLICY,
    WEB_CAP,
    anything,
    consent,
    event,
    lively,
    run,
    view,
)

any_history = st.one_of(lively, lively, anything)


def decisions(results: list[StepResult]) -> list[DecisionRecord]:
    """All of them."""
    return [result.decision for result in results if result.decision is not None]


def messages(results: list[StepResult]) -> list[OfferMessage]:
    """All of them, in order."""
    return [message for result in results for message in result.offers]


def stepped(history: list[Event], rules: Policy = POLICY) -> list[StepResult]:
    """The results of a new profile."""
    return run(new_profile("customer:1"), history, rules)


@FEW
@given(any_history)
def test_the_sequence_of_messages_never_falls(history: list[Event]) -> None:
    """G4: each message of a subject has the next number."""
    sequences = [message.sequence for message in messages(stepped(history))]

    assert sequences == list(range(1, len(sequences) + 1))


@FEW
@given(any_history)
def test_no_decision_names_a_gated_offer(history: list[Event]) -> None:
    """G10: what was chosen passed every gate, with a value above the bar and its propensity."""
    for decision in decisions(stepped(history)):
        chosen = decision.chosen
        if chosen is None:
            continue
        taken = [
            one
            for one in decision.candidates
            if (one.offer, one.channel, one.treatment, one.price_level)
            == (
                chosen.offer,
                chosen.channel,
                chosen.pitch.treatment,
                chosen.price.level if chosen.price else "regular",
            )
        ]
        assert [one.gate for one in taken] == [None]
        assert chosen.value_minor > POLICY.decision.bar_minor
        assert taken[0].propensity == chosen.propensity > 0.0


@MANY
@given(lively)
@example(
    [
        event("a", view()),
        event("b", consent(granted=False), NOON + 1),
        event("c", view(), NOON + 2 * HOUR_MS),
    ]
)
def test_a_consent_withdrawn_ends_what_needs_it_at_once_and_for_good(history: list[Event]) -> None:
    """G9: after each step no open offer lacks consent, and none is issued without."""
    profile = new_profile("customer:1")
    clock = accumulate((one.event_time_ms for one in history), max)
    for one, now_ms in zip(history, clock, strict=True):
        results = run(profile, [one], POLICY, now_ms)
        contact = profile.contact
        open_offers = contact.open_offers.values()
        withdrawn = {m.offer_id for m in messages(results) if m.action is Action.WITHDRAW}
        assert all(
            permitted(contact.consents, held.channel, held.purpose, POLICY.contact)
            for held in open_offers
            if held.expires_ms > now_ms
        )
        assert withdrawn.isdisjoint(contact.open_offers)


@MANY
@given(lively)
def test_caps_are_never_exceeded(history: list[Event]) -> None:
    """No sliding window holds more contacts than its cap allows, shadows included."""
    chosen = [
        (one.decision_time_ms, one.chosen.channel)
        for one in decisions(stepped(history))
        if one.chosen is not None and one.chosen.purpose == "marketing"
    ]
    web = [at_ms for at_ms, channel in chosen if channel == "web"]
    every = [at_ms for at_ms, _ in chosen]

    assert _most(web, WEB_CAP.window_ms) <= WEB_CAP.contacts_max
    assert _most(every, ALL_CAP.window_ms) <= ALL_CAP.contacts_max
    assert all(later - at_ms >= HOUR_MS for at_ms, later in pairwise(web))


def _most(times: list[int], window_ms: int) -> int:
    return max(
        (sum(at_ms - window_ms < one <= at_ms for one in times) for at_ms in times), default=0
    )


@FEW
@given(any_history)
def test_probabilities_lie_in_the_unit_and_values_are_finite(history: list[Event]) -> None:
    """Of every candidate of every decision; the propensities and silence sum to at most 1."""
    for decision in decisions(stepped(history)):
        for one in decision.candidates:
            assert 0.0 <= one.propensity <= 1.0
            assert one.value_minor is None or math.isfinite(one.value_minor)
            if one.factors is not None:
                assert 0.0 <= one.factors.accepts <= 1.0
                assert 0.0 <= one.factors.anyway <= 1.0
        total = sum(one.propensity for one in decision.candidates) + decision.silence_propensity
        assert total == pytest.approx(1.0)
        assert 0.0 <= decision.draw < 1.0
        assert decision.candidates_count >= sum(decision.gates.values())


@FEW
@given(any_history)
def test_a_logged_decision_repeats_to_the_same_record(history: list[Event]) -> None:
    """From the view's bytes and the policy alone."""
    for decision in decisions(stepped(history)):
        assert decide(decode_view(encode_view(decision.view)), POLICY) == decision


@FEW
@given(any_history)
def test_the_same_events_give_the_same_profile_decisions_and_messages(
    history: list[Event],
) -> None:
    """Live or replayed."""
    one, other = new_profile("customer:1"), new_profile("customer:1")

    first, second = run(one, history), run(other, history)

    assert first == second
    assert encode_row(one) == encode_row(other)


@FEW
@given(any_history)
def test_a_duplicate_decides_nothing(history: list[Event]) -> None:
    """No decision, no message, no change."""
    profile = new_profile("customer:1")
    run(profile, history)
    before = encode_row(profile)

    results = run(profile, history)

    assert {result.outcome for result in results} <= {Outcome.DUPLICATE}
    assert decisions(results) == []
    assert messages(results) == []
    assert encode_row(profile) == before


@FEW
@given(any_history)
def test_offers_open_in_the_profile_are_those_the_messages_left_open(history: list[Event]) -> None:
    """What channels know and what the profile holds agree, but for answers and expiry."""
    profile = new_profile("customer:1")
    told: set[str] = set()
    for message in messages(run(profile, history)):
        if message.action is Action.WITHDRAW:
            told.discard(message.offer_id)
        else:
            told.add(message.offer_id)
            told.discard(message.supersedes or "")
    held = {one for one, offer in profile.contact.open_offers.items() if not offer.shadow}

    assert held <= told


def _kinds(histories: Iterator[list[Event]]) -> set[object]:
    seen: set[object] = set()
    for history in histories:
        results = stepped(history)
        seen |= {message.action for message in messages(results)}
        seen |= {one.result for one in decisions(results)}
        seen |= {Gate(gate) for one in decisions(results) for gate in one.gates}
    return seen


def test_the_generated_histories_reach_every_rule_they_claim_to_prove() -> None:
    """A property over histories that never meet a rule proves nothing."""
    subjects = [f"customer:{number}" for number in range(40)]
    history = [
        event("a", view()),
        event("b", view(), NOON + 1),
        event("c", view(), NOON + HOUR_MS),
        event("d", view(), NOON + 3 * HOUR_MS),
        event("e", view(), NOON + 5 * HOUR_MS),
        event("f", consent(granted=False), NOON + 5 * HOUR_MS + 1),
        event("g", view(), NOON + 6 * HOUR_MS),
        event("h", events.Opened(channel="phone", case_id="c", reason="complaint"), NOON),
        event("i", consent(granted=True), NOON + 8 * HOUR_MS),
        event("j", view(), NOON + 9 * HOUR_MS),
    ]

    met = _kinds(
        [event(one.event_id, one.body, one.event_time_ms, name) for one in history]
        for name in subjects
    )

    assert {Action.ISSUE, Action.SUPERSEDE, Action.WITHDRAW} <= met
    assert {Result.OFFER, Result.SILENCE, Result.HOLDOUT} <= met
    assert {Gate.CONSENT, Gate.CAP, Gate.SPACING, Gate.OPEN_COMPLAINT} <= met

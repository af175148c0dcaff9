"""A candidate decides on the view of the live decision, writes it down, and changes nothing."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from streams.codec.outputs import decode_decision, encode_shadow
from streams.core.decide.decide import decide
from streams.core.decide.ids import draw
from streams.core.decide.record import DecisionRecord, Pitch, Result
from streams.core.decide.shadowing import alike, shadow_of, shadowed
from streams.core.offers import Policy, PriceLevel
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import NOON, event, offer, on, policy, run, view

LIVE = policy(offer("a", price_levels=(PriceLevel(level="ten-off", discount_minor=10),)))


def decided(rules: Policy = LIVE) -> DecisionRecord:
    """The live decision on a view of coffee."""
    (result,) = run(new_profile("customer:1"), [event("e", view(), NOON)], rules)
    assert result.decision is not None
    return result.decision


def test_the_live_policy_as_its_own_candidate_decides_alike() -> None:
    """To the same record."""
    live = decided()

    assert shadow_of(live, LIVE) == live
    assert alike(live, live)


def test_another_catalogue_decides_on_the_same_view() -> None:
    """What the candidate alone has is taken there, by its own version and id."""
    live, candidate = decided(), replace(policy(offer("b")), policy_version="candidate")

    made = shadow_of(live, candidate)

    assert made == decide(live.view, candidate)
    assert made.chosen is not None
    assert (made.chosen.offer, made.policy_version, made.view) == ("b", "candidate", live.view)
    assert made.decision_id != live.decision_id
    assert not alike(live, made)


@pytest.mark.parametrize(
    "candidate", [policy(offer(triggers=on("search"))), policy(offer(categories=frozenset({"x"})))]
)
def test_a_view_that_no_row_matches_is_silence_for_certain(candidate: Policy) -> None:
    """No trigger, or no row: written down all the same, readable like any decision."""
    live = decided()

    made = shadow_of(live, candidate)

    salt = candidate.decision.experiment_salt
    assert decide(live.view, candidate) is None
    assert (made.result, made.silence_propensity, made.chosen) == (Result.SILENCE, 1.0, None)
    assert (made.candidates, made.candidates_count, made.gates) == ((), 0, {})
    assert made.draw == draw(live.subject, live.cause_id, live.slot, salt)
    assert decode_decision(encode_shadow(made)[0]) == made
    assert not alike(live, made)
    assert alike(made, structs.replace(made, draw=0.5))


@pytest.mark.parametrize(
    "change",
    [
        {"offer": "other"},
        {"channel": "app"},
        {"price_level": "regular"},
        {"pitch": Pitch("other", "words")},
    ],
)
def test_what_a_customer_would_notice_is_a_difference(change: dict[str, Any]) -> None:
    """Offer, channel, price and words each; what is held out counts as what it keeps back."""
    live = decided()
    assert live.chosen is not None

    other = structs.replace(live, chosen=structs.replace(live.chosen, **change))

    assert not alike(live, other)
    assert alike(live, structs.replace(live, result=Result.HOLDOUT))


def test_a_share_of_the_subjects_has_shadows() -> None:
    """Always the same ones; 100 percent is everybody, and a larger share keeps those it had."""
    names = [f"customer:{number}" for number in range(2_000)]
    tenth = {one for one in names if shadowed(one, 10)}
    half = {one for one in names if shadowed(one, 50)}

    assert 150 < len(tenth) < 250
    assert tenth < half
    assert all(shadowed(one, 100) for one in names)

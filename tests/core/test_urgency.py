"""Urgency: who comes first, and until when."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from streams.codec.rules import RuleReader
from streams.core.care_policy import AnswerPolicy, CarePolicy, Level, Urgency
from streams.core.decide.answering import answer_of, severity_of, urgency_of
from streams.core.decide.record import Gate
from streams.core.decide.rules import Rule, RuleKind
from streams.core.decide.view import AnswerFact, View
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, Policy
from streams.core.profile.profile import new_profile
from streams.core.words.lexicon import Lexicon, Special
from tests.strategies_profiles import (
    HOUR_MS,
    NOON,
    OURS,
    care,
    event,
    offer,
    on,
    policy,
    post,
    run,
    view,
)

RULES = policy(
    care(triggers=on("complaint", "mention", "delivery_delayed", "praise", match=Match.ANY))
)
LEXICON = Lexicon(
    topics={"coffee": ("coffee",), "roses": ("gardening",)},
    special={"asthma": Special(purpose="health", topic="illness")},
    special_categories={"Inhalers": "health"},
)


def seen(trigger: str = "complaint", **changes: Any) -> View:
    """A view of something at noon that waits for an answer."""
    known = AnswerFact(since_ms=NOON, **changes)
    return View("s", "c", "t", trigger, NOON, NOON, 1, "owning", answer=known)


def urgency(seen_: View, rules: Policy = RULES) -> float:
    """Its score."""
    assert seen_.answer is not None
    return urgency_of(seen_, seen_.answer, rules)


def test_the_score_is_the_weighed_mean_of_four_measures() -> None:
    """Age a half after a day, severity .6 twice, value .8 and influence .4: 2.9 of 5."""
    view = seen(value=0.8, influence=0.4)
    old = msgspec.structs.replace(view, decision_time_ms=NOON + DAY_MS)

    assert urgency(old) == round((0.5 + 2 * 0.6 + 0.8 + 0.4) / 5, 4)


@pytest.mark.parametrize("more", [{"value": 0.9}, {"influence": 0.9}, {"before": 3}])
def test_the_valuable_the_influential_and_the_often_let_down_come_first(
    more: dict[str, Any],
) -> None:
    """All else equal."""
    assert urgency(seen(**more)) > urgency(seen())


def test_what_waits_longer_comes_first() -> None:
    """And nothing waits less than not at all, whatever the clocks say."""
    view = seen()
    scores = [
        urgency(msgspec.structs.replace(view, decision_time_ms=NOON + hours * HOUR_MS))
        for hours in (-5, 0, 1, 5, 500)
    ]

    assert scores == sorted(scores)
    assert scores[0] == scores[1] < scores[2] < scores[4] <= 1.0


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (seen(), 0.6),
        (seen(sentiment=0.2), 0.5),
        (seen(sentiment=-0.9), 0.9),
        (seen("mention"), 0.1),
        (seen("mention", sentiment=-0.3), 0.3),
        (seen("praise", sentiment=0.9), 0.0),
        (seen("delivery_delayed"), 0.4),
        (msgspec.structs.replace(seen("mention"), complaint_since_ms=NOON - 1), 0.5),
        (seen(before=2), 1 - 0.4 * 0.9**2),
        (seen(before=10_000), 1 - 0.4 * 0.9**10),
        (seen("praise", before=5), 0.0),
    ],
)
def test_severity_is_what_happened_how_it_was_put_and_how_often(
    view: View, expected: float
) -> None:
    """The worst of them, and each complaint before takes a tenth of what is left."""
    assert view.answer is not None
    assert severity_of(view, view.answer) == pytest.approx(expected)


def test_weights_and_levels_are_the_policys() -> None:
    """Influence alone, in two levels."""
    levels = (
        Level(urgency=Urgency.HIGH, score_min=0.5, due_ms=HOUR_MS),
        Level(urgency=Urgency.LOW, score_min=0.0, due_ms=DAY_MS),
    )
    weights = AnswerPolicy(age_weight=0, severity_weight=0, value_weight=0, levels=levels)
    rules = replace(RULES, care=CarePolicy(answers=weights))

    found = [answer_of(seen(influence=one), rules, NOON + 9 * DAY_MS) for one in (0.49, 0.5)]

    assert [(one.urgency, one.due_at_ms - NOON) for one in found if one] == [
        (Urgency.LOW, DAY_MS),
        (Urgency.HIGH, HOUR_MS),
    ]


def test_it_is_due_while_the_offer_holds() -> None:
    """Two days would be low's; the offer ends after an hour."""
    found = answer_of(seen("praise"), RULES, NOON + HOUR_MS)

    assert found is not None
    assert (found.urgency, found.due_at_ms) == (Urgency.LOW, NOON + HOUR_MS)


def test_rules_may_ask_for_the_urgency() -> None:
    """The telephone for those who cannot wait; a decision that only sells has none."""
    holds = RuleReader().predicate("answer.urgency in ['critical', 'high']")
    assert not isinstance(holds, str)
    rule = Rule(name="urgent", kind=RuleKind.SUITABILITY, when="", holds=holds)
    made = policy(care(rules=(rule,)), offer(rules=(rule,), categories=frozenset()))
    rules = replace(made, care=CarePolicy(answers=AnswerPolicy(influence_weight=3.0)))
    famous = event("e1", post("broken", OURS, followers=900_000), NOON)
    nobody = event("e2", post("broken", OURS), NOON, "customer:2")
    buyer = event("e3", view(), NOON, "customer:3")

    gates = [
        result.decision.gates
        for one in (famous, nobody, buyer)
        for result in run(new_profile(one.subject), [one], rules)
        if result.decision is not None
    ]

    assert gates == [{}, {Gate.RULE: 1}, {Gate.RULE: 1}]

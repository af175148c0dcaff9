"""What a record could have done, and when it tells nothing of a candidate policy."""

from typing import Any

import pytest
from msgspec import structs

from streams.core.decide.decide import decide
from streams.core.decide.record import Candidate, DecisionRecord, Factors, Price, Result
from streams.core.offers import Offer, PriceLevel
from streams.core.profile.profile import new_profile
from streams.evaluate.chances import (
    CERTAIN_SILENCE,
    Action,
    Chances,
    Ground,
    Stakes,
    chances_of,
    ground_against,
    listed_stakes,
    stakes_of,
    taken,
)
from tests.strategies_profiles import FAIL, NOON, OURS, care, event, offer, policy, post, run, view

A, B = Action("a", "plain", "regular", "web"), Action("b", "plain", "regular", "web")
FACTORS = Factors(0.5, 0.1, margin_minor=100, discount_minor=10, contact_cost_minor=2)


def listed(action: Action, chance: float, **changes: Any) -> Candidate:
    """An entry of a record's list."""
    return Candidate(*action, propensity=chance, factors=structs.replace(FACTORS, **changes))


def chances(silence: float, unlisted: float = 0.0, **actions: float) -> Chances:
    """Chances of offers a and b."""
    named = {"a": A, "b": B}
    return Chances(
        {named[name]: listed(named[name], chance) for name, chance in actions.items()},
        silence,
        unlisted,
    )


def decided(*rows: Offer, body: Any = None) -> DecisionRecord:
    """The decision on a view of coffee."""
    made = run(new_profile("customer:1"), [event("e", body or view(), NOON)], policy(*rows))
    assert made[-1].decision is not None
    return made[-1].decision


def test_a_record_lists_its_chances() -> None:
    """Those above 0; what is stopped has none."""
    record = decided(offer("a"), offer("b", valid_until_ms=1))

    found = chances_of(record)

    assert found.silence + sum(one.propensity for one in found.actions.values()) == 1.0
    assert ([*found.actions], found.unlisted) == ([A], 0.0)


def test_chances_beyond_the_list_are_what_is_left() -> None:
    """A record that lists .5 and silence with .2 keeps .3 to itself."""
    record = structs.replace(decided(offer()), silence_propensity=0.2, candidates=(listed(A, 0.5),))

    assert chances_of(record).unlisted == pytest.approx(0.3)


def test_no_decision_is_silence_for_certain() -> None:
    """A view that brings no row of the candidate's catalogue."""
    assert chances_of(None) is CERTAIN_SILENCE
    assert taken(None) is None


@pytest.mark.parametrize(
    ("logged", "proposed", "expected"),
    [
        (chances(0.1, a=0.5, b=0.4), chances(0.0, a=1.0), None),
        (chances(0.1, a=0.9), chances(1.0), None),
        (chances(0.0, a=1.0), chances(0.5, a=0.5), Ground.SILENCE),
        (chances(0.1, a=0.9), chances(0.0, b=1.0), Ground.UNSUPPORTED),
        (chances(0.1, 0.3, a=0.6), chances(0.0, a=1.0), None),
        (chances(0.1, 0.3, a=0.6), chances(0.0, b=1.0), Ground.CUT),
        (chances(0.1, a=0.9), chances(0.1, 0.3, a=0.6), Ground.CUT),
    ],
)
def test_a_log_tells_of_what_it_could_have_done_alone(
    logged: Chances, proposed: Chances, expected: Ground | None
) -> None:
    """Anything else that the candidate might do is a ground to refuse."""
    assert ground_against(logged, proposed) is expected


def test_another_discount_by_the_same_name_is_another_action() -> None:
    """What customers made of ten off says nothing about twenty off."""
    proposed = Chances({A: listed(A, 1.0, discount_minor=20)}, 0.0)

    assert ground_against(chances(0.0, a=1.0), proposed) is Ground.UNSUPPORTED


def test_what_was_taken_has_its_price_level() -> None:
    """From the price where there is one, else from the entry it was chosen by."""
    sold = decided(offer("a", price_levels=(PriceLevel(level="ten-off", discount_minor=10),)))
    cared = decided(care("sorry"), body=post("!", OURS, FAIL))

    assert taken(sold) == Action("a", "plain", "ten-off", "web")
    assert taken(cared) == Action("sorry", "plain", "regular", "social")


def test_silence_takes_nothing_and_a_holdout_takes_what_it_keeps_back() -> None:
    """The draw of a holdout fell on an offer."""
    held_out = structs.replace(decided(offer("a")), result=Result.HOLDOUT)

    assert taken(decided(offer("a", accepts=0.0))) is None
    assert taken(held_out) == A


def test_stakes_are_those_of_the_entry() -> None:
    """Margin less discount, cost, and what buying anyway is worth."""
    record = structs.replace(decided(offer("a")), candidates=(listed(A, 1.0),))

    assert stakes_of(record, A) == Stakes(90.0, 2.0, 10.0)
    assert stakes_of(record, A) == listed_stakes(record.candidates[0])
    assert listed_stakes(Candidate(*A)) == Stakes(0.0, 0.0, 0.0)


def test_stakes_beyond_the_list_are_put_together_from_row_and_channel() -> None:
    """The margin of its row, its own discount, the cost of its channel; else they are unknown."""
    record = decided(offer("a"))
    assert record.chosen is not None
    chosen = structs.replace(record.chosen, price=Price("five-off", "EUR", 5))
    far = structs.replace(record, candidates=(listed(A, 0.9),), chosen=chosen)

    assert stakes_of(far, A._replace(price_level="five-off")) == Stakes(95.0, 2.0, 10.0)
    assert stakes_of(far, A._replace(channel="email", price_level="five-off")) is None


def test_the_record_of_a_decision_and_its_view_decided_again_agree() -> None:
    """The logged policy as its own candidate is supported everywhere."""
    record = decided(offer("a"), offer("b"))
    again = decide(record.view, policy(offer("a"), offer("b")))

    assert ground_against(chances_of(record), chances_of(again)) is None
    assert taken(again) == taken(record)

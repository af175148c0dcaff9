"""Fallbacks: considered when nothing of their offer passes, and stopped by the same gates."""

from typing import Any

import pytest

from streams.core.decide.record import DecisionRecord, Gate
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, Offer, PriceLevel
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import HOUR_MS, NOON, event, offer, on, opened, policy, run, view

STOPPED = frozenset({"s1"})
"""Outlets that a click is not in."""


def decided(*rows: Offer, before: Any = None, age_ms: int = 0) -> DecisionRecord:
    """The decision on a view of coffee that is this old."""
    profile = new_profile("customer:1")
    history = [] if before is None else [event("b", before, NOON - DAY_MS)]
    results = run(profile, [*history, event("e", view(), NOON)], policy(*rows), NOON + age_ms)
    assert results[-1].decision is not None
    return results[-1].decision


def passing(decision: DecisionRecord) -> list[str]:
    """Offers with a candidate that passed."""
    return [one.offer for one in decision.candidates if one.gate is None]


def other(name: str = "other", **changes: Any) -> Offer:
    """A row that a view of coffee does not bring."""
    return offer(name, categories=frozenset({"tea"}), **changes)


def test_a_fallback_is_considered_when_nothing_of_its_offer_passes() -> None:
    """The event did not bring it; both are counted."""
    decision = decided(offer(outlets=STOPPED, fallback="other"), other())

    assert passing(decision) == ["other"]
    assert (decision.candidates_count, decision.gates) == (2, {"outlet": 1})


def test_a_fallback_is_not_considered_while_its_offer_passes() -> None:
    """By one channel, though the other has no consent."""
    decision = decided(offer(channels=("web", "social"), fallback="other"), other())

    assert passing(decision) == ["coffee"]
    assert decision.candidates_count == 2


@pytest.mark.parametrize(
    ("changes", "gate"),
    [
        ({"outlets": STOPPED}, Gate.OUTLET),
        ({"channels": ("social",)}, Gate.CONSENT),
        ({"stages": frozenset({"owning"})}, Gate.STAGE),
        ({"valid_until_ms": NOON}, Gate.NO_LONGER_VALID),
        (
            {"margin_minor": None, "price_levels": (PriceLevel(level="a", discount_percent=5.0),)},
            Gate.NO_PRICE,
        ),
    ],
)
def test_a_fallback_passes_the_same_gates(changes: dict[str, Any], gate: Gate) -> None:
    """It never gets around one."""
    decision = decided(offer(outlets=STOPPED, fallback="other"), other(**changes))

    assert passing(decision) == []
    assert [one.gate for one in decision.candidates] == [Gate.OUTLET, gate]


def test_an_open_complaint_stops_fallbacks_too() -> None:
    """Selling is selling."""
    decision = decided(offer(fallback="other"), other(), before=opened())

    assert decision.gates == {"open_complaint": 2}


def test_fallbacks_lead_on() -> None:
    """To the first that passes, and no further."""
    decision = decided(
        offer(outlets=STOPPED, fallback="second"),
        other("second", outlets=STOPPED, fallback="third"),
        other("third", fallback="fourth"),
        other("fourth"),
    )

    assert passing(decision) == ["third"]
    assert decision.candidates_count == 3


def test_a_fallback_of_two_offers_is_considered_once() -> None:
    """And not at all where the event itself brings it."""
    twice = decided(
        offer("a", outlets=STOPPED, fallback="other"),
        offer("b", outlets=STOPPED, fallback="other"),
        other(),
    )
    brought = decided(offer("a", outlets=STOPPED, fallback="b"), offer("b"))

    assert (passing(twice), twice.candidates_count) == (["other"], 3)
    assert (passing(brought), brought.candidates_count) == (["b"], 2)


def test_an_event_may_be_too_old_for_a_fallback() -> None:
    """Its own maximum age counts; the next in line may allow more."""
    short = on("view_item", age_max_ms=HOUR_MS // 2)

    decision = decided(
        offer(outlets=STOPPED, fallback="short"),
        other("short", triggers=short, fallback="long"),
        other("long", triggers=on("view_item", match=Match.ANY)),
        age_ms=HOUR_MS,
    )

    assert passing(decision) == ["long"]

"""Tones: what a customer responds to, what they say of it, and what suits how things went."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from streams.core import events
from streams.core.care_policy import CarePolicy, TonePolicy
from streams.core.decide.decide import decide
from streams.core.decide.toning import balance_of, tone_lifts
from streams.core.decide.view import ToneFact, View
from streams.core.offers import Match, Policy, Treatment
from streams.core.profile.contact import OpenOffer
from streams.core.profile.profile import Profile, new_profile
from tests.strategies_profiles import (
    HOUR_MS,
    NOON,
    event,
    offer,
    on,
    policy,
    run,
    view,
)

WARM = Treatment(treatment="warm", text="Coffee?", tone="friendly")
STRICT = Treatment(treatment="strict", text="Coffee.", tone="sincere")
PLAIN = Treatment(treatment="plain", text="Coffee!")
ROW = offer(treatments=(PLAIN, STRICT, WARM))
TONES = TonePolicy(strained=frozenset({"sincere"}), content=frozenset({"friendly"}), lift=1.5)
RULES = replace(policy(ROW), care=CarePolicy(tones=TONES))


def seen(**changes: Any) -> View:
    """A view of coffee."""
    return View("s", "c", "t", "view_item", NOON, NOON, 1, "owning", **changes)


def looked(profile: Profile, rules: Policy = RULES) -> View:
    """The view when this customer looks at coffee, an hour after noon."""
    (result,) = run(profile, [event("look", view(), NOON + HOUR_MS)], rules)
    assert result.decision is not None
    return result.decision.view


def outcome(tone: str, number: int, kind: type[Any]) -> Profile:
    """A customer who did `kind` to so many offers in `tone`."""
    profile = new_profile("customer:1")
    for one in range(number):
        profile.contact.open_offers[f"o{one}"] = OpenOffer(
            "coffee", "web", "main", "marketing", NOON, NOON + HOUR_MS, tone=tone
        )
        run(profile, [event(f"{tone}{one}", kind(offer_id=f"o{one}", channel="web"), NOON)], RULES)
    return profile


def test_a_tone_that_is_answered_more_is_likelier_to_be_accepted() -> None:
    """Shrunk to all tones by the weight of ten: 8 of 10 and 0 of 10 are a lift of 1.4 and 0.5."""
    tones = {"friendly": ToneFact(8.0, 10.0), "sincere": ToneFact(0.0, 10.0)}
    usual = 8.5 / 21

    lifts = tone_lifts(seen(tones=tones), RULES)

    assert lifts["friendly"] == pytest.approx((8 + 10 * usual) / (20 * usual))
    assert lifts["sincere"] == pytest.approx(0.5)


def test_one_tone_alone_says_nothing_of_tones() -> None:
    """There is nothing to compare it with."""
    lifts = tone_lifts(seen(tones={"friendly": ToneFact(400.0, 400.0)}), RULES)

    assert lifts["friendly"] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("said", "lift"), [(1.0, 2.0), (0.5, 1.0), (0.0, 0.5)])
def test_the_customers_word_wins(said: float, lift: float) -> None:
    """From the least there may be to the most."""
    tones = {"friendly": ToneFact(0.0, 50.0, said), "sincere": ToneFact(50.0, 50.0)}

    assert tone_lifts(seen(tones=tones), RULES)["friendly"] == pytest.approx(lift)


@pytest.mark.parametrize(
    ("balance", "lifts"),
    [
        (0.39, {"sincere": 1.5}),
        (0.4, {}),
        (0.7, {}),
        (0.71, {"friendly": 1.5}),
        (None, {}),
    ],
)
def test_how_things_went_chooses_the_tone(balance: float | None, lifts: dict[str, float]) -> None:
    """Sincere after bad moments, friendly after good ones."""
    assert tone_lifts(seen(balance=balance), RULES) == lifts


def test_a_lift_stays_in_its_bounds() -> None:
    """1.5 of 2 is 2."""
    tones = {"friendly": ToneFact(0.0, 0.0, 1.0)}

    assert tone_lifts(seen(tones=tones, balance=1.0), RULES) == {"friendly": 2.0}


def test_the_tone_enters_the_chance_and_is_in_the_log() -> None:
    """The best of three is the one that suits."""
    any_row = replace(ROW, triggers=on("view_item", match=Match.ANY), categories=frozenset())
    rules = replace(policy(any_row), care=CarePolicy(tones=TONES))

    usual, strained = (decide(seen(balance=one), rules) for one in (0.5, 0.1))

    assert usual is not None
    assert strained is not None
    assert strained.chosen is not None
    assert strained.chosen.pitch.treatment == "strict"
    tones = {one.treatment: one.factors.tone for one in strained.candidates if one.factors}
    assert tones == {"plain": 1.0, "strict": 1.5, "warm": 1.0}
    accepts = {one.treatment: one.factors.accepts for one in strained.candidates if one.factors}
    assert accepts["strict"] == pytest.approx(1.5 * accepts["plain"])
    assert {one.factors.tone for one in usual.candidates if one.factors} == {1.0}


def test_only_tones_that_rows_have_a_choice_of_are_in_the_view() -> None:
    """Responses to others stay out; so does all of it where there is no choice."""
    profile = outcome("friendly", 2, events.Clicked)
    assert set(looked(profile).tones) == {"friendly"}

    assert looked(outcome("loud", 2, events.Clicked)).tones == {}
    alone = policy(offer(treatments=(WARM,)))
    assert looked(outcome("friendly", 2, events.Clicked), alone).tones == {}


def test_a_muted_tone_is_not_read_and_a_stated_one_is() -> None:
    """Also one that was never tried."""
    muted = outcome("friendly", 2, events.Clicked)
    mute = events.TraitMuted(trait="tone/friendly", muted=True)
    run(muted, [event("mute", mute, NOON)], RULES)
    stated = new_profile("customer:1")
    like = events.TraitCorrected(trait="tone/sincere", share=1.0)
    run(stated, [event("like", like, NOON)], RULES)

    assert looked(muted).tones == {}
    assert looked(stated).tones == {"sincere": ToneFact(0.0, 0.0, 1.0)}


def test_the_balance_is_unknown_below_the_evidence() -> None:
    """Three moments, here: two bad ones and a good one are (1 + .5) / (3 + 1)."""
    profile = new_profile("customer:1")
    ratings = [
        event(f"r{n}", events.Review(item_id="x", rating=rating), NOON)
        for n, rating in enumerate((1.0, 1.0, 5.0))
    ]

    run(profile, ratings[:2], RULES)
    before = balance_of(profile.care, 3, NOON)
    run(profile, ratings[2:], RULES)

    assert before is None
    assert balance_of(profile.care, 3, NOON) == pytest.approx(1.5 / 4)
    assert balance_of(new_profile("x").care, 0, NOON) == 0.5
    assert looked(profile).balance == pytest.approx(1.5 / 4, abs=0.01)
    assert looked(outcome("friendly", 4, events.Clicked), policy(offer())).balance is None


def test_a_view_with_nothing_to_say_of_tones_has_none() -> None:
    """Bytes of those whose catalogue has one tone do not change."""
    shown = msgspec.to_builtins(looked(new_profile("x"), policy(offer())))

    assert not {"answer", "tones", "balance", "due", "zone"} & set(shown)

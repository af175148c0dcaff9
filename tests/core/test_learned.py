"""What outcomes taught enters values once, and what the draw does with it is in the record."""

from dataclasses import replace

import pytest

from streams.core.acceptance import Acceptance, Node
from streams.core.decide.arbitration import Exploration
from streams.core.decide.record import CANDIDATES_LOGGED_MAX, DecisionRecord, Factors, Result
from streams.core.decision_policy import DecisionPolicy
from streams.core.offers import Policy, PriceLevel
from streams.core.profile.profile import new_profile
from streams.core.step import step
from tests.strategies_profiles import NOON, consent, event, item, offer, policy, view

DRAWN = DecisionPolicy(
    experiment_salt="experiment",
    holdout_salt="holdout",
    exploration=Exploration(uniform=0.1, silence=0.05, gamma=10.0, scale_minor=10.0, optimism=1.0),
)
LEVELS = (PriceLevel(level="regular"), PriceLevel(level="off", discount_minor=10))


def learned(node: Node, anyway: Node | None = None, gamma: float | None = None) -> Acceptance:
    """A snapshot that knows the row `coffee`."""
    return Acceptance(
        version="a1",
        gamma=gamma,
        accepts=Node(1.0, 100.0, {"coffee": node}),
        anyway=Node(1.0, 9.0, {"coffee": anyway} if anyway else {}),
    )


def decided(rules: Policy, number: int = 0, *, views: int = 1) -> DecisionRecord:
    """The decision on a customer's view of coffee, the last of `views`."""
    profile = new_profile(f"customer:{number}")
    step(
        profile,
        event("consent", consent(granted=True, channel="web"), NOON),
        policy=rules,
        now_ms=NOON,
        fold_sequence=1,
    )
    found = None
    for turn in range(views):
        result = step(
            profile,
            event(f"v{number}-{turn}", view(item("sku-1", "coffee")), NOON),
            policy=rules,
            now_ms=NOON,
            fold_sequence=2,
        )
        found = result.decision
    assert found is not None
    return found


def factors(found: DecisionRecord) -> dict[str, Factors]:
    """Price level -> what its value was made of, of those that passed."""
    return {one.price_level: one.factors for one in found.candidates if one.factors}


def test_a_lift_multiplies_the_chance_of_its_own_place() -> None:
    """By channel, price level and stage; the parent's where there is none."""
    leaf = Node(0.5, 5.0, {"regular": Node(0.25, 5.0)})
    plain = policy(offer(price_levels=LEVELS, channels=("web",)), decision=DRAWN)
    taught = replace(plain, acceptance=learned(Node(0.8, 5.0, {"web": leaf}), Node(2.0, 3.0)))

    before, after = decided(plain), decided(taught)

    chances, lifted = factors(before), factors(after)
    assert lifted["regular"].learned == 0.25
    assert lifted["off"].learned == 0.5
    assert lifted["regular"].learned_anyway == 2.0
    assert lifted["regular"].accepts == pytest.approx(0.25 * chances["regular"].accepts)
    assert (before.acceptance_version, after.acceptance_version) == ("", "a1")


def test_no_chance_is_above_one_however_much_was_learned() -> None:
    """Neither to accept nor to buy anyway."""
    often = offer(price_levels=LEVELS, channels=("web",), anyway=0.4)
    rules = replace(policy(often, decision=DRAWN), acceptance=learned(Node(9.0, 5.0), Node(9.0)))

    lifted = factors(decided(rules))

    assert {(one.accepts, one.anyway) for one in lifted.values()} == {(1.0, 1.0)}


def test_an_unknown_row_starts_from_all_the_others() -> None:
    """The root's lift; nothing of buying anyway."""
    rules = policy(offer("tea", channels=("web",)), decision=DRAWN)
    root = Node(0.5, 100.0, {"coffee": Node(2.0, 9.0)})

    found = decided(replace(rules, acceptance=Acceptance(version="a1", accepts=root)))

    assert found.candidates[0].factors is not None
    assert found.candidates[0].factors.learned == 0.5
    assert found.candidates[0].factors.learned_anyway == 1.0


def test_an_unknown_row_of_a_known_campaign_starts_from_it() -> None:
    """One that was tried is known by itself."""
    rules = policy(
        offer("tea", channels=("web",), campaign="spring"),
        offer("coffee", channels=("web",), campaign="spring"),
        offer("milk", channels=("web",), campaign="autumn"),
        decision=DRAWN,
    )
    taught = Acceptance(
        version="a1",
        accepts=Node(0.5, 100.0, {"coffee": Node(2.0, 9.0)}),
        campaigns={"spring": Node(3.0, 9.0, spread=0.25)},
    )

    found = decided(replace(rules, acceptance=taught)).candidates

    lifts = {one.offer: one.factors.learned for one in found if one.factors}
    spreads = {one.offer: one.factors.spread for one in found if one.factors}
    assert lifts == {"tea": 3.0, "coffee": 2.0, "milk": 0.5}
    assert spreads["tea"] == 0.25


def test_a_snapshot_may_sharpen_the_draw() -> None:
    """Its gamma replaces the policy's."""
    rules = policy(offer(price_levels=LEVELS, channels=("web",)), decision=DRAWN)
    sharp = replace(rules, acceptance=learned(Node(), gamma=1e6))

    before, after = decided(rules), decided(sharp)

    assert after.candidates[0].propensity > before.candidates[0].propensity
    assert sum(one.propensity for one in after.candidates) == pytest.approx(0.95)


def test_what_was_seldom_tried_is_hoped_more_of() -> None:
    """Equal values, and yet another chance: by the spread alone."""
    web = Node(1.0, 9.0, {"regular": Node(1.0, 90.0), "same": Node(1.0, 1.0, {}, 0.5)})
    rules = policy(
        offer(
            price_levels=(PriceLevel(level="regular"), PriceLevel(level="same")),
            channels=("web",),
        ),
        decision=DRAWN,
    )

    found = decided(replace(rules, acceptance=learned(Node(1.0, 9.0, {"web": web}))))

    chances = {one.price_level: one for one in found.candidates}
    assert chances["same"].value_minor == chances["regular"].value_minor
    assert chances["same"].propensity > chances["regular"].propensity


def test_the_least_tried_of_many_has_the_last_seat_by_the_snapshot() -> None:
    """30 price levels, 20 seats: the one that was never tried sits, others wait."""
    levels = tuple(PriceLevel(level=f"l{n:02}", discount_minor=n) for n in range(30))
    tries = {f"l{n:02}": Node(1.0, 50.0) for n in range(29)}
    web = Node(1.0, 9.0, {"web": Node(1.0, 9.0, tries)})
    explored = replace(DRAWN, exploration=replace(DRAWN.exploration, uniform=1.0, optimism=0.0))
    rules = policy(offer(price_levels=levels, channels=("web",)), decision=explored)
    taught = replace(rules, acceptance=learned(web))

    taken = {
        found.chosen.price_level
        for found in (decided(taught, number) for number in range(400))
        if found.chosen
    }

    assert "l29" in taken
    assert taken.isdisjoint({f"l{n:02}" for n in range(19, 29)})


def test_whatever_had_a_chance_is_in_the_log() -> None:
    """The best ten in full, the others without what their value was made of."""
    levels = tuple(PriceLevel(level=f"l{n:02}", discount_minor=n) for n in range(20))
    explored = replace(DRAWN, exploration=replace(DRAWN.exploration, uniform=1.0))
    rules = policy(offer(price_levels=levels, channels=("web",)), decision=explored)

    found = [decided(rules, number) for number in range(60)]

    chosen = [one for one in found if one.chosen]
    lesser = [one for one in chosen if one.chosen and str(one.chosen.price_level) > "l10"]
    assert lesser
    for one in chosen:
        assert one.chosen is not None
        assert one.chosen.price_level in {each.price_level for each in one.candidates}
        assert len(one.candidates) == len(levels)
        assert sum(each.factors is not None for each in one.candidates) == CANDIDATES_LOGGED_MAX


def test_silence_is_drawn_sometimes_for_what_sells_and_never_for_care() -> None:
    """5 % of 2,000 decisions, by the hash; an answer to a complaint is not left to chance."""
    selling = policy(offer(channels=("web",)), decision=DRAWN)
    care = policy(offer(channels=("social",), purpose="service"), decision=DRAWN)

    silent = [decided(selling, number).result for number in range(2_000)].count(Result.SILENCE)
    answered = {decided(care, number).result for number in range(200)}

    assert 60 < silent < 140
    assert answered == {Result.OFFER}

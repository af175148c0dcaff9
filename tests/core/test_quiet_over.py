"""What quiet hours silence is decided again when they end, once, if it is not too old by then."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.rows import decode_row, encode_row
from streams.core import events
from streams.core.contact_policy import Consented, ContactRule
from streams.core.decide.contacting import is_quiet
from streams.core.decide.decide import decide
from streams.core.decide.quiet import quiet_until_ms
from streams.core.decide.record import Gate, Result
from streams.core.events import Body
from streams.core.fold_policy import DAY_MS, Zone
from streams.core.offers import Match, Policy
from streams.core.profile.merging import merge
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.timers import QUIET_ITEMS_MAX, QUIET_TERMS_MAX, Quiet
from streams.core.step import fire
from streams.core.timers import CART_ABANDONED, QUIET_OVER, Timer
from tests.core.timed import decided, due, fired
from tests.strategies_profiles import (
    HOUR_MS,
    MANY,
    NOON,
    care,
    cart,
    contact_policy,
    event,
    item,
    offer,
    on,
    opened,
    policy,
    run,
    sale,
    view,
)

MIDNIGHT = NOON + 12 * HOUR_MS
MORNING = MIDNIGHT + 8 * HOUR_MS
NIGHT = ContactRule(
    consent=Consented.UNLESS_WITHDRAWN, quiet_from_ms=21 * HOUR_MS, quiet_until_ms=8 * HOUR_MS
)
LONG = {**on("view_item", age_max_ms=9 * HOUR_MS), **on(CART_ABANDONED, age_max_ms=DAY_MS)}
ROW = offer(triggers=LONG)
RULES = policy(ROW, contact=contact_policy(NIGHT))


def looked(*items: events.Item, at_ms: int = MIDNIGHT, rules: Policy = RULES) -> Profile:
    """The profile of somebody who looked at coffee, or at `items`, in the night."""
    profile = new_profile("customer:1")
    run(profile, [event("look", view(*items), at_ms)], rules)
    return profile


def test_what_the_night_silenced_is_decided_in_the_morning() -> None:
    """With the event's own trigger, time and items; the cause is the timer."""
    profile = looked()

    assert due(profile, RULES) == [Timer(MORNING, QUIET_OVER)]
    decision = decided(profile, MORNING + 7, RULES)

    assert decision.result is Result.OFFER
    assert decision.chosen is not None
    assert decision.chosen.reason == "you looked at coffee"
    assert (decision.cause_topic, decision.trigger) == ("timer", "view_item")
    assert decision.cause_id == f"timer:quiet_over:{MORNING}"
    assert (decision.event_time_ms, decision.decision_time_ms) == (MIDNIGHT, MORNING + 7)
    assert [one.item_id for one in decision.view.items] == ["sku-1"]
    assert decide(decision.view, RULES) == decision
    assert profile.timers.quiet is None


def test_what_would_be_too_old_by_then_does_not_wait() -> None:
    """Nine hours at most, and it was an hour earlier."""
    assert due(looked(at_ms=MIDNIGHT - HOUR_MS), RULES) == [Timer(MORNING, QUIET_OVER)]
    assert due(looked(at_ms=MIDNIGHT - HOUR_MS - 1), RULES) == []


def test_what_was_silenced_by_something_else_does_not_wait() -> None:
    """By day, with nothing to win."""
    poor = policy(offer(triggers=LONG, margin_minor=0), contact=contact_policy(NIGHT))

    assert due(looked(at_ms=NOON, rules=poor), poor) == []


def test_the_newest_of_a_night_is_what_waits() -> None:
    """One a profile, with a few of its items."""
    profile = looked(item("old"))
    many = [item(f"sku-{number}") for number in range(QUIET_ITEMS_MAX + 1)]
    run(profile, [event("again", view(*many), MIDNIGHT + 1)], RULES)

    assert due(profile, RULES) == [Timer(MORNING, QUIET_OVER)]
    kept = decided(profile, MORNING, RULES).view.items
    assert [one.item_id for one in kept] == ["sku-0", "sku-1", "sku-2", "sku-3"]


def test_what_was_bought_in_the_night_is_not_offered_in_the_morning() -> None:
    """An offer that was made would have been withdrawn; what else was looked at still is."""
    one, two = looked(), looked(item("sku-1"), item("sku-2"))
    for profile in (one, two):
        run(profile, [event("bought", sale(), MIDNIGHT + HOUR_MS)], RULES)

    assert [one.decision for _, one in fired(one, RULES, MORNING)] == [None]
    assert [one.item_id for one in decided(two, MORNING, RULES).view.items] == ["sku-2"]


def test_a_purchase_that_the_night_silenced_is_still_about_what_was_bought() -> None:
    """Nothing of it was bought since."""
    rules = policy(offer(triggers=on("purchase", age_max_ms=DAY_MS)), contact=contact_policy(NIGHT))
    profile = new_profile("customer:1")
    run(profile, [event("bought", sale(), MIDNIGHT)], rules)

    assert [one.item_id for one in decided(profile, MORNING, rules).view.items] == ["sku-1"]


@pytest.mark.parametrize(
    ("settled", "answers"),
    [
        (events.Closed(channel="phone", case_id="case"), 0),
        (events.Answered(channel="phone", case_id="case"), 1),
    ],
)
def test_a_complaint_that_was_settled_in_the_night_is_not_answered(
    settled: Body, answers: int
) -> None:
    """A case is settled when it is closed."""
    contact = contact_policy()
    contact.rules["social", "service"] = NIGHT  # type: ignore[index]  # a plain dict here
    row = care(triggers=on("complaint", match=Match.ANY, age_max_ms=DAY_MS))
    rules = policy(row, contact=contact)
    profile = new_profile("customer:1")
    run(profile, [event("case", opened(), MIDNIGHT)], rules)
    run(profile, [event("then", settled, MIDNIGHT + HOUR_MS)], rules)

    made = [one.offers for _, one in fired(profile, rules, MORNING)]

    assert [len(one) for one in made] == [answers]


def test_what_was_searched_for_in_the_night_is_known_in_the_morning() -> None:
    """The terms that rows ask for, as bytes keep them."""
    row = offer(
        categories=frozenset(), terms=frozenset({"tea"}), triggers=on("search", age_max_ms=DAY_MS)
    )
    rules, profile = policy(row, contact=contact_policy(NIGHT)), new_profile("customer:1")
    many = " ".join(f"word{number}" for number in range(QUIET_TERMS_MAX))
    run(profile, [event("asks", events.Search(search_term=f"{many} tea"), MIDNIGHT)], rules)
    row_of_it = decode_row(encode_row(profile))
    assert isinstance(row_of_it, Profile)

    made = decided(row_of_it, MORNING, rules)

    assert made.view.terms == ("tea",)
    assert made.chosen is not None
    assert made.chosen.reason == "you searched for tea"


def test_of_a_search_that_brought_any_row_the_first_terms_are_kept() -> None:
    """No row asks for one of them."""
    row = offer(categories=frozenset(), triggers=on("search", match=Match.ANY, age_max_ms=DAY_MS))
    rules, profile = policy(row, contact=contact_policy(NIGHT)), new_profile("customer:1")
    run(profile, [event("asks", events.Search(search_term="a b c d e"), MIDNIGHT)], rules)

    assert decided(profile, MORNING, rules).view.terms == ("a", "b", "c", "d")


def test_where_it_happened_in_the_night_is_known_in_the_morning() -> None:
    """Rows of that outlet alone are brought."""
    row = offer(triggers=on("purchase", age_max_ms=DAY_MS), outlets=frozenset({sale().store_id}))
    rules, profile = policy(row, contact=contact_policy(NIGHT)), new_profile("customer:1")
    bought = sale()
    run(profile, [event("bought", bought, MIDNIGHT)], rules)

    made = decided(profile, MORNING, rules)

    assert (made.view.outlet, made.result) == (bought.store_id, Result.OFFER)


def test_a_timer_that_the_night_silenced_waits_too() -> None:
    """A cart that was left in the evening is reminded of in the morning."""
    profile = new_profile("customer:1")
    run(profile, [event("c", cart(), NOON + 9 * HOUR_MS)], RULES)

    silence = decided(profile, MORNING - 1, RULES)
    later = decided(profile, MORNING, RULES)

    assert silence.gates == {Gate.QUIET_HOURS: 1}
    assert (later.result, later.trigger) == (Result.OFFER, CART_ABANDONED)
    assert later.event_time_ms == NOON + 10 * HOUR_MS


def test_what_is_still_quiet_waits_once_more() -> None:
    """Until the hours of its own channel end: those of another one ended first."""
    rules = policy(ROW, contact=contact_policy(NIGHT))
    early = ContactRule(
        consent=Consented.UNLESS_WITHDRAWN, quiet_from_ms=22 * HOUR_MS, quiet_until_ms=5 * HOUR_MS
    )
    rules.contact.rules["email", "marketing"] = early  # type: ignore[index]  # a plain dict here
    profile = looked(rules=rules)

    first = decided(profile, MIDNIGHT + 5 * HOUR_MS, rules)
    second = decided(profile, MORNING, rules)

    assert first.result is Result.SILENCE
    assert second.result is Result.OFFER
    assert first.cause_id != second.cause_id


def test_a_trigger_that_the_catalogue_dropped_says_nothing() -> None:
    """The policy changed overnight."""
    profile = looked()
    other = policy(offer(triggers=on("search", match=Match.ANY)))

    assert [one.decision for _, one in fired(profile, other, MORNING)] == [None]
    assert profile.timers.quiet is None


def test_it_stays_with_the_subject_when_that_is_linked() -> None:
    """The person's own night decides."""
    person = new_profile("customer:2")

    merge(person, looked())

    assert person.timers.quiet is None


def test_an_offer_that_waited_too_long_is_not_made() -> None:
    """The worker was away in the morning."""
    profile = looked()
    timer = Timer(MORNING, QUIET_OVER)

    result = fire(profile, timer, policy=RULES, now_ms=MORNING + 2 * HOUR_MS, fold_sequence=0)

    assert (result.decision, profile.timers.quiet) == (None, None)


@pytest.mark.parametrize(
    ("offsets", "ends_ms"),
    [
        (((0, 0),), MORNING),
        (((0, 2 * HOUR_MS),), MORNING - 2 * HOUR_MS),
        (((0, 2 * HOUR_MS), (MIDNIGHT + HOUR_MS, HOUR_MS)), MORNING - HOUR_MS),
        (((0, HOUR_MS), (MIDNIGHT + HOUR_MS, 2 * HOUR_MS)), MORNING - 2 * HOUR_MS),
    ],
)
def test_quiet_hours_end_by_the_local_clock(
    offsets: tuple[tuple[int, int], ...], ends_ms: int
) -> None:
    """Also in the night in which it changes."""
    assert quiet_until_ms(NIGHT, Zone(name="Tests", offsets=offsets), MIDNIGHT) == ends_ms


@pytest.mark.parametrize("until_ms", [2 * HOUR_MS, 5 * HOUR_MS // 2, 3 * HOUR_MS])
@pytest.mark.parametrize("now_ms", [MIDNIGHT - HOUR_MS, MIDNIGHT + 110 * 60_000])
def test_quiet_hours_whose_end_the_clocks_pass_over_end_as_they_are_set(
    until_ms: int, now_ms: int
) -> None:
    """From two to three: a timer in the past would fire over and over until then."""
    rule = replace(NIGHT, quiet_until_ms=until_ms)
    zone = Zone(name="Tests", offsets=((0, 0), (MIDNIGHT + 2 * HOUR_MS, HOUR_MS)))

    assert quiet_until_ms(rule, zone, now_ms) == MIDNIGHT + 2 * HOUR_MS


@MANY
@given(st.integers(0, DAY_MS - 1), st.integers(0, DAY_MS - 1), st.integers(0, 2 * DAY_MS))
def test_they_end_when_they_are_over(begin_ms: int, end_ms: int, later_ms: int) -> None:
    """Quiet until the millisecond before, and not at it."""
    rule = ContactRule(consent=Consented.REQUIRED, quiet_from_ms=begin_ms, quiet_until_ms=end_ms)
    zone, now_ms = Zone(name="Tests", offsets=((0, -5 * HOUR_MS),)), NOON + later_ms

    until_ms = quiet_until_ms(rule, zone, now_ms)

    assert not is_quiet(rule, zone, until_ms)
    assert not is_quiet(rule, zone, now_ms) or is_quiet(rule, zone, until_ms - 1)
    assert 0 < until_ms - now_ms <= DAY_MS


def test_what_cannot_wait_replaces_nothing_that_waits() -> None:
    """It came late, and would be too old in the morning."""
    profile = looked()
    held = profile.timers.quiet
    run(profile, [event("old", view(), MIDNIGHT - 2 * HOUR_MS)], RULES, MIDNIGHT + 1)

    assert isinstance(held, Quiet)
    assert profile.timers.quiet == held

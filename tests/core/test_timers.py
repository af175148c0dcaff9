"""Timers: which there are, when they are due, and that each fires once, however late."""

import pytest
from hypothesis import example, given

from streams.codec.rows import encode_row
from streams.core.events import Event
from streams.core.fold_policy import DAY_MS
from streams.core.profile.profile import lapses_ms, new_profile, stage
from streams.core.step import fire, step
from streams.core.timers import (
    CART_ABANDONED,
    EXPIRY,
    LAPSING,
    TIMED,
    Timer,
    next_timer,
)
from tests.core.timed import EMPTIED, QUIET, RULES, SILENT, WAITING, due, fired, lived
from tests.strategies_lives import lives
from tests.strategies_profiles import (
    FEW,
    HOUR_MS,
    MANY,
    NOON,
    cart,
    event,
    item,
    line,
    lively,
    offer,
    policy,
    run,
    sale,
    view,
    void,
)

# Which there are.


def test_a_cart_that_is_left_has_a_timer() -> None:
    """An hour after its last change, whichever line that was."""
    assert due(lived(cart(item("a")), cart(item("b")))) == [
        Timer(NOON + 2 * HOUR_MS, CART_ABANDONED)
    ]
    assert due(lived(cart(item("a")), cart(item("b")), EMPTIED)) == [
        Timer(NOON + 3 * HOUR_MS, CART_ABANDONED)
    ]


def test_a_cart_that_is_emptied_has_none() -> None:
    """Nobody takes the timer away: it is gone with its reason."""
    assert due(lived(cart(), EMPTIED)) == []


@pytest.mark.parametrize("bought", ["sku-1", "something else"])
def test_a_purchase_after_the_cart_cancels_it(bought: str) -> None:
    """Of what was in it, or of anything: whoever buys has not left."""
    profile = lived(cart(item("sku-1")), sale(1, line(bought)))

    assert [one.kind for one in due(profile)] == [LAPSING]


def test_a_purchase_that_is_void_cancels_nothing() -> None:
    """The cart was left, as it turns out."""
    profile = lived(cart(item("a")), sale(1, line("b")), void(2, 1))

    assert due(profile) == [Timer(NOON + HOUR_MS, CART_ABANDONED)]


def test_the_earliest_expiry_of_the_open_offers_is_a_timer() -> None:
    """A day after the first one was made."""
    longer = policy(offer("mail", channels=("email",), ttl_ms=2 * DAY_MS))
    profile = lived(view(), rules=longer)
    run(profile, [event("more", view(), NOON + 1)], policy(offer()))

    assert len(profile.contact.open_offers) == 2
    assert due(profile) == [Timer(NOON + 1 + DAY_MS, EXPIRY)]


def test_who_bought_will_lapse_once_they_are_not_seen_any_more() -> None:
    """90 days after the purchase, or 14 after the last look, whichever is later."""
    assert due(lived(sale())) == [Timer(NOON + 90 * DAY_MS, LAPSING)]

    profile = lived(sale())
    run(profile, [event("look", view(), NOON + 80 * DAY_MS)], SILENT)

    assert lapses_ms(profile) == NOON + 94 * DAY_MS


def test_kinds_that_no_offer_asks_for_are_left_out() -> None:
    """They would write rows and change nothing."""
    assert due(lived(cart(), sale()), policy(offer())) == []


@MANY
@given(lively)
def test_the_stage_becomes_lapsing_when_the_timer_says_so(history: list[Event]) -> None:
    """Not a millisecond earlier."""
    profile = new_profile("customer:1")
    run(profile, [*history, event("last", sale(77), NOON)], SILENT)

    assert stage(profile, lapses_ms(profile)) == "lapsing"
    assert stage(profile, lapses_ms(profile) - 1) != "lapsing"


# When they fire.


# What is offered at the look expires at the moment at which the cart counts as left.
LOOKED = event("looked", view(item("sku-0")), 1_735_689_600_000)
LEFT = event("left", cart(item("sku-0")), 1_735_772_400_000)


def test_what_ends_at_a_moment_ends_before_anything_is_decided_then() -> None:
    """Else the decision forgets the offer, and whether a timer ends it depends on the delay."""
    profile = new_profile("customer:1")
    run(profile, [LOOKED, LEFT], SILENT)
    at_ms = LEFT.event_time_ms + HOUR_MS

    assert due(profile, SILENT)[:2] == [Timer(at_ms, CART_ABANDONED), Timer(at_ms, EXPIRY)]
    assert [timer for timer, _ in fired(profile, SILENT, at_ms)] == [
        Timer(at_ms, EXPIRY),
        Timer(at_ms, CART_ABANDONED),
    ]


@FEW
@example([LOOKED, LEFT])
@given(lively)
def test_firing_late_comes_to_the_same_as_firing_in_time(history: list[Event]) -> None:
    """Where timers offer nothing: the same ones in the same order, and equal bytes."""
    late, punctual = new_profile("customer:1"), new_profile("customer:1")
    run(late, history, SILENT)
    run(punctual, history, SILENT)
    in_time: list[Timer] = []
    while (timer := next_timer(punctual, SILENT)) is not None:
        fire(punctual, timer, policy=SILENT, now_ms=timer.due_ms, fold_sequence=0)
        in_time.append(timer)

    at_once = [timer for timer, _ in fired(late, SILENT, NOON + 999 * DAY_MS)]

    assert at_once == in_time
    assert encode_row(late) == encode_row(punctual)


@FEW
@given(lively)
def test_no_timer_fires_twice(history: list[Event]) -> None:
    """Whatever happens between: a cart, a purchase, a void, another offer."""
    profile = new_profile("customer:1")
    seen: list[Timer] = []
    clock_ms = 0
    for one in history:
        clock_ms = max(clock_ms, one.event_time_ms)
        step(profile, one, policy=RULES, now_ms=clock_ms, fold_sequence=0)
        seen += [timer for timer, _ in fired(profile, RULES, clock_ms)]
    seen += [timer for timer, _ in fired(profile, RULES, clock_ms + 999 * DAY_MS)]

    assert sorted(seen) == sorted({*seen})


@FEW
@given(lively | lives())
def test_only_some_events_and_decisions_make_anything_due_sooner(history: list[Event]) -> None:
    """So the timers of a profile need not be looked at after any other event."""
    profile = new_profile("customer:1")
    clock_ms = 0
    for one in history:
        clock_ms = max(clock_ms, one.event_time_ms)
        before = next_timer(profile, SILENT)
        result = step(profile, one, policy=SILENT, now_ms=clock_ms, fold_sequence=0)
        after = next_timer(profile, SILENT)
        looked = result.decision is not None or type(one.body) in TIMED
        assert looked or after is None or (before is not None and after.due_ms >= before.due_ms)


def test_a_cart_fires_once_and_again_when_it_changed() -> None:
    """Another change is another cart."""
    profile = lived(cart(item("a")), rules=QUIET)

    first = [*fired(profile, QUIET, NOON + DAY_MS)]
    assert due(profile) == []
    run(profile, [event("again", cart(item("b")), NOON + DAY_MS)], QUIET)

    assert [timer.due_ms for timer, _ in first] == [NOON + HOUR_MS]
    assert due(profile) == [Timer(NOON + DAY_MS + HOUR_MS, CART_ABANDONED)]


def test_another_setting_does_not_fire_for_the_same_cart_again() -> None:
    """Two hours instead of one: the cart that fired has fired."""
    profile = lived(cart())
    longer = policy(WAITING, after_ms=2 * HOUR_MS)

    before = due(profile, longer)
    [*fired(profile, RULES, NOON + HOUR_MS)]

    assert before == [Timer(NOON + 2 * HOUR_MS, CART_ABANDONED)]
    assert [one for one in due(profile, longer) if one.kind == CART_ABANDONED] == []


def test_a_customer_lapses_once_a_purchase() -> None:
    """A look around later is no new reason; a purchase is."""
    profile = lived(sale())
    [*fired(profile, SILENT, NOON + 90 * DAY_MS)]
    run(profile, [event("look", view(), NOON + 95 * DAY_MS)], QUIET)

    assert due(profile, QUIET) == []
    run(profile, [event("buy", sale(2), NOON + 96 * DAY_MS)], QUIET)
    assert due(profile, QUIET) == [Timer(NOON + 186 * DAY_MS, LAPSING)]

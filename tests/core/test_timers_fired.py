"""What a timer does when it fires, where its row is, and whose it is after a link."""

from hypothesis import given
from hypothesis import strategies as st

from streams.core.decide.decide import decide
from streams.core.decide.record import Action, Result
from streams.core.events import Event
from streams.core.fold_policy import DAY_MS
from streams.core.identity.joining import receive
from streams.core.identity.routing import Exchange, Send
from streams.core.profile.merging import merge
from streams.core.profile.profile import new_profile
from streams.core.timers import (
    CART_ABANDONED,
    EXPIRY,
    LAPSING,
    Timer,
    placed_ms,
    sooner_ms,
    timers,
)
from tests.core.identity_net import RULES as LINKS
from tests.core.timed import BACK, QUIET, RULES, SILENT, decided, due, fired, lived
from tests.strategies_profiles import (
    FEW,
    HOUR_MS,
    NOON,
    cart,
    event,
    item,
    lively,
    offer,
    on,
    policy,
    run,
    sale,
    view,
)

# What a fired one does.


def test_an_abandoned_cart_brings_an_offer_for_what_lies_in_it() -> None:
    """No item of an event: the cart's serve. The cause is the timer."""
    profile = lived(cart(item("sku-9", "tea")))

    decision = decided(profile, NOON + HOUR_MS + 5)

    assert decision.chosen is not None
    assert decision.chosen.product is not None
    assert decision.chosen.product.item_id == "sku-9"
    assert decision.chosen.reason == "you left 1 tea item in the cart"
    assert decision.cause_id == f"timer:cart_abandoned:{NOON + HOUR_MS}"
    assert (decision.cause_topic, decision.trigger) == ("timer", CART_ABANDONED)
    assert (decision.event_time_ms, decision.view.items) == (NOON + HOUR_MS, ())
    assert decision.decision_time_ms == NOON + HOUR_MS + 5
    assert decide(decision.view, RULES) == decision


def test_an_offer_about_a_category_answers_a_cart_that_holds_it() -> None:
    """And not one that does not."""
    rules = policy(offer("tea", categories=frozenset({"tea"}), triggers=on(CART_ABANDONED)))
    tea, milk = lived(cart(item("a", "tea"))), lived(cart(item("a", "milk")))

    assert decided(tea, NOON + HOUR_MS, rules).result is Result.OFFER
    assert [one.decision for _, one in fired(milk, rules, NOON + HOUR_MS)] == [None]


def test_what_fires_brings_its_offer_into_the_profile() -> None:
    """It is issued, and expires, as any other; its expiry is the next timer."""
    profile = lived(sale())

    ((_, result),) = fired(profile, RULES, NOON + 90 * DAY_MS)
    (message,) = result.offers

    assert (message.action, message.sequence) == (Action.ISSUE, 1)
    assert message.cause_id == f"timer:lapsing:{NOON + 90 * DAY_MS}"
    assert message.reason == "we have not seen you for a while"
    assert due(profile) == [Timer(NOON + 91 * DAY_MS, EXPIRY)]


def test_a_timer_that_fires_too_late_says_nothing() -> None:
    """The worker was away longer than the trigger's age: it has fired all the same."""
    profile = lived(cart())

    results = [one for _, one in fired(profile, RULES, NOON + HOUR_MS + DAY_MS + 1)]

    assert [(one.decision, one.offers) for one in results] == [(None, ())]
    assert due(profile) == []


def test_an_expired_offer_is_forgotten_without_a_word() -> None:
    """Its channel knows when it ends; one that is open longer stays."""
    profile = lived(view(), rules=policy(offer()))
    later = policy(offer("longer", channels=("email",), ttl_ms=3 * DAY_MS))
    run(profile, [event("more", view(), NOON + 1)], later)

    results = [*fired(profile, RULES, NOON + 2 * DAY_MS)]

    assert [(timer.kind, one.decision, one.offers, one.trials) for timer, one in results] == [
        (EXPIRY, None, (), ()),
        (EXPIRY, None, (), ()),  # an hour later, of the trial: it was never delivered
    ]
    assert [one.offer for one in profile.contact.open_offers.values()] == ["longer"]


# Where its row is.


def test_the_row_is_moved_only_when_something_is_due_before_it() -> None:
    """Most events write nothing more."""
    profile = lived(cart())

    assert sooner_ms(profile, RULES, NOON) == NOON + HOUR_MS
    profile.timers.row_ms = NOON + HOUR_MS - 1
    assert sooner_ms(profile, RULES, NOON) == 0
    profile.timers.row_ms = NOON + HOUR_MS + 1
    assert sooner_ms(profile, RULES, NOON) == NOON + HOUR_MS
    profile.timers.row_ms = NOON  # it is due: whoever wakes it places it anew
    assert sooner_ms(profile, RULES, NOON) == 0
    assert sooner_ms(new_profile("customer:1"), RULES, NOON) == 0


def test_the_row_is_never_in_the_past() -> None:
    """What became due before anyone knew of it is due now."""
    assert placed_ms(lived(cart()), RULES, NOON + DAY_MS) == NOON + DAY_MS
    assert placed_ms(new_profile("customer:1"), RULES, NOON) == 0


# One person of several subjects.


def test_a_cart_that_fired_does_not_fire_again_for_the_person_it_joins() -> None:
    """What fired comes along with the cart, the row does not."""
    device, person = lived(cart()), new_profile("customer:2")
    device.timers.row_ms = NOON
    [*fired(device, SILENT, NOON + HOUR_MS)]

    merge(person, device)

    assert (due(person), person.timers.row_ms) == ([], 0)


def test_a_cart_that_fired_at_the_person_does_not_fire_again_when_it_leaves() -> None:
    """The reminder went out already."""
    ann, phone = new_profile("customer:ann"), new_profile("device:phone")
    run(phone, [event("c", cart(), subject="device:phone")], QUIET)
    receive(ann, Send(Exchange.JOIN, ann.subject, phone.subject, phone, "login", NOON), LINKS)
    ann.timers.row_ms = NOON
    [*fired(ann, QUIET, NOON + HOUR_MS)]

    (back,) = receive(ann, Send(Exchange.LEAVE, ann.subject, phone.subject), LINKS)

    assert back.part is not None
    assert (len(back.part.cart), due(back.part), back.part.timers.row_ms) == (1, [], 0)
    assert ann.timers.row_ms == NOON


@FEW
@given(lively, st.integers(0, 200 * DAY_MS))
def test_a_row_is_moved_exactly_to_the_next_timer(history: list[Event], held_ms: int) -> None:
    """However it is found out: as if all timers were listed."""
    profile = new_profile("customer:1")
    run(profile, history, SILENT)
    profile.timers.row_ms = held_ms and NOON + held_ms
    placed = placed_ms(profile, SILENT, NOON)

    sooner = placed and (not held_ms or placed < NOON + held_ms)

    assert sooner_ms(profile, SILENT, NOON) == (placed if sooner else 0)


def test_who_lapses_before_their_offer_expires_is_woken_in_time() -> None:
    """The first of all timers is what counts, not the first that was looked at."""
    rules = policy(offer(ttl_ms=100 * DAY_MS), BACK)
    profile = lived(sale(), view(), rules=rules)

    assert {one.kind for one in timers(profile, rules)} == {EXPIRY, LAPSING}
    assert sooner_ms(profile, rules, NOON + HOUR_MS) == NOON + 90 * DAY_MS

"""The life of offers: issue, supersede, withdraw, expire; and what a holdout is spared."""

from dataclasses import replace

import pytest

from streams.core import events
from streams.core.decide.record import Action, OfferMessage, Product, Result
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, Policy
from streams.core.profile.profile import Profile, new_profile
from tests.strategies_profiles import (
    DECISION,
    FAIL,
    HOUR_MS,
    NOON,
    OURS,
    care,
    cart,
    consent,
    event,
    line,
    offer,
    on,
    opened,
    policy,
    post,
    run,
    sale,
    view,
)

RULES = policy(
    offer(ttl_ms=HOUR_MS, product=Product("sku-1"), products=frozenset({"sku-5"})),
    care(),
    decision=replace(DECISION, slots={"complaint": "care"}),
)
PURCHASE = events.Purchase(
    currency="EUR", transaction_id="t", items=(events.Item(item_id="sku-1"),)
)

NEVER = events.Suppressed(scope="product", name="sku-1", suppressed=True)


def offered(rules: Policy = RULES) -> tuple[Profile, OfferMessage]:
    """A profile to which coffee was offered by web at noon."""
    profile = new_profile("customer:1")
    (result,) = run(profile, [event("first", view())], rules)
    (message,) = result.offers
    return profile, message


def then(profile: Profile, body: events.Body, *, after_ms: int = 1) -> tuple[OfferMessage, ...]:
    """The messages of `body`."""
    (result,) = run(profile, [event("then", body, NOON + after_ms)], RULES)
    return result.offers


def test_an_offer_says_everything_a_channel_needs() -> None:
    """Who, what, why, until when, and from which decision."""
    profile, message = offered()

    assert (message.action, message.sequence, message.channel) == (Action.ISSUE, 1, "web")
    assert (message.subject, message.cause_id) == ("customer:1", "first")
    assert (message.issued_at_ms, message.expires_at_ms) == (NOON, NOON + HOUR_MS)
    assert str(message.decision_id) == message.offer_id
    assert message.pitch is not None
    assert message.pitch.text == "Coffee!"
    assert list(profile.contact.open_offers) == [message.offer_id]
    assert profile.contact.contacts == {"web/marketing": [NOON]}


def test_a_new_offer_supersedes_the_open_one_of_its_channel_and_slot() -> None:
    """It names the one it replaces."""
    profile, first = offered()

    (second,) = then(profile, view())

    assert (second.action, second.sequence) == (Action.SUPERSEDE, 2)
    assert second.supersedes == first.offer_id
    assert list(profile.contact.open_offers) == [second.offer_id]


def test_an_offer_of_another_slot_leaves_the_open_one() -> None:
    """Care does not supersede selling; a mention fills the main slot, but of another channel."""
    profile, first = offered()

    (second,) = then(profile, post("nice", OURS))

    assert second.action is Action.ISSUE
    assert list(profile.contact.open_offers) == [first.offer_id, second.offer_id]


def test_an_expired_offer_is_neither_superseded_nor_withdrawn() -> None:
    """Its channel knows the expiry."""
    profile, _ = offered()
    (again,) = then(profile, view(), after_ms=HOUR_MS)
    assert again.action is Action.ISSUE

    messages = then(profile, sale(), after_ms=3 * HOUR_MS)

    assert messages == ()
    assert profile.contact.open_offers == {}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (consent(granted=False), "consent was withdrawn"),
        (consent(granted=False, channel="web"), "consent was withdrawn"),
        (sale(), "it was bought"),
        (sale(1, line("sku-5")), "it was bought"),
        (PURCHASE, "it was bought"),
        (NEVER, "it is never wanted"),
        (
            events.Rejected(
                offer_id="other", channel="web", reason="never-this-item", item_id="sku-1"
            ),
            "it is never wanted",
        ),
    ],
)
def test_an_offer_is_withdrawn_when_its_reason_goes(body: events.Body, reason: str) -> None:
    """In the same step, with a number and the cause."""
    profile, message = offered()

    (withdrawal,) = then(profile, body)

    assert (withdrawal.action, withdrawal.sequence) == (Action.WITHDRAW, 2)
    assert (withdrawal.offer_id, withdrawal.channel) == (message.offer_id, "web")
    assert withdrawal.reason == reason
    assert withdrawal.pitch is None
    assert profile.contact.open_offers == {}


@pytest.mark.parametrize("body", [opened(), post("broken", OURS), post("", OURS, FAIL)])
def test_a_complaint_withdraws_what_sells_and_brings_an_answer(body: events.Body) -> None:
    """The withdrawal comes first; care goes out by its own channel."""
    profile, message = offered()

    withdrawal, answer = then(profile, body)

    assert (withdrawal.action, withdrawal.offer_id) == (Action.WITHDRAW, message.offer_id)
    assert (answer.action, answer.offer, answer.slot) == (Action.ISSUE, "sorry", "care")
    assert answer.sequence == withdrawal.sequence + 1


@pytest.mark.parametrize(
    "body",
    [
        consent(granted=True),
        consent(granted=False, channel="email"),
        consent(granted=False, purpose="service"),
        sale(1, line("sku-9", "tea")),
        events.Return(
            store_id="s1",
            workstation_id="w1",
            business_day=sale().business_day,
            sequence_number=1,
            currency="EUR",
            line_items=(line(),),
            total_minor=1,
        ),
        opened(reason="question"),
        events.PageView(),
        events.Suppressed(scope="product", name="sku-5", suppressed=True),
        events.Suppressed(scope="product", name="sku-1", suppressed=False),
        events.Rejected(offer_id="other", channel="web"),
    ],
)
def test_other_events_leave_open_offers_alone(body: events.Body) -> None:
    """Nothing is withdrawn."""
    profile, message = offered()

    assert then(profile, body) == ()
    assert list(profile.contact.open_offers) == [message.offer_id]


def test_an_answer_is_not_withdrawn_by_a_complaint_or_a_purchase() -> None:
    """Care is what a complaint asks for."""
    profile = new_profile("customer:1")
    run(profile, [event("first", opened())], RULES)
    (answer,) = profile.contact.open_offers

    messages = then(profile, sale())

    assert messages == ()
    assert list(profile.contact.open_offers) == [answer]


def test_a_row_that_left_the_catalogue_can_still_be_bought() -> None:
    """Its item is known from the profile; its other products are not."""
    profile, message = offered()
    other = policy(care())

    (kept,) = run(profile, [event("a", sale(1, line("sku-5")), NOON + 1)], other)
    (ended,) = run(profile, [event("b", sale(2), NOON + 2)], other)

    assert kept.offers == ()
    assert [one.offer_id for one in ended.offers] == [message.offer_id]


def _held_out(share: float) -> Policy:
    return policy(
        offer(),
        care(),
        decision=replace(DECISION, holdout_share=share, slots={"complaint": "care"}),
    )


def test_a_holdout_is_decided_logged_and_not_sent() -> None:
    """Its contacts and open offers pace decisions alike."""
    profile = new_profile("customer:1")
    (result,) = run(profile, [event("a", view())], _held_out(1.0))

    assert result.decision is not None
    assert result.decision.result is Result.HOLDOUT
    assert result.decision.chosen is not None
    assert result.offers == ()
    assert profile.contact.contacts == {"web/marketing": [NOON]}
    assert [one.shadow for one in profile.contact.open_offers.values()] == [True]
    assert profile.offer_sequence == 0


def test_a_shadow_ends_without_a_message() -> None:
    """Superseded or withdrawn, no channel ever knew of it."""
    profile = new_profile("customer:1")
    history = [event("a", view()), event("b", view(), NOON + 1), event("c", sale(), NOON + 2)]

    results = run(profile, history, _held_out(1.0))

    assert [result.offers for result in results] == [(), (), ()]
    assert profile.contact.open_offers == {}


def test_care_is_never_held_out() -> None:
    """An answer goes to everybody."""
    (result,) = run(new_profile("customer:1"), [event("a", opened())], _held_out(1.0))

    assert [one.offer for one in result.offers] == ["sorry"]


def test_when_the_holdout_grows_what_was_sent_is_withdrawn() -> None:
    """The shadow replaces it; a real offer later replaces the shadow without naming it."""
    profile, message = offered(_held_out(0.0))

    (shadowed,) = run(profile, [event("b", view(), NOON + 1)], _held_out(1.0))
    (real,) = run(profile, [event("c", view(), NOON + 2)], _held_out(0.0))

    assert [(one.action, one.offer_id) for one in shadowed.offers] == [
        (Action.WITHDRAW, message.offer_id)
    ]
    assert [(one.action, one.supersedes) for one in real.offers] == [(Action.ISSUE, None)]


def test_an_old_event_triggers_nothing() -> None:
    """Older than the maximum age of every row, or of this row."""
    row = offer(triggers=on("view_item", age_max_ms=HOUR_MS))
    patient = offer("patient", triggers=on("view_item", age_max_ms=DAY_MS, match=Match.ANY))
    now_ms = NOON + HOUR_MS + 1

    (alone,) = run(new_profile("c"), [event("a", view())], policy(row), now_ms)
    (both,) = run(new_profile("c"), [event("a", view())], policy(row, patient), now_ms)

    assert alone.decision is None
    assert both.decision is not None
    assert {one.offer for one in both.decision.candidates} == {"patient"}


def test_silence_when_nothing_clears_the_bar() -> None:
    """A decision, logged, with nobody contacted."""
    rules = policy(decision=replace(DECISION, bar_minor=1e6))
    profile = new_profile("customer:1")
    run(profile, [event("x", cart())], rules)

    (result,) = run(profile, [event("a", view())], rules)

    assert result.decision is not None
    assert result.decision.result is Result.SILENCE
    assert result.decision.silence_propensity == 1.0
    assert result.decision.gates == {"below_bar": 1}
    assert result.offers == ()
    assert profile.contact.contacts == {}

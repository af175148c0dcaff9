"""What is lost for all: stock in a decision's view, and the open offers that a policy ends."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core import events
from streams.core.decide.decide import decide
from streams.core.decide.losing import changes_ms, end_lost, loss_of
from streams.core.decide.record import Action, Gate, Product
from streams.core.events import Event
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, Policy
from streams.core.profile.contact import OpenOffer
from streams.core.profile.opened import ARTICLE, NO_OFFERS, OFFER, changed, names_of
from streams.core.profile.profile import Profile, new_profile
from streams.core.rhythm_due import NEVER_MS
from streams.core.stock import MEMO_MAX, NO_STOCK, Out, Stock
from tests.strategies_lives import known
from tests.strategies_profiles import (
    FEW,
    NOON,
    POLICY,
    care,
    event,
    item,
    offer,
    on,
    policy,
    run,
    view,
)

EVERYWHERE = Stock(9, {"sku-1": Out(7, None)})
AT_S1 = Stock(9, {"sku-1": Out(7, frozenset({"s1"}))})
COFFEE = policy(offer(product=Product("sku-1")))


def open_offer(**changes: Any) -> OpenOffer:
    """Coffee by web, open until tomorrow."""
    held = OpenOffer("coffee", "web", "main", "marketing", NOON, NOON + DAY_MS, "sku-1")
    for name, value in changes.items():
        setattr(held, name, value)
    return held


def gate_of(rules: Policy, body: events.Body) -> Gate | None:
    """What stops the first candidate; a logged decision repeats without the stock."""
    (result,) = run(new_profile("customer:1"), [event("e", body)], rules)
    assert result.decision is not None
    assert decide(result.decision.view, replace(rules, stock=NO_STOCK)) == result.decision
    return result.decision.candidates[0].gate


@pytest.mark.parametrize(
    ("stock", "body", "expected"),
    [
        (NO_STOCK, view(), None),
        (EVERYWHERE, view(), Gate.OUT_OF_STOCK),
        (EVERYWHERE, view(item("sku-2")), None),
        (AT_S1, view(), None),
        (AT_S1, events.CheckIn(place_id="s1"), Gate.OUT_OF_STOCK),
        (AT_S1, events.CheckIn(place_id="s2"), None),
    ],
)
def test_what_nobody_here_can_have_is_not_offered(
    stock: Stock, body: events.Body, expected: Gate | None
) -> None:
    """Of no outlet, or not of the one where it happens; what is not known stops nothing."""
    rows = (
        offer(),
        offer("visit", triggers=on("check_in", match=Match.ANY), product=Product("sku-1")),
    )

    assert gate_of(replace(policy(*rows), stock=stock), body) is expected


def test_care_may_speak_of_what_is_out_of_stock() -> None:
    """It sells nothing."""
    row = care(product=Product("sku-1"), triggers=on("view_item", match=Match.ANY))
    rules = replace(policy(row), stock=EVERYWHERE)

    assert gate_of(rules, view()) is None
    assert loss_of(open_offer(offer="sorry", channel="social", purpose="service"), rules, 0) is None


def test_own_products_are_looked_up_once_and_forgotten_in_time() -> None:
    """A stock outlives many catalogues."""
    stock = Stock(1, {"sku-1": Out(0, None)})

    for number in range(MEMO_MAX + 1):
        assert stock.out_of((), frozenset({"sku-1", f"x{number}"}), None) == ("sku-1",)

    assert len(stock._own) == 1


def test_what_went_out_since_is_told_even_if_it_was_out_before() -> None:
    """A later record said so, so it was there in between."""
    later = Stock(20, {"a": Out(7, None), "b": Out(12, None), "c": Out(3, frozenset("s"))})

    assert later.gone_since(Stock(9, {"a": Out(7, None), "b": Out(2, None)})) == ["b"]
    assert later.gone_since(NO_STOCK) == ["a", "b"]


@pytest.mark.parametrize(
    ("rules", "held", "cause"),
    [
        (COFFEE, {}, None),
        (COFFEE, {"offer": "tea"}, "catalogue:test"),
        (COFFEE, {"channel": "email"}, "catalogue:test"),
        (policy(offer(valid_until_ms=NOON)), {}, "catalogue:test"),
        (policy(offer(valid_until_ms=NOON + 1)), {}, None),
        (policy(offer(valid_from_ms=NOON + 1)), {}, "catalogue:test"),
        (policy(offer(margin_minor=7, channels=("email", "web"))), {}, None),
        (replace(COFFEE, stock=EVERYWHERE), {}, "stock:sku-1:7"),
        (replace(COFFEE, stock=AT_S1), {}, None),
        (replace(COFFEE, stock=EVERYWHERE), {"item_id": None}, None),
    ],
)
def test_an_open_offer_is_lost_when_nobody_would_get_it_now(
    rules: Policy, held: dict[str, Any], cause: str | None
) -> None:
    """Its row, its channel, its dates, its article; no other change takes back a promise."""
    loss = loss_of(open_offer(**held), rules, NOON)

    assert (loss and loss.cause_id) == cause


def test_what_is_lost_ends_with_a_message_and_a_shadow_without() -> None:
    """Numbers go on; what expired says nothing; trials stay."""
    profile = new_profile("customer:1")
    profile.offer_sequence = 4
    profile.contact.open_offers.update(
        sent=open_offer(),
        kept_back=open_offer(shadow=True),
        over=open_offer(expires_ms=NOON),
        other=open_offer(item_id="sku-2"),
    )

    lost = end_lost(profile, replace(COFFEE, stock=EVERYWHERE), now_ms=NOON)

    (message,) = lost.messages
    assert (lost.number, lost.kinds) == (2, ("stock",))
    assert (message.offer_id, message.action, message.sequence) == ("sent", Action.WITHDRAW, 5)
    assert (message.reason, message.cause_id) == ("out of stock", "stock:sku-1:7")
    assert [*profile.contact.open_offers] == ["other"]


def test_without_a_loss_a_profile_is_left_as_it_was() -> None:
    """Not even what expired is dropped: nothing is written."""
    profile = new_profile("customer:1")
    profile.contact.open_offers["over"] = open_offer(expires_ms=NOON)

    assert end_lost(profile, replace(COFFEE, stock=EVERYWHERE), now_ms=NOON).number == 0
    assert [*profile.contact.open_offers] == ["over"]


def test_the_next_row_to_begin_or_end_is_known() -> None:
    """No version is adopted then."""
    rules = policy(
        offer("a", valid_from_ms=NOON + 5), offer("b", valid_from_ms=NOON, valid_until_ms=NOON + 3)
    )

    assert [changes_ms(rules, NOON + one) for one in (0, 3, 5)] == [NOON + 3, NOON + 5, NEVER_MS]


def test_names_are_of_rows_by_channel_and_of_what_is_sold() -> None:
    """Care is found by its row alone; two offers of one name are one."""
    offers = {
        "a": open_offer(),
        "b": open_offer(slot="other"),
        "c": open_offer(offer="sorry", channel="social", purpose="service"),
    }

    assert names_of(offers) == {
        (OFFER, b"coffee/web"),
        (ARTICLE, b"sku-1"),
        (OFFER, b"sorry/social"),
    }
    assert changed(offers, {"b": offers["b"]}) == ({(OFFER, b"sorry/social")}, set())


@FEW
@given(known(), st.sets(st.sampled_from(["sku-1", "sku-2", "sku-3"])))
def test_an_index_kept_by_differences_is_what_the_open_offers_say(
    history: list[Event], out: set[str]
) -> None:
    """After any history; and what a policy offers is not lost under it at that moment."""
    rules = replace(POLICY, stock=Stock(1, {one: Out(0, None) for one in sorted(out)}))
    profile, index = new_profile("customer:1"), set[tuple[bytes, bytes]]()
    for one in history:
        before = {**profile.contact.open_offers}
        run(profile, [one], rules)
        gone, new = changed(before, profile.contact.open_offers)
        index = index - gone | new
        assert not _lost(profile, rules, one.event_time_ms)

    assert index == names_of(profile.contact.open_offers)
    assert index or not profile.contact.open_offers
    gone, _ = changed(profile.contact.open_offers, NO_OFFERS)
    assert gone == index


def _lost(profile: Profile, rules: Policy, now_ms: int) -> list[OpenOffer]:
    held = profile.contact.open_offers.values()
    return [one for one in held if loss_of(one, rules, now_ms) is not None]

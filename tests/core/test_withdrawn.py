"""What a customer says of themselves, and a streak of returns, withdraw what sells."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from streams.core import events
from streams.core.decide.record import Action, Product
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match
from streams.core.products import Listed, Products, Version, pack
from tests.core.test_life import NEVER, RULES, offered, then
from tests.strategies_profiles import (
    FOLD,
    HOUR_MS,
    NOON,
    event,
    offer,
    on,
    opened,
    policy,
    returned,
    run,
)


def test_a_streak_of_returns_is_a_complaint_that_withdraws_what_sells() -> None:
    """It suppresses selling as any other; a return that makes none ends nothing."""
    profile, message = offered()

    for number in (1, 2):
        history = [event("back", returned(number), NOON - number * DAY_MS)]
        (earlier,) = run(profile, history, RULES, NOON)
        assert earlier.offers == ()
    (withdrawal,) = then(profile, returned(3))

    assert (withdrawal.action, withdrawal.offer_id) == (Action.WITHDRAW, message.offer_id)
    assert withdrawal.reason == "a complaint is open"


def test_a_case_that_is_closed_already_withdraws_nothing() -> None:
    """What opened it comes in late."""
    profile, _ = offered()

    closed = then(profile, events.Closed(channel="phone", case_id="case"), after_ms=HOUR_MS // 2)
    (late,) = run(profile, [event("late", opened(), NOON + 1)], RULES, NOON + HOUR_MS // 2)

    assert closed == ()
    assert (late.decision, late.offers) == (None, ())  # nor is there anything to answer


ANY = on("view_item", match=Match.ANY)


@pytest.mark.parametrize(
    ("never", "row", "ended"),
    [
        ("category:beans", {}, 1),
        ("brand:Acme", {}, 1),
        ("attribute:organic", {}, 1),
        ("category:tea", {}, 0),
        ("category:tea", {"triggers": ANY, "categories": frozenset({"tea"})}, 1),
        ("category:coffee", {"product": None, "categories": frozenset({"coffee"})}, 1),
        ("brand:House", {"product": Product("sku-1", brand="House")}, 1),
        ("brand:House", {"product": Product("sku-2", brand="House")}, 0),
        ("product:sku-1", {"purpose": "service", "channels": ("social",)}, 0),
    ],
)
def test_what_is_never_wanted_ends_by_what_catalogue_and_row_know(
    never: str, row: dict[str, Any], ended: int
) -> None:
    """A service message is no sale."""
    listed = Listed("beans", "drinks", "Acme", "EUR", 1, attributes={"organic": True})
    products = Products([Version(version="v", valid_from_ms=0, rows={"sku-1": pack(listed)})])
    rules = policy(offer(**row), fold=replace(FOLD, products=products))
    profile, message = offered(rules)
    scope, _, name = never.partition(":")
    said = events.Suppressed(scope=scope, name=name, suppressed=True)  # type: ignore[arg-type]  # the tests' own words

    (result,) = run(profile, [event("never", said, NOON + 1)], rules)

    assert [one.offer_id for one in result.offers] == [message.offer_id] * ended


def test_of_a_row_that_is_gone_only_the_article_is_known() -> None:
    """It is enough where that is never wanted."""
    profile, _ = offered()
    other = policy(offer("other"))

    made = [
        run(profile, [event(name, one, NOON + 1)], other)[0].offers
        for name, one in (("a", structs.replace(NEVER, name="sku-9")), ("b", NEVER))
    ]

    assert [len(one) for one in made] == [0, 1]

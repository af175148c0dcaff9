"""What all customers share, in decisions: who gets the last piece, and what comes back."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from streams.core import events
from streams.core.decide.decide import decide
from streams.core.decide.record import DecisionRecord, Product, Result
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, PriceLevel
from streams.core.timers import CART_ABANDONED
from tests.core.shop import Shop
from tests.strategies_profiles import (
    DECISION,
    HOUR_MS,
    cart,
    consent,
    item,
    offer,
    on,
    policy,
    view,
)

ANN, BOB, CEE = "customer:ann", "customer:bob", "customer:cee"
Answer = events.Accepted | events.Rejected | events.Dismissed | events.Undeliverable
STOCKED = policy(offer(stock=1, product=Product("sku-1"), products=frozenset({"sku-1"})))
LEVELS = (PriceLevel(level="regular"), PriceLevel(level="off", discount_minor=40, accept_lift=5.0))
BUDGETED = offer(budget_minor=100, price_minor=2_000, margin_minor=1_000, price_levels=LEVELS)


def gates_of(decision: DecisionRecord | None) -> dict[str, int]:
    """What stopped the candidates of a decision."""
    assert decision is not None
    return decision.gates


def answer(kind: type[Answer], shop: Shop, who: str) -> events.Body:
    """An outcome of what is open to a customer."""
    return kind(offer_id=shop.offer_of(who), channel="web")


def test_the_last_piece_goes_to_the_first_who_comes() -> None:
    """The next one is stopped, and the view of the decision says why."""
    shop = Shop(STOCKED)

    first, second = shop.happen(ANN).decision, shop.happen(BOB).decision

    assert first is not None
    assert second is not None
    assert (first.result, first.view.tokens) == (Result.OFFER, {"stock:coffee": 1})
    assert (second.gates, second.view.tokens) == ({"sold_out": 1}, {"stock:coffee": 0})


@pytest.mark.parametrize(
    "kind", [events.Rejected, events.Dismissed, events.Undeliverable], ids=lambda one: one.__name__
)
def test_a_piece_that_was_not_wanted_comes_back(kind: type[Answer]) -> None:
    """The next customer may have it."""
    shop = Shop(STOCKED)
    shop.happen(ANN)

    shop.happen(ANN, answer(kind, shop, ANN))

    assert shop.left("stock:coffee") == 1
    assert shop.happen(BOB).offers
    assert [*shop.rows].count(b"\x00held:customer:ann") == 0


def test_an_accepted_piece_is_gone() -> None:
    """However long it was since."""
    shop = Shop(STOCKED)
    shop.happen(ANN)

    shop.happen(ANN, answer(events.Accepted, shop, ANN))

    assert shop.left("stock:coffee") == 0
    assert b"\x00held:customer:ann" not in shop.rows


def test_a_piece_that_was_bought_is_gone() -> None:
    """The till said so instead of the channel."""
    shop = Shop(STOCKED)
    shop.happen(ANN)

    shop.happen(ANN, events.Purchase(currency="EUR", transaction_id="t", items=(item(),)))

    assert shop.left("stock:coffee") == 0


def test_a_piece_comes_back_with_the_consent() -> None:
    """What was withdrawn can be offered to somebody else."""
    shop = Shop(STOCKED)
    shop.happen(ANN)

    shop.happen(ANN, consent(granted=False))

    assert shop.left("stock:coffee") == 1


def test_a_piece_comes_back_when_its_offer_expires() -> None:
    """By the timer, or as the next decision about the customer forgets it."""
    shop = Shop(STOCKED)
    shop.happen(ANN)

    shop.wake(ANN, DAY_MS)

    assert shop.left("stock:coffee") == 1
    assert shop.counted["stock", "given_back"] == 1


def test_an_offer_that_another_supersedes_gives_its_piece_back() -> None:
    """One customer never holds two pieces by one channel."""
    shop = Shop(policy(offer(stock=5)))
    shop.happen(ANN)

    shop.happen(ANN)

    assert shop.left("stock:coffee") == 4


def test_offers_without_a_limit_end_beside_those_with_one() -> None:
    """What they took stays where it is."""
    rules = policy(
        offer(stock=5, channels=("web",)),
        offer("tea", channels=("email",), categories=frozenset({"tea"})),
    )
    shop = Shop(rules)
    shop.happen(BOB, view(item("sku-9", "tea")))
    shop.happen(BOB, answer(events.Rejected, shop, BOB))
    shop.happen(ANN, view(item("sku-9", "tea")))
    shop.happen(ANN)

    shop.happen(ANN, answer(events.Rejected, shop, ANN))

    assert shop.left("stock:coffee") == 4
    assert len(shop.rows[b"\x00held:customer:ann"].offers) == 1


def test_of_two_offers_with_limits_one_ends() -> None:
    """The other one keeps its piece; a decision looks at the limits of its own rows alone."""
    tea = offer("tea", stock=5, channels=("email",), categories=frozenset({"tea"}))
    shop = Shop(policy(offer(stock=5), tea))
    shop.happen(ANN, view(item("sku-9", "tea")))
    second = shop.happen(ANN).decision

    shop.happen(ANN, answer(events.Rejected, shop, ANN))

    assert second is not None
    assert second.view.tokens == {"stock:coffee": 3}  # of a first lot
    assert (shop.left("stock:tea"), shop.left("stock:coffee")) == (5, 4)


def test_only_what_changed_is_acted_upon() -> None:
    """A version that raises one stock asks for none of the other."""
    shop = Shop(policy(offer(stock=0), offer("tea", stock=0)))
    raised = policy(offer(stock=0), offer("tea", stock=8)).limits
    shop.desk.limits = raised

    shop.desk.adopt(shop.now_ms)
    asked = [one.name for one in shop.said]
    shop.hear()
    shop.desk.adopt(shop.now_ms)

    assert asked == ["stock:tea"]
    assert shop.said == []


def test_a_holdout_takes_nothing() -> None:
    """It is decided alike, and not sent."""
    rules = policy(offer(stock=1), decision=replace(DECISION, holdout_share=1.0))
    shop = Shop(rules)

    decision = shop.happen(ANN).decision

    assert decision is not None
    assert (decision.result, decision.view.tokens) == (Result.HOLDOUT, {"stock:coffee": 1})
    assert shop.left("stock:coffee") == 1


def test_discounts_end_with_the_budget() -> None:
    """Without it the price is the regular one; rejected, the discount can be given again."""
    shop = Shop(policy(BUDGETED))

    decisions = [shop.happen(who).decision for who in (ANN, BOB, CEE)]

    levels = [one.chosen.price_level for one in decisions if one is not None and one.chosen]
    assert levels == ["off", "off", "regular"]
    assert gates_of(decisions[2]) == {"budget": 1}
    assert shop.left("budget:coffee") == 20
    shop.happen(BOB, answer(events.Rejected, shop, BOB))
    assert shop.left("budget:coffee") == 60


def test_a_percentage_counts_at_the_price_of_the_event() -> None:
    """10 % of 300 are 30, whatever the catalogue's own price."""
    levels = (PriceLevel(level="off", discount_percent=10.0),)
    shop = Shop(policy(offer(budget_minor=100, price_minor=500, price_levels=levels)))
    dear = events.ViewItem(currency="EUR", items=(item(price_minor=300),))

    shop.happen(ANN, dear)

    assert shop.left("budget:coffee") == 70


def test_decisions_are_repeated_from_their_views() -> None:
    """Tokens are in them: the same bytes come out, whatever is at hand by now."""
    shop = Shop(STOCKED)
    decisions = [shop.happen(who).decision for who in (ANN, BOB)]

    assert [decide(one.view, STOCKED) for one in decisions if one is not None] == decisions


def test_a_view_without_tokens_is_not_limited() -> None:
    """It was made outside a worker: by a scenario, say."""
    shop = Shop(policy(offer(stock=0)))
    stopped = shop.happen(ANN).decision
    assert stopped is not None

    free = decide(replace_tokens(stopped), shop.rules)

    assert stopped.gates == {"sold_out": 1}
    assert free is not None
    assert free.chosen is not None


def replace_tokens(decision: DecisionRecord) -> Any:
    """The view of `decision` without tokens."""
    return structs.replace(decision.view, tokens={})


def test_what_stands_in_for_an_offer_is_limited_too() -> None:
    """The view has the tokens of its fallback, and of that one's."""
    rules = policy(
        offer(stock=0, fallback="second"),
        offer("second", stock=0, categories=frozenset({"tea"}), fallback="coffee"),
    )
    shop = Shop(rules)

    decision = shop.happen(ANN).decision

    assert decision is not None
    assert decision.view.tokens == {"stock:coffee": 0, "stock:second": 0}
    assert decision.gates == {"sold_out": 2}


def test_triggers_that_bring_nothing_limited_are_left_alone() -> None:
    """Their views have no tokens."""
    rules = policy(
        offer(stock=1),
        offer("cart", triggers=on("add_to_cart"), channels=("email",)),
    )
    shop = Shop(rules)

    decision = shop.happen(ANN, cart(item())).decision

    assert decision is not None
    assert decision.view.tokens == {}


def test_a_timer_takes_tokens_too() -> None:
    """What is offered for a cart that was left."""
    row = offer(stock=1, triggers=on(CART_ABANDONED, match=Match.ANY, age_max_ms=DAY_MS))
    shop = Shop(policy(row))
    shop.happen(ANN, cart(item()))

    decision = shop.wake(ANN, 2 * HOUR_MS).decision

    assert decision is not None
    assert decision.view.tokens == {"stock:coffee": 1}
    assert shop.left("stock:coffee") == 0

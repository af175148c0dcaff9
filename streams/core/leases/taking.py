"""Tokens and the life of offers: an issue takes them, an end gives them back or keeps them.

- Stock: one piece an offer. Given back when the offer expires, is superseded, withdrawn, rejected,
  dismissed or undeliverable; stays taken when it was accepted while open, or ended because what it
  is about was bought.
- Budget: the discount of the price level, in minor units, of the price that event or offer named,
  once an offer whatever the quantity; where nobody named a price, the level's fixed discount. It
  goes and comes with the piece.
- Capacity: one contact by the channel. Never given back: its window passes.

A holdout's offer takes nothing. An offer accepted after its end takes nothing either: its channel
must not let it be taken any more.
"""

from streams.core import events
from streams.core.decide.candidates import product_of
from streams.core.decide.life import BOUGHT
from streams.core.decide.record import Action, Chosen, DecisionRecord, OfferMessage, Result
from streams.core.decide.value import price_at, regular_of
from streams.core.decide.view import View
from streams.core.events import Body
from streams.core.leases.desk import Desk
from streams.core.leases.limits import LimitKind, budget_of, stock_of
from streams.core.leases.rows import Held, HeldOffer
from streams.core.leases.saying import held_key
from streams.core.offers import Offer, Policy
from streams.core.profile.profile import Profile


def settle(  # noqa: PLR0913  # what happened to one subject
    desk: Desk,
    profile: Profile,
    policy: Policy,
    *,
    open_before: int,
    body: Body | None,
    decision: DecisionRecord | None = None,
    messages: tuple[OfferMessage, ...] = (),
) -> None:
    """Move tokens by what an event or a timer did to the open offers of `profile`.

    Args:
        desk: of the partition.
        profile: as it is now.
        policy: that it was done by.
        open_before: how many offers were open before.
        body: of the event; None for a timer.
        decision: that it came to, if any.
        messages: that it sent.
    """
    if open_before and (decision is not None or len(profile.contact.open_offers) != open_before):
        _end(desk, profile, answered=_answered(body, messages))
    if decision is None or not decision.view.tokens:
        return
    chosen, view = decision.chosen, decision.view
    if chosen is not None and decision.result is Result.OFFER:
        _take(desk, chosen, view, policy)
    _ask(desk, view, policy)


def _answered(body: Body | None, messages: tuple[OfferMessage, ...]) -> set[str]:
    """Offers that were taken: by the channel's word, or by a purchase of what they are about."""
    if isinstance(body, events.Accepted):
        return {body.offer_id}
    return {
        str(one.offer_id)
        for one in messages
        if one.action is Action.WITHDRAW and one.reason == BOUGHT
    }


def _end(desk: Desk, profile: Profile, *, answered: set[str]) -> None:
    key = held_key(profile.subject.encode())
    held: Held | None = desk.rows.read(key)
    if held is None:
        return
    ended = [one for one in held.offers if one not in profile.contact.open_offers]
    for one in ended:
        took = held.offers.pop(one)
        if one not in answered:
            if took.pieces:
                desk.give_back(stock_of(took.offer), took.pieces)
            if took.discount_minor:
                desk.give_back(budget_of(took.offer), took.discount_minor)
    if not held.offers:
        desk.rows.remove(key)
    elif ended:
        desk.rows.put(key, held)


def _take(desk: Desk, chosen: Chosen, view: View, policy: Policy) -> None:
    offer, now_ms = policy.offers[chosen.offer], view.decision_time_ms
    pieces = discount_minor = 0
    for limit in policy.limits.offers.get(offer.offer, ()):
        if limit.kind is LimitKind.STOCK:
            pieces = tokens = 1
        else:
            discount_minor = tokens = _discounts(offer, view).get(chosen.price_level or "", 0)
        desk.take(limit, tokens, now_ms)
    capacity = policy.limits.channels.get(chosen.channel)
    if capacity is not None:
        desk.take(capacity, 1, now_ms)
    if pieces or discount_minor:
        key = held_key(view.subject.encode())
        held: Held = desk.rows.read(key) or Held()
        held.offers[chosen.offer_id] = HeldOffer(offer.offer, pieces, discount_minor)
        desk.rows.put(key, held)


def _ask(desk: Desk, view: View, policy: Policy) -> None:
    """Have the homes asked for what runs low, of the limits that the decision looked at."""
    for limit in policy.limits.every.values():
        if limit.what not in view.tokens:
            continue
        need = 1
        if limit.kind is LimitKind.BUDGET:
            offer = policy.offers[limit.what.partition(":")[2]]
            need = max(1, *_discounts(offer, view).values())
        desk.ask_if_low(limit, need, view.decision_time_ms)


def _discounts(offer: Offer, view: View) -> dict[str, int]:
    """Price level -> discount in minor units."""
    item = product_of(offer, view, {})[1]
    regular_minor, currency = regular_of(offer, item), offer.currency
    return {
        one.level: price_at(one, regular_minor, currency).discount_minor
        for one in offer.price_levels
    }

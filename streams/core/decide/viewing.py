"""From profile and event to the view: what triggers, and what the decision will read."""

from streams.core import events
from streams.core.decay import DecayedMap, decayed, strongest
from streams.core.decide.view import (
    CART_ITEMS_MAX,
    INTERESTS_MAX,
    ITEMS_MAX,
    TERMS_MAX,
    Interest,
    Interests,
    ItemFact,
    OpenFact,
    View,
)
from streams.core.events import Body, Event
from streams.core.offers import FoldPolicy, Policy
from streams.core.profile.care import complaint_open_since
from streams.core.profile.cart import CartLine, lying
from streams.core.profile.contact import drop_expired
from streams.core.profile.profile import NAME_MAX, Profile, stage
from streams.core.profile.voice import is_complaint, is_complaint_case, is_mention

PURCHASE = "purchase"
COMPLAINT = "complaint"
MENTION = "mention"
# Words of the catalogue for kinds of event. Posts and cases have words by what they say.
TRIGGERS: dict[type[Body], str] = {
    events.PageView: "page_view",
    events.ViewItem: "view_item",
    events.ViewItemList: "view_item_list",
    events.Search: "search",
    events.AddToCart: "add_to_cart",
    events.RemoveFromCart: "remove_from_cart",
    events.BeginCheckout: "begin_checkout",
    events.Purchase: PURCHASE,
    events.Sale: PURCHASE,
    events.Return: "return",
    events.Review: "review",
    events.PollAnswer: "poll_answer",
    events.EventAttended: "event_attended",
    events.CheckIn: "check_in",
    events.Login: "login",
    events.DeliveryDelayed: "delivery_delayed",
}
TRIGGER_WORDS = frozenset(TRIGGERS.values()) | {COMPLAINT, MENTION}
_SAID = (events.Create, events.Opened)


def trigger_of(body: Body, policy: FoldPolicy) -> str | None:
    """The catalogue's word for what happened; None for what never triggers an offer."""
    word = TRIGGERS.get(type(body))
    if word is not None or not isinstance(body, _SAID):
        return word
    if isinstance(body, events.Opened):
        return COMPLAINT if is_complaint_case(body, policy) else None
    if not is_mention(body, policy):
        return None
    return COMPLAINT if is_complaint(body, policy) else MENTION


def items_of(body: Body) -> tuple[ItemFact, ...]:
    """The first `ITEMS_MAX` items of an event, as the catalogue matches them."""
    if isinstance(body, events.Shopping):
        currency = body.currency
        return tuple([_item(one, one.price_minor, currency) for one in body.items[:ITEMS_MAX]])
    if isinstance(body, events.Sale):
        currency = body.currency
        return tuple(
            [_item(one, one.unit_price_minor, currency) for one in body.line_items[:ITEMS_MAX]]
        )
    return ()


def item_ids_of(body: events.Shopping | events.Sale) -> set[str]:
    """All items of an event, however many."""
    items = body.items if isinstance(body, events.Shopping) else body.line_items
    return {item.item_id[:NAME_MAX] for item in items}


def terms_of(body: Body) -> tuple[str, ...]:
    """The first `TERMS_MAX` words of a search, lower case."""
    if isinstance(body, events.Search):
        return tuple([word[:NAME_MAX] for word in body.search_term.lower().split()[:TERMS_MAX]])
    return ()


def make_view(  # noqa: PLR0913  # all that a view is made of
    profile: Profile,
    event: Event,
    policy: Policy,
    *,
    trigger: str,
    items: tuple[ItemFact, ...],
    now_ms: int,
    fold_sequence: int,
) -> View:
    """What is known after `event` was folded; expired offers are forgotten on the way."""
    contact = profile.contact
    if contact.open_offers:
        drop_expired(contact, now_ms)
    cart = lying(profile.cart, now_ms - policy.decision.cart_age_max_ms) if profile.cart else []
    return View(
        subject=event.subject,
        cause_id=event.event_id,
        cause_topic=event.topic,
        trigger=trigger,
        event_time_ms=event.event_time_ms,
        decision_time_ms=now_ms,
        fold_sequence=fold_sequence,
        stage=stage(profile, now_ms),
        items=items,
        terms=terms_of(event.body),
        outlet=_outlet(event.body),
        cart=tuple([_cart_item(item, line) for item, line in cart[:CART_ITEMS_MAX]]),
        cart_count=sum([line.quantity for _, line in cart]),
        categories=_interests(profile.categories, {one.category for one in items}, now_ms),
        brands=_interests(profile.brands, {one.brand for one in items}, now_ms),
        channels={
            name: decayed(profile.channels, trait.weight, now_ms)
            for name, trait in profile.channels.traits.items()
        },
        bought=dict(profile.buying.purchases),
        complaint_since_ms=complaint_open_since(
            profile.care, now_ms, policy.fold.complaint_age_max_ms
        ),
        refused={name: one.refused_ms for name, one in contact.tried.items() if one.refused_ms},
        consents=dict(contact.consents),
        contacts={scope: tuple(times) for scope, times in contact.contacts.items()},
        open_offers=tuple(
            [
                OpenFact(one, held.offer, held.channel, held.slot)
                for one, held in contact.open_offers.items()
            ]
        ),
    )


def _item(item: events.Item | events.LineItem, price_minor: int | None, currency: str) -> ItemFact:
    second, first, brand, name = (
        item.item_category2,
        item.item_category,
        item.item_brand,
        item.item_name,
    )
    return ItemFact(
        item.item_id[:NAME_MAX],
        (second or first or "")[:NAME_MAX] or None,
        first[:NAME_MAX] if first and second else None,
        brand[:NAME_MAX] if brand else None,
        name[:NAME_MAX] if name else None,
        price_minor,
        currency,
        item.quantity,
    )


def _cart_item(item: str, line: CartLine) -> ItemFact:
    return ItemFact(
        item,
        category=line.category,
        brand=line.brand,
        price_minor=line.price_minor,
        currency=line.currency,
        quantity=line.quantity,
    )


def _outlet(body: Body) -> str | None:
    if isinstance(body, events.Receipt):
        return body.store_id
    if isinstance(body, events.CheckIn):
        return body.place_id[:NAME_MAX]
    return None


def _interests(sums: DecayedMap, named: set[str | None], now_ms: int) -> Interests:
    traits = sums.traits
    if not traits:
        return Interests()
    scale = decayed(sums, 1.0, now_ms)
    names = strongest(sums, INTERESTS_MAX)
    top: dict[str, Interest] = {}
    for name in names:
        trait = traits[name]
        top[name] = Interest(trait.weight * scale, trait.count, trait.last_ms)
    others = [name for name in named if name in traits and name not in top]
    for name in sorted(others) if len(others) > 1 else others:
        trait = traits[name]
        top[name] = Interest(trait.weight * scale, trait.count, trait.last_ms)
    return Interests(sums.total * scale, len(traits), top)

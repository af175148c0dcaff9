"""From profile and event to the view: what triggers, and what the decision will read."""

from collections.abc import Container
from typing import Any, NamedTuple

from streams.core import events
from streams.core.decay import DecayedMap, decayed, strongest
from streams.core.decide.answering import NOTHING_ASKED, Asked, answer_fact
from streams.core.decide.items import known_items
from streams.core.decide.toning import balance_of, tone_facts
from streams.core.decide.view import (
    CART_ITEMS_MAX,
    INTERESTS_MAX,
    TERMS_MAX,
    Interest,
    Interests,
    ItemFact,
    OpenFact,
    View,
)
from streams.core.events import Body
from streams.core.fold_policy import FoldPolicy
from streams.core.offers import Policy
from streams.core.products import Product
from streams.core.profile.cart import CartLine, lying
from streams.core.profile.complaints import open_complaint_since
from streams.core.profile.contact import PURPOSES, OpenOffer, drop_expired
from streams.core.profile.profile import NAME_MAX, Profile, stage
from streams.core.profile.stated import Stated, is_muted, view_never
from streams.core.rhythm_due import RHYTHM_DUE, due_categories
from streams.core.zones import zone_name_of

_NO_INTERESTS = Interests()
_PRODUCT = "product:"
_ASKED_FOR = tuple([f"/{purpose}" for purpose in PURPOSES])


def terms_of(body: Body) -> tuple[str, ...]:
    """The first `TERMS_MAX` words of a search, lower case."""
    if type(body) is events.Search:
        return tuple([word[:NAME_MAX] for word in body.search_term.lower().split()[:TERMS_MAX]])
    return ()


class Cause(NamedTuple):
    """What made us decide: an event, or a timer that fired."""

    subject: str
    cause_id: str
    topic: str
    time_ms: int


def make_view(  # noqa: PLR0913  # all that a view is made of
    profile: Profile,
    cause: Cause,
    policy: Policy,
    *,
    trigger: str,
    items: tuple[ItemFact, ...] = (),
    terms: tuple[str, ...] = (),
    outlet: str | None = None,
    asked: Asked = NOTHING_ASKED,
    now_ms: int,
    fold_sequence: int,
) -> View:
    """What is known after `cause` was folded, of its event only what may be; expired offers go."""
    contact, stated = profile.contact, profile.stated
    if contact.open_offers:
        drop_expired(contact, now_ms)
    categories, brands, channels = _readable(profile, policy.fold)
    index = policy.triggers[trigger]
    lines = lying(profile.cart, now_ms - policy.decision.cart_age_max_ms) if profile.cart else []
    facts = [_cart_item(item, line) for item, line in lines[:CART_ITEMS_MAX]]
    cart = known_items(facts, policy.fold, now_ms) if facts else ()
    return View(  # by place, as 22 keywords cost four times; `_more` ends early
        cause.subject,
        cause.cause_id,
        cause.topic,
        trigger,
        cause.time_ms,
        now_ms,
        fold_sequence,
        stage(profile, now_ms),
        items,
        terms,
        outlet,
        cart,
        sum([line.quantity for _, line in lines]),
        _interests(categories, [one.category for one in items], now_ms),
        _interests(brands, [one.brand for one in items], now_ms),
        _channels(channels, now_ms),
        _bought(profile.buying.purchases, items, cart, index.once_bought),
        open_complaint_since(profile.care, profile.buying, policy.fold, now_ms),
        {name: one.refused_ms for name, one in contact.tried.items() if one.refused_ms},
        {scope: one for scope, one in contact.consents.items() if scope.endswith(_ASKED_FOR)},
        {scope: tuple(times) for scope, times in contact.contacts.items()},
        tuple([_open_fact(one, held) for one, held in contact.open_offers.items()]),
        _never(stated, policy, trigger, (*items, *cart), now_ms) if stated.never else (),
        _cart_total([line for _, line in lines]) if lines else None,
        policy.stock.out_of((*items, *cart), index.own_products, outlet),
        *_more(profile, cause, policy, trigger, asked, now_ms=now_ms),
    )


def _more(  # noqa: PLR0913  # the same
    profile: Profile, cause: Cause, policy: Policy, trigger: str, asked: Asked, *, now_ms: int
) -> tuple[Any, ...]:
    """The last fields of a view, from `answer` on, for which few triggers ask."""
    index, contact = policy.triggers[trigger], policy.contact
    due = due_categories(profile, policy, cause.time_ms) if trigger == RHYTHM_DUE else ()
    zone = zone_name_of(profile, contact.zones, contact.zone) if contact.zones.by_name else ""
    if not (index.answers or index.tones):
        return (None, {}, None, due, zone) if due or zone else ()
    answer = None
    if index.answers:
        answer = answer_fact(profile, trigger, asked, policy, event_ms=cause.time_ms, now_ms=now_ms)
    tones = tone_facts(profile, index.tones, now_ms) if index.tones else {}
    return (answer, tones, balance_of(profile.care, policy.fold.evidence_min, now_ms), due, zone)


def _cart_item(item: str, line: CartLine) -> ItemFact:
    return ItemFact(
        item,
        line.category,
        line.department,
        line.brand,
        None,
        line.price_minor,
        line.currency,
        line.quantity,
    )


def _cart_total(lines: list[CartLine]) -> int | None:
    total, currency = 0, lines[0].currency
    for line in lines:
        if line.price_minor is None or line.currency != currency:
            return None
        total += line.price_minor * line.quantity
    return total


def _open_fact(one: str, held: OpenOffer) -> OpenFact:
    return OpenFact(one, held.offer, held.channel, held.slot)


def outlet_of(body: Body) -> str | None:
    """Where an event happened; None for all that happen anywhere."""
    if isinstance(body, events.Receipt):
        return body.store_id
    if isinstance(body, events.CheckIn):
        return body.place_id[:NAME_MAX]
    return None


def _readable(profile: Profile, policy: FoldPolicy) -> tuple[DecayedMap, DecayedMap, DecayedMap]:
    """Categories, brands and channels without what no decision may judge the customer by."""
    stated = profile.stated
    categories, brands, channels = profile.categories, profile.brands, profile.channels
    if stated.muted:
        categories = _unmuted(categories, stated, "category")
        brands = _unmuted(brands, stated, "brand")
        channels = _unmuted(channels, stated, "channel")
    special = policy.lexicon.special_categories
    if not special.keys().isdisjoint(categories.traits):
        categories = _without(categories, special)
    return categories, brands, channels


def _unmuted(sums: DecayedMap, stated: Stated, group: str) -> DecayedMap:
    """`sums`, without the names that the customer does not want to be judged by."""
    return _without(sums, {name for name in sums.traits if is_muted(stated, group, name)})


def _without(sums: DecayedMap, hidden_names: Container[str]) -> DecayedMap:
    """`sums` as if `hidden_names` had never been seen."""
    traits = {name: trait for name, trait in sums.traits.items() if name not in hidden_names}
    hidden = sum([trait.weight for name, trait in sums.traits.items() if name not in traits])
    total = max(sums.total - hidden, 0.0)
    return DecayedMap(sums.half_life_ms, sums.landmark_ms, total, sums.dropped, traits)


def _never(
    stated: Stated, policy: Policy, trigger: str, known: tuple[ItemFact, ...], now_ms: int
) -> tuple[str, ...]:
    """What was said, and the products of which it was said by what the catalogue knows of them."""
    never = view_never(stated)
    said = frozenset(never)
    if all(name.startswith(_PRODUCT) for name in never):
        return never
    found: set[str] = set()
    for item in policy.triggers[trigger].own_products.union([one.item_id for one in known]):
        product = policy.fold.products.at(item, now_ms)
        if product is not None and not said.isdisjoint(words_about(product)):
            found.add(f"{_PRODUCT}{item}")
    return tuple(sorted(found.union(never)))


def words_about(product: Product) -> list[str]:
    """By which a product may be unwanted, as customers say them."""
    named = (
        ("category", product.category),
        ("category", product.department),
        ("brand", product.brand),
        *[("attribute", name) for name in product.traits],
    )
    return [f"{scope}:{name}" for scope, name in named if name is not None]


def _interests(sums: DecayedMap, named: list[str | None], now_ms: int) -> Interests:
    traits = sums.traits
    if not traits:
        return _NO_INTERESTS
    scale = decayed(sums, 1.0, now_ms)
    names = strongest(sums, INTERESTS_MAX)
    for name in sorted(filter(None, named)) if len(named) > 1 else named:
        if name in traits and name not in names:
            names.append(name)
    top: dict[str, Interest] = {}
    for name in names:
        trait = traits[name]
        top[name] = Interest(trait.weight * scale, trait.count, trait.last_ms)
    return Interests(sums.total * scale, len(traits), top)


def _channels(sums: DecayedMap, now_ms: int) -> dict[str, float]:
    scale = decayed(sums, 1.0, now_ms)
    return {name: trait.weight * scale for name, trait in sums.traits.items()}


def _bought(
    purchases: dict[str, int],
    items: tuple[ItemFact, ...],
    cart: tuple[ItemFact, ...],
    once_bought: frozenset[str],
) -> dict[str, int]:
    """Purchases of what a candidate could name; all of them would double the decision's bytes."""
    if not purchases:
        return {}
    found = {
        one.item_id: purchases[one.item_id] for one in (*items, *cart) if one.item_id in purchases
    }
    if once_bought:
        for name in sorted(once_bought.intersection(purchases)):
            found[name] = purchases[name]
    return found

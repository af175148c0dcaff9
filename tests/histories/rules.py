"""Which rules an offer breaks, by the design's words and the book: a second look at gates."""

from collections.abc import Callable
from typing import NamedTuple

from streams.core.contact_policy import Cap
from streams.core.decide.record import Chosen, Gate, Price, Product
from streams.core.offers import Match, Offer, Policy
from tests.histories.book import CART_MS, DAY_MS, Book, local, quiet
from tests.histories.offers_book import Sent, about
from tests.histories.shop import GOODS

CART_SEEN = 8
BESIDE = (Gate.RULE, Gate.NO_PRICE, Gate.BELOW_BAR)
"""Not asked where the order of `Gate` has them: after the others of a kind, or after them all."""


class Named(NamedTuple):
    """What an offer would name; `item` is that of event or cart which it was taken from."""

    product: Product | None
    item: str | None


class Asked(NamedTuple):
    """One decision, as it should be made."""

    book: Book
    sent: Sent
    policy: Policy
    now_ms: int
    trigger: str
    at_ms: int
    slot: str
    outlet: str | None
    items: tuple[str, ...]

    def gates(self, row: Offer, channel: str, named: Named, level: str) -> list[str]:
        """Every gate that stops a candidate, but for its value."""
        asked: dict[str, Callable[[], bool]] = {
            Gate.NOT_YET_VALID: lambda: self.now_ms < (row.valid_from_ms or 0),
            Gate.NO_LONGER_VALID: lambda: self.now_ms >= (row.valid_until_ms or 2**62),
            Gate.OUTLET: lambda: bool(row.outlets) and self.outlet not in row.outlets,
            Gate.CONSENT: lambda: not self._permitted(channel, row.purpose),
            Gate.OWNED: lambda: row.once and not row.products.isdisjoint(self.book.bought),
            Gate.JUST_BOUGHT: lambda: self._just_bought(row, named),
            Gate.STAGE: lambda: bool(row.stages) and self.book.stage(self.now_ms) not in row.stages,
            Gate.NO_PRICE: lambda: _priceless(row, level, regular_minor(row, named)),
            Gate.OPEN_COMPLAINT: lambda: (
                row.purpose == "marketing" and self.book.complains(self.now_ms)
            ),
            Gate.REJECTED: lambda: (
                self.book.refused.get(row.offer, -1) > self.now_ms - row.rejected_for_ms
            ),
            Gate.SUPPRESSED: lambda: self._unwanted(row, named),
            Gate.CAP: lambda: bool(caps_reached(self, channel, row.purpose)),
            Gate.SPACING: lambda: self._too_near(channel, row.purpose),
            Gate.QUIET_HOURS: lambda: quiet(
                self.policy.contact.rules[channel, row.purpose], self.now_ms
            ),
            Gate.OPEN_OFFERS: lambda: self._full(channel),
            Gate.RULE: lambda: not all(RULES[one.name](self, named) for one in row.rules),
        }
        return [gate for gate, holds in asked.items() if holds()]

    def _permitted(self, channel: str, purpose: str) -> bool:
        rule = self.policy.contact.rules.get((channel, purpose))
        return rule is not None and self.book.permits(channel, purpose, rule)

    def _just_bought(self, row: Offer, named: Named) -> bool:
        if named.product is None or not row.again_after_ms:
            return False
        bought_ms = self.book.bought.get(named.product.item_id, -1)
        return bought_ms > self.now_ms - row.again_after_ms

    def _unwanted(self, row: Offer, named: Named) -> bool:
        never, product = self.book.never, named.product
        if product is None:
            covered = {f"product:{one}" for one in row.products}
            covered |= {f"category:{one}" for one in row.categories}
            covered |= {f"brand:{one}" for one in row.brands}
            return bool(covered) and covered <= never
        department = GOODS[named.item].department if named.item is not None else None
        words = {
            f"product:{product.item_id}",
            f"category:{product.category}",
            f"category:{department}",
            f"brand:{product.brand}",
        }
        return not words.isdisjoint(never)

    def _too_near(self, channel: str, purpose: str) -> bool:
        spacing_ms = self.policy.contact.rules[channel, purpose].spacing_ms
        times = [at for at, *scope in self.sent.contacts if scope == [channel, purpose]]
        return bool(times) and self.now_ms - max(times) < spacing_ms

    def _full(self, channel: str) -> bool:
        here = (channel, self.slot)
        others = [one for one in self.sent.open.values() if (one.channel, one.slot) != here]
        return len(others) >= self.policy.contact.open_offers_max


RULES: dict[str, Callable[[Asked, Named], bool]] = {
    "by-day": lambda asked, _: 9 <= local(asked.now_ms).hour < 19,
    "with-a-cart": lambda asked, _: asked.book.units(asked.now_ms) >= 1,
    "not-twice-a-day": lambda asked, _: (
        sum(
            at > asked.now_ms - DAY_MS and scope == ["web", "marketing"]
            for at, *scope in asked.sent.contacts
        )
        < 2
    ),
    "no-pens": lambda _, named: named.product is None or named.product.category != "Pens",
}
"""The rules of `shop.yaml` in another language."""


def broken(asked: Asked, chosen: Chosen) -> list[str]:
    """The rules that an offer breaks which was taken: sent, or kept back."""
    row, found = asked.policy.offers[chosen.offer], []
    named = product_of(row, asked)
    if asked.slot != asked.policy.decision.slots.get(asked.trigger, "main"):
        found.append("slot")
    trigger = row.triggers.get(asked.trigger)
    if trigger is None or asked.now_ms - asked.at_ms > trigger.age_max_ms:
        found.append("too old")
    if chosen.product != named.product:
        found.append("product")
    if chosen.channel not in row.channels:
        return [*found, "channel"]
    found += asked.gates(row, chosen.channel, named, chosen.price_level or "")
    if chosen.value_minor <= asked.policy.decision.bar_minor:
        found.append(Gate.BELOW_BAR)
    priced = price_of(row, chosen.price_level or "", regular_minor(row, named))
    if chosen.price != (priced if row.purpose == "marketing" else None):
        found.append("price")
    return found


def caps_reached(asked: Asked, channel: str, purpose: str) -> list[str]:
    """The caps that leave no room for one more contact, by name."""
    contacts, found = asked.sent.contacts, []
    for cap in caps_of(asked.policy):
        if cap.channel in {None, channel} and cap.purpose in {None, purpose}:
            since_ms = asked.now_ms - cap.window_ms
            counted = [
                at
                for at, by, why in contacts
                if at > since_ms and cap.channel in {None, by} and cap.purpose in {None, why}
            ]
            if len(counted) >= cap.contacts_max:
                found.append(name_of(cap))
    return found


def caps_of(policy: Policy) -> list[Cap]:
    """Every cap of a policy, once."""
    return list(
        {name_of(cap): cap for rule in policy.contact.rules.values() for cap in rule.caps}.values()
    )


def name_of(cap: Cap) -> str:
    """Its scope and numbers."""
    scope = f"{cap.channel or 'any'}/{cap.purpose or 'any'}"
    return f"{scope} {cap.contacts_max} in {cap.window_ms // 3_600_000}h"


def product_of(row: Offer, asked: Asked) -> Named:
    """What a row would name: what event or cart tell of, unless bought too lately, or its own."""
    match = row.triggers[asked.trigger].match
    anything = not (row.products or row.categories or row.brands or row.terms)
    if anything and match is not Match.ITEMS:
        return Named(row.product, None)
    cart = [
        (at_ms, item)
        for item, (at_ms, left) in asked.book.cart.items()
        if left and at_ms > asked.now_ms - CART_MS
    ]
    for item in (*asked.items, *[item for _, item in sorted(cart, reverse=True)[:CART_SEEN]]):
        since_ms = asked.now_ms - row.again_after_ms
        if (anything or about(row.offer, item, asked.policy)) and asked.book.bought.get(
            item, since_ms
        ) <= since_ms:
            one = GOODS[item]
            own = row.product if row.product and row.product.item_id == item else None
            return Named(own or Product(item, None, one.category, one.brand), item)
    return Named(row.product, None)


def regular_minor(row: Offer, named: Named) -> int | None:
    """The price that the event told, else the row's, which says nothing of other articles."""
    if named.item is None:
        return row.price_minor
    told, own = GOODS[named.item].price_minor, row.product
    another = own is not None and named.item not in {own.item_id, *row.products}
    return None if told is None and another else told if told is not None else row.price_minor


def price_of(row: Offer, name: str, regular: int | None) -> Price:
    """What the customer would pay."""
    (level,) = [one for one in row.price_levels if one.level == name]
    off = level.discount_minor
    if regular is None:
        return Price(name, row.currency, off)
    off = min(off + round(regular * level.discount_percent / 100), regular)
    return Price(name, row.currency, off, regular, regular - off)


def _priceless(row: Offer, name: str, regular: int | None) -> bool:
    """A share of a price nobody named, or something given away."""
    priced = price_of(row, name, regular)
    (level,) = [one for one in row.price_levels if one.level == name]
    if regular is None:
        earns_a_share = row.margin_minor is None and row.purpose == "marketing"
        return level.discount_percent > 0 or earns_a_share
    return priced.amount_minor == 0 and priced.discount_minor > 0

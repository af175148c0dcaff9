"""Limits that all customers share: values only, read from the catalogue and the contact policy.

A token is one piece of an offer's stock, one minor unit of its budget, or one contact by a scarce
channel in one window. Windows follow each other without a gap on the clocks of the policy's zone:
those of whole days begin at midnight.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.core.offers import Offer

TOKENS_MAX = 10**12


class LimitKind(StrEnum):
    """What a limit counts; label of `streams_limit_tokens_total`."""

    STOCK = "stock"
    BUDGET = "budget"
    CAPACITY = "capacity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """At most `contacts_max` contacts by a channel in each window of `window_ms`.

    `bid_price_minor` is where the price of a contact starts; None admits all while tokens last.
    """

    contacts_max: int
    window_ms: int
    bid_price_minor: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `tokens_max` tokens are out; in each window, if there is a `window_ms`.

    `what` names it in rows and views: `stock:tea`, `budget:tea`, `capacity:store`.
    """

    what: str
    kind: LimitKind
    tokens_max: int
    window_ms: int = 0
    bid_price_minor: float | None = None
    name: str = field(init=False)
    """What its rows are kept under: windows of another length are counted anew."""

    def __post_init__(self) -> None:
        """Work out once what every decision asks."""
        name = f"{self.what}/{self.window_ms}" if self.window_ms else self.what
        object.__setattr__(self, "name", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All limits of a policy; `offers` has those of an offer, `channels` those of a channel.

    `triggers` are the words that may bring an offer that is limited; others pay nothing.
    """

    every: Mapping[str, Limit] = field(default_factory=dict[str, Limit])
    """By their `name`."""
    offers: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict[str, tuple[Limit, ...]])
    channels: Mapping[str, Limit] = field(default_factory=dict[str, Limit])
    triggers: frozenset[str] = frozenset()


NO_LIMITS = Limits()


def make_limits(offers: "Iterable[Offer]", capacities: Mapping[str, Capacity]) -> Limits:
    """The limits of these offers and channels."""
    channels = {name: _capacity(name, one) for name, one in capacities.items()}
    by_offer: dict[str, tuple[Limit, ...]] = {}
    triggers: set[str] = set()
    for one in offers:
        own = _own(one)
        if own:
            by_offer[one.offer] = own
        if own or not channels.keys().isdisjoint(one.channels):
            triggers.update(one.triggers)
    every = [*channels.values(), *(limit for own in by_offer.values() for limit in own)]
    if not every:
        return NO_LIMITS
    return Limits(
        every={one.name: one for one in sorted(every, key=lambda one: one.name)},
        offers=by_offer,
        channels=channels,
        triggers=frozenset(triggers),
    )


def _capacity(channel: str, said: Capacity) -> Limit:
    return Limit(
        what=capacity_of(channel),
        kind=LimitKind.CAPACITY,
        tokens_max=said.contacts_max,
        window_ms=said.window_ms,
        bid_price_minor=said.bid_price_minor,
    )


def _own(one: "Offer") -> tuple[Limit, ...]:
    found: list[Limit] = []
    if one.stock is not None:
        found.append(Limit(what=stock_of(one.offer), kind=LimitKind.STOCK, tokens_max=one.stock))
    if one.budget_minor is not None:
        found.append(
            Limit(what=budget_of(one.offer), kind=LimitKind.BUDGET, tokens_max=one.budget_minor)
        )
    return tuple(found)


def stock_of(offer: str) -> str:
    """Names the stock of a catalogue row."""
    return f"{LimitKind.STOCK}:{offer}"


def budget_of(offer: str) -> str:
    """Names the budget of a catalogue row."""
    return f"{LimitKind.BUDGET}:{offer}"


def capacity_of(channel: str) -> str:
    """Names the capacity of a channel."""
    return f"{LimitKind.CAPACITY}:{channel}"

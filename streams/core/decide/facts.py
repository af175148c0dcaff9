"""What rules of offers may ask: a fixed set of variables, read from the view and the offer.

`VARIABLES` is the list that catalogue authors see. A variable whose value is not known has none:
a rule that needs it is then neither true nor false, and says itself what holds.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from streams.core.decide.record import Product
from streams.core.decide.view import Interests, ItemFact, View
from streams.core.fold_policy import DAY_MS, HOUR_MS, Zone
from streams.core.local import hour_of, local_ms, weekday_of

MINUTE_MS = 60_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Value: TypeAlias = bool | int | float | str | list[str] | dict[str, int] | dict[str, float]


class Kind(Enum):
    """The type of a variable, in the words of the rule language."""

    BOOL = "bool"
    INT = "int"
    STRING = "string"
    STRINGS = "list(string)"
    COUNTS = "map(string, int)"
    SHARES = "map(string, double)"


class Own(Struct, frozen=True, gc=False):
    """What is the offer's own: of its row, and the product it would name for this event."""

    offer: str
    purpose: str
    price_minor: int | None
    margin_minor: int | None
    product: Product | None


class Facts(Struct):
    """One decision as its rules see it; made when the first rule is asked."""

    view: View
    at_local_ms: int
    urgency: str | None = None
    kept: dict[str, object] = {}
    """What predicates keep from one rule of this decision to the next; nobody else looks."""


class Named(Struct, frozen=True):
    """What authors of rules see of a variable."""

    name: str
    kind: Kind
    meaning: str


class Variable(Named, frozen=True):
    """A name that rules may use; None from `read` is not known."""

    read: Callable[[Facts], Value | None]


class OwnVariable(Named, frozen=True):
    """A name whose value differs from offer to offer."""

    read: Callable[[Own], Value | None]


def facts_of(view: View, zone: Zone, urgency: str | None = None) -> Facts:
    """The facts of the decision on `view`, whose clocks are those of `zone`."""
    return Facts(view, local_ms(zone, view.decision_time_ms), urgency)


def _age(facts: Facts) -> int:
    view = facts.view
    return (view.decision_time_ms - view.event_time_ms) // MINUTE_MS


def _ids(items: Iterable[ItemFact]) -> list[str]:
    return [item.item_id for item in items]


def _categories(items: Iterable[ItemFact]) -> list[str]:
    found = [name for item in items for name in (item.category, item.department) if name]
    return list(dict.fromkeys(found))


def _brands(items: Iterable[ItemFact]) -> list[str]:
    return list(dict.fromkeys([item.brand for item in items if item.brand]))


def _total(items: tuple[ItemFact, ...]) -> int | None:
    """What the items come to; None when one of them names no price or another currency."""
    total, currency = 0, items[0].currency if items else None
    for item in items:
        if item.price_minor is None or item.currency != currency:
            return None
        total += item.price_minor * item.quantity
    return total


def _shares(interests: Interests) -> dict[str, float]:
    total = interests.total
    if total <= 0:
        return {}
    return {name: min(1.0, one.weight / total) for name, one in interests.top.items()}


def _channels(facts: Facts) -> dict[str, float]:
    weights = facts.view.channels
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total > 0 else {}


def _days_since(facts: Facts, times: dict[str, int]) -> dict[str, int]:
    now_ms = facts.view.decision_time_ms
    return {name: (now_ms - at_ms) // DAY_MS for name, at_ms in times.items()}


def _complaint_hours(facts: Facts) -> int | None:
    since_ms = facts.view.complaint_since_ms
    return None if since_ms is None else (facts.view.decision_time_ms - since_ms) // HOUR_MS


def _contacts(facts: Facts, window_ms: int) -> dict[str, int]:
    since_ms = facts.view.decision_time_ms - window_ms
    return {
        scope: len(times) - bisect_right(times, since_ms)  # in rising order
        for scope, times in facts.view.contacts.items()
    }


VARIABLES: tuple[Variable, ...] = (
    Variable("trigger", Kind.STRING, "the word of the event", lambda of: of.view.trigger),
    Variable("event.age_minutes", Kind.INT, "how old the event is", _age),
    Variable(
        "stage", Kind.STRING, "where the customer is on the journey", lambda of: of.view.stage
    ),
    Variable("outlet", Kind.STRING, "where; not known online", lambda of: of.view.outlet),
    Variable("items.ids", Kind.STRINGS, "items of the event", lambda of: _ids(of.view.items)),
    Variable(
        "items.categories",
        Kind.STRINGS,
        "their categories and departments",
        lambda of: _categories(of.view.items),
    ),
    Variable("items.brands", Kind.STRINGS, "their brands", lambda of: _brands(of.view.items)),
    Variable(
        "items.total_minor",
        Kind.INT,
        "what they come to; not known when one names no price",
        lambda of: _total(of.view.items),
    ),
    Variable("terms", Kind.STRINGS, "words of the search", lambda of: list(of.view.terms)),
    Variable("cart.ids", Kind.STRINGS, "the newest 8 in the cart", lambda of: _ids(of.view.cart)),
    Variable(
        "cart.categories",
        Kind.STRINGS,
        "their categories and departments",
        lambda of: _categories(of.view.cart),
    ),
    Variable("cart.brands", Kind.STRINGS, "their brands", lambda of: _brands(of.view.cart)),
    Variable("cart.count", Kind.INT, "units in the whole cart", lambda of: of.view.cart_count),
    Variable(
        "cart.total_minor",
        Kind.INT,
        "what the whole cart comes to; not known when one thing in it names no price",
        lambda of: of.view.cart_total_minor if of.view.cart_count else 0,
    ),
    Variable(
        "categories.top",
        Kind.STRINGS,
        "categories the customer likes, strongest first, then those of the event",
        lambda of: list(of.view.categories.top),
    ),
    Variable(
        "categories.share",
        Kind.SHARES,
        "category -> its share of all interest, 0.0 to 1.0",
        lambda of: _shares(of.view.categories),
    ),
    Variable(
        "brands.top",
        Kind.STRINGS,
        "brands the customer likes, strongest first, then those of the event",
        lambda of: list(of.view.brands.top),
    ),
    Variable(
        "brands.share",
        Kind.SHARES,
        "brand -> its share of all interest, 0.0 to 1.0",
        lambda of: _shares(of.view.brands),
    ),
    Variable("channels.share", Kind.SHARES, "channel -> its share of use", _channels),
    Variable(
        "bought.days",
        Kind.COUNTS,
        "item -> days since it was last bought, of items a candidate could name",
        lambda of: _days_since(of, of.view.bought),
    ),
    Variable(
        "complaint.open",
        Kind.BOOL,
        "whether a complaint is open",
        lambda of: of.view.complaint_since_ms is not None,
    ),
    Variable(
        "complaint.age_hours",
        Kind.INT,
        "how old the oldest open one is; not known when none is open",
        _complaint_hours,
    ),
    Variable(
        "answer.urgency",
        Kind.STRING,
        "critical, high, normal or low; not known of what only sells",
        lambda of: of.urgency,
    ),
    Variable(
        "due.categories",
        Kind.STRINGS,
        "categories that rhythm_due is about",
        lambda of: list(of.view.due),
    ),
    Variable(
        "refused.days",
        Kind.COUNTS,
        "offer -> days since the customer refused it",
        lambda of: _days_since(of, of.view.refused),
    ),
    Variable(
        "contacts.day",
        Kind.COUNTS,
        "channel/purpose -> contacts of the last 24 hours",
        lambda of: _contacts(of, DAY_MS),
    ),
    Variable(
        "contacts.week",
        Kind.COUNTS,
        "channel/purpose -> contacts of the last 7 days",
        lambda of: _contacts(of, 7 * DAY_MS),
    ),
    Variable(
        "open.offers",
        Kind.STRINGS,
        "offers that are open",
        lambda of: [one.offer for one in of.view.open_offers],
    ),
    Variable("local.hour", Kind.INT, "0 to 23", lambda of: hour_of(of.at_local_ms)),
    Variable(
        "local.weekday",
        Kind.STRING,
        f"one of {', '.join(WEEKDAYS)}",
        lambda of: WEEKDAYS[weekday_of(of.at_local_ms)],
    ),
)
"""What is the same for every offer of a decision."""

OWN_VARIABLES: tuple[OwnVariable, ...] = (
    OwnVariable("offer.id", Kind.STRING, "its name", lambda own: own.offer),
    OwnVariable("offer.purpose", Kind.STRING, "marketing or service", lambda own: own.purpose),
    OwnVariable("offer.price_minor", Kind.INT, "its own price", lambda own: own.price_minor),
    OwnVariable("offer.margin_minor", Kind.INT, "its own margin", lambda own: own.margin_minor),
    OwnVariable(
        "offer.product",
        Kind.STRING,
        "the item it would name",
        lambda own: own.product.item_id if own.product else None,
    ),
    OwnVariable(
        "offer.category",
        Kind.STRING,
        "the category of that item",
        lambda own: own.product.category if own.product else None,
    ),
    OwnVariable(
        "offer.brand",
        Kind.STRING,
        "the brand of that item",
        lambda own: own.product.brand if own.product else None,
    ),
)
"""What differs from offer to offer."""

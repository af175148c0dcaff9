"""What was sent and is open, by the messages alone; trials, and the timers that must fire."""

from collections import Counter
from typing import NamedTuple

from streams.core import events
from streams.core.decide.record import Chosen, DecisionRecord
from streams.core.offers import Policy
from tests.histories.book import (
    EXPLORING_MS,
    LAPSING_MS,
    SHOPPING_MS,
    Book,
    bought_in,
    quiet,
    quiet_ends_ms,
)
from tests.histories.shop import GOODS

TRIALS_MAX = 16
QUIET_ITEMS = 4
ENDS_AN_OFFER: dict[type, str] = {
    events.Accepted: "it was accepted",
    events.Rejected: "it was rejected",
    events.Dismissed: "it was dismissed",
    events.Undeliverable: "it could not be delivered",
}
"""What ends the offer it is about, and the reason that its channel is told."""


class Open(NamedTuple):
    """An offer that waits for an answer; a `shadow` is a holdout's, and no channel knows of it."""

    offer: str
    channel: str
    slot: str
    purpose: str
    expires_ms: int
    item_id: str | None
    shadow: bool


class Tested(NamedTuple):
    """A trial: until when it may be answered, and whether the customer got the offer."""

    offer: str
    channel: str
    due_ms: int
    shadow: bool
    delivered: bool


Closed = Counter[tuple[str, str, bool, bool]]
"""(offer, channel, shadow, accepted) -> trials."""


class Sent:
    """Contacts are (decision time, channel, purpose), shadows' too: they pace alike."""

    def __init__(self) -> None:
        """Nothing was sent."""
        self.contacts: list[tuple[int, str, str]] = []
        self.open: dict[str, Open] = {}
        self.trials: dict[str, Tested] = {}
        self.sequence = 0

    def forget_expired(self, now_ms: int) -> None:
        """What expired is open no more, without a message."""
        for one in [name for name, held in self.open.items() if held.expires_ms <= now_ms]:
            del self.open[one]

    def begin(
        self, decision: DecisionRecord, chosen: Chosen, policy: Policy, *, shadow: bool
    ) -> None:
        """An offer was made, or kept back."""
        now_ms, offer = decision.decision_time_ms, policy.offers[chosen.offer]
        self.contacts.append((now_ms, chosen.channel, chosen.purpose))
        item_id = chosen.product.item_id if chosen.product else None
        self.open[chosen.offer_id] = Open(
            chosen.offer,
            chosen.channel,
            decision.slot,
            chosen.purpose,
            now_ms + offer.ttl_ms,
            item_id,
            shadow,
        )
        names_nothing = not (offer.products or offer.categories or offer.brands or offer.terms)
        if shadow and names_nothing:
            return  # no purchase tells whether somebody takes that anyway
        due_ms = now_ms + offer.ttl_ms + policy.decision.trial_grace_ms
        self.trials[chosen.offer_id] = Tested(chosen.offer, chosen.channel, due_ms, shadow, shadow)
        while len(self.trials) > TRIALS_MAX:
            del self.trials[min(self.trials, key=lambda one: (self.trials[one].due_ms, one))]

    def answer(self, body: object) -> Closed:
        """What an outcome closes: a trial that counts."""
        closed = Closed()
        if isinstance(body, events.OfferOutcome):
            trial = self.trials.get(body.offer_id)
            if trial is None:
                return closed
            if isinstance(body, events.Delivered | events.Viewed | events.Clicked):
                self.trials[body.offer_id] = trial._replace(delivered=True)
            elif type(body) in ENDS_AN_OFFER:
                del self.trials[body.offer_id]
                if not isinstance(body, events.Undeliverable):
                    accepted = isinstance(body, events.Accepted)
                    closed[trial.offer, trial.channel, trial.shadow, accepted] += 1
        return closed

    def buy(self, body: events.Sale | events.Purchase, policy: Policy) -> Closed:
        """A purchase of what it is about accepts a trial, delivered or kept back."""
        closed = Closed()
        for name, trial in list(self.trials.items()):
            if trial.delivered and any(
                about(trial.offer, item, policy) for item in bought_in(body)
            ):
                del self.trials[name]
                closed[trial.offer, trial.channel, trial.shadow, True] += 1
        return closed

    def close(self, now_ms: int) -> Closed:
        """Trials whose time is over; what never was delivered counts nowhere."""
        closed = Closed()
        for name, trial in list(self.trials.items()):
            if trial.due_ms <= now_ms:
                del self.trials[name]
                if trial.delivered:
                    closed[trial.offer, trial.channel, trial.shadow, False] += 1
        return closed


def answered_by(body: object, offer_id: str) -> str | None:
    """The reason that the offer ends for if this outcome answers it."""
    if isinstance(body, events.OfferOutcome) and body.offer_id == offer_id:
        return ENDS_AN_OFFER.get(type(body))
    return None


def about(offer: str, item: str, policy: Policy) -> bool:
    """Whether a row covers an article: it, its category or department, or its brand."""
    row, one = policy.offers[offer], GOODS[item]
    return (
        item in row.products
        or one.brand in row.brands
        or not row.categories.isdisjoint({one.category, one.department})
    )


class Silenced(NamedTuple):
    """What waits for quiet hours to end: what happened, when, with which items, and where."""

    due_ms: int
    at_ms: int
    items: tuple[str, ...]
    outlet: str | None


class Waiting:
    """The timers that must fire: kind -> (due, since when anybody could know)."""

    def __init__(self) -> None:
        """None."""
        self.due: dict[str, tuple[int, int]] = {}
        self._left_ms = self._lapsed_ms = -1
        self.quiet: Silenced | None = None

    def fired(self, kind: str, due_ms: int, policy: Policy) -> None:
        """It happened, and does not happen again for the same reason."""
        if kind == "cart_abandoned":
            self._left_ms = due_ms - policy.timers.cart_abandoned_after_ms
        elif kind == "lapsing":
            self._lapsed_ms = due_ms
        elif kind == "quiet_over":
            self.quiet = None
        self.due.pop(kind, None)

    def silenced(self, decision: DecisionRecord, items: tuple[str, ...], policy: Policy) -> None:
        """Quiet hours stopped something and nothing was said: it waits for the first to end."""
        now_ms = decision.decision_time_ms
        rules = [one for one in policy.contact.rules.values() if quiet(one, now_ms)]
        due_ms = min(quiet_ends_ms(one, now_ms) for one in rules)
        rows = [one for one in policy.offers.values() if decision.trigger in one.triggers]
        age_max_ms = max(one.triggers[decision.trigger].age_max_ms for one in rows)
        if due_ms - decision.event_time_ms <= age_max_ms:
            at_ms, outlet = decision.event_time_ms, decision.view.outlet
            self.quiet = Silenced(due_ms, at_ms, items[:QUIET_ITEMS], outlet)

    def look(self, book: Book, sent: Sent, policy: Policy, now_ms: int) -> None:
        """What is due when, by what is known now."""
        found: dict[str, int] = {}
        ends = [one.expires_ms for one in sent.open.values()]
        ends += [one.due_ms for one in sent.trials.values()]
        if ends:
            found["expiry"] = min(ends)
        changed_ms = max((at_ms for at_ms, _ in book.cart.values()), default=-1)
        left = any(units for _, units in book.cart.values())
        if left and changed_ms > max(book.bought_ms, self._left_ms):
            found["cart_abandoned"] = changed_ms + policy.timers.cart_abandoned_after_ms
        if book.bought_ms and book.bought_ms + LAPSING_MS > self._lapsed_ms:
            carted = [at_ms for at_ms, units in book.cart.values() if units]
            times = [book.bought_ms + LAPSING_MS, book.looked_ms + EXPLORING_MS]
            times += [at_ms + SHOPPING_MS for at_ms in (book.checkout_ms, *carted)]
            found["lapsing"] = max(times)
        if self.quiet is not None:
            found["quiet_over"] = self.quiet.due_ms
        known = self.due
        self.due = {
            kind: known[kind] if known.get(kind, (0, 0))[0] == due_ms else (due_ms, now_ms)
            for kind, due_ms in found.items()
        }

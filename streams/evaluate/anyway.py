"""What would have happened anyway: what held out customers bought, beside who got the offer.

A held out decision chose an offer and sent nothing, so what its customer bought of it in its time
is what the offer's customers would have bought without it. Both arms are counted by one rule, the
worker's: a purchase of what the row is about, after the decision, until the offer's end and the
grace of trials. It counts for every decision it concerns, and not where it was brought back in that
time. A customer is a subject as the decision log names it: an event that was forwarded is told of
the one it went to.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct

from streams.core import events
from streams.core.decide.life import concerns, takes
from streams.core.decide.record import Chosen, DecisionRecord, Result
from streams.core.events import Body, Event
from streams.core.offers import Policy
from streams.evaluate.chances import stakes_of, taken


class Tried(Struct, gc=False):
    """One decision that chose an offer: sent, or held out; money in minor units."""

    subject: int
    offer: str
    policy: Policy
    cause_id: str
    since_ms: int
    until_ms: int
    held_out: bool
    margin_minor: float
    gain_minor: float
    """Margin less discount."""
    cost_minor: float
    expected: float
    """P0, as the decision took it to be."""
    delivered: bool = False
    bought: frozenset[str] = frozenset()
    """Event ids of the purchases that concern it."""
    returned: frozenset[str] = frozenset()

    @property
    def counts(self) -> bool:
        """Whether something was bought that stayed."""
        return not self.bought <= self.returned


class Counts(Struct):
    """Decisions that chose an offer to sell and are not measured, and why."""

    elsewhere: int = 0
    """Their policy is not at hand, or has no such row."""
    about_anything: int = 0
    """No purchase tells of them."""
    queries: int = 0
    """Their row is a query on the product catalogue, which is not read here."""
    worth: int = 0
    """Their record does not tell what they were worth."""


class Trials:
    """Decisions that chose an offer, then what became of them: outcomes and purchases, any order.

    The caller bounds how many decisions there are.
    """

    def __init__(self, policy_of: Callable[[DecisionRecord], Policy | None]) -> None:
        """`policy_of` finds the policy that a decision was made by."""
        self.counts = Counts()
        self.first_ms = 0
        self.currency = ""
        self._policy_of = policy_of
        self._every: dict[str, Tried] = {}
        self._subjects: dict[str, list[Tried]] = {}

    def __len__(self) -> int:
        """How many decisions are kept."""
        return len(self._every)

    def add(self, record: DecisionRecord) -> None:
        """Take in one decision; one that is here already, or sells nothing, changes nothing."""
        chosen, action = record.chosen, taken(record)
        if chosen is None or action is None or chosen.purpose != "marketing":
            return
        if chosen.offer_id in self._every:
            return
        policy = self._judge(record, chosen)
        if policy is None:
            return
        stakes = stakes_of(record, action)
        if stakes is None:
            self.counts.worth += 1
            return
        discount_minor = chosen.price.discount_minor if chosen.price is not None else 0
        margin_minor = stakes.gain_minor + discount_minor
        every = self._subjects.setdefault(record.subject, [])
        number = every[0].subject if every else len(self._subjects) - 1
        tried = Tried(
            subject=number,
            offer=chosen.offer,
            policy=policy,
            cause_id=record.cause_id,
            since_ms=record.decision_time_ms,
            until_ms=chosen.expires_at_ms + policy.decision.trial_grace_ms,
            held_out=record.result is Result.HOLDOUT,
            margin_minor=margin_minor,
            gain_minor=stakes.gain_minor,
            cost_minor=stakes.cost_minor,
            expected=stakes.anyway_minor / margin_minor if margin_minor else 0.0,
        )
        every.append(tried)
        self._every[chosen.offer_id] = tried
        self.first_ms = min(self.first_ms or tried.since_ms, tried.since_ms)
        self.currency = policy.offers[chosen.offer].currency  # a catalogue has one

    def _judge(self, record: DecisionRecord, chosen: Chosen) -> Policy | None:
        policy = self._policy_of(record)
        row = policy.offers.get(chosen.offer) if policy is not None else None
        if row is None:
            self.counts.elsewhere += 1
        elif row.about_anything:
            self.counts.about_anything += 1
        elif row.query is not None:
            self.counts.queries += 1
        else:
            return policy
        return None

    def hear(self, body: Body) -> None:
        """Take in what a channel says: whoever answers an offer has got it."""
        if isinstance(body, events.OfferOutcome) and not isinstance(body, events.Undeliverable):
            tried = self._every.get(body.offer_id)
            if tried is not None:
                tried.delivered = True

    def buy(self, event: Event) -> None:
        """Take in a purchase, a return or a void of a receipt; other events change nothing."""
        body = event.body
        if takes(body):
            for one in self._concerned(event, body):
                one.bought |= {event.event_id}
        elif isinstance(body, events.Return) and body.original_transaction is not None:
            for one in self._concerned(event, body):
                one.returned |= {body.original_transaction.natural_id()}
        elif isinstance(body, events.Void):
            for one in self._in_time(event):
                one.returned |= {body.original_transaction.natural_id()}

    def _concerned(self, event: Event, body: events.Sale | events.Purchase) -> Iterable[Tried]:
        at_ms = event.event_time_ms
        return [one for one in self._in_time(event) if concerns(one.offer, body, one.policy, at_ms)]

    def _in_time(self, event: Event) -> Iterable[Tried]:
        at_ms = event.event_time_ms
        return [
            one
            for one in self._subjects.get(event.subject, ())
            if one.since_ms < at_ms <= one.until_ms and one.cause_id != event.event_id
        ]

    def all(self) -> Iterable[Tried]:
        """Every decision that is kept."""
        return self._every.values()

"""Judges a history by what was emitted, and says which rule was broken; keeps a book of its own.

It asks three things of every moment: may what was sent be sent, did everything end that had to,
and did every timer fire in time. Candidates that the log says were stopped must deserve it, so a
gate that stops too much is found as well as one that stops too little.
"""

from collections import Counter
from collections.abc import Iterator

import xxhash

from streams.core import events
from streams.core.decide.record import Action, Candidate, DecisionRecord, Gate, OfferMessage, Result
from streams.core.events import Event
from streams.core.fold import Outcome
from streams.core.offers import Policy
from tests.histories.book import Book, bought_in, complains
from tests.histories.offers_book import ENDS_AN_OFFER, Closed, Sent, Waiting, answered_by
from tests.histories.playing import Moment
from tests.histories.rules import BESIDE, Asked, broken, caps_reached, product_of
from tests.histories.shop import LATENESS_MAX_MS

SOON_MS = 1_000
CONSENT, BOUGHT, COMPLAINT = "consent was withdrawn", "it was bought", "a complaint is open"
REPLACED, LINKED, ERASED = "replaced", "it is a person's", "they asked to be forgotten"
UNWANTED = "it is never wanted"
ANSWERED = tuple(ENDS_AN_OFFER.values())
REASONS = (CONSENT, BOUGHT, COMPLAINT, UNWANTED, *ANSWERED, REPLACED, LINKED, ERASED)
"""Why an offer may be withdrawn."""
TIMER_KINDS = ("expiry", "cart_abandoned", "lapsing", "quiet_over")


class Checker:
    """One customer's history; `problems` are (rule, what happened), `met` counts what was."""

    def __init__(self, subject: str) -> None:
        """Nothing happened."""
        self.problems: list[tuple[str, str]] = []
        self.met: Counter[str] = Counter()
        self._subject = subject
        self._seen: set[str] = set()
        self._forget(0)

    def _forget(self, sequence: int) -> None:
        self._book, self._sent, self._waiting = Book(), Sent(), Waiting()
        self._items: tuple[str, ...] = ()
        self._sent.sequence = sequence

    def look(self, moment: Moment) -> None:
        """Judge one moment and remember it."""
        now_ms, policy = moment.now_ms, moment.policy
        for kind, (due_ms, known_ms) in self._waiting.due.items():
            if max(due_ms, known_ms) + SOON_MS < now_ms:
                self._complain(f"timer {kind}", f"due at {due_ms}, not fired by {now_ms}")
        for message in moment.offers:
            if message.sequence != self._sent.sequence + 1:
                self._complain("sequence", f"{message.sequence} after {self._sent.sequence}")
            self._sent.sequence = message.sequence
        if moment.event is not None:
            self._event(moment, moment.event)
        else:
            self._timer(moment)
        self._waiting.look(self._book, self._sent, policy, now_ms)

    def _complain(self, rule: str, what: str) -> None:
        self.problems.append((rule, f"{self._subject}: {what}"))

    def _event(self, moment: Moment, event: Event) -> None:
        now_ms, body = moment.now_ms, event.body
        expected = Outcome.APPLIED
        if event.event_time_ms < now_ms - LATENESS_MAX_MS:
            expected = Outcome.LATE
        elif event.event_id in self._seen:
            expected = Outcome.DUPLICATE
        self._seen.add(event.event_id)
        ends = self._is_end(event)  # who is who is settled before it is asked whether it is late
        if moment.outcome is not expected and not ends:
            self._complain("outcome", f"{event.event_id} is {moment.outcome}, not {expected}")
        if moment.outcome is not Outcome.APPLIED:
            if moment.offers or moment.decision or moment.trials:
                self._complain("outcome", f"{event.event_id} counts for nothing, yet was decided")
            return
        if ends:
            because = ERASED if isinstance(body, events.Erased) else LINKED
            self._sent.forget_expired(now_ms)
            self._ended(moment, dict.fromkeys(self._sent.open, because))
            self._forget(self._sent.sequence)
            return
        self._note(moment, event)
        self._sent.forget_expired(now_ms)
        self._ended(moment, dict(self._must_end(event, moment.policy, now_ms)))
        self._items = _items_of(event)
        self._decided(moment, _outlet_of(event), event.event_time_ms)

    def _is_end(self, event: Event) -> bool:
        body = event.body
        known = isinstance(body, events.Login) and body.user_subject != event.subject
        return known or isinstance(body, events.Erased)

    def _note(self, moment: Moment, event: Event) -> None:
        body, policy = event.body, moment.policy
        about = item_id = None
        if isinstance(body, events.OfferOutcome):
            held = self._sent.open.get(body.offer_id)
            about = held.offer if held is not None else body.offer_template
            item_id = held.item_id if held is not None else None
        self._book.note(event, about, item_id, policy)
        closed = self._sent.answer(body)
        if type(body) is events.Sale or type(body) is events.Purchase:
            closed += self._sent.buy(body, policy)
        self._closed(moment, closed + self._sent.close(moment.now_ms))

    def _closed(self, moment: Moment, expected: Closed) -> None:
        found = Counter((one.offer, one.channel, one.shadow, one.accepted) for one in moment.trials)
        if found != expected:
            self._complain("trials", f"{dict(found)} closed, not {dict(expected)}")

    def _must_end(self, event: Event, policy: Policy, now_ms: int) -> Iterator[tuple[str, str]]:
        """(offer id, reason) of each that this event takes the reason from."""
        body = event.body
        for name, held in self._sent.open.items():
            selling = held.purpose == "marketing"
            if answered := answered_by(body, name):
                yield name, answered
            elif isinstance(body, events.ConsentChanged):
                rule = policy.contact.rules[held.channel, held.purpose]
                if not self._book.permits(held.channel, held.purpose, rule):
                    yield name, CONSENT
            elif type(body) is events.Sale or type(body) is events.Purchase:
                bought = bought_in(body)
                named = {held.item_id, *policy.offers[held.offer].products}
                if selling and not bought.isdisjoint(named):
                    yield name, BOUGHT
            elif isinstance(body, events.Suppressed | events.Rejected):
                if selling and self._book.unwants(held.item_id, policy.offers[held.offer]):
                    yield name, UNWANTED
            elif (
                selling
                and (complains(body, policy) or type(body) is events.Return)
                and self._book.complains(now_ms)
            ):
                yield name, COMPLAINT

    def _ended(self, moment: Moment, must: dict[str, str]) -> None:
        """Compare what was withdrawn with what must end; nobody is told of shadows."""
        found: dict[str, str] = {
            one.offer_id: one.reason
            for one in moment.offers
            if one.action is Action.WITHDRAW and one.reason != REPLACED
        }
        told = {one: why for one, why in must.items() if not self._sent.open[one].shadow}
        for one in found.keys() - told.keys():
            self._complain("withdrawn", f"{one} ended without a reason: {found[one]}")
        for one, why in told.items():
            if found.get(one) != why:
                self._complain(why, f"{one} must end, and {found.get(one, 'did not')}")
        self.met.update(found.values())
        for one in must:
            del self._sent.open[one]

    def _timer(self, moment: Moment) -> None:
        assert moment.timer is not None
        kind, due_ms, now_ms = moment.timer.kind, moment.timer.due_ms, moment.now_ms
        expected_ms = self._waiting.due.get(kind, (None, 0))[0]
        self.met[f"timer {kind}"] += 1
        if due_ms != expected_ms or now_ms < due_ms:
            self._complain(f"timer {kind}", f"fired at {now_ms} for {due_ms}, not {expected_ms}")
        waited = self._waiting.quiet
        self._waiting.fired(kind, due_ms, moment.policy)
        if kind == "expiry":
            self._sent.forget_expired(due_ms)
            self._closed(moment, self._sent.close(due_ms))
            return
        at_ms, self._items, outlet = due_ms, (), None
        if kind == "quiet_over" and waited is not None:
            at_ms, bought, outlet = waited.at_ms, self._book.bought, waited.outlet
            self._items = tuple([one for one in waited.items if bought.get(one, -1) <= at_ms])
        if moment.decision is not None:
            self._sent.forget_expired(now_ms)
        self._decided(moment, outlet, at_ms)

    def _decided(self, moment: Moment, outlet: str | None, at_ms: int) -> None:
        decision = moment.decision
        made = [one for one in moment.offers if one.action is not Action.WITHDRAW]
        if decision is None:
            if made:
                self._complain("decision", f"{made[0].offer_id} comes without one")
            return
        self.met.update(decision.gates.keys())
        asked = Asked(
            self._book,
            self._sent,
            moment.policy,
            moment.now_ms,
            decision.trigger,
            at_ms,
            decision.slot,
            outlet,
            self._items,
        )
        self._stopped(decision, asked)
        if decision.event_time_ms != at_ms or decision.decision_time_ms != moment.now_ms:
            self._complain("decision", "it names other times than there were")
        chosen = decision.chosen
        if (len(made) == 1) is not (decision.result is Result.OFFER) or len(made) > 1:
            self._complain("decision", f"{decision.result} sent {len(made)} offers")
        if chosen is None:
            if Gate.QUIET_HOURS in decision.gates:
                self._waiting.silenced(decision, self._items, moment.policy)
            return
        for rule in broken(asked, chosen):
            self._complain(rule, f"{chosen.offer} by {chosen.channel} in spite of {rule}")
        self._held_out(decision, moment.policy)
        self._began(moment, decision, made)

    def _held_out(self, decision: DecisionRecord, policy: Policy) -> None:
        """A share of customers gets no selling offers: always the same ones."""
        salt = f"{self._subject}\0{policy.decision.holdout_salt}"
        arm = (xxhash.xxh64_intdigest(salt.encode()) >> 11) / 2**53
        assert decision.chosen is not None
        held_out = arm < policy.decision.holdout_share and decision.chosen.purpose == "marketing"
        if held_out is not (decision.result is Result.HOLDOUT):
            self._complain("holdout", f"{decision.result} at {arm}")

    def _began(self, moment: Moment, decision: DecisionRecord, made: list[OfferMessage]) -> None:
        """An offer of this channel and slot ends by the message, or by a withdrawal of its own."""
        chosen, sent = decision.chosen, self._sent
        assert chosen is not None
        shadow = not made
        same = [
            one
            for one, held in sent.open.items()
            if (held.channel, held.slot) == (chosen.channel, decision.slot)
        ]
        real = [one for one in same if not sent.open[one].shadow]
        replaced = [one.offer_id for one in moment.offers if one.reason == REPLACED]
        if replaced != (real if shadow else []):
            self._complain(REPLACED, f"{replaced} were withdrawn for it, {real} were open")
        self.met[REPLACED] += len(replaced)
        for one in same:
            del sent.open[one]
        for message in made:
            self._message(message, decision, real, moment)
        sent.begin(decision, chosen, moment.policy, shadow=shadow)

    def _message(
        self, message: OfferMessage, decision: DecisionRecord, real: list[str], moment: Moment
    ) -> None:
        chosen, row = decision.chosen, moment.policy.offers[message.offer]
        assert chosen is not None
        said = (message.offer, message.channel, message.slot, message.product, message.offer_id)
        if said != (chosen.offer, chosen.channel, decision.slot, chosen.product, chosen.offer_id):
            self._complain("message", f"{said} is not what was chosen")
        times = (message.issued_at_ms, message.expires_at_ms)
        if times != (moment.now_ms, moment.now_ms + row.ttl_ms):
            self._complain("message", f"{times} are not its times")
        action = Action.SUPERSEDE if real else Action.ISSUE
        self.met[message.action.value] += 1
        if message.action is not action or message.supersedes != next(iter(real), None):
            self._complain("supersede", f"{message.action} of {message.supersedes}, not {real}")

    def _stopped(self, decision: DecisionRecord, asked: Asked) -> None:
        for one in decision.candidates:
            if one.gate is not None and one.gate is not Gate.BELOW_BAR:
                self._deserved(one, asked)
            elif (one.value_minor or 0.0) <= asked.policy.decision.bar_minor:
                if one.gate is None or one.propensity:
                    self._complain(Gate.BELOW_BAR, f"{one.offer} may be drawn")
            elif one.gate is Gate.BELOW_BAR:
                self._complain("needless below_bar", f"{one.offer} is worth {one.value_minor}")

    def _deserved(self, one: Candidate, asked: Asked) -> None:
        """Whether the gate that stopped a candidate had to, and was the first that did."""
        row = asked.policy.offers[one.offer]
        product = product_of(row, asked)
        found = asked.gates(row, one.channel, product, one.price_level)
        if one.gate is Gate.CAP:
            reached = caps_reached(asked, one.channel, row.purpose)
            if len(reached) == 1:
                self.met[f"cap {reached[0]}"] += 1
        first = next((gate for gate in Gate if gate in found and gate not in BESIDE), None)
        if one.gate not in found or (one.gate not in BESIDE and one.gate is not first):
            names = ", ".join(found) or "nothing"
            self._complain(f"needless {one.gate}", f"{one.offer} by {one.channel}: {names} does")


def _items_of(event: Event) -> tuple[str, ...]:
    body = event.body
    if isinstance(body, events.Shopping):
        return tuple(one.item_id for one in body.items)
    return tuple(one.item_id for one in body.line_items) if isinstance(body, events.Sale) else ()


def _outlet_of(event: Event) -> str | None:
    body = event.body
    if isinstance(body, events.CheckIn):
        return body.place_id
    return body.store_id if isinstance(body, events.Receipt) else None

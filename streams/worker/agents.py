"""From a chunk of records to the open unit: decode, read the row, step, write the row, publish.

The hot path. No logging, no framework calls; whatever a record does, the unit commits whole.
"""

from collections.abc import Callable
from typing import Any

from confluent_kafka import Message

from streams.codec.envelope import Headers, read_forward, ways
from streams.codec.exchanges import decode_exchange, is_exchange
from streams.codec.leasing import decode_said, is_leasing, refuse_said
from streams.codec.sources import Limits, decode
from streams.config import Settings
from streams.core.decide.life import end_all
from streams.core.decide.record import OfferMessage
from streams.core.errors import DecodeError
from streams.core.events import FORWARD_TOPIC, Event
from streams.core.fold import Outcome, fold
from streams.core.identity.joining import part_of, receive
from streams.core.identity.links import Link
from streams.core.identity.passing import pass_on
from streams.core.identity.routing import REFUSALS, Row, is_plain, route
from streams.core.leases.desk import Desk
from streams.core.leases.taking import settle
from streams.core.offers import Policy
from streams.core.profile.opened import NO_OFFERS
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import StepResult, step
from streams.core.timers import TIMED
from streams.kafka.chunks import Chunk
from streams.kafka.partitioner import partition_for
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.adopting import Adopted, Adopting
from streams.worker.firing import arrange, disarm
from streams.worker.leasing import Desks
from streams.worker.publishing import Publisher
from streams.worker.shadowing import Shadow
from streams.worker.sweeping import reindex
from streams.worker.tallying import tally_all

EXCHANGED = "exchanged"


class Folding:
    """Folds chunks into the unit, one at a time; the same for every partition of a worker."""

    def __init__(
        self, settings: Settings, adopting: Adopting, unit: Unit, shadow: Shadow | None = None
    ) -> None:
        """Look up once what every record needs."""
        prefix = settings.topic_prefix
        self._adopting = adopting
        self._shadow = shadow
        self._adopt(adopting.adopted)
        self._unit = unit
        self._prefix = prefix
        self._partitions = settings.partitions
        self._by_event_time = settings.decision_clock == "event"
        self._limits = Limits(
            record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
        )
        self._out = Publisher(settings, unit, shadow)
        self._desks = Desks(settings, unit, self._out)
        self._desk: Desk | None = None
        """Of the partition that is folded now; None where nothing is limited."""

    def fold(self, chunk: Chunk) -> None:
        """Fold every record of `chunk`, in order; the position moves behind the last one."""
        unit = self._unit
        opened = unit.partitions[chunk.partition]
        topic = chunk.topic.removeprefix(self._prefix)
        self.begin(opened)
        ledger = opened.ledger
        outcomes: dict[str, int] = {}
        fold_record: Callable[[str, Message, OpenPartition], str] = self._fold_record
        for record in chunk.records:
            outcome = fold_record(topic, record, opened)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        first, last = chunk.records[0].offset(), chunk.records[-1].offset()
        ledger.advance(chunk.topic, first or 0, (last or 0) + 1)
        totals = unit.totals
        totals.events += len(chunk.records)
        if topic == FORWARD_TOPIC:
            unit.returning.came(len(chunk.records))
        for outcome, number in outcomes.items():
            ledger.count(topic, outcome, number)
            totals.count(number, "event", topic, outcome)

    def begin(self, opened: OpenPartition) -> Policy:
        """Note that `opened` is part of the open unit; return the unit's policy."""
        unit = self._unit
        if not unit.started_s:  # the beginning of a unit: the only moment to change versions
            adopted = self._adopting.adopted
            if adopted is not self._adopted:
                self._adopt(adopted)
        unit.touch(opened)
        opened.ledger.adopted = self._versions
        self._desk = self._desks.limited(opened, self._policy)
        return self._policy

    def _adopt(self, adopted: Adopted) -> None:
        """Fold by `adopted` from now on; a shadow decides with the same model and products."""
        self._adopted = adopted
        self._policy = adopted.policy
        self._versions = adopted.versions
        if self._shadow is not None:
            self._shadow.follow(adopted)
            self._versions = {**adopted.versions, **self._shadow.versions}

    def current(self) -> Policy:
        """The policy of the unit, if it is open, else of the next one as things stand."""
        return self._policy if self._unit.started_s else self._adopting.adopted.policy

    def _fold_record(self, topic: str, record: Message, opened: OpenPartition) -> str:
        """Fold one record and return its outcome, one word of a closed set."""
        key: Any = record.key()  # bytes once decode() has accepted it
        headers: Any = record.headers()
        append_time_ms = record.timestamp()[1]
        ledger = opened.ledger
        try:
            if topic == FORWARD_TOPIC and is_exchange(headers):
                return self._exchange(record, opened, key, headers)
            if topic == FORWARD_TOPIC and is_leasing(headers):
                return self._hear(record, opened)
            event = decode(topic, key, record.value(), headers, append_time_ms, self._limits)
            row = opened.read(key)
            if row is None:
                if partition_for(key, self._partitions) != opened.number:
                    come = ways(headers).on()
                    return self._out.forward(topic, record, opened, key, come)
                row = new_profile(event.subject)
            now_ms = event.event_time_ms if self._by_event_time else append_time_ms
            if now_ms > ledger.clock_ms:  # noqa: PLR1730  # max() costs a call an event
                ledger.clock_ms = now_ms
            origin = event.subject
            if topic == FORWARD_TOPIC:
                origin = read_forward(headers).key.decode()
            if not is_plain(row, event, origin):
                return self._recognise(topic, record, opened, row, event, origin)
        except DecodeError as error:
            return self._out.dead_letter(topic, record, opened, error, headers)
        return self._step(row, event, key, opened, append_time_ms)

    def _step(  # noqa: PLR0913  # a record, its row, and where both belong
        self,
        row: Profile,
        event: Event,
        key: bytes,
        opened: OpenPartition,
        append_time_ms: int,
        *,
        changed: bool = False,
    ) -> str:
        """Fold into `row`, decide, publish; a row that was `changed` before is written anyway."""
        ledger = opened.ledger
        ledger.folded += 1
        desk = self._desk
        open_offers = row.contact.open_offers
        before = {**open_offers} if open_offers else NO_OFFERS
        result = step(
            row,
            event,
            policy=self._policy,
            now_ms=ledger.clock_ms,
            fold_sequence=ledger.folded,
            standing=desk,
        )
        if result.outcome is Outcome.APPLIED:
            if before or row.contact.open_offers:
                reindex(opened, key, before, row)
            if result.decision is not None or result.offers:
                self._out.publish(result, key, opened, append_time_ms)
            if result.trials:
                tally_all(result.trials, opened, self._policy, self._unit.totals)
            if desk is not None:
                settle(
                    desk,
                    row,
                    self._policy,
                    open_before=len(before),
                    body=event.body,
                    decision=result.decision,
                    messages=result.offers,
                )
            if result.decision is not None or type(event.body) in TIMED:
                arrange(opened, key, row, self._policy)
            changed = True
        if changed:
            opened.put(key, row)  # the last of all: what changes after it is lost
        return result.outcome.value

    def _recognise(  # noqa: PLR0913, PLR0917  # a record, and all that is known of it
        self,
        topic: str,
        record: Message,
        opened: OpenPartition,
        row: Row,
        event: Event,
        origin: str,
    ) -> str:
        """Link, unlink, erase, forward or fold with the part that it belongs to.

        Raises:
            DecodeError: it was forwarded too often already; nothing was sent or written.
        """
        headers: Any = record.headers()
        append_time_ms, key = record.timestamp()[1], event.subject.encode()
        now_ms = opened.ledger.clock_ms
        come = ways(headers)
        policy = self._policy.identity
        routed = route(row, event, origin, policy, returned=come.returns > 0)
        if routed.forward is not None:
            come = come.on(returns=routed.returns)
        if routed.verdict is not None:
            self._unit.totals.count(1, "identity", routed.verdict.value)
        if routed.ends is not None and routed.ends.contact.open_offers:
            ended = self._end_all(opened, key, routed.ends, event, routed.because)
            self._out.publish(StepResult(Outcome.APPLIED, None, ended), key, opened, append_time_ms)
        linked = routed.linked()
        if routed.ends is not None:
            disarm(opened, key, routed.ends)
        if linked is not None:
            opened.put(key, linked)
        for send in routed.sends:
            self._out.say(send, 1)
        if routed.forward is not None:
            return self._out.forward(topic, record, opened, routed.forward.encode(), come)
        profile = routed.fold
        if profile is None:
            outcome = Outcome.LATE if linked is None else Outcome.APPLIED
            return outcome.value
        part = part_of(profile, origin)
        if part is not None:
            fold(part, event, self._policy.fold, now_ms=now_ms)
        return self._step(profile, event, key, opened, append_time_ms, changed=True)

    def _end_all(
        self, opened: OpenPartition, key: bytes, profile: Profile, event: Event, because: str
    ) -> tuple[OfferMessage, ...]:
        before, now_ms = {**profile.contact.open_offers}, opened.ledger.clock_ms
        ended = end_all(profile, event, self._policy, because, now_ms=now_ms)
        reindex(opened, key, before, None)
        if self._desk is not None:
            settle(self._desk, profile, self._policy, open_before=len(before), body=None)
        return ended

    def _hear(self, record: Message, opened: OpenPartition) -> str:
        """Take in what another partition says about tokens.

        Raises:
            DecodeError: it says nothing, or what cannot be.
        """
        said = decode_said(record.key(), record.value(), self._partitions)
        desk = self._desks.at(opened, self._policy)
        if not desk.expects(said):
            expected = "what this partition asked for, or is the home of"
            raise refuse_said(expected, f"{said.verb} of {said.name}")
        desk.hear(said, opened.ledger.clock_ms)
        return EXCHANGED

    def _exchange(
        self, record: Message, opened: OpenPartition, key: bytes, headers: Headers
    ) -> str:
        """Take in what another partition says about a linked subject."""
        send, passed = decode_exchange(key, record.value(), headers)
        row: Any = opened.read(key)
        if row is None:
            if partition_for(key, self._partitions) != opened.number:
                self._out.say(send, passed + 1)
                return EXCHANGED
            row = new_profile(send.target)
        if type(row) is Link:
            changed, onward = pass_on(row, send.target, send)
            for one in onward:
                self._out.say(one, passed + 1)
            if type(changed) is not Profile:
                if changed is not None:
                    opened.put(key, changed)
                return EXCHANGED
            row = changed
        before = {**row.contact.open_offers}
        answers = receive(row, send, self._policy.identity)
        reindex(opened, key, before, row)
        arrange(opened, key, row, self._policy)
        opened.put(key, row)
        for answer in answers:
            if answer.subject == send.subject and answer.exchange in REFUSALS:
                self._unit.totals.count(1, "identity", REFUSALS[answer.exchange].value)
            self._out.say(answer, 1)
        return EXCHANGED

"""The oracle: what one fold of the topics, in the committed order, must have left behind.

It shares codec and core with the worker and nothing else: no transactions, no RocksDB, no batches.
The order comes from the reserved rows; the checks then say whether the worker did just this.
"""

from collections.abc import Mapping, Sequence

from streams.codec.envelope import Ways, read_forward, ways
from streams.codec.exchanges import decode_exchange, encode_exchange, is_exchange
from streams.codec.leasing import is_leasing
from streams.codec.outputs import (
    DECISION_TOPIC,
    SHADOW_TOPIC,
    encode_decision,
    encode_offer,
    forward_headers,
    offer_topic,
)
from streams.codec.rows import CALIBRATION_KEY, decode_row, encode_row, tally_key
from streams.codec.sources import decode
from streams.core.calibration import calibrate, predicted_of
from streams.core.decide.life import end_all
from streams.core.errors import DecodeError
from streams.core.events import FORWARD_TOPIC, Event
from streams.core.fold import Outcome, fold
from streams.core.identity.claims import SPEAKING, speaks
from streams.core.identity.joining import part_of, receive
from streams.core.identity.links import Link
from streams.core.identity.passing import pass_on
from streams.core.identity.routing import Send, route
from streams.core.offers import campaign_of
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.trials import Trial
from streams.core.step import StepResult, fire, step
from streams.core.tally import Tally, tally
from streams.core.timers import TIMED, next_timer, placed_ms, sooner_ms
from streams.kafka.partitioner import partition_for
from tests.integration.kept import TIMER, Expected, Fired, Kept, Ledger, Output, Swept, Unit
from tests.integration.policies import Policies
from tests.integration.reading import Logged
from tests.integration.sweeps import in_order, index_rows, lose
from tests.integration.tokens import Tokens


class Oracle(Policies):
    """Folds what Kafka kept again, with the same policy, limits and clock."""

    def refold(self, kept: Kept) -> Expected:
        """Fold every run of every committed unit, in the order of the commits."""
        expected = Expected()
        for partition, units in sorted(kept.units.items()):
            fold = _Fold(self, partition, expected)
            for unit in units:
                fold.unit(unit, kept)
            fold.end()
        return expected


class _Fold:
    """The fold of one partition, from its beginning."""

    def __init__(self, oracle: Oracle, partition: int, expected: Expected) -> None:
        self._oracle = oracle
        self._partition = partition
        self._expected = expected
        self._rows: dict[bytes, Profile | Link] = {}
        self._tallies: dict[bytes, Tally] = {}
        self._tokens = Tokens(partition, oracle.partitions, self._send)
        self._clock_ms = 0
        self._folded = 0
        self._policy = oracle.policy
        self._adopted: Mapping[str, str] = {}

    def unit(self, unit: Unit, kept: Kept) -> None:
        self._adopted = unit.ledger.adopted
        self._policy = self._oracle.policy_of(self._adopted)
        self._tokens.begin(self._policy, self._clock_ms)
        counts = self._expected.counts[self._partition]
        for number, run in enumerate(unit.ledger.runs):
            self._catch_up(unit.ledger, number)
            for record in kept.between((run.topic, self._partition), run.first, run.next):
                counts[f"{run.topic}|{self._outcome(record)}"] += 1
        self._catch_up(unit.ledger, len(unit.ledger.runs))

    def end(self) -> None:
        """Encode the rows; one that does not decode to itself would show as a difference."""
        rows = self._expected.rows[self._partition]
        for key, row in self._rows.items():
            rows[key] = encode_row(decode_row(encode_row(row)))
            if isinstance(row, Profile) and row.timers.row_ms:
                rows[TIMER + str(row.timers.row_ms).zfill(15).encode() + key] = b"1"
            if isinstance(row, Profile):
                rows |= dict.fromkeys(index_rows(row, key), b"1")
        for key, counted in (*self._tallies.items(), *self._tokens.items()):
            rows[key] = encode_row(counted)

    def _catch_up(self, ledger: Ledger, runs: int) -> None:
        """What the ledger says came due after so many runs, with what the profile makes of it."""
        for one in in_order(ledger, runs):
            if isinstance(one, Swept):
                self._sweep(one)
            else:
                self._fire(one)

    def _sweep(self, one: Swept) -> None:
        key = one.subject.encode()
        row = self._rows.get(key)
        before = len(row.contact.open_offers) if isinstance(row, Profile) else 0
        lost = lose(one, row, self._policy, self._clock_ms)
        if isinstance(row, Profile):
            self._tokens.settle(row, before, None, None)
        self._clock_ms = one.clock_ms
        for kind in lost.kinds:
            self._expected.counts[self._partition][f"withdrawn|{kind}"] += 1
        self._publish(StepResult(Outcome.APPLIED, None, lost.messages), key)

    def _fire(self, one: Fired) -> None:
        assert one.row_ms <= one.clock_ms >= self._clock_ms, f"fired early, or back in time: {one}"
        self._clock_ms = one.clock_ms
        self._folded += 1
        key = one.subject.encode()
        row = self._rows.get(key)
        assert isinstance(row, Profile), f"a timer of nobody: {one}"
        assert row.timers.row_ms == one.row_ms, f"no such timer row: {one}"
        timer = next_timer(row, self._policy)
        fired = timer if timer is not None and timer.due_ms <= self._clock_ms else None
        said = ("", 0) if fired is None else (fired.kind, fired.due_ms)
        assert (one.kind, one.due_ms) == said, f"{one}, but due was {said}"
        if fired is not None:
            self._expected.counts[self._partition][f"timer|{fired.kind}"] += 1
            before = len(row.contact.open_offers)
            result = fire(
                row,
                fired,
                policy=self._policy,
                now_ms=self._clock_ms,
                fold_sequence=self._folded,
                standing=self._tokens.standing,
            )
            self._tokens.settle(row, before, None, result)
            self._publish(result, key)
            self._tally(result.trials)
        row.timers.row_ms = placed_ms(row, self._policy, self._clock_ms)

    def _arrange(self, profile: Profile) -> None:
        at_ms = sooner_ms(profile, self._policy, self._clock_ms)
        profile.timers.row_ms = at_ms or profile.timers.row_ms

    def _outcome(self, record: Logged) -> str:
        oracle = self._oracle
        try:
            if record.topic == FORWARD_TOPIC and is_exchange(list(record.headers)):
                return self._exchange(record)
            if record.topic == FORWARD_TOPIC and is_leasing(list(record.headers)):
                return self._tokens.hear(record, self._clock_ms)
            event = decode(
                record.topic,
                record.key,
                record.value,
                list(record.headers),
                record.time_ms,
                oracle.limits,
            )
            key = event.subject.encode()
            row = self._rows.get(key)
            if row is None and partition_for(key, oracle.partitions) != self._partition:
                return self._forward(record, key, ways(list(record.headers)).on())
            now_ms = event.event_time_ms if oracle.by_event_time else record.time_ms
            self._clock_ms = max(self._clock_ms, now_ms)
            return self._routed(row or new_profile(event.subject), event, record)
        except DecodeError as error:
            self._expected.dead_letters[record[:3]] = error.reason
            return "dead_lettered"

    def _routed(self, row: Profile | Link, event: Event, record: Logged) -> str:
        """Link, unlink, forward or fold; what the worker asks only where it may matter."""
        key, origin = event.subject.encode(), event.subject
        if record.topic == FORWARD_TOPIC:
            origin = read_forward(list(record.headers)).key.decode()
        come = ways(list(record.headers))
        routed = route(row, event, origin, self._policy.identity, returned=come.returns > 0)
        if routed.forward is not None:
            come = come.on(returns=routed.returns)
        if routed.ends is not None:
            because, now_ms = routed.because, self._clock_ms
            before = len(routed.ends.contact.open_offers)
            ended = end_all(routed.ends, event, self._policy, because, now_ms=now_ms)
            self._publish(StepResult(Outcome.APPLIED, None, ended), key)
            self._tokens.settle(routed.ends, before, None, None)
            routed.ends.timers.row_ms = 0
        linked = routed.linked()
        if linked is not None:
            self._rows[key] = linked
        for send in routed.sends:
            self._say(send, 1)
        if routed.forward is not None:
            return self._forward(record, routed.forward.encode(), come)
        profile = routed.fold
        if profile is None:
            return "late" if linked is None else "applied"
        part = part_of(profile, origin)
        if part is not None:
            fold(part, event, self._policy.fold, now_ms=self._clock_ms)
        speaking = type(event.body) in SPEAKING and speaks(event.body)
        if profile is not row or part is not None or speaking:
            self._rows[key] = profile
        return self._step(profile, event, key)

    def _exchange(self, record: Logged) -> str:
        key = record.key or b""
        send, passed = decode_exchange(key, record.value, list(record.headers))
        row: Profile | Link | None = self._rows.get(key)
        if row is None:
            if partition_for(key, self._oracle.partitions) != self._partition:
                self._say(send, passed + 1)
                return "exchanged"
            row = new_profile(send.target)
        if isinstance(row, Link):
            changed, onward = pass_on(row, send.target, send)
            for one in onward:
                self._say(one, passed + 1)
            if not isinstance(changed, Profile):
                if changed is not None:
                    self._rows[key] = changed
                return "exchanged"
            row = changed
        answers = receive(row, send, self._policy.identity)
        self._rows[key] = row
        self._arrange(row)
        for answer in answers:
            self._say(answer, 1)
        return "exchanged"

    def _say(self, send: Send, ways: int) -> None:
        value, headers = encode_exchange(send, ways)
        key = send.target.encode()
        output = Output(key, value, tuple(headers))
        self._send(FORWARD_TOPIC, output, partition_for(key, self._oracle.partitions))

    def _step(self, profile: Profile, event: Event, key: bytes) -> str:
        self._folded += 1
        before = len(profile.contact.open_offers)
        result = step(
            profile,
            event,
            policy=self._policy,
            now_ms=self._clock_ms,
            fold_sequence=self._folded,
            standing=self._tokens.standing,
        )
        if result.outcome is Outcome.APPLIED:
            self._rows[key] = profile
            self._publish(result, key)
            self._tokens.settle(profile, before, event.body, result)
            if result.decision is not None or type(event.body) in TIMED:
                self._arrange(profile)
        self._tally(result.trials)
        return str(result.outcome.value)

    def _tally(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            counted = self._tallies.setdefault(tally_key(trial.offer), Tally(trial.offer))
            half_life_ms = self._policy.decision.trial_half_life_ms
            campaign = campaign_of(self._policy, trial.offer)
            at_ms = self._clock_ms
            tally(counted, trial, half_life_ms=half_life_ms, at_ms=at_ms, campaign=campaign)
            seen = self._tallies.setdefault(CALIBRATION_KEY, Tally(""))
            chance = predicted_of(trial, self._policy.acceptance, campaign)
            calibrate(seen, trial, chance, half_life_ms=half_life_ms, at_ms=self._clock_ms)

    def _publish(self, result: StepResult, key: bytes) -> None:
        for offer in result.offers:
            value, headers = encode_offer(offer, self._clock_ms)
            self._send(offer_topic(offer.channel), Output(key, value, tuple(headers)))
        if result.decision is not None:
            value, headers = encode_decision(result.decision)
            self._send(DECISION_TOPIC, Output(key, value, tuple(headers)))
            shadows = self._oracle.shadows
            for one in shadows.of(result.decision, self._adopted, self._policy, key):
                self._send(SHADOW_TOPIC, one)

    def _forward(self, record: Logged, key: bytes, come: Ways) -> str:
        headers = forward_headers(
            list(record.headers),
            topic=record.topic,
            partition=self._partition,
            offset=record.offset,
            key=record.key or b"",
            come=come,
        )
        output = Output(key, record.value, tuple(headers))
        self._send(FORWARD_TOPIC, output, partition_for(key, self._oracle.partitions))
        return "forwarded"

    def _send(self, topic: str, output: Output, partition: int | None = None) -> None:
        place = (topic, self._partition if partition is None else partition)
        self._expected.outputs[place].append(output)

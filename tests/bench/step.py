"""CPU microseconds an event of each pure part, by kind of event; no broker.

Two tables. One event at a time: its row is read and written around it, so every part shows. As in
the worker: its own `OpenPartition` keeps the rows of a unit and writes each changed one once; the
sum of that table is what an event costs, but for reading RocksDB. A third one says where
the step's time goes. Profiles are those of the mix after some minutes of traffic.
"""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from itertools import islice
from typing import Any, cast

from streams.codec.outputs import encode_decision, encode_offer
from streams.codec.rows import decode_row, encode_row, pack_row, plain_row
from streams.codec.sources import decode
from streams.config import Settings
from streams.core.events import Event
from streams.core.fold import Outcome
from streams.core.profile.opened import NO_OFFERS
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import StepResult, step
from streams.core.timers import TIMED
from streams.kafka.ledger import RESERVED, Ledger
from streams.kafka.rows import Identity, RowCodec
from streams.kafka.table import Store
from streams.kafka.unit import OpenPartition
from streams.worker.app import collect_seldom
from streams.worker.firing import arrange
from streams.worker.sweeping import reindex
from tests.bench.costs import Costs
from tests.bench.mix import BROKEN_EVERY, CLICK, Source, sources
from tests.bench.profiles import limits_of, policy_of
from tests.bench.spent import Spent
from tests.bench.stage import LEXICON, OFFERS

UNIT_EVENTS = 8_000
NOWHERE = Identity(cluster_id="", changelog_topic="", changelog_topic_id="", topic_ids={})


def add(parser: ArgumentParser) -> None:
    """Options of `step`."""
    parser.add_argument("--step-events", type=int, default=60_000, help="events after warming up")
    parser.add_argument("--warm-events", type=int, default=60_000, help="events before them")


def run(args: Namespace) -> dict[str, Any]:
    """Measure, print the tables, return the figures."""
    env = {"STREAMS_OFFERS_DIR": str(OFFERS), "STREAMS_LEXICON_DIR": str(LEXICON)}
    settings = Settings.from_env(env)
    kept, single = Kept(settings), Single(settings)
    collect_seldom()
    events, warm = args.step_events, args.warm_events
    for bench in (single, kept):
        bench.play(0, warm)
        bench.costs = Costs()
        bench.play(warm, events)
    print(f"\n### Step and codec, one event at a time\n\n{single.costs.table()}\n")
    print(f"\n### Step and codec, as in the worker\n\n{kept.costs.table()}\n")
    with Spent() as spent:
        kept.play(warm + events, events)
    print(f"\n### Where a step's time goes, us an event\n\n{spent.table()}\n")
    return {"single": single.costs.figures(), "worker": kept.costs.figures()}


class Single:
    """Rows in memory as a table would hold them; every event goes through bytes."""

    def __init__(self, settings: Settings) -> None:
        self.costs = Costs()
        self._rows: dict[str, bytes] = {}
        self._policy = policy_of(settings)
        self._limits = limits_of(settings)
        self._now_ms = time.time_ns() // 1_000_000
        self._folded = 0

    def play(self, first: int, count: int) -> None:
        """Fold the records numbered from `first`, a unit of them made at a time.

        Making one between two that are measured would leave the processor's caches to the maker.
        """
        numbered = enumerate(sources(first, count, seed=0, now_ms=self._now_ms), first)
        whole = (one for number, one in numbered if number % BROKEN_EVERY != BROKEN_EVERY - 1)
        while records := list(islice(whole, UNIT_EVENTS)):
            self.unit(records)

    def unit(self, records: Sequence[Source]) -> None:
        """Fold the records of one unit."""
        for record in records:
            self._one(record)

    def _one(self, record: Source) -> None:
        clock = time.thread_time
        began = clock()
        event = self.decoded(record)
        decoded = clock()
        row = self._rows.get(event.subject)
        profile = new_profile(event.subject) if row is None else _profile(decode_row(row))
        read = clock()
        result = self.stepped(profile, event)
        stepped = clock()
        _encode(result, self._now_ms)
        encoded = clock()
        row = self._rows[event.subject] = encode_row(profile)
        written = clock()
        self.costs.add(event, result, (began, decoded, read, stepped, encoded, written))
        self.costs.add_rows(event, seconds=0.0, row_bytes=len(row))

    def decoded(self, one: Source) -> Event:
        """The event of a record."""
        return decode(one.topic, one.key, one.value, one.headers, self._now_ms, self._limits)

    def stepped(self, profile: Profile, event: Event) -> StepResult:
        """What became of `event`."""
        self._folded += 1
        policy, folded = self._policy, self._folded
        return step(profile, event, policy=policy, now_ms=self._now_ms, fold_sequence=folded)


class Kept(Single):
    """Rows as a worker keeps them: one partition, and units of `UNIT_EVENTS`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        codec = RowCodec(decode=decode_row, encode=plain_row, seal=pack_row)
        self._store: dict[bytes, bytes] = {}
        # Of a store, an open partition asks for nothing but `get`.
        store = cast("Store", self._store)
        self._opened = OpenPartition(0, store, Ledger(positions={CLICK: 0}), codec)

    def unit(self, records: Sequence[Source]) -> None:
        """Fold the records of one unit, then write every row that changed, once."""
        events = [self._kept(record) for record in records]
        clock = time.thread_time
        began = clock()
        work = self._opened.take(NOWHERE)
        seconds = clock() - began
        self._store.update({key: row for key, row in work.rows if row is not None})
        self._opened.settled()
        rows = [row for key, row in work.rows if row is not None and not key.startswith(RESERVED)]
        row_bytes = sum(len(row) for row in rows) / len(rows)
        for event in events:
            self.costs.add_rows(event, seconds=seconds / len(events), row_bytes=row_bytes)

    def _kept(self, record: Source) -> Event:
        clock, opened, key = time.thread_time, self._opened, record.key
        began = clock()
        event = self.decoded(record)
        decoded = clock()
        row = opened.read(key)
        profile = new_profile(event.subject) if row is None else _profile(row)
        held = profile.contact.open_offers
        before = {**held} if held else NO_OFFERS
        read = clock()
        result = self.stepped(profile, event)
        stepped = clock()
        _encode(result, self._now_ms)
        encoded = clock()
        if result.outcome is Outcome.APPLIED:
            if before or held:
                reindex(opened, key, before, profile)
            if result.decision is not None or type(event.body) in TIMED:
                arrange(opened, key, profile, self._policy)
            opened.put(key, profile)
        written = clock()
        self.costs.add(event, result, (began, decoded, read, stepped, encoded, written))
        return event


def _profile(row: Any) -> Profile:
    assert isinstance(row, Profile), "the benchmark links no subjects"
    return row


def _encode(result: StepResult, now_ms: int) -> None:
    for offer in result.offers:
        encode_offer(offer, now_ms)
    if result.decision is not None:
        encode_decision(result.decision)

"""CPU microseconds an event of each pure part, by kind of event; no broker.

Profiles are those of the mix after some minutes of traffic, so that the rows have a real size.
"""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streams.codec.outputs import encode_decision, encode_offer
from streams.codec.rows import decode_row, encode_row
from streams.codec.sources import decode
from streams.config import Settings
from streams.core.events import Event, kind_of
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import StepResult, step
from tests.bench.mix import BROKEN_EVERY, Source, sources
from tests.bench.profiles import limits_of, policy_of
from tests.bench.stage import OFFERS
from tests.bench.table import markdown

PARTS = ("decode", "row in", "step", "encode out", "row out")


@dataclass(slots=True, kw_only=True)
class Cost:
    """What the events of one kind cost, and what they made."""

    events: int = 0
    offers: int = 0
    decisions: int = 0
    row_bytes: int = 0
    seconds: dict[str, float]

    def us(self, part: str) -> float:
        """Microseconds an event of one part."""
        return self.seconds[part] / self.events * 1e6


def add(parser: ArgumentParser) -> None:
    """Options of `step`."""
    parser.add_argument("--step-events", type=int, default=60_000, help="events after warming up")
    parser.add_argument("--warm-events", type=int, default=60_000, help="events before them")


def run(args: Namespace) -> dict[str, Any]:
    """Measure, print the table, return the figures."""
    bench = Bench(Settings.from_env({"STREAMS_OFFERS_DIR": str(OFFERS)}))
    now_ms = time.time_ns() // 1_000_000
    total = args.warm_events + args.step_events
    for number, one in enumerate(sources(0, total, seed=0, now_ms=now_ms)):
        if number == args.warm_events:
            bench.costs.clear()
        if number % BROKEN_EVERY != BROKEN_EVERY - 1:
            bench.one(one, now_ms)
    print(_table(bench.costs))
    return {
        kind: {"events": cost.events, **{part: cost.us(part) for part in PARTS}}
        for kind, cost in bench.costs.items()
    }


class Bench:
    """Rows in memory as a table would hold them; every event goes through bytes."""

    def __init__(self, settings: Settings) -> None:
        self.costs: dict[str, Cost] = {}
        self._rows: dict[str, bytes] = {}
        self._policy = policy_of(settings)
        self._limits = limits_of(settings)
        self._folded = 0
        self._clock_s = _clock_cost()

    def one(self, source: Source, now_ms: int) -> None:
        """Fold one record and add what each part cost to its kind."""
        clock = time.thread_time
        began = clock()
        event = self._decode(source, now_ms)
        decoded = clock()
        profile = self._read(event.subject)
        read = clock()
        self._folded += 1
        result = step(
            profile, event, policy=self._policy, now_ms=now_ms, fold_sequence=self._folded
        )
        stepped = clock()
        _encode(result, now_ms)
        encoded = clock()
        row = self._rows[event.subject] = encode_row(profile)
        written = clock()
        times = (began, decoded, read, stepped, encoded, written)
        self._note(event, result, len(row), times)

    def _decode(self, one: Source, now_ms: int) -> Event:
        return decode(one.topic, one.key, one.value, one.headers, now_ms, self._limits)

    def _read(self, subject: str) -> Profile:
        row = self._rows.get(subject)
        if row is None:
            return new_profile(subject)
        profile = decode_row(row)
        assert isinstance(profile, Profile), "the benchmark links no subjects"
        return profile

    def _note(
        self, event: Event, result: StepResult, row_bytes: int, times: tuple[float, ...]
    ) -> None:
        kind = kind_of(event.body)
        cost = self.costs.get(kind)
        if cost is None:
            cost = self.costs[kind] = Cost(seconds=dict.fromkeys(PARTS, 0.0))
        cost.events += 1
        cost.offers += len(result.offers)
        cost.decisions += result.decision is not None
        cost.row_bytes += row_bytes
        for part, start, end in zip(PARTS, times[:-1], times[1:], strict=True):
            cost.seconds[part] += end - start - self._clock_s


def _clock_cost() -> float:
    """Seconds that reading the thread's CPU clock takes: a system call, not nothing."""
    began = time.thread_time()
    for _ in range(10_000):
        time.thread_time()
    return (time.thread_time() - began) / 10_000


def _encode(result: StepResult, now_ms: int) -> None:
    for offer in result.offers:
        encode_offer(offer, now_ms)
    if result.decision is not None:
        encode_decision(result.decision)


def _table(costs: dict[str, Cost]) -> str:
    head = ["kind", *(f"{part} us" for part in PARTS), "sum us", "decisions", "offers", "row bytes"]
    whole = Cost(seconds=dict.fromkeys(PARTS, 0.0))
    for cost in costs.values():
        whole.events += cost.events
        whole.offers += cost.offers
        whole.decisions += cost.decisions
        whole.row_bytes += cost.row_bytes
        for part in PARTS:
            whole.seconds[part] += cost.seconds[part]
    ordered = sorted(costs.items(), key=lambda pair: -pair[1].events)
    rows = [_row(kind, cost) for kind, cost in [*ordered, ("all", whole)]]
    return f"\n### Step and codec, one event at a time\n\n{markdown(head, rows)}\n"


def _row(kind: str, cost: Cost) -> list[str]:
    parts: list[float] = [cost.us(part) for part in PARTS]
    share: Callable[[int], str] = lambda number: f"{number / cost.events:.2f}"  # noqa: E731
    return [
        kind,
        *(f"{one:.1f}" for one in parts),
        f"{sum(parts):.1f}",
        share(cost.decisions),
        share(cost.offers),
        f"{cost.row_bytes / cost.events:,.0f}",
    ]

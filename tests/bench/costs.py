"""CPU time by kind of event and part of the work, and its table."""

import time
from dataclasses import dataclass
from typing import Any

from streams.core.events import Event, kind_of
from streams.core.step import StepResult
from tests.bench.table import markdown

PARTS = ("decode", "row in", "step", "encode out", "row out")
_READINGS = 10_000


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


class Costs:
    """Sums by kind of event; times are of the thread's CPU clock."""

    def __init__(self) -> None:
        self._by_kind: dict[str, Cost] = {}
        self._clock_s = _clock_cost()

    def add(self, event: Event, result: StepResult, times: tuple[float, ...]) -> None:
        """One event that passed the readings `times`, one more than parts that are known now."""
        cost = self._of(kind_of(event.body))
        cost.events += 1
        cost.offers += len(result.offers)
        cost.decisions += result.decision is not None
        for part, start, end in zip(PARTS, times[:-1], times[1:], strict=False):
            cost.seconds[part] += end - start - self._clock_s

    def add_rows(self, event: Event, *, seconds: float, row_bytes: float) -> None:
        """What writing its row cost this event, or its share of writing all rows of a unit."""
        cost = self._of(kind_of(event.body))
        cost.seconds["row out"] += seconds
        cost.row_bytes += int(row_bytes)

    def _of(self, kind: str) -> Cost:
        if kind not in self._by_kind:
            self._by_kind[kind] = Cost(seconds=dict.fromkeys(PARTS, 0.0))
        return self._by_kind[kind]

    def whole(self) -> Cost:
        """All kinds together."""
        whole = Cost(seconds=dict.fromkeys(PARTS, 0.0))
        for cost in self._by_kind.values():
            whole.events += cost.events
            whole.offers += cost.offers
            whole.decisions += cost.decisions
            whole.row_bytes += cost.row_bytes
            for part in PARTS:
                whole.seconds[part] += cost.seconds[part]
        return whole

    def table(self) -> str:
        """Kind by kind, the frequent ones first, and all together."""
        columns = (*(f"{part} us" for part in PARTS), "sum us", "decisions", "offers", "row bytes")
        ordered = sorted(self._by_kind.items(), key=lambda pair: -pair[1].events)
        rows = [_row(kind, cost) for kind, cost in [*ordered, ("all", self.whole())]]
        return markdown(["kind", *columns], rows)

    def figures(self) -> dict[str, Any]:
        """Kind -> number of events and microseconds by part."""
        return {
            kind: {"events": cost.events, **{part: cost.us(part) for part in PARTS}}
            for kind, cost in [*self._by_kind.items(), ("all", self.whole())]
        }


def _clock_cost() -> float:
    """Seconds that reading the thread's CPU clock takes: a system call, not nothing."""
    began = time.thread_time()
    for _ in range(_READINGS):
        time.thread_time()
    return (time.thread_time() - began) / _READINGS


def _row(kind: str, cost: Cost) -> list[str]:
    parts = [cost.us(part) for part in PARTS]
    return [
        kind,
        *(f"{one:.1f}" for one in parts),
        f"{sum(parts):.1f}",
        f"{cost.decisions / cost.events:.2f}",
        f"{cost.offers / cost.events:.2f}",
        f"{cost.row_bytes / cost.events:,.0f}",
    ]

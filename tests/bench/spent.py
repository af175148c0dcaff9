"""Where the time of a step goes: its parts, timed from outside while it runs.

Each function that `core.step` calls is replaced by one that reads the clock before and after it.
What readings cost is taken off; what they disturb is not, so sums are a little above the step's.
"""

import time
from collections.abc import Callable
from typing import Any, Self

from streams.core import step as timed
from streams.core.events import Body, kind_of
from tests.bench.table import markdown

FIRST = "listen"
"""What `core.step` calls first, once an event."""
PARTS = {
    FIRST: "hear",
    "fold": "fold",
    "withdraw": "withdraw",
    "trigger_of": "match",
    "terms_of": "match",
    "may_bring": "match",
    "items_of": "match",
    "make_view": "view",
    "decide": "decide",
    "carry_out": "carry out",
}
"""Function of `core.step` -> part."""
_READINGS = 10_000


class Spent:
    """Seconds by kind of event and part, for as long as it is entered."""

    def __init__(self) -> None:
        self._seconds: dict[str, dict[str, float]] = {}
        self._events: dict[str, int] = {}
        self._kind = ""
        self._was: dict[str, Callable[..., Any]] = {}
        self._clock_s = _clock_cost()

    def __enter__(self) -> Self:
        """Begin to time."""
        for name, part in PARTS.items():
            self._was[name] = getattr(timed, name)
            setattr(timed, name, self._timing(part, self._was[name]))
        listen = getattr(timed, FIRST)

        def begin(body: Body, *others: Any) -> Any:
            self._kind = kind_of(body)
            self._events[self._kind] = self._events.get(self._kind, 0) + 1
            return listen(body, *others)

        setattr(timed, FIRST, begin)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the module as it was."""
        for name, function in self._was.items():
            setattr(timed, name, function)

    def _timing(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        clock = time.thread_time

        def call(*arguments: Any, **named: Any) -> Any:
            began = clock()
            result = function(*arguments, **named)
            seconds = clock() - began - self._clock_s
            spent = self._seconds.setdefault(self._kind, {})
            spent[part] = spent.get(part, 0.0) + seconds
            return result

        return call

    def table(self) -> str:
        """Microseconds an event of each kind, and of all together."""
        parts = list(dict.fromkeys(PARTS.values()))
        kinds = sorted(self._events, key=lambda kind: -self._events[kind])
        rows = [self._row(kind, [kind], parts) for kind in kinds]
        return markdown(["kind", *parts, "sum"], [*rows, self._row("all", kinds, parts)])

    def _row(self, name: str, kinds: list[str], parts: list[str]) -> list[str]:
        events = sum(self._events[kind] for kind in kinds)
        each = [
            sum(self._seconds[kind].get(part, 0.0) for kind in kinds) / events * 1e6
            for part in parts
        ]
        return [name, *(f"{one:.1f}" for one in each), f"{sum(each):.1f}"]


def _clock_cost() -> float:
    """Seconds between two readings of the clock with nothing in between."""
    began = time.thread_time()
    for _ in range(_READINGS):
        time.thread_time()
    return (time.thread_time() - began) / _READINGS

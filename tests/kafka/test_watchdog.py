"""The thread that ends a worker which lives but does not work."""

from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest

from streams.core.errors import StalledError
from streams.kafka import watchdog
from streams.kafka.lag import Ends
from streams.kafka.shell import Shell


class SleptError(Exception):
    """The watchdog has looked often enough for this test."""


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What the process would have ended with; the watchdog looks 40 times at most."""
    errors: list[BaseException] = []
    looks = iter(range(40))

    def end(error: BaseException) -> NoReturn:
        errors.append(error)
        raise SleptError

    def sleep(_: float) -> None:
        clock[0] += 5.0
        if next(looks, None) is None:
            raise SleptError

    clock = [0.0]
    monkeypatch.setattr(watchdog, "end_process", end)
    slow = SimpleNamespace(sleep=sleep, monotonic=lambda: clock[0])
    monkeypatch.setattr("streams.kafka.watchdog.time", slow)
    return errors


def shell(*, end: int) -> Any:
    """A worker that stands at 10 of a log that ends at `end`, and never commits."""
    ends = Ends()
    ends._high["a", 0] = end
    ledger = SimpleNamespace(positions={"a": 10})
    unit = SimpleNamespace(partitions={0: SimpleNamespace(ledger=ledger)}, committed_s=0.0)
    settings = SimpleNamespace(stall_max_ms=60_000)
    return cast(Shell, SimpleNamespace(ends=ends, unit=unit, settings=settings))


def test_lag_without_progress_for_a_minute_ends_the_worker(ended: list[BaseException]) -> None:
    """Polling keeps the membership, so nobody else would notice."""
    with pytest.raises(SleptError):
        watchdog._watch(shell(end=11))

    (error,) = ended
    assert isinstance(error, StalledError)
    assert "a partition 0 of a ready partition has lag" in str(error)


def test_idle_worker_is_left_alone(ended: list[BaseException]) -> None:
    """No lag: nothing to commit."""
    with pytest.raises(SleptError):
        watchdog._watch(shell(end=10))

    assert ended == []


def test_worker_that_goes_on_is_left_alone(ended: list[BaseException]) -> None:
    """There is always lag under load; the position moves."""
    busy = shell(end=10_000)
    positions = busy.unit.partitions[0].ledger.positions

    class Moving(dict[str, int]):
        def items(self) -> Any:
            self["a"] += 1
            return super().items()

    busy.unit.partitions[0].ledger.positions = Moving(positions)
    with pytest.raises(SleptError):
        watchdog._watch(busy)

    assert ended == []

"""Pace, bytes in flight and the truth file."""

import io

import pytest

from streams.worker.simulation.pace import InFlight, due
from streams.worker.simulation.records import SimulatedRecord
from streams.worker.simulation.truth import Fact, read_facts, write_fact


def test_due_follows_the_clock() -> None:
    """At 500 a second, 5 records are due after 10 ms, and none twice."""
    assert due(rate=500, elapsed_s=0.010, sent=0) == 5
    assert due(rate=500, elapsed_s=0.010, sent=5) == 0
    assert due(rate=500, elapsed_s=0.010, sent=7) == 0


def test_missed_time_is_caught_up() -> None:
    """After a second of silence, a second's records are due: a slow machine hides nothing."""
    assert due(rate=2_000, elapsed_s=2.0, sent=2_000) == 2_000


def test_in_flight_counts_until_committed() -> None:
    """The fullest partition counts; a commit frees everything below its position."""
    flight = InFlight()
    flight.add(("a", 0), 10, 100)
    flight.add(("a", 0), 11, 50)
    flight.add(("a", 1), 4, 120)

    assert (flight.fullest(), flight.records()) == (150, 3)

    flight.committed({("a", 0): 11, ("b", 0): 99})

    assert (flight.fullest(), flight.records()) == (120, 2)


def test_nothing_in_flight_is_zero() -> None:
    """At the start, and when the worker has caught up."""
    flight = InFlight()
    assert flight.fullest() == 0

    flight.add(("a", 0), 0, 9)
    flight.committed({("a", 0): 1})

    assert (flight.fullest(), flight.records()) == (0, 0)


@pytest.mark.parametrize("key", [b"customer:1", None])
def test_truth_line_reads_back(key: bytes | None) -> None:
    """What was acknowledged where, with what is wrong with it."""
    file = io.BytesIO()
    record = SimulatedRecord(
        topic="pos.transaction.v1",
        key=key,
        value=b"{}",
        headers=[],
        event_id="pos:1:1:2017-01-01:9",
        kind="sale",
        event_time_ms=7,
        planted="schema",
    )

    write_fact(file, record, 3, 42)

    assert file.getvalue().count(b"\n") == 1
    assert list(read_facts(io.BytesIO(file.getvalue()))) == [
        Fact(
            topic="pos.transaction.v1",
            partition=3,
            offset=42,
            key=None if key is None else "customer:1",
            id="pos:1:1:2017-01-01:9",
            kind="sale",
            event_time_ms=7,
            planted="schema",
        )
    ]

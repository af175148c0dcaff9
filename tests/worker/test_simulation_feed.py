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


def test_in_flight_is_what_the_worker_has_not_taken() -> None:
    """Three records of 100, 50 and 120 bytes; the worker has the first two."""
    flight = InFlight()
    flight.add(100)
    flight.add(50)
    flight.add(120)

    assert (flight.bytes, flight.records()) == (270, 3)

    flight.taken(2)

    assert (flight.bytes, flight.records()) == (120, 1)


def test_worker_may_be_ahead_of_the_acknowledgements() -> None:
    """It may commit a record before the feed has heard of the broker's acknowledgement."""
    flight = InFlight()
    flight.taken(1)
    flight.add(9)
    flight.add(5)

    assert (flight.bytes, flight.records()) == (5, 1)


def test_worker_that_started_again_counts_from_zero() -> None:
    """2 before its restart and 1 after it are 3."""
    flight = InFlight()
    flight.add(9)
    flight.add(9)
    flight.add(9)
    flight.add(4)
    flight.taken(2)
    flight.taken(1)

    assert (flight.bytes, flight.records()) == (4, 1)


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

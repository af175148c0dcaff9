"""Simulated events: repeatable, valid, in the promised mix, and skewed."""

import hashlib
from collections import Counter
from itertools import islice

import pytest

from streams.codec.sources import Limits, decode
from streams.core.errors import DecodeError
from streams.worker.simulation.generator import generate
from streams.worker.simulation.records import Faults, SimulatedRecord, encode_all, spoil

START_MS = 1_790_000_000_000
LIMITS = Limits(record_bytes_max=262_144, future_max_ms=300_000)
COUNT = 10_000


def made(
    count: int = COUNT, *, seed: int = 1, faults: Faults | None = None
) -> list[SimulatedRecord]:
    """The first `count` records of a seed."""
    events = generate(seed=seed, customers=10_000, start_ms=START_MS, step_us=500)
    return list(islice(encode_all(events, faults or Faults()), count))


def digest(records: list[SimulatedRecord]) -> str:
    """One hash over everything that goes to Kafka."""
    whole = hashlib.sha256()
    for one in records:
        whole.update(repr((one.topic, one.key, one.value, one.headers)).encode())
    return whole.hexdigest()


@pytest.fixture(scope="module")
def records() -> list[SimulatedRecord]:
    """Ten thousand valid records."""
    return made()


def test_same_seed_gives_the_same_bytes() -> None:
    """Faults included; another seed gives other bytes."""
    faults = Faults(seed=1, bad_share=0.05, duplicate_share=0.05)

    assert digest(made(2_000, faults=faults)) == digest(made(2_000, faults=faults))
    assert digest(made(2_000)) != digest(made(2_000, seed=2))


def test_bytes_of_a_seed_never_change() -> None:
    """A seed named in a report must give the same load next year, on any Python."""
    assert digest(made(2_000))[:16] == "8da8784cf0bf5e85"


def test_every_record_decodes_to_what_the_truth_says(records: list[SimulatedRecord]) -> None:
    """Event id, time and subject are the ones the worker will see."""
    events = [
        decode(one.topic, one.key, one.value, one.headers, one.event_time_ms, LIMITS)
        for one in records
    ]

    assert [one.event_id for one in events] == [one.event_id for one in records]
    assert [one.event_time_ms for one in events] == [one.event_time_ms for one in records]
    assert [one.subject.encode() for one in events] == [one.key for one in records]


def test_event_ids_never_repeat(records: list[SimulatedRecord]) -> None:
    """A repeated id would be a duplicate nobody planted."""
    assert len({one.event_id for one in records}) == COUNT


def test_mix_and_size_are_those_of_a_busy_shop(records: list[SimulatedRecord]) -> None:
    """Two thirds clicks, a sixth receipts, a sixth posts, about 450 bytes each."""
    shares = {topic: n / COUNT for topic, n in Counter(one.topic for one in records).items()}

    assert shares["clickstream.event.v1"] == pytest.approx(0.66, abs=0.02)
    assert shares["pos.transaction.v1"] == pytest.approx(0.165, abs=0.02)
    assert shares["social.activity.v1"] == pytest.approx(0.165, abs=0.02)
    assert shares["service.interaction.v1"] == pytest.approx(0.005, abs=0.003)
    assert shares["channel.outcome.v1"] == pytest.approx(0.005, abs=0.003)
    assert 400 < sum(len(one.value) for one in records) / COUNT < 500
    assert {"sale", "return", "void"} <= {one.kind for one in records}


def test_customers_are_skewed_but_none_dominates(records: list[SimulatedRecord]) -> None:
    """The busiest tenth makes about half of the events; nobody makes one in a hundred."""
    counts = [n for _, n in Counter(one.key for one in records).most_common()]

    assert sum(counts[:1_000]) / COUNT == pytest.approx(0.5, abs=0.08)
    assert counts[0] < COUNT // 100


def test_event_time_advances_by_the_step(records: list[SimulatedRecord]) -> None:
    """500 us apart: the last of 10,000 is 4,999.5 ms after the first."""
    assert records[0].event_time_ms == START_MS
    assert records[-1].event_time_ms == START_MS + 4_999


@pytest.mark.parametrize(
    "planted", ["undecodable", "schema", "keyless", "key", "envelope", "future", "oversized"]
)
def test_planted_record_is_refused_for_its_reason(
    records: list[SimulatedRecord], planted: str
) -> None:
    """A bad record breaks one rule, the one the truth file names."""
    bad = spoil(records[0], planted, Faults(), number=1)  # type: ignore[arg-type]  # from the list above

    with pytest.raises(DecodeError) as caught:
        decode(bad.topic, bad.key, bad.value, bad.headers, START_MS, LIMITS)

    assert caught.value.reason == planted == bad.planted


def test_late_record_is_valid_and_older_than_the_bound(records: list[SimulatedRecord]) -> None:
    """It decodes; only its age is wrong."""
    click = next(one for one in records if one.topic == "clickstream.event.v1")
    late = spoil(click, "late", Faults(lateness_max_ms=1_000), number=1)

    event = decode(late.topic, late.key, late.value, late.headers, START_MS, LIMITS)

    assert event.event_time_ms < click.event_time_ms - 1_000
    assert event.event_id == late.event_id != click.event_id


def test_shares_of_planted_records_are_kept() -> None:
    """5 % duplicates and 3 % bad ones come in addition to all that is valid."""
    found = made(faults=Faults(seed=1, bad_share=0.03, duplicate_share=0.05))
    counts = Counter(one.planted for one in found)

    assert counts["duplicate"] / counts[None] == pytest.approx(0.05, abs=0.01)
    bad = sum(n for planted, n in counts.items() if planted not in {None, "duplicate"})
    assert bad / counts[None] == pytest.approx(0.03, abs=0.01)
    valid = [one for one in found if one.planted is None]
    assert digest(valid) == digest(made(len(valid)))


def test_duplicate_is_a_copy_of_one_of_the_last_64() -> None:
    """Near enough for a worker to remember the first of the two."""
    found = made(5_000, faults=Faults(seed=1, duplicate_share=0.1))
    place = next(n for n, one in enumerate(found) if one.planted == "duplicate")
    copy = found[place]

    before = [one for one in found[max(0, place - 80) : place] if one.planted is None][-64:]

    assert copy.value in {one.value for one in before}
    assert copy.event_id in {one.event_id for one in before}

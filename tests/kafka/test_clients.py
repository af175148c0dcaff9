"""The librdkafka properties that exactly once depends on; each was a trap once."""

import pytest

from streams.config import Settings
from streams.kafka.clients import (
    group_consumer,
    probe_consumer,
    produced_bytes_max,
    restore_consumer,
    source_bytes_max,
    transactional_producer,
)

SETTINGS = Settings(worker_name="w1", application_id="app")
GROUP = group_consumer(SETTINGS, client_id="w1@127.0.0.1:1")
PRODUCER = transactional_producer(SETTINGS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("group.protocol", "classic"),
        ("partition.assignment.strategy", "range"),
        ("auto.offset.reset", "error"),
        ("isolation.level", "read_committed"),
        ("enable.auto.commit", False),
        ("enable.auto.offset.store", False),
        ("allow.auto.create.topics", False),
    ],
)
def test_member_of_the_group(name: str, value: object) -> None:
    """Classic protocol and range; no offset moves by itself; no record is jumped in silence."""
    assert GROUP[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("transactional.id", "app-w1"),
        ("transaction.timeout.ms", 10_000),
        ("retry.backoff.ms", 5),
        ("partitioner", "murmur2_random"),
        ("queue.buffering.max.kbytes", 65_536),
        ("allow.auto.create.topics", False),
    ],
)
def test_producer(name: str, value: object) -> None:
    """A stable id per worker name, quick retries, Java's partitioner, a bounded queue."""
    assert PRODUCER[name] == value


def test_what_a_worker_writes_may_be_larger_than_what_it_reads() -> None:
    """A dead letter is a record and its reason: 64 KiB of room."""
    assert source_bytes_max(SETTINGS) == 1_048_576
    assert produced_bytes_max(SETTINGS) == 1_048_576 + 65_536
    assert PRODUCER["message.max.bytes"] == produced_bytes_max(SETTINGS)


def test_readers_have_a_bounded_queue() -> None:
    """16 MiB each, however many partitions."""
    assert GROUP["queued.max.messages.kbytes"] == 16_384
    assert restore_consumer(SETTINGS)["queued.max.messages.kbytes"] == 16_384


def test_restore_reads_what_is_committed_and_is_told_of_the_end() -> None:
    """An aborted row must never reach a store."""
    config = restore_consumer(SETTINGS)

    assert config["isolation.level"] == "read_committed"
    assert config["enable.partition.eof"] is True


def test_committed_offsets_are_asked_for_under_the_groups_name() -> None:
    """With read_committed the broker waits for pending transactional offsets (KIP-447)."""
    config = probe_consumer(SETTINGS, isolation="read_committed")

    assert (config["group.id"], config["isolation.level"]) == ("app", "read_committed")

"""The librdkafka properties that exactly once depends on, in one place, each with its reason."""

import logging
from typing import Any

from confluent_kafka import KafkaError

from streams.config import Settings

log = logging.getLogger(__name__)

# A dead letter carries the record and its headers, a changelog row a whole profile.
RECORD_OVERHEAD_BYTES = 65_536
SOURCE_MESSAGE_BYTES_MAX = 1_048_576


def connection(settings: Settings) -> dict[str, Any]:
    """Broker addresses, security, and no topic made by asking for it: for every client."""
    return {
        "bootstrap.servers": settings.bootstrap_servers,
        "logger": log,
        "error_cb": _on_error,
        **settings.kafka,
    }


def source_bytes_max(settings: Settings) -> int:
    """Largest record of a source topic: room for one above the folding limit."""
    return max(SOURCE_MESSAGE_BYTES_MAX, settings.record_bytes_max + RECORD_OVERHEAD_BYTES)


def produced_bytes_max(settings: Settings) -> int:
    """Largest record a worker writes: a source record and what a dead letter adds."""
    return source_bytes_max(settings) + RECORD_OVERHEAD_BYTES


def group_consumer(settings: Settings, *, client_id: str) -> dict[str, Any]:
    """The one consumer of the source topics."""
    return connection(settings) | {
        "client.id": client_id,
        "group.id": settings.application_id,
        # KIP-848 groups move the epoch without a callback; fencing needs the classic protocol.
        "group.protocol": "classic",
        # Topics with equal partition counts: range gives partition n of every topic to one worker.
        "partition.assignment.strategy": "range",
        "allow.auto.create.topics": settings.broker_kind == "embedded",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        # Tells a finished partition from one whose last offset is a transaction's marker.
        "enable.partition.eof": True,
        # Never jump over records in silence; the takeover decides where to start.
        "auto.offset.reset": "error",
        "isolation.level": "read_committed",
        "session.timeout.ms": settings.session_timeout_ms,
        "heartbeat.interval.ms": max(500, settings.session_timeout_ms // 6),
        "max.poll.interval.ms": max(settings.max_poll_interval_ms, settings.session_timeout_ms),
        "fetch.wait.max.ms": 20,
        "fetch.queue.backoff.ms": 20,
        "fetch.message.max.bytes": source_bytes_max(settings),
        "queued.max.messages.kbytes": 16_384,
        "topic.metadata.refresh.interval.ms": 10_000,
    }


def restore_consumer(settings: Settings) -> dict[str, Any]:
    """Reads the changelog of all partitions being restored; member of no group."""
    return connection(settings) | {
        "group.id": f"{settings.application_id}-restore",
        "allow.auto.create.topics": False,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "error",
        "isolation.level": "read_committed",
        "fetch.wait.max.ms": 20,
        "fetch.queue.backoff.ms": 5,
        "queued.max.messages.kbytes": 16_384,
    }


def reference_consumer(settings: Settings) -> dict[str, Any]:
    """Reads reference topics from their beginning and follows them; member of no group."""
    return connection(settings) | {
        "group.id": f"{settings.application_id}-reference",
        "allow.auto.create.topics": False,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        # Compaction may have removed the first offsets; what is left is all there is to know.
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        # It waits most of its life: a fetch that finds nothing may take its time.
        "fetch.wait.max.ms": 250,
        "queued.max.messages.kbytes": 16_384,
    }


def offers_consumer(settings: Settings) -> dict[str, Any]:
    """Reads the offers of one channel and follows them; member of no group, alone with itself."""
    return reference_consumer(settings) | {
        "group.id": f"{settings.application_id}-channel",
        # What is read ahead is decoded at once; a start reads some hundred thousand records.
        "queued.max.messages.kbytes": 65_536,
        "fetch.queue.backoff.ms": 5,
    }


def probe_consumer(settings: Settings, *, isolation: str) -> dict[str, Any]:
    """Asks for offsets and never joins: committed ones of the group, and ends of logs."""
    return connection(settings) | {
        "group.id": settings.application_id,
        "allow.auto.create.topics": False,
        "enable.auto.commit": False,
        "isolation.level": isolation,
    }


def outcome_producer(settings: Settings) -> dict[str, Any]:
    """Sends what a channel reports; whoever reports waits for the broker's answer."""
    return connection(settings) | {
        "client.id": f"{settings.application_id}-channel",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "allow.auto.create.topics": False,
        # Above the 2 s in which a cluster elects a leader, below the patience of a caller.
        "delivery.timeout.ms": 8_000,
        "message.max.bytes": source_bytes_max(settings),
        "queue.buffering.max.messages": 10_000,
        "linger.ms": 2,
        "retry.backoff.ms": 20,
    }


def transactional_producer(settings: Settings) -> dict[str, Any]:
    """The one producer of a worker: everything it writes goes through its transactions."""
    return connection(settings) | {
        "client.id": settings.worker_name,
        # Stable per worker name: starting again frees at once what a killed predecessor held.
        "transactional.id": f"{settings.application_id}-{settings.worker_name}",
        "transaction.timeout.ms": settings.transaction_timeout_ms,
        "partitioner": "murmur2_random",
        "allow.auto.create.topics": settings.broker_kind == "embedded",
        "message.max.bytes": produced_bytes_max(settings),
        "linger.ms": 2,
        "batch.num.messages": 100_000,
        "batch.size": 1_000_000,
        "queue.buffering.max.kbytes": 65_536,
        "queue.buffering.max.messages": 1_000_000,
        # The default 100 ms stalls every transaction while partitions are being added to it.
        "retry.backoff.ms": 5,
        "retry.backoff.max.ms": 50,
    }


def _on_error(error: KafkaError) -> None:
    # librdkafka reconnects by itself; what cannot heal comes back from the call that needed it.
    log.warning("kafka client: %s", error.str())

"""The embedded broker of the demo: what it does, and which limits really hold."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from streams.core.errors import ConfigError, RestartError
from streams.kafka.embedded import PARTITION_BYTES_MAX, EmbeddedBroker

QUIET = {"log_level": 0}


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    """One embedded broker for this module."""
    with EmbeddedBroker() as started:
        yield started


def test_topics_have_the_partitions_asked_for(broker: EmbeddedBroker) -> None:
    """A topic is made once, with its own count; asking again changes nothing."""
    broker.create({"seven": 7, "one": 1})
    broker.create({"seven": 3})

    topics = _producer(broker).list_topics(timeout=10).topics
    assert len(topics["seven"].partitions) == 7
    assert len(topics["one"].partitions) == 1


def test_wrong_topic_name_is_refused(broker: EmbeddedBroker) -> None:
    """A name that Kafka would not take never reaches the child."""
    with pytest.raises(ConfigError, match="not allowed"):
        broker.create({"two words": 1})


def test_group_reads_from_its_committed_position(broker: EmbeddedBroker) -> None:
    """A member that comes after another waits a second less than the session timeout."""
    broker.create({"grouped": 2})
    _produce(broker, "grouped", [b"first", b"second"])
    first = _consumer(broker, "grouped")
    assert _read(first, 1) == [b"first"]
    first.commit(offsets=[TopicPartition("grouped", 0, 1)], asynchronous=False)
    first.close()

    started = time.monotonic()
    second = _consumer(broker, "grouped")
    values = _read(second, 1)
    second.close()

    assert values == [b"second"]
    assert 0.9 < time.monotonic() - started < 2.9


def test_transactions_are_accepted_and_mean_nothing(broker: EmbeddedBroker) -> None:
    """An aborted record is read, and offsets sent with a transaction are forgotten."""
    broker.create({"transacted": 2})
    consumer = _consumer(broker, "transacted")
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "t"} | QUIET)
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce("transacted", b"aborted", partition=0)
    producer.flush(10)
    producer.abort_transaction(10)
    producer.begin_transaction()
    producer.produce("transacted", b"committed", partition=0)
    values = _read(consumer, 2)
    position = [TopicPartition("transacted", 0, 2)]

    producer.send_offsets_to_transaction(position, consumer.consumer_group_metadata(), 10)
    producer.commit_transaction(10)
    (committed,) = consumer.committed(position, 10)
    consumer.close()

    assert values == [b"aborted", b"committed"]
    assert committed.offset < 0


def test_partition_drops_its_oldest_records_beyond_the_bound(broker: EmbeddedBroker) -> None:
    """Nothing says so: the feed must be no faster than the readers."""
    broker.create({"bounded": 1})
    value = os.urandom(100_000)
    _produce(broker, "bounded", [value] * 80)
    consumer = _consumer(broker, "bounded")

    low, high = consumer.get_watermark_offsets(TopicPartition("bounded", 0), timeout=10)
    consumer.close()

    assert high == 80
    kept_bytes = (high - low) * len(value)
    assert 0.5 * PARTITION_BYTES_MAX < kept_bytes <= PARTITION_BYTES_MAX


def test_broker_dies_with_its_parent() -> None:
    """Kill -9 of the process that started the embedded broker ends it too."""
    program = (
        "import time; from streams.kafka.embedded import EmbeddedBroker as B\n"
        "b = B(); b.start(); print(b.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))

        parent.send_signal(signal.SIGKILL)

        gone, _ = psutil.wait_procs([child], timeout=5)
    assert gone == [child]


def test_stop_ends_the_child() -> None:
    """stop() leaves no process and may be called again."""
    broker = EmbeddedBroker()
    broker.start()
    child = psutil.Process(broker.pid)

    broker.stop()
    broker.stop()

    assert not child.is_running()


def test_dead_child_is_named() -> None:
    """A broker that was killed is reported, not waited for."""
    broker = EmbeddedBroker()
    broker.start()
    os.kill(broker.pid, signal.SIGKILL)

    with pytest.raises(RestartError, match="making topic t on the embedded broker"):
        broker.create({"t": 1})


def _producer(broker: EmbeddedBroker) -> Producer:
    return Producer({"bootstrap.servers": broker.bootstrap} | QUIET)


def _produce(broker: EmbeddedBroker, topic: str, values: list[bytes]) -> None:
    producer = _producer(broker)
    for value in values:
        producer.produce(topic, value, partition=0)
    assert producer.flush(10) == 0


def _consumer(broker: EmbeddedBroker, topic: str) -> Consumer:
    properties = {
        "bootstrap.servers": broker.bootstrap,
        "group.id": f"{topic}-readers",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "session.timeout.ms": 2_000,
        "heartbeat.interval.ms": 500,
    }
    consumer = Consumer(properties | QUIET)
    consumer.subscribe([topic])
    return consumer


def _read(consumer: Consumer, count: int) -> list[bytes | None]:
    return [record.value() for record in consumer.consume(count, 10)]

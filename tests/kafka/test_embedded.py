"""The embedded broker of the demo: what it does, and which limits really hold."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from confluent_kafka import (
    TIMESTAMP_CREATE_TIME,
    Consumer,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from streams.core.errors import ConfigError, RestartError
from streams.kafka.embedded import PARTITION_BYTES_MAX, EmbeddedBroker

QUIET: dict[str, str | int | float | bool] = {"log_level": 0}


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


def test_second_producer_of_an_id_does_not_fence_the_first(broker: EmbeddedBroker) -> None:
    """On real Kafka the first one's commit would fail."""
    broker.create({"unfenced": 1})
    properties = {"bootstrap.servers": broker.bootstrap, "transactional.id": "twice"} | QUIET
    first, second = Producer(properties), Producer(properties)
    first.init_transactions(10)
    second.init_transactions(10)

    first.begin_transaction()
    first.produce("unfenced", b"from a zombie", partition=0)
    first.commit_transaction(10)

    consumer = _consumer(broker, "unfenced")
    assert _read(consumer, 1) == [b"from a zombie"]
    consumer.close()


def test_topic_made_by_asking_has_four_partitions(broker: EmbeddedBroker) -> None:
    """Which is why every topic is made first, with the count it needs."""
    topic = _producer(broker).list_topics("asked-for", timeout=10).topics["asked-for"]

    assert len(topic.partitions) == 4


def test_records_keep_the_producers_time(broker: EmbeddedBroker) -> None:
    """There is no append time: the decision clock follows whatever the producer says."""
    broker.create({"stamped": 1})
    producer = _producer(broker)
    producer.produce("stamped", b"old", partition=0, timestamp=1_000)
    assert producer.flush(10) == 0
    consumer = _consumer(broker, "stamped")

    (record,) = consumer.consume(1, 10)
    consumer.close()

    assert record.timestamp() == (TIMESTAMP_CREATE_TIME, 1_000)


def test_groups_cannot_be_described(broker: EmbeddedBroker) -> None:
    """So a command cannot find the owner of a subject by asking the broker."""
    admin = AdminClient(QUIET | {"bootstrap.servers": broker.bootstrap})
    answer = admin.describe_consumer_groups(["any"], request_timeout=5)["any"]

    with pytest.raises(KafkaException, match="not supported by broker"):
        answer.result(10)


def test_partition_drops_its_oldest_records_beyond_the_bound(broker: EmbeddedBroker) -> None:
    """Nothing says so: the feed must be no faster than the readers."""
    broker.create({"bounded": 1})
    value = os.urandom(100_000)
    _produce(broker, "bounded", [value] * 80)
    # It joins no group: one that is closed while it is given partitions may wait for ever.
    consumer = Consumer(QUIET | {"bootstrap.servers": broker.bootstrap, "group.id": "nobody"})

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

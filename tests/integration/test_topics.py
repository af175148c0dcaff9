"""Topics on real Apache Kafka: made as specified, never changed, and every difference named."""

import time
from collections.abc import Callable

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # exported at run time
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from streams.cli.main import main
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.kafka.partitioner import partition_for
from streams.kafka.topics import Admin, check, cluster_id, create, topic_ids
from streams.worker.topics import specs
from tests.integration.broker import Bootstrap

MakeSettings = Callable[..., Settings]


@pytest.fixture
def settings(kafka: Bootstrap, make_settings: MakeSettings) -> Settings:
    """Settings of a deployment of this test alone."""
    return make_settings(kafka)


@pytest.fixture
def admin(settings: Settings) -> Admin:
    """A client of the broker."""
    return Admin(settings)


def test_created_topics_pass_the_check(admin: Admin, settings: Settings) -> None:
    """What create makes is what check wants; a second create finds nothing to do."""
    wanted = specs(settings)
    plan = create(admin, wanted, apply=True)

    assert len(plan) == 25
    assert check(admin, wanted) == []
    assert create(admin, wanted, apply=True) == []


def test_plan_writes_nothing(admin: Admin, settings: Settings) -> None:
    """Without apply the plan is the same, and no topic is there."""
    plan = create(admin, specs(settings), apply=False)

    assert len(plan) == 25
    (problem,) = check(admin, specs(settings))
    assert problem.endswith("does not exist; run: streams topics create --apply")
    assert problem.count(settings.topic_prefix) == 25


def test_check_makes_no_topic(admin: Admin, settings: Settings) -> None:
    """Asking for topics must not make them, though the broker would."""
    check(admin, specs(settings))
    with pytest.raises(ConfigError, match=r"decision.log.v1: does not exist"):
        topic_ids(admin, [f"{settings.topic_prefix}decision.log.v1"])

    names = admin.list_topics(timeout=10).topics
    assert [name for name in names if name.startswith(settings.topic_prefix)] == []


@pytest.mark.parametrize("count", [3, 5])
def test_other_partition_count_is_refused(
    admin: Admin, settings: Settings, make_settings: MakeSettings, kafka: Bootstrap, count: int
) -> None:
    """Neither shrinking nor growing: keys would leave their state. Nothing is written."""
    create(admin, specs(settings), apply=True)
    other = specs(make_settings(kafka, partitions=count, topic_prefix=settings.topic_prefix))

    with pytest.raises(ConfigError) as refused:
        create(admin, other, apply=True)

    (problem,) = refused.value.problems
    assert f"pos.transaction.v1, {settings.topic_prefix}social" in problem
    assert f"expected {count} partitions, found 4;" in problem
    assert "STREAMS_PARTITIONS=4" in problem
    assert check(admin, specs(settings)) == []


def test_auto_created_topic_is_named(admin: Admin, settings: Settings) -> None:
    """A producer that came first made a source topic with the broker's defaults."""
    name = f"{settings.topic_prefix}pos.transaction.v1"
    _create(admin, NewTopic(name, settings.partitions, 1))

    with pytest.raises(ConfigError) as refused:
        create(admin, specs(settings), apply=True)

    stamp, size = sorted(refused.value.problems, reverse=True)
    assert stamp.startswith(
        f"topic {name}: expected message.timestamp.type LogAppendTime, found CreateTime; run"
    )
    assert stamp.endswith("--add-config message.timestamp.type=LogAppendTime")
    assert "expected max.message.bytes 1048576, found 1048588" in size


@pytest.mark.parametrize(
    ("topic", "change", "told"),
    [
        ("CHANGELOG", "cleanup.policy=compact,delete", "compact, found compact,delete"),
        ("CHANGELOG", "delete.retention.ms=60000", "at least 86400000, found 60000"),
        ("pos.transaction.v1.dlq", "max.message.bytes=1", "at least 1114112, found 1"),
        ("pos.transaction.v1", "max.message.bytes=2097152", "1048576, found 2097152"),
    ],
)
def test_harmful_property_is_named(
    admin: Admin, settings: Settings, topic: str, change: str, told: str
) -> None:
    """Each of these would lose or block something; a source topic may not even be roomier."""
    create(admin, specs(settings), apply=True)
    full_name = (settings.topic_prefix + topic).replace(
        f"{settings.topic_prefix}CHANGELOG", settings.changelog_topic
    )
    name, value = change.split("=")
    _alter(admin, full_name, name, value)

    (problem,) = check(admin, specs(settings))
    assert problem.startswith(f"topic {full_name}: expected {name} {told};")


def test_harmless_property_is_the_operators(admin: Admin, settings: Settings) -> None:
    """Retention and roomier outputs are left alone."""
    create(admin, specs(settings), apply=True)
    _alter(admin, f"{settings.topic_prefix}pos.transaction.v1", "retention.ms", "60000")
    _alter(admin, f"{settings.topic_prefix}decision.log.v1", "max.message.bytes", "9000000")

    assert check(admin, specs(settings)) == []


def test_topic_made_anew_has_another_id(admin: Admin, settings: Settings) -> None:
    """A checkpoint of the old topic must not count for the new one of the same name."""
    name = f"{settings.topic_prefix}again"
    _create(admin, NewTopic(name, 1, 1))
    before = topic_ids(admin, [name])[name]
    admin.delete_topics([name])[name].result(10)
    _create(admin, NewTopic(name, 1, 1))

    assert topic_ids(admin, [name])[name] != before
    assert cluster_id(admin) == cluster_id(Admin(settings))


def test_partitioner_is_librdkafkas(kafka: Bootstrap, prefix: str) -> None:
    """Records keyed by subjects land where `partition_for` says, with murmur2_random."""
    topic = f"{prefix}spread"
    _create(AdminClient({"bootstrap.servers": kafka.bootstrap}), NewTopic(topic, 7, 1))
    lengths = [f"customer:{'9' * length}".encode() for length in range(1, 200)]
    keys = [b"k", b"ab", "handle:müller".encode(), bytes(range(128, 256)), *lengths]
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "partitioner": "murmur2_random"})
    for key in keys:
        producer.produce(topic, b"", key=key)
    assert producer.flush(10) == 0

    assert _partitions_of_keys(kafka, topic, 7, len(keys)) == {
        key: partition_for(key, 7) for key in keys
    }


def test_command_prints_its_plan_and_needs_apply(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`streams topics`: check 2, create plans, create --apply makes, check 0."""
    monkeypatch.setenv("STREAMS_TOPIC_PREFIX", settings.topic_prefix)
    monkeypatch.setenv("STREAMS_APPLICATION_ID", settings.application_id)
    broker = ("--broker", settings.broker_urls)

    codes = [
        main(["topics", "check", *broker]),
        main(["topics", "create", *broker]),
        main(["topics", *broker, "create", "--apply"]),
        main(["topics", "check", *broker]),
    ]

    told = capsys.readouterr()
    assert codes == [2, 0, 0, 0]
    assert told.out.count("\ncreated ") == 25
    assert told.out.endswith("25 topics are as they must be\n")
    assert "nothing was written; add --apply to do it" in told.err
    assert "does not exist; run: streams topics create --apply" in told.err


def _create(admin: AdminClient, topic: NewTopic) -> None:
    admin.create_topics([topic], operation_timeout=10)[topic.topic].result(10)
    deadline = time.monotonic() + 10
    while topic.topic not in admin.list_topics(timeout=10).topics and time.monotonic() < deadline:
        time.sleep(0.05)


def _alter(admin: Admin, topic: str, name: str, value: str) -> None:
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin.incremental_alter_configs([resource])[resource].result(10)
    deadline = time.monotonic() + 10
    while _property(admin, topic, name) != value and time.monotonic() < deadline:
        time.sleep(0.05)


def _property(admin: Admin, topic: str, name: str) -> str:
    (answer,) = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
    return str(answer.result(10)[name].value)


def _partitions_of_keys(
    kafka: Bootstrap, topic: str, partitions: int, count: int
) -> dict[bytes | None, int | None]:
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": topic})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
    records = consumer.consume(count, 20)
    consumer.close()
    return {record.key(): record.partition() for record in records}

"""The broker stops, dies, forgets offsets and deletes records; workers wait, say so and go on."""

import shutil
import time

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

from tests.integration.broker import Bootstrap, Broker
from tests.integration.scene import MakeScene

pytestmark = pytest.mark.timeout(150)


def test_a_broker_stopped_and_started(own_kafka: Broker, make_scene: MakeScene) -> None:
    """An orderly restart of the broker, seconds long, under load."""
    scene = make_scene(own_kafka).create_topics()
    scene.worker()
    scene.feed(21).start()
    scene.wait_folding(500)

    own_kafka.stop()
    time.sleep(2)
    own_kafka.start()
    scene.wait_folding(500)

    assert scene.finish().offers


def test_a_broker_killed_during_commits(own_kafka: Broker, make_scene: MakeScene) -> None:
    """The broker dies by kill -9, twice, while units are being committed all the time."""
    scene = make_scene(own_kafka, settings={"unit_events_max": "50"}).create_topics()
    scene.worker()
    scene.feed(22).start()

    scene.wait_folding(500)
    own_kafka.kill()
    own_kafka.start()
    scene.wait_folding(500)
    own_kafka.kill()
    own_kafka.start()
    scene.wait_folding(500)

    assert scene.finish().offers


def test_expired_group_offsets(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """Kafka forgets a group after seven idle days; the table still knows where to go on."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    scene.feed(23).send(2_000)
    scene.drain()
    worker.terminate()

    scene.admin.delete_consumer_groups([scene.application])[scene.application].result(30)
    scene.feed(24).send(1_000)
    worker.start()

    assert scene.finish().offers


def test_group_offsets_that_contradict_the_table(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """Somebody moved the group: exit 2 naming both positions, unless --accept-reset is given."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker(supervised=False)
    scene.feed(25).send(2_000)
    scene.drain()
    worker.terminate()
    topic = scene.full("clickstream.event.v1")
    stood = scene.committed()["clickstream.event.v1", 0]

    moved = [TopicPartition(topic, 0, stood - 7)]
    asked = [ConsumerGroupTopicPartitions(scene.application, moved)]
    scene.admin.alter_consumer_group_offsets(asked)[scene.application].result(30)
    refused = worker.start().wait(20)
    untouched = scene.committed()["clickstream.event.v1", 0]
    accepting = scene.worker("worker-2", supervised=False, arguments=("--accept-reset",))
    scene.drain()

    assert refused == 2, worker.story("started over contradicting positions")
    assert f"committed offset {stood - 7} but the table stands at {stood}" in worker.text()
    assert "Traceback" not in worker.text()
    assert untouched == stood - 7
    assert accepting.terminate() == 0


def test_a_source_truncated_by_retention(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """What retention deleted before it was folded is counted and named; the rest is exact."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    scene.feed(26).send(2_000)
    scene.drain()
    worker.terminate()
    first = scene.committed()["clickstream.event.v1", 1]
    scene.feed(27).send(2_000)
    scene.keep_sources()

    cut = TopicPartition(scene.full("clickstream.event.v1"), 1, first + 40)
    next(iter(scene.admin.delete_records([cut]).values())).result(30)
    worker.start()
    scene.drain()

    assert 'streams_lost_records_total{topic="clickstream.event.v1"} 40.0' in worker.page("metrics")
    assert "lost to retention" in worker.text()
    assert worker.terminate() == 0
    lost = {("clickstream.event.v1", 1, first + index) for index in range(40)}
    assert scene.compare(frozenset(lost)).offers


def test_a_table_without_its_changelog(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """Group offsets with no table at all: exit 2 rather than half of every profile."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker(supervised=False)
    scene.feed(28).send(500)
    scene.drain()
    worker.terminate()
    before = scene.committed()

    changelog = f"{scene.application}-profile-changelog"
    scene.admin.delete_topics([changelog])[changelog].result(30)
    scene.create_topics()
    shutil.rmtree(worker.env["STREAMS_STATE_DIR"])
    code = worker.start().wait(20)

    assert code == 2, worker.story("started without its table")
    assert "but the table knows nothing of it" in worker.text()
    assert scene.committed() == before

"""Exactly once under kill -9 in a loop, and the one way past the broker's fence."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from confluent_kafka import Consumer, TopicPartition

from streams.codec.rows import decode_row, encode_row
from streams.config import Settings
from streams.core.errors import RestartError
from streams.core.events import SOURCE_TOPICS
from streams.kafka.clients import group_consumer
from streams.kafka.ledger import Ledger
from streams.kafka.producing import TransactionalProducer
from streams.kafka.rows import Identity, RowCodec
from streams.kafka.table import Stores
from streams.kafka.unit import Unit
from streams.worker.app import identify
from tests.integration.broker import Bootstrap
from tests.integration.reading import read_topics
from tests.integration.scene import MakeScene, Scene
from tests.integration.soak import soak
from tests.integration.workers import wait_until

CLICK = SOURCE_TOPICS[0]


@pytest.mark.alone
@pytest.mark.timeout(180)
def test_two_workers_under_kill_9_in_a_loop(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """The short form of `python -m tests.integration.soak`: no cap broken, no offer doubled.

    Subscribers that read along show what is open, and nothing that was withdrawn.
    """
    done = soak(make_scene(kafka, partitions=4), seconds=20, rate=2_000, seed=3)

    web, app = done.followed["web"], done.followed["app"]
    assert done.kills >= 4
    assert done.contacts.beside
    assert done.contacts.full >= 100
    assert min(web.open, app.open) >= 100
    assert min(web.withdrawn, app.withdrawn, web.superseded, web.expired) >= 20


@pytest.mark.alone
@pytest.mark.timeout(180)
def test_deaths_inside_and_right_after_a_commit(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """The two moments when Kafka and RocksDB disagree most, again and again.

    One worker dies with all of a unit sent and its transaction open, the other with a unit
    committed that its table does not have yet; each takes over what the other left.
    """
    scene = make_scene(kafka, partitions=4).create_topics()
    module = "tests.integration.faulty_worker"
    first = scene.worker("worker-1", module=module, test_fault="die-in-commit:12")
    second = scene.worker("worker-2", module=module, test_fault="die-after-commit:15")
    feed = scene.feed(61, rate=1_500).start()

    wait_until(
        lambda: min(first.text().count("code=-9"), second.text().count("code=-9")) >= 2,
        "two deaths of each",
        deadline_s=90,
    )
    feed.stop()
    first.close()
    second.close()
    scene.worker("worker-3")

    assert scene.finish().offers


@pytest.fixture
def scene(kafka: Bootstrap, make_scene: MakeScene) -> Scene:
    """Topics without a worker."""
    made: Scene = make_scene(kafka)
    return made.create_topics()


@pytest.fixture
def stores(scene: Scene) -> Iterator[Stores]:
    """The stores of a worker that this test plays itself."""
    opened = Stores(scene.directory / "state", scene.application)
    yield opened
    opened.close_all()


def _member(scene: Scene) -> tuple[Consumer, Any]:
    """A member of the group with everything assigned, and its metadata as of then."""
    member = Consumer(group_consumer(_settings(scene), client_id="played"))
    known: list[Any] = []

    def assigned(group: Consumer, parts: list[TopicPartition]) -> None:
        group.assign([TopicPartition(one.topic, one.partition, 0) for one in parts])
        group.pause(parts)
        known.append(group.consumer_group_metadata())

    member.subscribe([scene.full(topic) for topic in SOURCE_TOPICS], on_assign=assigned)
    wait_until(lambda: bool(member.poll(0.1) or known), "the member is in", deadline_s=20)
    return member, known[0]


def _settings(scene: Scene) -> Settings:
    return Settings.from_env(scene.env())


async def test_a_unit_without_input_is_fenced_like_any_other(scene: Scene, stores: Stores) -> None:
    """Timers fire without a record: the unchanged offset is sent, so a zombie's unit fails."""
    settings = _settings(scene)
    topics = tuple(scene.full(topic) for topic in SOURCE_TOPICS)
    codec = RowCodec(decode=decode_row, encode=encode_row)
    identity = identify(settings, topics)
    unit = Unit(TransactionalProducer(settings), identity, codec, lambda *_: None)
    older, unit.metadata = _member(scene)
    ledger = Ledger(positions={topics[0]: 7})
    unit.open(0, stores.open(0), ledger)

    unit.touch(unit.partitions[0])
    await unit.commit()
    alive = scene.committed()
    older.close()
    newer, _ = _member(scene)
    ledger.positions[topics[0]] = 9
    unit.touch(unit.partitions[0])
    with pytest.raises(RestartError):
        await unit.commit()
    newer.close()

    assert alive == {(CLICK, 0): 7}
    assert scene.committed() == alive
    assert len(read_topics(scene.bootstrap, [settings.changelog_topic])) == 1


async def test_a_unit_that_could_not_be_fenced_is_not_committed(stores: Stores) -> None:
    """The broker lets a transaction without any offset pass, whoever sends it."""
    identity = Identity(cluster_id="", changelog_topic="c", changelog_topic_id="", topic_ids={})
    codec = RowCodec(decode=decode_row, encode=encode_row)
    unit = Unit(cast("Any", None), identity, codec, lambda *_: None)
    unit.open(0, stores.open(0), Ledger())

    unit.touch(unit.partitions[0])
    with pytest.raises(AssertionError, match="would not be fenced"):
        await unit.commit()

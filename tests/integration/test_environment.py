"""A broken environment ends with a named cause and the right exit code, offsets unmoved (G7)."""

import shutil
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import NewPartitions  # type: ignore[attr-defined]  # exported at run time

from streams.core.events import SOURCE_TOPICS
from tests.integration.broker import Bootstrap, free_port
from tests.integration.scene import MakeScene, Scene
from tests.integration.workers import Worker, wait_until

pytestmark = pytest.mark.timeout(90)
REFUSED_WITHIN_S = 15.0


@pytest.fixture
def scene(kafka: Bootstrap, make_scene: MakeScene) -> Scene:
    """Topics that are right, with records in them that nobody may touch."""
    made = make_scene(kafka).create_topics()
    made.feed(51).send(100)
    return made


def _refused(scene: Scene, worker: Worker, *words: str) -> None:
    """The worker exits 2 in time, says why in one line, and commits nothing."""
    before = scene.committed()
    code = worker.wait(REFUSED_WITHIN_S)

    said = [line for line in worker.text().splitlines() if line.startswith("streams: ")]
    assert code == 2, worker.story(f"exit {code}")
    assert len(said) == 1, worker.story("one sentence was expected")
    assert [word for word in words if word not in said[0]] == []
    assert "Traceback" not in worker.text()
    assert scene.committed() == before


def test_a_missing_topic_is_named(scene: Scene) -> None:
    """A topic that does not exist is named; it is not made by asking for it."""
    topic = scene.full("offer.email.v1")
    scene.admin.delete_topics([topic])[topic].result(30)
    wait_until(lambda: topic not in scene.topics(), "the topic is gone", deadline_s=10)

    worker = scene.worker(supervised=False)

    _refused(scene, worker, topic, "does not exist", "streams topics create")
    assert topic not in scene.topics()


def test_unequal_partition_counts_are_named(scene: Scene) -> None:
    """A source topic that grew would give one customer two owners."""
    topic = scene.full("pos.transaction.v1")
    scene.admin.create_partitions([NewPartitions(topic, 3)])[topic].result(30)
    wait_until(lambda: scene.topics()[topic] == 3, "the topic has grown", deadline_s=10)

    worker = scene.worker(supervised=False)

    _refused(scene, worker, topic, "3")


@pytest.fixture
def older_release(scene: Scene) -> Iterator[Consumer]:
    """A member of the group that does not know the forward topic."""
    member = Consumer(
        {
            "bootstrap.servers": scene.bootstrap,
            "group.id": scene.application,
            "client.id": "older",
            "partition.assignment.strategy": "range",
            "enable.auto.commit": False,
            "session.timeout.ms": 6_000,
            "heartbeat.interval.ms": 500,
        }
    )
    member.subscribe([scene.full(topic) for topic in SOURCE_TOPICS[:-1]])
    yield member
    member.close()


def test_a_group_that_does_not_subscribe_alike(scene: Scene, older_release: Consumer) -> None:
    """A partly upgraded group: a partition number without all of its topics is not folded."""
    wait_until(
        lambda: bool(older_release.poll(0.1) or older_release.assignment()),
        "the older member has partitions",
        deadline_s=20,
    )

    worker = scene.worker(supervised=False)
    deadline = time.monotonic() + REFUSED_WITHIN_S
    wait_until(
        lambda: bool((older_release.poll(0.1), not worker.running())[1]),
        "the worker refuses",
        deadline_s=deadline - time.monotonic(),
    )

    missing = scene.full("pos.transaction.v1")  # which the older member keeps to itself
    _refused(scene, worker, "was assigned without", missing, "6 source topics together")


def test_an_unknown_setting_is_named(scene: Scene) -> None:
    """A misspelt variable must not pass for its default."""
    worker = scene.worker(supervised=False, unit_evnts_max="5")

    _refused(scene, worker, "STREAMS_UNIT_EVNTS_MAX is not a setting")


def test_supervision_does_not_repeat_what_cannot_succeed(scene: Scene) -> None:
    """Exit code 2 ends the supervisor too, with the same code."""
    worker = scene.worker(supervised=True, offers_dir=str(scene.directory / "none"))

    assert worker.wait(REFUSED_WITHIN_S) == 2
    assert worker.text().count("offers directory") == 1, worker.story("said more than once")


def test_a_state_directory_that_cannot_be_written(scene: Scene) -> None:
    """The directory and the remedy are named; also root cannot write below a file."""
    (scene.directory / "file").write_text("in the way")
    state = str(scene.directory / "file" / "state")

    worker = scene.worker(supervised=False, state_dir=state)

    _refused(scene, worker, state, "STREAMS_STATE_DIR")


def test_a_state_directory_of_something_else(scene: Scene) -> None:
    """A directory with files that are not ours is left alone."""
    strange = scene.directory / "strange" / scene.application
    strange.mkdir(parents=True)
    (strange / "thesis.txt").write_text("do not delete")

    worker = scene.worker(supervised=False, state_dir=str(strange.parent))

    _refused(scene, worker, "thesis.txt", "STREAMS_STATE_DIR")
    assert (strange / "thesis.txt").read_text() == "do not delete"


def test_a_state_directory_of_another_application(scene: Scene) -> None:
    """Tables moved under another application's name are refused, naming both."""
    first = scene.worker(supervised=False)
    scene.drain()
    first.terminate()
    state = scene.directory / first.name
    another = f"{scene.application}-b"
    scene.create_topics(application_id=another)
    shutil.copytree(state / scene.application, state / another)

    worker = scene.worker(supervised=False, application_id=another, state_dir=str(state))

    _refused(scene, worker, repr(another), repr(scene.application))


def test_no_broker_is_worth_another_try(scene: Scene) -> None:
    """Exit code 1: a broker may come back."""
    nowhere = f"kafka://127.0.0.1:{free_port()}"

    worker = scene.worker(supervised=False, broker_urls=nowhere)

    assert worker.wait(REFUSED_WITHIN_S) == 1
    assert "broker away" in worker.text()
    assert "Traceback" not in worker.text()

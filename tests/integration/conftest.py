"""Fixtures on real Apache Kafka; everything below this folder is marked `integration`."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.config import Settings, bootstrap
from tests.integration.broker import Bootstrap, Broker, OtherBroker
from tests.integration.scene import MakeScene, Scene

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test below this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bootstrap]:
    """One broker for all tests that do not stop it, or the one STREAMS_TEST_KAFKA names."""
    named = os.environ.get("STREAMS_TEST_KAFKA")
    if named:
        yield OtherBroker(bootstrap(named))
        return
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.remove()


@pytest.fixture
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of this test alone: it may be stopped, killed and started."""
    broker = Broker(tmp_path_factory.mktemp("own-kafka"))
    broker.start()
    yield broker
    broker.remove()


@pytest.fixture
def prefix() -> str:
    """A word no other test has: topic prefix and, without the last dash, application id."""
    return f"test-{uuid.uuid4().hex[:10]}-"


@pytest.fixture
def make_settings(prefix: str, tmp_path: Path) -> Callable[..., Settings]:
    """Return a function: broker and any settings -> Settings with topics and state of its own."""

    def make(broker: Bootstrap, **overrides: Any) -> Settings:
        values: dict[str, Any] = {
            "broker_urls": f"kafka://{broker.bootstrap}",
            "topic_prefix": prefix,
            "application_id": prefix.rstrip("-"),
            "worker_name": "worker-1",
            "state_dir": tmp_path / "state",
            "http_port": 0,
            **overrides,
        }
        return Settings(**values)

    return make


@pytest.fixture
def make_scene(prefix: str, tmp_path: Path) -> Iterator[MakeScene]:
    """Return a function: broker and any options -> Scene with topics and workers of its own."""
    made: list[Scene] = []

    def make(broker: Bootstrap, **options: Any) -> Scene:
        scene = Scene(bootstrap=broker.bootstrap, prefix=prefix, directory=tmp_path, **options)
        made.append(scene)
        return scene

    yield make
    for scene in made:
        scene.close()

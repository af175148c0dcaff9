"""The table is lost, foreign, or long in coming back: it is rebuilt from the changelog."""

import shutil
from pathlib import Path

import msgspec
import pytest
from rocksdict import Options, Rdict

from streams.kafka.ledger import CHECKPOINT_KEY, decode_checkpoint, encode
from tests.integration.broker import Bootstrap
from tests.integration.scene import MakeScene
from tests.integration.workers import Worker

pytestmark = pytest.mark.timeout(120)


def test_a_deleted_state_directory_is_restored(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """A kill -9 and a wiped disk at once: another machine takes the name over."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    scene.feed(31).start()
    scene.wait_folding(1_000)

    worker.close()
    shutil.rmtree(worker.env["STREAMS_STATE_DIR"])
    worker.start()
    scene.wait_folding(500)

    assert scene.finish().offers


def test_a_restore_longer_than_the_poll_interval(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """The poll thread goes on while the table comes back: membership survives a long restore."""
    limits = {"max_poll_interval_ms": "6000"}
    scene = make_scene(kafka, settings=limits).create_topics()
    worker = scene.worker()
    feed = scene.feed(32).start()
    scene.wait_folding(2_000)
    worker.terminate()
    shutil.rmtree(worker.env["STREAMS_STATE_DIR"])

    slow = scene.worker(
        "worker-2",
        module="tests.integration.faulty_worker",
        test_fault=f"slow-restore:{scene.changelog_rows() // 50}:0.2",
    )
    took_s = scene.wait_folding(500)
    feed.stop()

    assert took_s > 7, "the restore was not longer than max.poll.interval.ms"
    assert "worker ends" not in slow.text(), slow.story("the restore ended the worker")
    assert scene.finish().offers


def test_a_store_of_another_cluster_is_set_aside(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """A local table counts only for the cluster it was written on; it is kept under its name."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    scene.feed(33).send(1_000)
    scene.drain()
    worker.terminate()

    _change_checkpoint(_store(scene.application, worker), cluster_id="another")
    worker.start()
    scene.feed(34).send(1_000)

    assert scene.finish().offers
    assert "it is from another cluster" in worker.text()
    assert _store(scene.application, worker).with_name("p0.aside-1").is_dir()


def test_a_store_too_old_is_set_aside(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """An old table may have missed a tombstone, so it is rebuilt."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    scene.feed(35).send(1_000)
    scene.drain()
    worker.terminate()

    _change_checkpoint(_store(scene.application, worker), written_ms=1_000)
    worker.start()
    scene.feed(36).send(1_000)

    assert scene.finish().offers
    assert "it is too old" in worker.text()


def _store(application: str, worker: Worker) -> Path:
    return Path(worker.env["STREAMS_STATE_DIR"]) / application / "p0"


def _change_checkpoint(path: Path, **changes: str | int) -> None:
    store = Rdict(str(path), Options(raw_mode=True))
    checkpoint = decode_checkpoint(store[CHECKPOINT_KEY])
    assert checkpoint is not None
    store[CHECKPOINT_KEY] = encode(msgspec.structs.replace(checkpoint, **changes))
    store.close()

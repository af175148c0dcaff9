"""What a dead or frozen worker left half done must be settled before its successor folds."""

import time

import psutil
import pytest

from tests.integration.broker import Bootstrap
from tests.integration.scene import MakeScene
from tests.integration.workers import Worker, wait_until

pytestmark = pytest.mark.timeout(180)
FAULTY = "tests.integration.faulty_worker"


def test_a_takeover_waits_for_offsets_that_are_pending(
    kafka: Bootstrap, make_scene: MakeScene
) -> None:
    """KIP-447: a frozen worker may still commit the offsets it sent; its successor must wait.

    The broker does not fence a commit by the group's generation once the offsets were sent. A
    successor that goes on from the old offsets folds the same records a second time.
    """
    scene = make_scene(kafka).create_topics()
    frozen = scene.worker(
        "worker-1",
        supervised=False,
        module=FAULTY,
        test_fault="stop-in-commit:8",
        # Shorter, and the broker may settle it before we look; longer, and a zombie that ends
        # before it commits leaves offsets pending for longer than the successor waits.
        transaction_timeout_ms="25000",
    )
    scene.feed(71).start()
    wait_until(lambda: _stopped(frozen), "the worker freezes in a commit", deadline_s=40)

    successor = scene.worker("worker-2")
    wait_until(lambda: "assigned" in successor.text(), "it has partitions", deadline_s=20)
    time.sleep(1)
    early = successor.ready_partitions()
    frozen.inner().resume()

    assert frozen.wait() == 1, frozen.story("a zombie")
    scene.wait_folding(500)
    assert early == set(), "the successor did not wait"
    assert scene.finish().offers


def test_a_restore_waits_for_rows_behind_an_open_transaction(
    kafka: Bootstrap, make_scene: MakeScene
) -> None:
    """A dead worker's open transaction hides rows that were committed after it.

    The last stable offset lies before them: a restore that stops there misses them.
    """
    scene = make_scene(kafka).create_topics()
    dead = scene.worker(
        "worker-1", supervised=False, module=FAULTY, test_fault="die-before-offsets:8"
    )
    scene.feed(72).start()
    assert dead.wait() == -9

    second = scene.worker("worker-2")
    scene.wait_folding(500)
    code = second.terminate()
    third = scene.worker("worker-3")
    scene.wait_folding(500)

    assert code == 0, second.story("SIGTERM")
    assert "worker ends" not in third.text(), third.story("after a takeover")
    assert scene.finish().offers


def _stopped(worker: Worker) -> bool:
    return worker.inner().status() == psutil.STATUS_STOPPED

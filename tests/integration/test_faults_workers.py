"""Workers killed, stopped, frozen and doubled under load; everything ends exact, by itself."""

import pytest

from tests.integration.broker import Bootstrap
from tests.integration.scene import MakeScene
from tests.integration.workers import wait_until

pytestmark = pytest.mark.timeout(120)


def test_kill_9_loses_and_doubles_nothing(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """A worker killed twice in the middle of its units is exact in the end."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    scene.feed(11).start()

    scene.wait_folding(1_000)
    worker.kill9()
    scene.wait_folding(1_000)
    worker.kill9()
    scene.wait_folding(500)

    figures = scene.finish()
    assert figures.offers
    assert figures.dead_letters
    assert figures.outcomes.keys() == {
        "applied",
        "duplicate",
        "late",
        "dead_lettered",
        "exchanged",
        "forwarded",
    }


def test_sigterm_commits_and_hands_over(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """SIGTERM ends with 0 after a last commit; the next worker goes on from there."""
    scene = make_scene(kafka).create_topics()
    first = scene.worker("worker-1")
    scene.feed(12).start()
    scene.wait_folding(500)

    code = first.terminate()
    scene.worker("worker-2")
    scene.wait_folding(500)

    assert code == 0, first.story("SIGTERM")
    assert scene.finish().offers


def test_a_zombie_is_fenced_and_starts_again(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """SIGSTOP past the session time-out, then SIGCONT: what it had open never becomes visible."""
    scene = make_scene(kafka).create_topics()
    frozen, other = scene.worker("worker-1"), scene.worker("worker-2")
    scene.feed(13).start()
    scene.wait_owners(frozen, other)
    scene.wait_folding(1_000)

    zombie = frozen.stop()
    scene.wait_owners(other)
    scene.wait_folding(500)
    frozen.go_on()

    wait_until(lambda: not zombie.is_running(), "the zombie ends", deadline_s=20)
    scene.wait_owners(frozen, other)
    assert "lost" in frozen.text() or "fenced" in frozen.text(), frozen.story("no cause named")
    assert scene.finish().offers
    assert "worker ends" not in other.text(), other.story("the survivor ended too")


def test_workers_join_and_leave(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """Partitions move to a worker that joins and back when it leaves, without a gap."""
    scene = make_scene(kafka).create_topics()
    first = scene.worker("worker-1")
    scene.feed(14).start()
    scene.wait_folding(300)

    second = scene.worker("worker-2")
    scene.wait_owners(first, second)
    scene.wait_folding(300)
    code = second.terminate()
    scene.wait_owners(first)
    scene.wait_folding(300)

    assert code == 0, second.story("SIGTERM")
    assert scene.finish().offers


def test_a_worker_of_the_same_name_takes_over(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """The older of two workers of one name is fenced, exits 1 and says so; nothing breaks."""
    scene = make_scene(kafka).create_topics()
    older = scene.worker("worker-1", supervised=False)
    feed = scene.feed(15).start()
    scene.wait_folding(300)

    newer = scene.worker("worker-1", supervised=False, state_dir=str(scene.directory / "newer"))
    code = older.wait()
    scene.wait_folding(300)
    feed.stop()
    scene.drain()

    assert code == 1, older.story("the older one")
    assert "streams: fenced: " in older.text()
    assert newer.terminate() == 0
    assert scene.compare().offers

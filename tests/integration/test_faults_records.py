"""Records and folds that go wrong: nothing of their unit is visible, nothing else is lost."""

import time

import orjson
import pytest

from tests.integration.broker import Bootstrap
from tests.integration.feed import POS, Feed, Source, headers
from tests.integration.scene import MakeScene, Scene

pytestmark = pytest.mark.timeout(120)


def test_a_fold_that_raises_once(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """A bug ends the process with exit 1 and its name; the records come again and are folded."""
    scene = make_scene(kafka).create_topics()
    marker = scene.directory / "raised"
    worker = scene.worker(
        module="tests.integration.faulty_worker", test_fault=f"raise-once:700:{marker}"
    )
    scene.feed(41).start()

    scene.wait_folding(1_500)

    assert marker.exists()
    assert "a fold that raises once" in worker.text()
    assert scene.finish().offers


def test_a_row_over_the_size_limit(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """The whole unit fails with it: exit 1, nothing committed; it drains once the limit is back."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker(supervised=False)
    scene.feed(42).send(200)
    scene.drain()
    before, changelog = scene.committed(), f"{scene.application}-profile-changelog"
    limit = scene.topic_property(changelog, "max.message.bytes")

    scene.alter_topic(changelog, "max.message.bytes", "300")
    scene.feed(43).send(500)
    code = worker.wait()
    between = scene.committed()
    scene.alter_topic(changelog, "max.message.bytes", limit)
    worker.start()

    assert code == 1, worker.story("a row over the limit")
    assert "MSG_SIZE_TOO_LARGE" in worker.text()
    assert between == before
    assert scene.finish().offers


def test_a_transaction_with_dead_letters_only(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """A unit that folds nothing still commits its offsets and its counts, once."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    feed = scene.feed(44)
    for index in range(40):
        feed.produce(_till_receipt(index)._replace(value=b"{" * index))
    feed.stop()
    scene.drain()

    worker.kill9()

    figures = scene.finish()
    assert figures.outcomes == {"dead_lettered": 40}
    assert figures.dead_letters == 40
    assert figures.rows == 0


def test_an_undecodable_record_in_the_middle(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """One bad record among good ones of the same customer goes to the dead letters, alone."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    _send_around(scene, bad=b"\xff\xfe not json")
    scene.drain()

    figures = scene.finish()
    assert figures.outcomes == {"applied": 100, "dead_lettered": 1}
    assert figures.dead_letters == 1
    assert "worker ends" not in worker.text()


def _send_around(scene: Scene, *, bad: bytes) -> None:
    feed: Feed = scene.feed(45)
    for index in range(50):
        feed.produce(_till_receipt(index))
    feed.produce(_till_receipt(50)._replace(value=bad))
    for index in range(51, 101):
        feed.produce(_till_receipt(index))
    feed.stop()


def _till_receipt(index: int) -> Source:
    body = {
        "transaction_type": "sale",
        "store_id": "s1",
        "workstation_id": "w1",
        "business_day": "2025-01-31",
        "sequence_number": index,
        "currency": "USD",
        "line_items": [{"item_id": "sku-1", "extended_amount_minor": 100}],
        "total_minor": 100,
    }
    now_ms = time.time_ns() // 1_000_000
    return Source(POS, b"customer:1", orjson.dumps(body), headers(POS, f"r{index}", now_ms))

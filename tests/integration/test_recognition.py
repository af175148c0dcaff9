"""One person from phone to till, on real Kafka: recognised, greeted before paying, let go again."""

import json
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from streams.config import Settings
from tests.integration.broker import Bootstrap
from tests.integration.commands import printed, run
from tests.integration.feed import CLICK, Feed, Source, headers
from tests.integration.reading import read_topics
from tests.integration.scene import MakeScene, Scene

pytestmark = pytest.mark.timeout(180)
ANN, PHONE = "customer:ann", "device:phone"
STORE = "offer.store.v1"


def click(name: str, body: dict[str, Any]) -> Source:
    """A click on the phone, now."""
    now_ms = time.time_ns() // 1_000_000
    return Source(CLICK, PHONE.encode(), orjson.dumps(body), headers(CLICK, name, now_ms))


def sent(scene: Scene, *sources: Source) -> None:
    """Produce `sources` and wait until nothing is left to fold."""
    items: Iterator[Source] = iter(sources)
    feed = Feed(scene.bootstrap, items, prefix=scene.prefix, rate=1_000)
    scene.feeds.append(feed)
    feed.send(len(sources))
    scene.drain()


def check_in(name: str, **claim: str) -> Source:
    """The phone is in a store."""
    return click(name, {"event_name": "check_in", "place_id": "store-7", **claim})


def greeted(scene: Scene) -> list[str]:
    """Whom the store was told to greet, in order."""
    offers = read_topics(scene.bootstrap, [scene.full(STORE)], prefix=scene.prefix)
    values = [json.loads(one.value or b"{}") for one in offers]
    return [one["subject"] for one in values if one["action"] == "issue"]


def test_a_person_is_greeted_before_they_pay(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """The phone checks in, its person gets the store's offer; no receipt was needed."""
    scene = make_scene(kafka, partitions=4).create_topics()
    scene.worker()
    sent(scene, click("look", {"event_name": "page_view"}))

    sent(scene, check_in("in", user_subject=ANN))

    settings = Settings.from_env(scene.env())
    shown = printed(run(settings, "identity", "show", ANN))
    linked = printed(run(settings, "identity", "show", PHONE))
    assert greeted(scene) == [ANN]
    assert f"{PHONE}: by check-in since " in shown
    assert f"{PHONE} is {ANN}" in linked
    assert scene.finish().outcomes["exchanged"] == 1


def test_an_unlinked_phone_is_nobodys(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """By the command: its part goes back to it, and the person does not hear of it any more."""
    scene = make_scene(kafka, partitions=4).create_topics()
    scene.worker()
    sent(scene, check_in("in", user_subject=ANN))
    settings = Settings.from_env(scene.env())

    printed(run(settings, "identity", "unlink", PHONE, "--source", "care", "--apply"))
    scene.drain()
    sent(scene, click("later", {"event_name": "page_view"}))

    phone = json.loads(printed(run(settings, "identity", "show", PHONE, "--json")))
    ann = json.loads(printed(run(settings, "identity", "show", ANN, "--json")))
    assert phone["events"] == 3
    assert (ann["events"], ann["identity"]["members"]) == (0, [])
    assert scene.finish().offers

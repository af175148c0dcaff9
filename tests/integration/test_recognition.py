"""One person from phone to till, on real Kafka: recognised, greeted before paying, let go again."""

import json
import re
import time
from typing import Any

import orjson
import pytest

from streams.config import Settings
from streams.kafka.partitioner import partition_for
from tests.integration.broker import Bootstrap
from tests.integration.commands import printed, run
from tests.integration.feed import CLICK, DAY_MS, OUTCOME, Source, headers
from tests.integration.reading import read_topics
from tests.integration.scene import MakeScene, Scene

pytestmark = pytest.mark.timeout(180)
ANN, PHONE = "customer:ann", "device:phone"
STORE = "offer.store.v1"


def click(name: str, body: dict[str, Any], subject: str = PHONE, later_ms: int = 0) -> Source:
    """A click on the phone, now."""
    at_ms = time.time_ns() // 1_000_000 + later_ms
    return Source(CLICK, subject.encode(), orjson.dumps(body), headers(CLICK, name, at_ms))


def login(subject: str, person: str, *, later_ms: int = 0) -> Source:
    """`person` logs in where `subject` is."""
    body = {"event_name": "login", "user_subject": person}
    return click(f"{subject} {person}", body, subject, later_ms)


def erasure(subject: str) -> Source:
    """`subject` asks to be forgotten, now."""
    made = headers(OUTCOME, f"erase {subject}", time.time_ns() // 1_000_000)
    return Source(OUTCOME, subject.encode(), orjson.dumps({"outcome": "erased"}), made)


def counted(page: str, metric: str, label: str) -> dict[str, int]:
    """Label value -> count of a metric on a worker's page."""
    pattern = rf'^{metric}{{(?:.*,)?{label}="(\w+)".*}} ([0-9.e+]+)$'
    found = re.findall(pattern, page, re.MULTILINE)
    return {name: int(float(number)) for name, number in found}


def sent(scene: Scene, *sources: Source) -> None:
    """Produce `sources` and wait until nothing is left to fold."""
    scene.load(iter(sources)).send(len(sources))
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


def test_claims_that_cannot_be_true_glue_nothing(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """Each ends in its verdict, all are counted, and the worker goes on.

    A subject that is itself; a login of tomorrow; one card of two people, claimed in the same
    second on two partitions; a customer, and a card, whom ten thousand devices each take for their
    own; and a device that was somebody's who has asked to be forgotten since.
    """
    scene = make_scene(kafka, partitions=4).create_topics()
    worker = scene.worker()
    process = worker.inner().pid
    card, lone, hub, crowd = "card:till", "card:nobody", "customer:hub", 10_000
    erased, theirs = "customer:erased", "device:theirs"
    elsewhere = (partition_for(card.encode(), scene.partitions) + 1) % scene.partitions

    sent(scene, erasure(erased))
    sent(
        scene,
        login(theirs, erased, later_ms=-60_000),
        login(ANN, ANN),
        login(PHONE, ANN, later_ms=DAY_MS),
        login(card, "customer:bob"),
        login(card, "customer:cid")._replace(partition=elsewhere),
        *(login(f"device:{number}", hub) for number in range(crowd)),
        *(login(f"device:of-card-{number}", lone) for number in range(crowd)),
    )

    page = worker.page("metrics")
    settings = Settings.from_env(scene.env())
    one, other, forgotten, alone = (
        json.loads(printed(run(settings, "identity", "show", subject, "--json")))
        for subject in (card, hub, erased, theirs)
    )
    assert counted(page, "streams_identity_total", "verdict") == {
        "linked": crowd + 2,
        "full": crowd - 12,
        "shared": 1,
        "refused": crowd + 2,
        "erased": 1,
    }
    assert counted(page, "streams_dead_letters_total", "reason") == {"future": 1}
    followed = {"1": crowd + 3, "2": 1, "0": crowd - 10}
    assert counted(page, "streams_forwards_total", "hops") == followed
    assert (one["identity"]["shared"], one["identity"]["members"]) == (True, [])
    assert len(other["identity"]["members"]) == 12 + 1  # and itself
    assert [each["events"] for each in (forgotten, alone)] == [0, 0]
    assert forgotten["identity"]["members"] == []
    assert process == worker.inner().pid
    outcomes = scene.finish().outcomes
    assert (outcomes["forwarded"], outcomes["late"]) == (2 * crowd - 6, 1)

"""Two running workers: the one that does not own a subject says who does."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import psutil
import pytest

from streams.config import Settings
from streams.kafka.group import Member, Members
from streams.kafka.partitioner import partition_for
from tests.integration.broker import Broker
from tests.integration.scene import MakeScene
from tests.integration.workers import wait_until

PARTITIONS = 2
PATIENT_MS = "15000"
"""No worker leaves the group while its broker stands still."""
SUBJECT = "customer:nobody"
NUMBER = partition_for(SUBJECT.encode(), PARTITIONS)


@pytest.fixture
def pair(own_kafka: Broker, make_scene: MakeScene) -> Iterator[tuple[Member, Member]]:
    """Yield two running workers, both ready: the owner of the subject, and the other one."""
    scene = make_scene(
        own_kafka, partitions=PARTITIONS, settings={"session_timeout_ms": PATIENT_MS}
    )
    scene.create_topics()
    scene.worker("worker-1", supervised=False)
    scene.worker("worker-2", supervised=False)
    group = Members(Settings.from_env(scene.env()))
    wait_until(lambda: shared_out(group.ask()), "both workers ready", deadline_s=40)
    members = group.ask()
    (owner,) = [one for one in members if one.owns(NUMBER)]
    (other,) = [one for one in members if not one.owns(NUMBER)]
    yield owner, other
    own_kafka.kill()  # nobody waits for the workers to leave in good order


def test_wrong_worker_names_the_owner(pair: tuple[Member, Member]) -> None:
    """421 with the owner's address, and there the question gets its answer."""
    owner, other = pair

    status, said = lookup(other.address)

    assert (status, said["partition"], said["owner"]) == (421, NUMBER, owner.address)
    assert lookup(said["owner"])[0] == 404


def test_wrong_worker_answers_in_time_when_the_broker_does_not(
    pair: tuple[Member, Member], own_kafka: Broker
) -> None:
    """The owner is null after about 3 s, and the other pages have not waited for it."""
    _, other = pair
    broker = psutil.Process(own_kafka.pid)
    broker.suspend()
    began = time.monotonic()

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(lookup, other.address)
        time.sleep(0.5)  # the question is under way
        health, health_s = fetch(other.address, "GET", "/healthz"), time.monotonic() - began
        status, said = answer.result(20)
    took_s = time.monotonic() - began
    broker.resume()

    assert (status, said["owner"]) == (421, None)
    assert (health[0], health_s < 2 < took_s < 6) == (200, True), (health_s, took_s)


def lookup(address: str) -> tuple[int, Any]:
    """Return status and answer of the worker at `address` about the subject."""
    return fetch(address, "POST", "/profile", json.dumps({"subject": SUBJECT}))


def shared_out(members: list[Member]) -> bool:
    """Whether two workers share the partitions, and each has restored its own."""
    working = [one for one in members if one.places]
    return len(working) == 2 and all(
        fetch(one.address, "GET", "/readyz")[0] == 200 for one in working
    )


def fetch(address: str, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
    """Return status and decoded answer of one page."""
    pages = HTTPConnection(address, timeout=20)
    try:
        pages.request(method, path, body)
        answer = pages.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        pages.close()

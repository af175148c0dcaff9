"""One customer's genome from a worker that runs, and from one that stopped, on real Kafka."""

import json
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rocksdict import Options, Rdict

from streams.codec.rows import encode_row
from streams.config import Settings
from streams.core.profile.profile import new_profile
from streams.kafka.group import Member, Members
from streams.kafka.partitioner import partition_for
from tests.integration.broker import Bootstrap
from tests.integration.commands import make_topics, printed, run
from tests.integration.reading import read_topics
from tests.integration.scene import MakeScene

PARTITIONS = 2
ANN = "customer:ann"


@pytest.fixture
def settings(kafka: Bootstrap, make_settings: Callable[..., Settings]) -> Settings:
    """Return settings of a deployment whose topics exist and are empty."""
    return make_topics(make_settings(kafka, partitions=PARTITIONS))


def test_profile_of_a_stopped_worker_is_found_without_being_told_where(
    settings: Settings,
) -> None:
    """Nobody is in the group, so the store of STREAMS_STATE_DIR is read."""
    number = partition_for(ANN.encode(), PARTITIONS)
    path = settings.state_dir / settings.application_id / f"p{number}"
    path.mkdir(parents=True)
    store = Rdict(str(path), Options(raw_mode=True))
    store[ANN.encode()] = encode_row(new_profile(ANN))
    store.close()

    done = run(settings, "profile", "show", ANN, "--json")

    assert json.loads(printed(done))["subject"] == ANN
    assert b"no worker runs; reading the store in " in done.stderr


@pytest.mark.timeout(180)
def test_running_worker_is_asked_and_then_its_store(
    kafka: Bootstrap, make_scene: MakeScene
) -> None:
    """The owner answers what its table says after it stopped; its pages say what it did."""
    scene = make_scene(kafka, partitions=PARTITIONS).create_topics()
    worker = scene.worker(supervised=False)
    records = scene.feed(7).send(300)
    scene.drain()
    settings = Settings.from_env(scene.env())
    subject = known_subject(settings)
    (member,) = Members(settings).ask()

    live = printed(run(settings, "profile", "show", subject, "--json"))
    ready, scraped = page(member, "/readyz"), page(member, "/metrics")
    worker.terminate()
    stored = printed(run(settings, "profile", "show", subject, "--json"))

    assert json.loads(ready) == {"ready": True, "partitions": {"0": "ready", "1": "ready"}}
    assert (member.name, events(scraped)) == ("worker-1", records)
    assert facts(live) == facts(stored)
    assert facts(live)["subject"] == subject
    assert facts(live)["events"] > 0


def known_subject(settings: Settings) -> str:
    """Return a customer who has a profile."""
    topic = settings.changelog_topic
    rows = [(row.key, row.value) for row in read_topics(settings.bootstrap_servers, [topic])]
    return next(
        key.decode() for key, value in rows if value and key and key.startswith(b"customer:")
    )


def page(member: Member, path: str) -> str:
    """Return what the worker's pages answer at `path`."""
    with urlopen(f"http://{member.address}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def events(scraped: str) -> float:
    """Return how many records the worker has an outcome for, forwarded ones not counted twice."""
    families = {one.name: one for one in text_string_to_metric_families(scraped)}
    return sum(
        one.value
        for one in families["streams_events"].samples
        if one.name == "streams_events_total"
        and one.labels["outcome"] not in {"forwarded", "exchanged"}
    )


def facts(shown: str) -> dict[str, Any]:
    """Return what does not depend on when it was asked."""
    names = ("subject", "events", "counts", "last_seen_ms", "offer_sequence")
    found = json.loads(shown)
    parts = {"cart": found["situation"]["cart"], "consents": found["contact"]["consents"]}
    return parts | {name: found[name] for name in names}

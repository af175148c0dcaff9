"""Decisions repeated and explained from the log of a worker that was killed, on real Kafka."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from streams.codec.outputs import decode_decision, decode_offer
from streams.config import Settings
from streams.core.decide.record import DecisionRecord, OfferMessage, Result
from tests.integration.broker import Bootstrap
from tests.integration.commands import failed, printed, run
from tests.integration.reading import read_topics
from tests.integration.scene import OUTPUT_TOPICS, Scene

pytestmark = pytest.mark.timeout(180)
REPEATED = 1_000
UNKNOWN = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, kw_only=True)
class Log:
    """What a worker left that was killed in the middle of the feed."""

    settings: Settings
    decisions: list[DecisionRecord]
    offers: list[OfferMessage]

    def first(self, result: Result) -> DecisionRecord:
        """One decision that came to `result`."""
        return next(one for one in self.decisions if one.result is result)


@pytest.fixture(scope="module")
def log(kafka: Bootstrap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    """Over a thousand decisions, a kill -9 among them; the worker has ended."""
    prefix = f"test-{uuid.uuid4().hex[:10]}-"
    directory = tmp_path_factory.mktemp("decisions")
    scene = Scene(bootstrap=kafka.bootstrap, prefix=prefix, directory=directory).create_topics()
    try:
        yield _log(scene)
    finally:
        scene.close()


def _log(scene: Scene) -> Log:
    worker = scene.worker()
    feed = scene.feed(21).start()
    scene.wait_folding(1_000)
    worker.kill9()
    scene.wait_folding(2_000)
    feed.stop()
    scene.drain()
    assert worker.terminate() == 0, worker.story("SIGTERM")
    read = read_topics(scene.bootstrap, map(scene.full, OUTPUT_TOPICS), prefix=scene.prefix)
    return Log(
        settings=Settings.from_env(scene.env()),
        decisions=[
            decode_decision(one.value or b"") for one in read if one.topic == "decision.log.v1"
        ],
        offers=[decode_offer(one.value or b"") for one in read if one.topic.startswith("offer.")],
    )


def test_a_thousand_decisions_of_a_killed_worker_are_identical(log: Log) -> None:
    """Decided again on the logged views: the same bytes, those around the kill too."""
    assert len(log.decisions) >= REPEATED

    said = printed(run(log.settings, "decision", "repeat", "--all"))

    number = len(log.decisions)
    told = f"{number} identical, 0 different, 0 of another policy version"
    assert said == f"{number} decisions repeated: {told}\n"


def test_one_decision_is_found_by_its_id_in_its_customers_partition(log: Log) -> None:
    """Anywhere in the log, or where its subject is."""
    one = log.decisions[-1]

    anywhere = printed(run(log.settings, "decision", "repeat", one.decision_id))
    there = printed(
        run(log.settings, "decision", "repeat", one.decision_id, "--subject", one.subject)
    )

    assert anywhere == there
    assert anywhere.startswith(f"{one.decision_id}  ")
    assert anywhere.endswith("  identical\n")


def test_a_range_is_bounded_by_times_and_by_count(log: Log) -> None:
    """By when it was logged; an empty range is no success."""
    arguments = ("decision", "repeat", "--all")
    few = printed(run(log.settings, *arguments, "--from", "2020-01-01T00:00Z", "--count", "7"))
    none = run(log.settings, *arguments, "--from", "2100-01-01T00:00Z")
    before = run(log.settings, *arguments, "--until", "2020-01-01T00:00Z")

    assert few.startswith("7 decisions repeated: 7 identical")
    assert (none.returncode, before.returncode) == (1, 1)
    assert none.stderr == b"no decision in this range of the log\n"


def test_an_unknown_id_ends_with_a_sentence(log: Log) -> None:
    """Of both commands."""
    repeated = failed(run(log.settings, "decision", "repeat", UNKNOWN))
    explained = failed(run(log.settings, "explain", UNKNOWN))

    assert repeated == explained
    assert repeated.startswith(f"no decision {UNKNOWN} in ")


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (Result.OFFER, "An offer was made."),
        (Result.SILENCE, "Nothing was offered."),
        (Result.HOLDOUT, "the customer is in the comparison group"),
    ],
)
def test_a_decision_is_explained_by_its_id(log: Log, result: Result, sentence: str) -> None:
    """An offer, a silence and a holdout."""
    one = log.first(result)

    said = printed(run(log.settings, "explain", one.decision_id))

    assert said.startswith(f"Decision {one.decision_id} about {one.subject}\n")
    assert sentence in said
    assert "What would have changed it" in said


def test_what_became_of_an_offer_is_told_when_asked(log: Log) -> None:
    """One that was sent, and then replaced by another."""
    replaced = next(one.supersedes for one in log.offers if one.supersedes)

    shown = json.loads(printed(run(log.settings, "explain", replaced, "--after", "--json")))
    said = printed(run(log.settings, "explain", replaced, "--after"))

    assert [one["what"] for one in shown["after"]] == ["sent", "superseded"]
    assert shown["chosen"]["offer_id"] == replaced
    assert "\nAfterwards\n" in said

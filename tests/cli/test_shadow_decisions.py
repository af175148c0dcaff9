"""Shadow decisions are found, repeated and explained, and nobody takes one for what was sent."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from streams.cli.decision import Repeat, Verdict, repeat
from streams.cli.decision_log import Policies
from streams.cli.explain import explained
from streams.cli.explain_words import in_words
from streams.cli.main import main
from streams.cli.publishing import write_rows
from streams.codec import model
from streams.codec.offer_versions import TOPIC, encode_files
from streams.codec.outputs import encode_decision, encode_shadow
from streams.config import Settings
from streams.core.decide.record import DecisionRecord
from streams.core.decide.shadowing import shadow_of
from streams.core.offers import Policy
from streams.kafka.embedded import EmbeddedBroker
from streams.worker.policies import published_policy, read_directory
from tests.cli.decisions import DEPLOY, SETTINGS, an_offer, shipped
from tests.strategies_profiles import NOON

VERSION = "candidate"
BAR = ("bar_minor: 3", "bar_minor: 2")
FILES = read_directory(DEPLOY / "offers", SETTINGS, shipped().fold.lexicon)[0]
CANDIDATE = {name: text.replace(*BAR) for name, text in FILES.items()}


def candidate() -> Policy:
    """What was published as shadow: the shipped policy with a lower bar."""
    return published_policy(CANDIDATE, VERSION, shipped())


def a_shadow() -> DecisionRecord:
    """An offer of the candidate, beside that of the live policy."""
    return shadow_of(an_offer(), candidate())


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    """Live decisions with one shadow, which the published candidate made."""
    with EmbeddedBroker() as started:
        logs = {"decision.log.v1": 1, "decision.shadow.v1": 1}
        started.create({**logs, TOPIC: 1, model.TOPIC: 1})
        settings = Settings(broker_urls=f"kafka://{started.bootstrap}")
        rows = encode_files(CANDIDATE, version=VERSION, valid_from_ms=NOON, shadow=True)
        write_rows(settings, TOPIC, rows)
        producer = Producer({"bootstrap.servers": started.bootstrap})
        live, beside = encode_decision(an_offer()), encode_shadow(a_shadow())
        for topic, (value, headers) in zip(logs, (live, beside), strict=True):
            producer.produce(topic, value, key=b"customer:ann", headers=[*headers])
        producer.flush(10)
        yield started


@pytest.fixture
def streams(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands ask that broker, and have the live policy's files."""
    monkeypatch.setenv("STREAMS_BROKER_URLS", f"kafka://{broker.bootstrap}")
    monkeypatch.setenv("STREAMS_OFFERS_DIR", str(DEPLOY / "offers"))
    monkeypatch.setenv("STREAMS_LEXICON_DIR", str(DEPLOY / "lexicon"))


@pytest.mark.usefixtures("streams")
def test_a_shadow_is_repeated_by_its_id_with_the_published_version(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same bytes, and where they are says what it is; the live one is found as ever."""
    codes = [
        main(["decision", "repeat", one.decision_id, *options])
        for one, options in ((a_shadow(), []), (a_shadow(), ["--shadow"]), (an_offer(), []))
    ]

    found, named, live = capsys.readouterr().out.splitlines()
    assert codes == [0, 0, 0]
    assert found == named == f"{a_shadow().decision_id}  decision.shadow.v1:0:0  identical"
    assert live == f"{an_offer().decision_id}  decision.log.v1:0:0  identical"


@pytest.mark.usefixtures("streams")
def test_all_shadows_are_repeated_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """And none of the live decisions."""
    code = main(["decision", "repeat", "--all", "--shadow"])

    assert code == 0
    said = capsys.readouterr().out
    assert said.startswith("1 shadow decisions repeated: 1 identical, 0 different")


@pytest.mark.usefixtures("streams")
def test_a_shadow_is_explained_as_what_was_never_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything else is said of it, and where an offer would be told as made."""
    shadow, live = a_shadow().decision_id, an_offer().decision_id
    assert main(["explain", shadow, "--after"]) == 0
    told = capsys.readouterr()
    assert main(["explain", shadow, "--json"]) == 0
    machine = json.loads(capsys.readouterr().out)
    assert main(["explain", live, "--json"]) == 0
    other = json.loads(capsys.readouterr().out)

    first, second, *_ = told.out.splitlines()
    assert first == f"Shadow decision {shadow} about customer:ann"
    assert second.startswith(
        f"Policy {VERSION} decided this beside the live one. It was never sent"
    )
    assert "An offer would have been made. It was not: nothing of a shadow is sent." in told.out
    assert "An offer was made." not in told.out
    assert "It would have held until " in told.out
    assert told.err == "streams: a shadow was never sent, so nothing became of it\n"
    assert (machine["shadow"], machine["policy_version"]) == (True, VERSION)
    assert "shadow" not in other


@pytest.mark.usefixtures("streams")
def test_a_live_decision_is_not_looked_for_where_shadows_alone_are_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And what is in neither log is said so of both."""
    live = an_offer().decision_id
    assert main(["explain", live, "--shadow"]) == 1
    assert f"no decision {live} in decision.shadow.v1; retention" in capsys.readouterr().err

    assert main(["explain", "0" * 32]) == 1
    assert "in decision.log.v1 or decision.shadow.v1; retention" in capsys.readouterr().err


def test_a_deployment_without_the_topic_of_shadows_has_its_decisions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is of an earlier release."""
    with EmbeddedBroker() as broker:
        broker.create({"decision.log.v1": 1, model.TOPIC: 1})
        monkeypatch.setenv("STREAMS_BROKER_URLS", f"kafka://{broker.bootstrap}")
        monkeypatch.setenv("STREAMS_OFFERS_DIR", str(DEPLOY / "offers"))
        monkeypatch.setenv("STREAMS_LEXICON_DIR", str(DEPLOY / "lexicon"))
        assert main(["explain", "0" * 32]) == 1
        said = capsys.readouterr().err
        assert main(["explain", "0" * 32, "--shadow"]) == 2

    assert f"no decision {'0' * 32} in decision.log.v1; retention" in said
    assert "topic decision.shadow.v1 does not exist" in capsys.readouterr().err


def test_a_shadow_that_no_row_matched_is_repeated_as_the_silence_that_it_was(
    tmp_path: Path,
) -> None:
    """A live decision cannot come of it: that is a difference still."""
    for name in ("policy.yaml", "care.yaml"):
        (tmp_path / name).write_text(FILES[name])
    care = read_directory(tmp_path, SETTINGS, shipped().fold.lexicon)[1]
    value, _ = encode_shadow(shadow_of(an_offer(), care))
    policies = Policies(SETTINGS, tmp_path)

    told = explained(value, policies, shadow=True)

    assert repeat(value, policies, shadow=True) == Repeat(Verdict.IDENTICAL, [])
    assert repeat(value, policies).why == "repeated, no catalogue row matches: no decision"
    assert told is not None
    assert "  No offer of this policy is about what happened." in in_words(told)
    assert "  Nothing would have been offered." in in_words(told)

"""`streams evaluate --differences --shadow`: what decided beside the live policy, against it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from confluent_kafka import Producer

from streams.cli.main import main
from streams.codec.outputs import encode_decision, encode_shadow
from streams.core.decide.record import DecisionRecord
from streams.core.decide.shadowing import shadow_of
from streams.core.offers import Policy
from streams.evaluate.chances import taken
from streams.kafka.embedded import EmbeddedBroker
from tests.core.shelf import world
from tests.evaluate.logs import log

COMMAND = ["evaluate", "--differences", "--shadow"]
EVERY = 7  # of so many decisions, the first has no shadow
LATER = "--from=2025-07-01T00:00:00Z"


def candidate() -> Policy:
    """The shipped policy with a higher bar: silent where it spoke."""
    policy = world().policy
    decision = replace(policy.decision, bar_minor=policy.decision.bar_minor + 40)
    return replace(policy, decision=decision, policy_version="candidate")


@cache
def pairs() -> tuple[tuple[DecisionRecord, DecisionRecord], ...]:
    """Decisions with their shadows."""
    beside = candidate()
    return tuple([(one, shadow_of(one, beside)) for at, one in enumerate(log()) if at % EVERY])


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """An embedded broker with both topics, and one shadow whose decision is gone."""
    with EmbeddedBroker() as started:
        started.create({"decision.log.v1": 2, "decision.shadow.v1": 2})
        producer = Producer({"bootstrap.servers": started.bootstrap})
        for number, one in enumerate(log()):
            producer.produce("decision.log.v1", encode_decision(one)[0], partition=number % 2)
        for number, (_, shadow) in enumerate(pairs()):
            producer.produce("decision.shadow.v1", encode_shadow(shadow)[0], partition=number % 2)
        producer.produce("decision.shadow.v1", b"no decision", partition=0)
        producer.flush(10)
        yield f"kafka://{started.bootstrap}"


def test_pairs_are_counted_as_they_were_decided(
    broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each decision beside its own shadow, whatever the partition and the order."""
    code = main([*COMMAND, "--json", "--broker", broker])

    said = capsys.readouterr()
    found = json.loads(said.out)
    moved = sum(taken(one) != taken(shadow) for one, shadow in pairs())
    assert (code, found["candidate"], found["decisions"]) == (0, "candidate", len(pairs()))
    assert 0 < found["moved"] == moved < len(pairs())
    assert "1 records were no decisions" in said.err
    without = len(log()) - len(pairs())
    assert f"{without} decisions without a shadow, 0 shadows without a decision" in said.err


def test_a_person_reads_tables(broker: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By trigger, offer and channel, under the versions of both; a time takes some."""
    code = main([*COMMAND, LATER, "--broker", broker])

    said = capsys.readouterr().out
    assert code == 0
    assert said.startswith(f"candidate candidate beside {world().policy.policy_version} (")
    assert "this change moves" in said
    assert "channel that was" in said


def test_files_stand_for_the_topics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One value a line; a shadow whose decision retention took is told of."""
    decisions, shadows = tmp_path / "log.jsonl", tmp_path / "shadow.jsonl"
    some = pairs()[:9]
    decisions.write_bytes(b"".join(encode_decision(one)[0] + b"\n" for one, _ in some[1:]))
    shadows.write_bytes(b"".join(encode_shadow(one)[0] + b"\n" for _, one in some))

    code = main([*COMMAND, str(shadows), "--log", str(decisions), "--json"])

    said = capsys.readouterr()
    assert (code, json.loads(said.out)["decisions"]) == (0, 8)
    assert "0 decisions without a shadow, 1 shadows without a decision" in said.err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--shadow"], "--shadow goes with --differences; estimates are those of --candidate"),
        (["--differences"], "expected one of --candidate DIR, --differences with --shadow"),
        (["--differences", "--shadow", "--candidate", "x"], "expected one of --candidate DIR"),
        (["--anyway", "measured", "--differences"], "not with --anyway"),
        (["--anyway", "measured", "--log", "x", "--outcomes", "x"], "--purchases FILE goes with"),
        (["--candidate", "x", "--purchases", "x"], "--purchases FILE goes with"),
        (["--candidate", "x", "--offers", "x"], "--offers DIR goes with --anyway measured"),
        (["--differences", "--shadow", "--offers", "x"], "--offers DIR goes with --anyway"),
        (["--differences", "--shadow", "f"], "--shadow FILE goes with --log FILE"),
        (["--differences", "--shadow", "--log", "f"], "--shadow FILE goes with --log FILE"),
    ],
)
def test_wrong_usage_is_one_sentence(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    code = main(["evaluate", *options])

    said = capsys.readouterr().err
    assert code == 2
    assert sentence in said
    assert said.count("\n") == 1


def test_a_log_without_shadows_is_said(broker: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what makes workers have them."""
    code = main([*COMMAND, "--until", "2020-01-01T00:00:00Z", "--broker", broker])

    assert code == 2
    assert "streams offers publish DIR --shadow --apply" in capsys.readouterr().err

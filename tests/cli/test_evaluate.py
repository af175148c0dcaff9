"""`streams evaluate`: from the bytes of logs and outcomes to its tables."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from streams.cli.main import main
from streams.core.decide.decide import decide
from streams.core.decide.ids import arm
from streams.evaluate.chances import chances_of, listed_stakes
from streams.kafka.embedded import EmbeddedBroker
from tests.core.shelf import DEPLOY, world
from tests.evaluate.logs import ACCEPTED, DELIVERED, decision_lines, log, outcome_lines

OFFERS = DEPLOY / "offers"
ALL = ["--unsupported-max", "0.9"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options that name a log and its outcomes."""
    directory = tmp_path_factory.mktemp("evaluate")
    decisions, outcomes = directory / "decisions.jsonl", directory / "outcomes.jsonl"
    decisions.write_bytes(decision_lines())
    outcomes.write_text(outcome_lines())
    return ["--log", str(decisions), "--outcomes", str(outcomes)]


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """An embedded broker with both topics and the decisions; nothing became of the offers."""
    with EmbeddedBroker() as started:
        started.create({"decision.log.v1": 4, "channel.outcome.v1": 1})
        producer = Producer({"bootstrap.servers": started.bootstrap})
        for number, line in enumerate(decision_lines().splitlines()):
            producer.produce("decision.log.v1", line, partition=number % 4)
        producer.produce("decision.log.v1", b"no decision", partition=0)
        producer.produce("channel.outcome.v1", b"no outcome", b"customer:1")
        producer.flush(10)
        yield f"kafka://{started.bootstrap}"


def evaluated(*options: str, candidate: Path = OFFERS) -> list[str]:
    """The command."""
    return ["evaluate", "--candidate", str(candidate), *options]


def truth_minor() -> float:
    """What the shipped policy earns on these views, by the rates that outcomes are drawn with."""
    policy = world().policy
    salt, share = policy.decision.holdout_salt, policy.decision.holdout_share
    views = [one.view for one in log() if arm(one.subject, salt) >= share]
    every = [[*chances_of(decide(view, policy)).actions.values()] for view in views]
    rate = ACCEPTED * DELIVERED
    total = sum(
        one.propensity * (rate * listed_stakes(one).gain_minor - listed_stakes(one).cost_minor)
        for actions in every
        for one in actions
    )
    return total / len(views)


def test_the_intervals_hold_what_the_candidate_is_worth(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """All three, from bytes to figures; the weights average 1."""
    code = main(evaluated(*files, *ALL, "--json"))

    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    found = shown["evaluation"]["candidate"]
    truth = truth_minor()
    held = [found[one]["low"] < truth < found[one]["high"] for one in ("ips", "snips", "dr")]
    assert (code, shown["currency"]) == (0, "USD")
    assert held == [True] * 3
    assert found["weight"]["low"] < 1 < found["weight"]["high"]
    assert shown["evaluation"]["sent"] > shown["evaluation"]["delivered"] > 0


def test_a_person_reads_tables(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Values, the share that moves, and each catalogue row."""
    code = main(evaluated(*files, *ALL))

    said = capsys.readouterr().out
    assert code == 0
    assert "decisions of 2025-01-07T02:00:00Z to 2025-12-25T22:00:00Z" in said
    assert f"taken by policy {world().policy.policy_version} ({len(log())})" in said
    assert "this change moves" in said
    assert "candidate, doubly robust" in said
    assert "effective sample size" in said
    assert "thank-you" in said
    assert "Not measured: P0" in said


def test_another_price_is_refused(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody was offered 10 percent off, so nobody knows what it would do; exit code 1."""
    for file in OFFERS.glob("*.yaml"):
        dear = file.read_text().replace("discount_percent: 5,", "discount_percent: 10,")
        (tmp_path / file.name).write_text(dear.replace("accept_lift: 1.25", "accept_lift: 5"))

    code = main(evaluated(*files, candidate=tmp_path))

    said = capsys.readouterr().out
    assert code == 1
    assert "refused, unsupported:" in said
    assert "candidate, IPS" not in said
    assert "logged policy" in said


def test_differences_need_no_outcomes(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """By trigger, offer and channel, for people and for machines."""
    codes = [
        main(evaluated(*files[:2], "--differences")),
        main(evaluated(*files[:2], "--differences", "--json")),
    ]

    *tables, line = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert codes == [0, 0]
    assert any("channel that was" in one for one in tables)
    assert sum(count for _, _, count in found["offers"]) == found["decisions"] == len(log())
    assert sum(found["triggers_moved"].values()) == found["moved"]


def test_topics_are_read_as_files_are(broker: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All decisions of all partitions; what is none is counted and left out."""
    code = main(evaluated(*ALL, "--json", "--broker", broker))

    said = capsys.readouterr()
    found = json.loads(said.out)["evaluation"]
    assert code == 0
    assert found["decisions"] == len(log())
    assert found["delivered"] == 0
    assert "1 records were no decisions" in said.err
    assert "1 records were no outcomes" in said.err


def test_a_time_and_a_share_take_some(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Half a year of half of the customers."""
    half = ["--until", "2025-07-01T00:00:00Z", "--share", "0.5", "--effective-min", "10"]
    main(evaluated(*files, *ALL, *half, "--json"))

    found = json.loads(capsys.readouterr().out)["evaluation"]
    assert 0 < found["decisions"] < len(log()) / 2
    assert 0 < found["subjects"] < 100


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--share", "0"], "--share: expected more than 0"),
        (["--unsupported-max", "1"], "--unsupported-max: expected 0 to below 1"),
        (["--seed", "-1"], "--seed: expected 0 or more"),
        (["--until", "yesterday"], "--until: expected a time such as"),
        (["--log", "/nowhere"], "--log and --outcomes go together"),
        (["--log", "/nowhere", "--outcomes", "/nowhere"], "--log /nowhere cannot be read"),
        (["--candidate", "/nowhere"], "--candidate /nowhere: expected a directory"),
    ],
)
def test_wrong_usage_is_one_sentence(
    wrong: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    code = main(evaluated(*wrong))

    said = capsys.readouterr().err
    assert code == 2
    assert sentence in said
    assert said.count("\n") == 1


def test_a_time_without_decisions_is_said(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is judged by nothing."""
    code = main(evaluated(*files, "--until", "2020-01-01T00:00:00Z"))

    assert code == 2
    assert "no decision was found" in capsys.readouterr().err

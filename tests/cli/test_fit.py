"""`streams fit`: what it prints, writes, publishes and refuses."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from streams.cli.main import main
from streams.codec.sources import encode_event
from streams.kafka.embedded import EmbeddedBroker
from tests.cloudevents import line
from tests.fit.cdnow import FILE
from tests.fit.market import market

TOPIC = "model.snapshot.v1"


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """An embedded broker with the topic of models."""
    with EmbeddedBroker() as started:
        started.create({TOPIC: 1})
        yield f"kafka://{started.bootstrap}"


def send(producer: Producer, topic: str) -> None:
    """Produce the small market, each customer to one of two partitions."""
    for one in market(customers=300):
        key, value, headers = encode_event(one, source="/test")
        producer.produce(topic, value, key, headers=[*headers], partition=len(key) % 2)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a small market."""
    path = tmp_path_factory.mktemp("fit") / "events.jsonl"
    path.write_text("\n".join(map(line, market(customers=300))) + "\n\n")
    return path


@pytest.fixture(scope="module")
def model(events: Path) -> Path:
    """The file of its model."""
    path = events.with_name("model.jsonl")
    assert main(["fit", "--events", str(events), "--out", str(path), "--json"]) == 0
    return path


def test_cdnow_is_a_proof_a_reader_can_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The published digits, in one command."""
    code = main(["fit", "--cdnow", str(FILE)])

    said = capsys.readouterr().out
    assert code == 0
    assert [word in said for word in ("0.243", "4.414", "0.793", "2.426", "-9582.43")] == [True] * 5
    assert [word in said for word in ("6.249", "3.745", "15.45", "946")] == [True] * 4


def test_cdnow_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """All digits, and the correlation."""
    main(["fit", "--cdnow", str(FILE), "--json"])

    found = json.loads(capsys.readouterr().out)
    assert found["purchases"]["values"][0] == pytest.approx(0.2426, abs=1e-4)
    assert found["spend_correlation"] == pytest.approx(0.114, abs=1e-3)


def test_a_fit_is_printed_as_a_person_wants_it(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Parameters, holdout, worth, categories."""
    code = main(["fit", "--events", str(events)])

    said = capsys.readouterr().out
    assert code == 0
    assert "300 customers" in said
    assert "purchases: BG/NBD, weeks" in said
    assert "mean absolute error a customer" in said
    assert "margin of a payment: 50" in said
    assert "largest of 5 categories" in said


def test_a_model_reads_again_from_its_file(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written again it has the same bytes."""
    again = tmp_path / "again.jsonl"

    code = main(["fit", "--model", str(model), "--out", str(again)])

    assert code == 0
    assert again.read_bytes() == model.read_bytes()
    assert "largest of 5 categories" in capsys.readouterr().out


def test_publishing_prints_a_plan_then_writes_then_has_nothing_to_do(
    broker: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows of a version are written once; the pointer is the last."""
    command = ["fit", "--model", str(model), "--json", "--publish", "--broker", broker]

    codes = [main(command), main([*command, "--apply"]), main(command)]

    said = capsys.readouterr()
    plan = [one.split()[:2] for one in said.out.splitlines() if one.startswith("writ")]
    assert codes == [0, 0, 0]
    assert "nothing was written; add --apply to do it" in said.err
    assert [verb for verb, _ in plan] == ["write"] * 8 + ["written"] * 8
    assert plan[-1][1] == "@current"
    assert "8 rows of 2" in said.out


def test_a_version_is_immutable(
    broker: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same name with another content is refused."""
    main(["fit", "--model", str(model), "--publish", "--apply", "--broker", broker])
    changed = tmp_path / "changed.jsonl"
    changed.write_text(model.read_text().replace('"margin_share":0.', '"margin_share":0.1'))

    code = main(["fit", "--model", str(changed), "--publish", "--broker", broker])

    assert code == 2
    assert "with another content; a version is immutable" in capsys.readouterr().err


def test_a_topic_range_without_events_is_refused(
    broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is no source topic on this broker."""
    code = main(["fit", "--topic", "--broker", broker])

    assert code == 2
    assert "run: streams topics create --apply" in capsys.readouterr().err


def test_a_topic_is_read_as_the_file_of_its_events_is(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Same events, same model; a record that is no event is counted and left out."""
    topic = "pos.transaction.v1"
    with EmbeddedBroker() as started:
        started.create({topic: 2})
        producer = Producer({"bootstrap.servers": started.bootstrap, "log_level": 0})
        producer.produce(topic, b"{", b"customer:1")
        send(producer, topic)
        assert producer.flush(10) == 0
        code = main(["fit", "--topic", "--json", "--broker", f"kafka://{started.bootstrap}"])

    said = capsys.readouterr()
    assert code == 0
    assert "1 records were no events" in said.err
    assert json.loads(said.out)["model"]["version"] in model.read_text()


def test_the_range_of_time_is_kept(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In event time; nothing before 2016 is in the file."""
    code = main(["fit", "--events", str(events), "--until", "2016-01-01T00:00:00Z"])

    assert code == 2
    assert "got 0 and 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--events", "/no/such"], "--events /no/such cannot be read: No such file"),
        (["--cdnow", "/no/such"], "--cdnow /no/such cannot be read: No such file"),
        (["--model", "/no/such"], "--model /no/such cannot be read: No such file"),
        (["--model", "README.md"], "is not what --out writes"),
        (["--cdnow", "README.md"], "expected columns x, t_x, T, zbar of numbers"),
        (["--events", "README.md"], "got 0 and 0; read more events"),
        (["--events", "x", "--until", "noon"], "--until: expected a time such as"),
        (["--events", "x", "--apply"], "--apply needs --publish"),
        (["--events", "x", "--share", "0"], "--share: expected more than 0"),
        (["--events", "x", "--margin-share", "7"], "--margin-share: expected 0 to 1"),
        (["--events", "x", "--until-week", "3"], "needs --complete-journey"),
        (["--complete-journey", "--until-week", "99"], "--until-week: expected 1 to 53"),
        (["--cdnow", str(FILE), "--publish"], "leave out --out and --publish"),
        (["--cdnow", str(FILE), "--out", "/no/such/f"], "leave out --out"),
        ([], "one of the arguments"),
    ],
)
def test_bad_input_is_one_sentence(
    flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And exit code 2."""
    code = main(["fit", *flags])

    assert code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("row", ["1,2,5.0,4.0,9", "1,1.5,2,4,9", "1,1,2,4,-9", "1,1,2,nan,9"])
def test_an_impossible_customer_is_refused(
    row: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last purchase lies within the time observed."""
    path = tmp_path / "bad.csv"
    path.write_text(f"ID,x,t_x,T,zbar\n{row}\n")

    code = main(["fit", "--cdnow", str(path)])

    assert code == 2
    assert "0 <= t_x <= T" in capsys.readouterr().err


def test_a_file_that_lost_rows_is_no_model(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part is missing."""
    path = tmp_path / "part.jsonl"
    path.write_bytes(b"\n".join(model.read_bytes().splitlines()[1:]))

    code = main(["fit", "--model", str(path)])

    assert code == 2
    assert "does not hold all rows of a model" in capsys.readouterr().err

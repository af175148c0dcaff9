"""`streams learn`: from tallies in the changelog to a snapshot that workers adopt."""

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from streams.cli.learn import Tallies
from streams.cli.main import main
from streams.cli.reading import Reader
from streams.codec.acceptance import KEY_START, AcceptanceRows
from streams.codec.rows import CALIBRATION_KEY, encode_row, tally_key
from streams.config import Settings
from streams.core.acceptance import below
from streams.core.calibration import calibrate
from streams.core.profile.trials import Trial
from streams.core.tally import Tally, tally
from streams.kafka.embedded import EmbeddedBroker

NOW_MS = time.time_ns() // 1_000_000
CHANGELOG, MODEL = Settings().changelog_topic, "model.snapshot.v1"
FAR_MS = 2**62


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An embedded broker with the table's changelog and the topic of models."""
    with EmbeddedBroker() as started:
        started.create({CHANGELOG: 2, MODEL: 1})
        monkeypatch.setenv("STREAMS_BROKER_URLS", f"kafka://{started.bootstrap}")
        yield started.bootstrap


def counted(accepted: int) -> bytes:
    """A row of 100 trials of the offer `tea`, each expected to be taken by one in ten."""
    found = Tally("tea")
    for number in range(100):
        trial = Trial("tea", "web", "regular", "bought", NOW_MS, 0.1, accepted=number < accepted)
        tally(found, trial, half_life_ms=10**10, at_ms=NOW_MS)
    return encode_row(found)


def write(bootstrap: str, *rows: tuple[int, bytes, bytes | None]) -> None:
    """Put rows into the changelog: partition, key, value."""
    producer = Producer({"bootstrap.servers": bootstrap})
    for partition, key, value in rows:
        producer.produce(CHANGELOG, value, key, partition)
    assert producer.flush(10) == 0


def published(bootstrap: str) -> AcceptanceRows:
    """What a worker would read."""
    rows = AcceptanceRows()
    settings = Settings(broker_urls=f"kafka://{bootstrap}")
    with Reader(settings) as reader:
        for one in reader.records(reader.bounds([MODEL])):
            assert (one.key or b"").startswith(KEY_START)
            rows.add(one.key, one.value)
    return rows


def test_the_latest_tallies_of_all_partitions_are_learned_from_and_published(
    broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An older row of the same partition counts nowhere, nor does a profile."""
    write(
        broker,
        (0, tally_key("tea"), counted(1)),
        (0, tally_key("tea"), counted(20)),
        (0, b"customer:1", b"P\x04"),
        (1, tally_key("tea"), counted(22)),
    )

    assert main(["learn", "--publish", "--apply"]) == 0

    learned = published(broker).current(FAR_MS)
    assert learned is not None
    assert learned.accepts.tried == pytest.approx(200, rel=0.01)
    assert below(learned.accepts, "tea").lift == pytest.approx(1.9, abs=0.15)
    assert "written acceptance@current" in capsys.readouterr().out


def test_nothing_is_written_without_apply(broker: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The plan is printed, and the table."""
    write(broker, (0, tally_key("tea"), counted(10)))

    assert main(["learn", "--publish"]) == 0

    shown = capsys.readouterr()
    assert "write acceptance@current" in shown.out
    assert "tea" in shown.out
    assert "  by web" in shown.out
    assert "nothing was written; add --apply" in shown.err
    assert published(broker).current(FAR_MS) is None


def test_reading_goes_on_where_it_ended(broker: str) -> None:
    """A tally that was removed is forgotten; what did not change is kept."""
    write(broker, (0, tally_key("tea"), counted(10)), (1, tally_key("tea"), counted(10)))
    settings = Settings(broker_urls=f"kafka://{broker}")
    with Reader(settings) as reader:
        tallies = Tallies(reader, settings)
        before = len(list(tallies.read()))
        write(broker, (0, tally_key("tea"), None))
        after = len(list(tallies.read()))

    assert (before, after) == (2, 1)


def test_drift_since_the_snapshot_in_force_is_told_and_published(
    broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first one moved from nothing; the second names the offer, and carries how far."""
    write(broker, (0, tally_key("tea"), counted(5)))
    assert main(["learn", "--publish", "--apply"]) == 0
    first, said_first = published(broker).current(FAR_MS), capsys.readouterr().out
    write(broker, (0, tally_key("tea"), counted(40)))
    assert main(["learn", "--publish", "--apply"]) == 0

    second, said = published(broker).current(FAR_MS), capsys.readouterr().out
    assert first is not None
    assert second is not None
    ratio = below(second.accepts, "tea").lift / below(first.accepts, "tea").lift
    told = f"drift: the largest move of a lift, of tea, is by a factor of {ratio:.2f} since version"
    assert (first.drift, "drift" in said_first) == (None, False)
    assert ratio > 2.5
    assert second.drift == pytest.approx(ratio)
    assert f"{told} {first.version}" in said


def calibrated(accepted: int, channel: str = "web") -> bytes:
    """The calibration of 100 trials, each predicted to be taken by one in five."""
    found = Tally("")
    for number in range(100):
        trial = Trial("tea", channel, "regular", "bought", NOW_MS, 0.1, accepted=number < accepted)
        calibrate(found, trial, 0.2, half_life_ms=10**10, at_ms=NOW_MS)
    return encode_row(found)


def test_calibration_prints_predicted_and_observed(
    broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of all partitions, the latest row of each; and it is no tally to learn from."""
    write(
        broker,
        (0, CALIBRATION_KEY, calibrated(99)),
        (0, CALIBRATION_KEY, calibrated(21)),
        (1, CALIBRATION_KEY, calibrated(19)),
        (1, tally_key("tea"), counted(10)),
    )

    assert main(["learn", "--calibration"]) == 0
    shown = capsys.readouterr().out
    assert main(["learn"]) == 0
    learned = capsys.readouterr().out

    (row,) = [line.split() for line in shown.splitlines() if " 5 to 10 % " in line]
    assert row[:4] == ["5", "to", "10", "%"]
    assert 195 < float(row[4]) <= 200
    assert row[5:11] == ["10.00", "%", "20.00", "%", "20.00", "%"]
    assert "off" not in shown.partition("off:")[0]
    (every,) = [line.split() for line in learned.splitlines() if line.startswith("all ")]
    assert every[1] == "100.0"


def test_calibration_before_any_trial_says_so(
    broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it learns nothing, so there is nothing to publish."""
    assert broker
    assert main(["learn", "--calibration"]) == 0
    assert "no trial has closed yet" in capsys.readouterr().out
    assert main(["learn", "--calibration", "--publish"]) == 2
    assert "--calibration goes without --publish" in capsys.readouterr().err


def test_every_without_publish_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """It would learn for nobody."""
    assert main(["learn", "--every", "5"]) == 2
    assert "--every 5: expected minutes from 1, with --publish" in capsys.readouterr().err


def test_learning_without_a_table_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the command that makes it."""
    with EmbeddedBroker() as started:
        monkeypatch.setenv("STREAMS_BROKER_URLS", f"kafka://{started.bootstrap}")
        assert main(["learn"]) == 2
    assert "streams topics create --apply" in capsys.readouterr().err

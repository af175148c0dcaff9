"""A version on trial: published as shadow, shown, ended, promoted; refused in one sentence."""

import os
import shutil
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import pytest
from confluent_kafka import Producer

from streams.cli.main import main
from streams.cli.offers_publish import publish
from streams.cli.published import There, look
from streams.cli.publishing import latest_rows
from streams.cli.reading import Reader
from streams.codec.offer_versions import (
    HELD_MAX,
    SHADOW_KEY,
    TOPIC,
    OfferRows,
    encode_files,
)
from streams.codec.products import Row
from streams.config import Settings
from streams.kafka.embedded import EmbeddedBroker
from streams.worker.policies import read_directory, read_lexicon
from tests.cli.decisions import DEPLOY
from tests.strategies_profiles import NOON

SHIPPED = DEPLOY / "offers"
FILES = {"a.yaml": "offers: []"}


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a broker that has the topic, and nothing in it."""
    with EmbeddedBroker() as broker:
        broker.create({TOPIC: 1})
        monkeypatch.setenv("STREAMS_BROKER_URLS", f"kafka://{broker.bootstrap}")
        monkeypatch.setenv("STREAMS_OFFERS_DIR", str(SHIPPED))
        monkeypatch.setenv("STREAMS_LEXICON_DIR", str(DEPLOY / "lexicon"))
        yield Settings.from_env(os.environ)


def changed(folder: Path, bar: int) -> str:
    """A directory with the shipped offers and another bar."""
    directory = folder / f"bar-{bar}"
    shutil.copytree(SHIPPED, directory)
    policy = directory / "policy.yaml"
    policy.write_text(policy.read_text().replace("bar_minor: 3", f"bar_minor: {bar}"))
    return str(directory)


def seeded(settings: Settings, candidate: str, *, without: bytes = b"none") -> str:
    """The name of the candidate, which is the shadow of the shipped offers as if published so."""
    rows = []
    for directory, shadow in ((SHIPPED, False), (Path(candidate), True)):
        files, policy = read_directory(directory, settings, read_lexicon(settings))
        version = policy.policy_version
        rows += encode_files(files, version=version, valid_from_ms=NOON, shadow=shadow)
    write(settings, [row for row in rows if not row.key.startswith(without)])
    return version


def write(settings: Settings, rows: Iterable[Row]) -> None:
    """Write the rows in half a second less than a command, whose producer is idempotent."""
    producer = Producer({"bootstrap.servers": settings.bootstrap_servers})
    for row in rows:
        producer.produce(TOPIC, row.value, row.key)
    assert producer.flush(10) == 0


def offers(*arguments: str) -> int:
    """Run `streams offers ARGUMENTS`."""
    return main(["offers", *arguments])


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """All that was printed since the last time."""
    out, err = capsys.readouterr()
    return out + err


def named(found: There) -> tuple[str, str]:
    """The version in force and the shadow; "" for none."""
    return (
        found.current.version if found.current is not None else "",
        found.shadow.version if found.shadow is not None else "",
    )


def started(settings: Settings) -> tuple[str, str]:
    """What a worker that starts would decide by, and beside, once the topic is compacted."""
    rows, kept = OfferRows(), dict[bytes, bytes | None]()
    with Reader(settings) as reader:
        for one in reader.records(reader.bounds([TOPIC])):
            key = one.key or b""
            kept.pop(key, None)  # only the last record of a key is left, where it lies
            kept[key] = one.value
    for key, value in kept.items():
        rows.add(key, value)
    return rows.choose(2**62, ""), rows.candidate()


def test_a_shadow_is_published_shown_and_ended(
    there: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its plan; only `--apply` writes."""
    candidate = changed(tmp_path, 4)
    assert offers("publish", "--apply") == 0
    live = said(capsys).split()[1].rstrip(",")

    assert offers("publish", candidate, "--shadow") == 0
    plan = said(capsys)
    assert named(look(there)) == (live, "")
    assert offers("publish", candidate, "--shadow", "--apply") == 0
    version = said(capsys).split()[1]
    assert offers("publish", candidate, "--shadow", "--apply") == 0
    again = said(capsys)
    assert offers("shadow") == 0
    shown = said(capsys)
    assert offers("shadow", "--end") == 0
    ending = said(capsys)
    during = named(look(there)), started(there)
    assert offers("shadow", "--end", "--apply") == 0

    assert f"version {version} as shadow, valid from " in plan
    assert ": 5 rows to write to offer.catalogue.v1" in plan
    assert "nothing was written; add --apply" in plan
    assert again == f"version {version} is the shadow already; nothing to write\n"
    assert [line.split(",")[0] for line in shown.splitlines()] == [
        f"in force  {live}",
        f"shadow    {version}",
    ]
    assert f"version {version} ends as shadow: 1 row to write" in ending
    assert during == ((live, version), (live, version))
    assert named(look(there)) == (live, "")
    assert look(there, version).files is not None  # its decisions can be explained still
    assert started(there) == (live, "")


@pytest.mark.parametrize("with_files", [False, True])
def test_a_shadow_is_promoted_with_or_without_its_files(
    there: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, with_files: bool
) -> None:
    """That very version is in force, and the trial is over."""
    candidate = changed(tmp_path, 4)
    version = seeded(there, candidate)
    files = look(there, version).files
    command = ["publish", candidate] if with_files else ["shadow", "--promote"]

    assert offers(*command) == 0
    plan, before = said(capsys), named(look(there))
    assert offers(*command, "--apply") == 0

    assert "6 rows to write to offer.catalogue.v1, one of which ends it as shadow" in plan
    assert before[1] == version
    assert named(look(there)) == (version, "")
    assert look(there, version).files == files
    assert started(there) == (version, "")


def test_a_version_that_is_to_be_in_force_later_stays_the_shadow_until_then(
    there: Settings, tmp_path: Path
) -> None:
    """Workers end the trial as they adopt it."""
    candidate = changed(tmp_path, 4)
    version = seeded(there, candidate)

    assert offers("publish", candidate, "--valid-from", "2099-01-01T00:00:00Z", "--apply") == 0

    assert named(look(there)) == (version, version)


def test_going_back_holds_for_workers_that_start_after_many_trials(there: Settings) -> None:
    """A reader holds few versions; what is named is what it read last."""
    many = [
        encode_files(FILES, version=f"{letter}{n}", valid_from_ms=NOON + n, shadow=letter == "c")
        for letter in "vc"
        for n in range(HELD_MAX + 1)
    ]
    write(there, chain(*many))

    back = partial(publish, there, FILES, valid_from_ms=NOON + 99, apply=True)
    back(version="v0", shadow=False)
    back(version="c0", shadow=True)

    assert started(there) == named(look(there)) == ("v0", "c0")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["publish", "--shadow", "--valid-from", "2025-01-31T00:00:00Z"], "--valid-from goes with"),
        (["shadow", "--apply"], "--apply goes with --end or --promote"),
        (["shadow", "--end"], "publish one by: streams offers publish DIR --shadow --apply"),
        (["shadow", "--promote"], "no version is the shadow in offer.catalogue.v1"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    there: Settings, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    """Exit code 2."""
    assert named(look(there)) == ("", "")

    code = offers(*arguments)

    told = said(capsys)
    assert (code, told.count("\n")) == (2, 1)
    assert sentence in told


def test_what_is_in_force_is_no_shadow(
    there: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would agree with itself, at the price of a decision."""
    seeded(there, changed(tmp_path, 4))

    code = offers("publish", "--shadow", "--apply")

    assert code == 2
    assert "is in force, and beside itself it would tell nothing; publish other" in said(capsys)


def test_a_broken_candidate_is_refused_with_file_and_line(
    there: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is written."""
    directory = changed(tmp_path, 4)
    (Path(directory) / "care.yaml").write_text("offers:\n- {offer: x}\n")

    code = offers("publish", directory, "--shadow", "--apply")

    assert code == 2
    assert "care.yaml:2" in said(capsys)
    assert SHADOW_KEY not in latest_rows(there, TOPIC, lambda _: True)


def test_a_shadow_with_gaps_is_not_promoted(
    there: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody could decide by it."""
    version = seeded(there, changed(tmp_path, 4), without=b"care.yaml")

    code = offers("shadow", "--promote", "--apply")

    assert code == 2
    assert f"policy version {version}: not all of it is in offer.catalogue.v1" in said(capsys)

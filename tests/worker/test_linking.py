"""FEBRL through our own routing: who is taken for whom."""

import gzip
import json
from pathlib import Path

import pytest

from streams.cli.main import main
from streams.core.identity.policy import IdentityPolicy, LinkRule
from streams.worker.simulation.linking import Record, link, read_records

DATA = Path(__file__).parents[1] / "data"
POLICY = IdentityPolicy(rules={"card": LinkRule(members_max=6)})
ADA, IDA = "customer:ada", "customer:ida"
HEAD = "rec_id, given_name, surname, date_of_birth, postcode, soc_sec_id\n"


@pytest.mark.parametrize(("number", "recall"), [(1, 0.93), (2, 0.886), (3, 0.869)])
def test_nobody_is_taken_for_somebody_else(number: int, recall: float) -> None:
    """Precision is at least .99 on every set; the recall is what cards and accounts can tell."""
    records = read_records(DATA / f"febrl{number}.csv.gz")

    found = link("febrl", records, POLICY)

    assert found.precision >= 0.99
    assert found.recall == pytest.approx(recall, abs=0.0005)


def test_one_account_brings_two_cards_together() -> None:
    """A person with two cards is one row."""
    records = [Record("r1", "1", "7", ADA), Record("r2", "1", "8", ADA)]

    assert link("x", records, POLICY)[1:] == (2, 1, 1, 1)


def test_a_card_of_two_accounts_glues_nothing() -> None:
    """It is a family's: its own visits stay one row, the other cards of either stay theirs."""
    records = [
        Record("r1", "1", "7", ADA),
        Record("r2", "2", "7", IDA),
        Record("r3", "1", "8", ADA),
        Record("r4", "2", "9", IDA),
    ]

    found = link("x", records, POLICY)

    assert (found.true_pairs, found.found_pairs, found.right_pairs) == (2, 1, 0)


def test_what_says_nothing_is_linked_to_nobody() -> None:
    """Without an account or a card there is no pair, and that is no mistake."""
    found = link("x", [Record("r1", "1", "7", None), Record("r2", "1", "", ADA)], POLICY)

    assert (found.found_pairs, found.precision, found.recall) == (0, 1.0, 0.0)
    assert link("x", [], POLICY).recall == 1.0


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """For people, and for machines."""
    file = str(DATA / "febrl1.csv.gz")

    code = main(["study", "linking", file])
    table = capsys.readouterr().out
    main(["study", "linking", file, "--json"])
    (facts,) = json.loads(capsys.readouterr().out)

    assert code == 0
    assert "1.0000   0.9300" in table
    assert (facts["records"], facts["precision"], facts["recall"]) == (1_000, 1.0, 0.93)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "missing are rec_id"), (b"a,b\n1,2\n", "missing are"), (b"\xff\xfe", "codec")],
)
def test_a_file_that_is_no_such_set_exits_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, problem: str
) -> None:
    """One sentence that names it."""
    file = tmp_path / "set.csv"
    file.write_bytes(content)

    code = main(["study", "linking", str(file)])

    said = capsys.readouterr().err
    assert code == 2
    assert f"{file} cannot be read as a FEBRL data set" in said
    assert problem in said


def test_a_plain_file_reads_as_a_packed_one(tmp_path: Path) -> None:
    """An account needs all its parts."""
    text = HEAD + "rec-1-org, ada, king, 18151210, 1000, 7\nrec-1-dup-0, ada, , 18151210, 1000, 7\n"
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))

    plain, packed = read_records(tmp_path / "a.csv"), read_records(tmp_path / "a.csv.gz")

    assert plain == packed
    assert [one.account for one in plain] == ["customer:ada/king/18151210/1000", None]
    assert {one.person for one in plain} == {"1"}

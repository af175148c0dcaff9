"""`streams study`: the tables, for people and for machines."""

import json
import re
from pathlib import Path

import pytest

from streams.cli.main import main
from streams.worker.simulation.coupons import BASELINES

SMALL = ["study", "next-basket", "--households", "20", "--learn-until", "4", "--test-until", "6"]
FEW = ["study", "matching", "--trials", "4", "--learn-until", "4", "--test-until", "5"]
COUPONS = ["study", "coupons", "--learn-until", "2017-02-10", "--test-until", "2017-02-14"]


def test_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Both, with the differences to each baseline."""
    code = main(SMALL)

    shown = capsys.readouterr().out
    assert code == 0
    assert "categories of the next basket: " in shown
    assert "categories never bought before: " in shown
    assert "own purchase counts" in shown


def test_machines_read_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same figures, with their intervals."""
    code = main([*SMALL, "--json"])

    every, new = json.loads(capsys.readouterr().out)
    assert code == 0
    assert every["rows"][0]["name"] == "profile"
    assert new["differences"][0]["low"] <= new["differences"][0]["high"]


@pytest.mark.parametrize(
    "wrong", [["--learn-until", "40"], ["--test-until", "54"], ["--households", "0"]]
)
def test_wrong_weeks_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is read, in one sentence."""
    code = main(["study", "next-basket", *wrong])

    assert code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_matching_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each way to read, and what chance would do."""
    code = main(FEW)

    shown = capsys.readouterr().out
    assert code == 0
    assert "4 trials, chance 25%" in shown
    assert "categories only" in shown
    assert "popularity only (no genome)" in shown


def test_matching_writes_a_sheet_without_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Portraits of nobody, four lists each, and the answers beside it; JSON for machines."""
    path = tmp_path / "sheet.txt"
    code = main([*FEW, "--json", "--sheet", str(path)])

    table = json.loads(capsys.readouterr().out)
    text = path.read_text("utf-8")
    assert code == 0
    assert (table["trials"], table["chance"], len(table["rows"])) == (4, 0.25, 5)
    assert table["rows"][0]["low"] <= table["rows"][0]["rate"] <= table["rows"][0]["high"]
    assert re.fullmatch(r"([A-D]\n){4}", (tmp_path / "sheet.txt.answers").read_text("utf-8"))
    assert re.findall(r"customer:\S+", text) == ["customer:?:"] * 4
    assert re.findall(r"^List (\w)", text, re.MULTILINE) == list("ABCD" * 4)
    assert max(int(count) for count in re.findall(r": (\d+) of \d+ receipts", text)) <= 6


@pytest.mark.parametrize(
    "wrong",
    [
        ["--learn-until", "40"],
        ["--test-until", "54"],
        ["--trials", "0"],
        ["--sheet", "/nowhere/sheet.txt"],
        ["--trials", "3000", "--learn-until", "4", "--test-until", "5"],
    ],
)
def test_wrong_trials_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """In one sentence; what can be known before reading is."""
    code = main(["study", "matching", *wrong])

    assert code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_learning_prints_regret_of_each_size_with_intervals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two small shops of each size; the figures themselves are the study's."""
    assert main(["study", "learning", "--seeds", "2", "--decisions", "1000"]) == 0

    shown = capsys.readouterr().out.splitlines()
    assert "2 shops" in shown[0]
    assert [one.split()[0] for one in shown[2:5]] == ["5", "20", "50"]


def test_learning_as_json_and_what_it_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    """Every seed's figure, from the first that is asked for; too little to judge by is refused."""
    usual = ["study", "learning", "--seeds", "2", "--decisions", "1000", "--json"]
    assert main(usual) == 0
    found = [one["ours"] for one in json.loads(capsys.readouterr().out)]
    assert main([*usual, "--first-seed", "1"]) == 0
    later = [one["ours"] for one in json.loads(capsys.readouterr().out)]

    assert [len(one) for one in found] == [2, 2, 2]
    assert [one[0] for one in later] == [one[1] for one in found]

    assert main(["study", "learning", "--seeds", "1"]) == 2
    assert "--seeds of at least 2" in capsys.readouterr().err


def test_coupons_prints_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """One for each ranker of ours, with what there was to choose from."""
    code = main(COUPONS)

    shown = capsys.readouterr().out
    assert code == 0
    assert "the coupon handed in, by the live decision: " in shown
    assert "10 redemptions, 8 households, of 33 to 214 coupons" in shown
    assert "redemptions so far" in shown


def test_coupons_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For machines."""
    code = main([*COUPONS, "--json"])

    tables = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [len(table["rows"]) for table in tables] == [1 + len(BASELINES)] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        ["--learn-until", "2017-08-01"],
        ["--test-until", "2018-01-01"],
        ["--learn-until", "2017-01-01"],
        ["--learn-until", "2017-01-04", "--test-until", "2017-01-04"],
    ],
    ids=["after the test", "after the study", "nothing to learn", "no redemption"],
)
def test_wrong_days_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """In one sentence; what is only found by reading after a line of progress or two."""
    code = main(["study", "coupons", *wrong])

    assert code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("streams: ")


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With what was expected."""
    code = main(["study", "coupons", "--learn-until", "March"])

    assert code == 2
    assert "expected a day like 2017-03-01, got 'March'" in capsys.readouterr().err

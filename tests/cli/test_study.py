"""`streams study next-basket`: the tables, for people and for machines."""

import json

import pytest

from streams.cli.main import main

SMALL = ["study", "next-basket", "--households", "20", "--learn-until", "4", "--test-until", "6"]


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

"""Names of scenarios: each tells one story of a directory."""

import shutil
from pathlib import Path

import pytest

from streams.cli.main import main

OFFERS = Path(__file__).parents[2] / "deploy" / "offers"
STORY = """\
  - name: one
    event: {click: {event_name: page_view}}
    expect: silence
"""


@pytest.mark.parametrize("command", ["validate", "test"])
def test_two_scenarios_of_one_name_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """In one file or in two of a directory, or nobody knows which of them failed."""
    directory = shutil.copytree(OFFERS, tmp_path / "offers")
    (directory / "a.scenario.yaml").write_text(f"scenarios:\n{STORY}{STORY}")
    (directory / "b.scenario.yaml").write_text(f"scenarios:\n{STORY}")

    code = main(["offers", command, str(directory)])

    said = capsys.readouterr().err
    why = "'one' is there twice, first at a.scenario.yaml:2; give each scenario a name of its own"
    assert code == 2
    assert f"a.scenario.yaml:5: scenarios[2].name: {why}" in said
    assert f"b.scenario.yaml:2: scenarios[1].name: {why}" in said


def test_a_scenario_without_a_name_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two without are not of one name."""
    directory = shutil.copytree(OFFERS, tmp_path / "offers")
    nameless = STORY.replace("- name: one\n    event", "- event")
    (directory / "a.scenario.yaml").write_text(f"scenarios:\n{nameless}{nameless}")

    code = main(["offers", "validate", str(directory)])

    said = capsys.readouterr().err
    assert (code, said.count("name is missing"), said.count("twice")) == (2, 2, 0)

"""`streams stock`: what it says, and what it refuses before it asks a broker."""

from typing import Any

import pytest

from streams.cli import stock
from streams.cli.main import main
from streams.config import Settings
from streams.core.errors import ConfigError


@pytest.mark.parametrize(
    ("outlets", "said"),
    [
        ({}, "tea: nothing is known of its stock, so it may be offered"),
        ({"web": 3, "s1": 0}, "tea: s1 0, web 3"),
        ({"web": 0}, "tea: web 0; out of stock"),
    ],
)
def test_levels_are_told_in_a_line(outlets: dict[str, int], said: str) -> None:
    """And what they come to."""
    assert stock.in_words("tea", outlets) == said


def test_a_level_below_nothing_is_refused_in_a_sentence() -> None:
    """Nothing is asked of a broker."""
    with pytest.raises(ConfigError) as caught:
        stock.put(Settings(), "tea", {"web": -1}, apply=True)

    assert "outlets" in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (["set", "tea", "--", "-3"], "LEVEL: expected 0 to 1000000000 units, got -3"),
        (["set", "tea", "9" * 12], "LEVEL: expected 0 to 1000000000 units, got 999999999999"),
        (["set", "", "3"], "ARTICLE: expected an id of 1 to 200 characters, got 0"),
        (["show", "x" * 201], "ARTICLE: expected an id of 1 to 200 characters, got 201"),
        (
            ["set", "tea", "3", "--outlet", "x" * 65],
            "--outlet: expected an id of 1 to 64 characters, got 65",
        ),
    ],
)
def test_what_no_row_can_hold_is_named_as_it_was_typed(
    asked: list[str], problem: str, capsys: Any
) -> None:
    """Before a broker is asked: there is none."""
    assert main(["stock", *asked]) == 2

    assert capsys.readouterr().err == f"streams: {problem}\n"


def test_without_apply_nothing_is_written(capsys: Any) -> None:
    """The plan says what would be."""
    stock.put(Settings(), "tea", {"web": 0}, apply=False)

    said = capsys.readouterr()
    assert said.out == "to write: tea: web 0; out of stock\n"
    assert "add --apply" in said.err

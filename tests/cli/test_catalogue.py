"""`streams catalogue`: files are checked whole; nothing is written without --apply."""

import json
from pathlib import Path
from typing import Any

import pytest

from streams.cli.catalogue import PROBLEMS_SHOWN, read_file, rows_of
from streams.cli.main import main
from streams.core.errors import ConfigError

GOOD = {
    "item_id": "sku-1",
    "name": "Socks",
    "category": ["Clothing"],
    "currency": "EUR",
    "price_minor": 599,
}


def file_of(directory: Path, *lines: dict[str, Any] | str) -> Path:
    """A catalogue file of these lines."""
    path = directory / "products.jsonl"
    text = [one if isinstance(one, str) else json.dumps(one) for one in lines]
    path.write_text("\n".join(text) + "\n")
    return path


def test_a_good_file_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Empty lines are nothing; the largest departments are shown."""
    path = file_of(tmp_path, GOOD, "", GOOD | {"item_id": "sku-2", "category": []})

    code = main(["catalogue", "validate", str(path)])

    assert code == 0
    assert capsys.readouterr().out == "2 products in 1 departments: Clothing 1\n"


def test_every_problem_is_named_with_its_line(tmp_path: Path) -> None:
    """All in one go: nobody corrects a file a line at a time."""
    path = file_of(
        tmp_path,
        GOOD,
        "{",
        GOOD | {"item_id": "sku-2", "colour": "red"},
        GOOD,
        GOOD | {"item_id": "sku-3", "currency": "USD"},
        GOOD | {"item_id": "sku 4"},
    )

    with pytest.raises(ConfigError) as caught:
        read_file(path, products_max=10)

    lines = [one.removeprefix(f"{path}: ").partition(":")[0] for one in caught.value.problems]
    assert lines == ["line 2", "line 3", "line 4", "line 5", "line 6"]
    assert "colour" in caught.value.problems[1]
    assert "there twice" in caught.value.problems[2]
    assert "expected EUR" in caught.value.problems[3]


def test_a_file_that_is_wrong_everywhere_does_not_fill_the_screen(tmp_path: Path) -> None:
    """The first problems, and how many more."""
    path = file_of(tmp_path, *["{"] * (PROBLEMS_SHOWN + 2))

    with pytest.raises(ConfigError) as caught:
        read_file(path, products_max=100)

    assert len(caught.value.problems) == PROBLEMS_SHOWN + 1
    assert caught.value.problems[-1].endswith("and 2 more")


def test_a_file_over_the_bound_of_the_workers_is_refused(tmp_path: Path) -> None:
    """They would not adopt it."""
    path = file_of(tmp_path, GOOD, GOOD | {"item_id": "sku-2"})

    assert len(read_file(path, products_max=2)) == 2
    with pytest.raises(ConfigError, match="STREAMS_PRODUCTS_MAX"):
        read_file(path, products_max=1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--version", "current"], "--version: expected"),
        (["--version", "a b"], "--version: expected"),
        (["--version", "v1", "--valid-from", "tomorrow"], "--valid-from: expected a time"),
    ],
)
def test_wrong_arguments_are_refused_before_a_broker_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """Exit code 2, and the sentence says what was expected."""
    path = file_of(tmp_path, GOOD)

    code = main(["catalogue", "publish", str(path), *arguments])

    assert code == 2
    assert says in capsys.readouterr().err


def test_an_empty_or_missing_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A version without products would take everything away."""
    codes = [
        main(["catalogue", "validate", str(file_of(tmp_path, ""))]),
        main(["catalogue", "validate", str(tmp_path / "none")]),
    ]

    assert codes == [2, 2]
    assert "found none" in capsys.readouterr().err


def test_rows_come_before_what_counts_them(tmp_path: Path) -> None:
    """A reader that follows never sees a version named before its rows."""
    lines = read_file(file_of(tmp_path, GOOD, GOOD | {"item_id": "sku-2"}), products_max=9)

    rows = rows_of(lines, version="v1", valid_from_ms=1_738_281_600_000)

    assert [row.key for row in rows] == [b"sku-1@v1", b"sku-2@v1", b"@v1", b"@current"]

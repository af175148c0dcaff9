"""Reads of a YAML tree that no file of the catalogue asks for."""

import pytest

from streams.codec.yaml_tree import parse

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("text", "expected"), [("at: -3d", 3 * DAY_MS), ("at: -30m", 1_800_000), ("other: 1", 0)]
)
def test_a_time_before_is_read_as_how_long_ago(text: str, expected: int) -> None:
    """Without one it is now."""
    problems: list[str] = []
    fields = parse("a.yaml", text, problems)
    assert fields is not None

    assert (fields.ago_ms("at", 30 * DAY_MS), problems) == (expected, [])


@pytest.mark.parametrize("text", ["at: 3d", "at: -3", "at: -31d", "at: [-3d]"])
def test_what_is_no_time_before_is_reported(text: str) -> None:
    """With what was expected."""
    problems: list[str] = []
    fields = parse("a.yaml", text, problems)
    assert fields is not None

    fields.ago_ms("at", 30 * DAY_MS)

    assert problems[0].startswith("a.yaml:1: at: expected a time before, from -30d to -0s, such as")

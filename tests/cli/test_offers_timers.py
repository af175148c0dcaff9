"""Scenarios that end with a timer: what fires, and what is said when it does not."""

from pathlib import Path

import pytest

from streams.cli.main import main

OFFERS = Path(__file__).parents[2] / "deploy" / "offers"
SOLD = (
    "{transaction_type: sale, total_minor: 9, line_items: [{item_id: x, extended_amount_minor: 9}]}"
)
COFFEE = "{event_name: search, search_term: coffee}"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The shipped offers without their scenarios."""
    for file in OFFERS.glob("*.yaml"):
        if not file.name.endswith(".scenario.yaml"):
            (tmp_path / file.name).write_text(file.read_text())
    return tmp_path


def scenario(directory: Path, expect: str, event: str, more: str = "") -> None:
    """A file with one scenario."""
    text = f"scenarios:\n  - name: one\n    event: {{{event}}}\n    expect: {expect}\n{more}"
    (directory / "a.scenario.yaml").write_text(text)


@pytest.mark.parametrize(
    ("history", "says"),
    [
        ("", "expected the timer lapsing to fire by then; none is set"),
        (
            f"{{at: -3d, click: {COFFEE}}}",
            "expected the timer lapsing to fire by then; none is set",
        ),
        (
            f"{{at: -3d, till: {SOLD}}}",
            "expected the timer lapsing to fire by then; it is due at 2025-09-05T15:00:00Z",
        ),
        (f"{{at: -97d, till: {SOLD}}}", "expected win-back, got silence; stopped by consent 4"),
    ],
)
def test_a_timer_that_does_not_fire_says_which_is_next(
    directory: Path, capsys: pytest.CaptureFixture[str], history: str, says: str
) -> None:
    """Also one that fires, and is silent."""
    scenario(directory, "{offer: win-back}", "timer: lapsing", f"    history: [{history}]\n")

    code = main(["offers", "test", str(directory)])

    assert code == 1
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("event", "more", "says"),
    [
        ("timer: expiry", "", "timer: expected one of cart_abandoned, lapsing, rhythm_due"),
        ("timer: lapsing, at: -1d", "", "scenarios[1].event.at is unknown"),
        (
            "timer: lapsing",
            "    history: [{timer: lapsing}]\n",
            "a.scenario.yaml:5: scenarios[1].history[1].timer: expected as the event alone",
        ),
    ],
)
def test_a_timer_that_cannot_be_read_is_refused_at_its_line(
    directory: Path, capsys: pytest.CaptureFixture[str], event: str, more: str, says: str
) -> None:
    """Exit code 2."""
    scenario(directory, "silence", event, more)

    code = main(["offers", "test", str(directory)])

    assert code == 2
    assert says in capsys.readouterr().err

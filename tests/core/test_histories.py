"""Generated histories break no rule, meet every one, and come out the same; see tests/histories.

They play in processes of their own: what measures coverage here would take three times as long.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.core import timers
from streams.core.decide.record import Gate
from streams.core.rhythm_due import RHYTHM_DUE
from tests.histories.checker import REASONS, TIMER_KINDS
from tests.histories.planted import BUGS, Bug
from tests.histories.rules import caps_of
from tests.histories.shop import shop
from tests.histories.survey import ELSEWHERE, digest

ROOT = Path(__file__).parents[2]
SAME = 300


def played(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What `python -m tests.histories` says."""
    command = [sys.executable, "-m", "tests.histories", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def shown() -> dict[str, int | None]:
    """Planted bug -> the first history that shows it; the shyest does in the first 700."""
    found: dict[str, int | None] = json.loads(played("--planted", "--histories", "1500").stdout)
    return found


@pytest.mark.timeout(300)
def test_no_history_breaks_a_rule_and_each_rule_is_met_a_hundred_times() -> None:
    """Gates, caps, withdrawals, timers, prices, sequences; the checker shares no code with them."""
    done = played("--histories", "10000", "--met-min", "100")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_histories_give_the_same_bytes() -> None:
    """Every offer, decision and row, in another process whose sets have another order."""
    there = played("--histories", str(SAME), "--digest", PYTHONHASHSEED="1")

    assert there.stdout == f"{digest(range(SAME))}\n"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Bug, shown: dict[str, int | None]) -> None:
    """A checker that sees nothing wrong in a broken product proves nothing."""
    assert shown[bug.name] is not None


def test_every_rule_has_a_planted_bug() -> None:
    """Each gate but those that are reached elsewhere, each cap, withdrawal and kind of timer."""
    planted = {bug.rule for bug in BUGS}
    kinds = {value for name, value in vars(timers).items() if name.isupper() and type(value) is str}

    assert {gate for gate in Gate if gate not in ELSEWHERE} - planted == set()
    assert set(REASONS) - planted == set()
    assert {f"timer {kind}" for kind in TIMER_KINDS} - planted == set()
    # A rhythm takes weeks of one category: core/test_rhythm_due.py, integration/test_rhythm.py.
    assert kinds - {timers.TIMER_TOPIC, RHYTHM_DUE} == set(TIMER_KINDS)
    assert len([bug for bug in BUGS if "cap.channel" in bug.wrong]) == len(caps_of(shop()))

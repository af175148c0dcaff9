"""The alerts, proven with promtool on series made for them: tests/alerts/*.test.yaml.

A case is one group of series there. It fires an alert, with labels and text, or is a near miss.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

ROOT = Path(__file__).parents[1]
RULES_FILE = ROOT / "deploy/prometheus/alerts.yaml"
TEST_FILES = sorted((ROOT / "tests/alerts").glob("*.test.yaml"))
GROUPS = cast("dict[str, Any]", yaml.safe_load(RULES_FILE.read_text("utf-8")))["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
CASES = [case for path in TEST_FILES for case in yaml.safe_load(path.read_text("utf-8"))["tests"]]


def promtool(*arguments: str | Path) -> None:
    """Run promtool, the one on PATH or else the one that `make setup` fetched; fail with its words.

    A machine without it fails: an alert that nobody checks is the one that does not ring.
    """
    found = shutil.which("promtool") or shutil.which("promtool", path=ROOT / "build/promtool")
    if found is None:
        pytest.fail("promtool checks the alerts and was not found; run: make setup", pytrace=False)
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


def minutes(text: str) -> int:
    """Return the minutes of a duration that is written in minutes."""
    assert text.endswith("m"), f"{text}: expected whole minutes, as in 15m"
    return int(text.removesuffix("m"))


def moments(alert: str) -> list[tuple[set[int], set[int]]]:
    """Return the minutes at which each case finds `alert` firing, and those at which quiet."""
    asked = [
        [one for one in case["alert_rule_test"] if one["alertname"] == alert] for case in CASES
    ]
    return [
        (
            {minutes(one["eval_time"]) for one in found if one["exp_alerts"]},
            {minutes(one["eval_time"]) for one in found if not one["exp_alerts"]},
        )
        for found in asked
        if found
    ]


def test_prometheus_reads_the_rules() -> None:
    """A rule file with a mistake stops Prometheus, or is ignored."""
    promtool("check", "rules", RULES_FILE)


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: str(path.name))
def test_alerts_fire_when_they_should_and_only_then(path: Path) -> None:
    """Threshold, window, `for`, labels and text of each alert are what its cases say."""
    promtool("test", "rules", path)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_alert_has_a_case_that_fires_and_a_near_miss(rule: dict[str, Any]) -> None:
    """An alert without either could ring always, or never."""
    found = moments(rule["alert"])

    assert any(firing for firing, _ in found), "no case fires it"
    assert any(quiet and not firing for firing, quiet in found), "no case is a near miss"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_alert_fires_in_its_minute_and_not_the_minute_before(rule: dict[str, Any]) -> None:
    """A longer or shorter `for` must not go unseen."""
    firsts = [(min(firing), quiet) for firing, quiet in moments(rule["alert"]) if firing]

    assert any(first - 1 in quiet for first, quiet in firsts), "no case is quiet the minute before"
    assert all(first >= minutes(rule.get("for", "0m")) for first, _ in firsts)


def test_cases_name_alerts_that_exist() -> None:
    """A near miss of a misspelt alert would always be quiet."""
    named = {one["alertname"] for case in CASES for one in case["alert_rule_test"]}

    assert named == {rule["alert"] for rule in RULES}

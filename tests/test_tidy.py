"""House rules no linter knows: sizes, names, and what must match what."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import prometheus_client
import pytest

from streams import metrics
from streams.config import Settings
from streams.worker.topics import DEAD_LETTER_TOPICS, OFFER_TOPICS, SHADOW_TOPIC, specs

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for top in ("streams", "tests") for path in (ROOT / top).rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in SOURCES}
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
VAGUE = {"utils", "helpers", "common", "base", "manager"}
# A counter's unit comes before `_total`; the last word of anything else is one of these.
UNITS = {"seconds", "bytes", "ratio", "records", "rows", "events", "ready", "info"}
METRICS = {
    name: metric
    for name, metric in vars(metrics).items()
    if isinstance(metric, prometheus_client.metrics.MetricWrapperBase)
}
# Schemas of what every topic shares, of rows in topics named by the deployment, and of what a
# channel's systems ask over HTTP.
SHARED_SCHEMAS = {
    "channel.best-offer.v1",
    "channel.outcome-report.v1",
    "cloudevents.headers.v1",
    "dead-letter.headers.v1",
    "identity.exchange.headers.v1",
    "identity.forward.headers.v1",
    "identity.lease.v1",
    "offer.channel.v1",
    "profile-changelog.key.v1",
    "profile-changelog.ledger.v1",
    "profile.genome.v1",
    "subject.v1",
}


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_too_long() -> None:
    """300 lines at most: a file is one idea."""
    counts = {_shown(path): len(path.read_text().splitlines()) for path in SOURCES}

    assert {path: count for path, count in counts.items() if count > FILE_LINES_MAX} == {}


def _functions() -> Iterator[tuple[str, int]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield f"{_shown(path)}:{node.name}", node.end_lineno - node.lineno + 1


def test_no_function_is_too_long() -> None:
    """50 lines at most: a function fits a screen."""
    too_long = {name: lines for name, lines in _functions() if lines > FUNCTION_LINES_MAX}

    assert too_long == {}


def test_no_module_is_named_after_nothing() -> None:
    """Name the thing, or put it beside its one user."""
    words = {
        _shown(path): {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
        for path in SOURCES
    }

    assert [path for path, parts in words.items() if parts & VAGUE] == []


def test_packages_hold_a_docstring_only() -> None:
    """Importing a package starts nothing; things are imported from where they are defined."""
    bodies = {_shown(path): TREES[path].body for path in SOURCES if path.name == "__init__.py"}

    assert len(bodies) >= 6
    assert [path for path, body in bodies.items() if len(body) != 1] == []
    assert [path for path, body in bodies.items() if not isinstance(body[0], ast.Expr)] == []


def test_every_open_end_names_its_issue() -> None:
    """What is left to do is in an issue, and the comment says in which."""
    open_end = re.compile(r"#.*\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?!.*(#|issue )\d+)")
    found = [
        f"{_shown(path)}: {line.strip()}"
        for path in SOURCES
        for line in path.read_text().splitlines()
        if open_end.search(line)
    ]

    assert found == []


def test_one_place_reads_settings_from_the_environment() -> None:
    """cli/environment.py; a child process may be handed the environment, nobody picks from it."""
    reading = re.compile(r"environ(\[|\.get)|getenv|\.from_env\(")
    readers = {
        _shown(path)
        for path in SOURCES
        if path.is_relative_to(ROOT / "streams") and reading.search(path.read_text())
    }

    assert readers == {"streams/cli/environment.py"}


def test_metrics_live_in_one_module() -> None:
    """No other module makes a counter, gauge or histogram."""
    makers = {
        _shown(path)
        for path in SOURCES
        if path.is_relative_to(ROOT / "streams")
        and re.search(r"prometheus_client.*\b(Counter|Gauge|Histogram|Summary)\b", path.read_text())
    }

    assert makers == {"streams/metrics.py"}


@pytest.mark.parametrize("name", METRICS)
def test_metric_has_our_name_and_a_unit(name: str) -> None:
    """`streams_<noun>_<unit>` in base units, its constant the same in capitals."""
    metric = METRICS[name]
    family = next(iter(metric.describe()))
    full_name = f"{family.name}_total" if family.type == "counter" else family.name

    assert full_name == f"streams_{name.lower()}"
    assert family.type == "counter" or _units(full_name) & UNITS
    assert not full_name.endswith(("_ms", "_milliseconds", "_percent", "_kb", "_mb"))


def _units(full_name: str) -> set[str]:
    return set(full_name.split("_")[1:])


@pytest.mark.parametrize("name", METRICS)
def test_metric_says_what_its_labels_mean(name: str) -> None:
    """Help is a sentence, and every label's name or its plural is in it."""
    metric = METRICS[name]
    family = next(iter(metric.describe()))

    assert family.documentation.endswith((".", ")."))
    unsaid = [label for label in metric._labelnames if label not in family.documentation]
    assert unsaid == []


def test_every_topic_has_a_schema_and_every_schema_a_topic() -> None:
    """One JSON Schema per topic version; offers share one, and decisions and their shadows.

    A dead letter keeps its original.
    """
    settings = Settings()
    topics = {spec.name for spec in specs(settings)}
    own = topics - {*OFFER_TOPICS, *DEAD_LETTER_TOPICS, SHADOW_TOPIC, settings.changelog_topic}
    schemas = {path.name.removesuffix(".json") for path in (ROOT / "schemas").glob("*.json")}

    assert schemas == own | SHARED_SCHEMAS

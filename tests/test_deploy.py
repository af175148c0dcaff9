"""What an operator is given: the runbook, the alerts and the dashboard, against the code.

Every query is checked against a real scrape: its metrics exist there, with the labels it uses.
"""

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from prometheus_client import REGISTRY, Metric, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from streams import metrics
from streams.codec.reasons import REASONS
from streams.core import errors

DEPLOY = Path(__file__).parents[1] / "deploy"
RUNBOOK = (DEPLOY / "RUNBOOK.md").read_text("utf-8")
ALERTS = cast("dict[str, Any]", yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text()))
DASHBOARD = cast("dict[str, Any]", json.loads((DEPLOY / "grafana/streams.json").read_text("utf-8")))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [
    *((f"alert {rule['alert']}", rule["expr"]) for rule in RULES),
    *((f"panel {one['title']}", target["expr"]) for one in PANELS for target in one["targets"]),
]
OURS = {
    next(iter(found.describe())).name: found
    for found in vars(metrics).values()
    if isinstance(found, MetricWrapperBase)
}
# Added by Prometheus to every series it scrapes, or used by histograms.
SCRAPE_LABELS = {"job", "instance", "le"}
SELECTOR = re.compile(r"\b((?:streams|process)_[a-z_]+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'([a-z_]+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|on|without|ignoring|group_left)\s*\(([^)]*)\)")


def scrape() -> dict[str, Metric]:
    """Return series name -> metric, of what a worker's /metrics shows."""
    families = text_string_to_metric_families(generate_latest(REGISTRY).decode())
    names: dict[str, Metric] = {}
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    for family in families:
        names |= {family.name + ending: family for ending in endings.get(family.type, ())}
    return names


def labels_of(series: str) -> set[str]:
    """Return the labels that `series` may be asked by."""
    for name, found in OURS.items():
        if series.startswith(name):
            return {*found._labelnames, *SCRAPE_LABELS}
    return SCRAPE_LABELS


def operator_actions() -> list[tuple[str, str]]:
    """Return each error class with the text of its `Operator action:`."""
    classes = [found for found in vars(errors).values() if isinstance(found, type)]
    parted = [(one.__name__, (one.__doc__ or "").partition("Operator action:")) for one in classes]
    return [(name, " ".join(action.split())) for name, (_, marker, action) in parted if marker]


@pytest.mark.parametrize(("where", "query"), QUERIES)
def test_query_asks_for_series_that_a_scrape_has(where: str, query: str) -> None:
    """A renamed metric must not leave an empty panel, or an alert that never fires."""
    unknown = {series for series, _ in SELECTOR.findall(query)} - set(scrape())

    assert not unknown, f"{where} asks for {unknown}"


@pytest.mark.parametrize(("where", "query"), QUERIES)
def test_query_uses_labels_that_its_metrics_have(where: str, query: str) -> None:
    """Grouping by a label that does not exist silently sums everything."""
    allowed = [labels_of(series) for series, _ in SELECTOR.findall(query)]
    grouped = {one.strip() for found in GROUPING.findall(query) for one in found.split(",")}

    wrong = [
        f"{series}{{{label}}}"
        for series, matchers in SELECTOR.findall(query)
        for label, _ in MATCHER.findall(matchers)
        if label not in labels_of(series)
    ]

    assert not wrong, f"{where} selects by {wrong}"
    assert all(grouped <= one for one in allowed), f"{where} groups by {grouped}"


@pytest.mark.parametrize(("where", "query"), QUERIES)
def test_query_selects_label_values_that_the_metric_names(where: str, query: str) -> None:
    """Closed sets of label values are in the help text: a misspelt one would select nothing."""
    strange = [
        f"{series}{{{label}={value}}}"
        for series, matchers in SELECTOR.findall(query)
        for label, values in MATCHER.findall(matchers)
        for value in values.split("|")
        if label not in SCRAPE_LABELS and value not in scrape()[series].documentation
    ]

    assert not strange, f"{where} selects {strange}"


@pytest.mark.parametrize("bucket", re.findall(r'le="([^"]+)"', str(QUERIES)))
def test_bucket_of_a_service_level_exists(bucket: str) -> None:
    """A bound between two buckets would select nothing."""
    assert float(bucket) in metrics.LATENCY_BUCKETS


@pytest.mark.parametrize("name", OURS)
def test_metric_has_a_panel_or_an_alert(name: str) -> None:
    """A metric that nobody looks at is not worth keeping."""
    assert any(name in query for _, query in QUERIES)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_panel_says_what_it_shows_and_in_which_unit(panel: dict[str, Any]) -> None:
    """An engineer at night reads the description; an axis without a unit is a guess."""
    assert panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"]


def test_panels_do_not_overlap() -> None:
    """Each cell of the dashboard's grid belongs to one panel."""
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_alert_leads_to_a_heading_of_the_runbook(rule: dict[str, Any]) -> None:
    """Whoever is woken up is told what to do."""
    headings = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings}
    path, _, anchor = rule["annotations"]["runbook"].partition("#")

    assert (path, rule["labels"]["severity"] in {"page", "ticket"}) == ("deploy/RUNBOOK.md", True)
    assert anchor in anchors


def test_links_inside_the_runbook_lead_somewhere() -> None:
    """A heading that was renamed takes its links along."""
    headings = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK)) <= anchors


@pytest.mark.parametrize(("name", "action"), operator_actions())
def test_runbook_repeats_what_an_error_asks_of_the_operator(name: str, action: str) -> None:
    """The words of the class's docstring, in the row of that error."""
    row = next(line for line in RUNBOOK.splitlines() if line.startswith(f"| `{name}`"))

    assert action.lower() in row.lower()


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_runbook_says_whose_move_a_dead_letter_is(reason: str) -> None:
    """Every reason a record can be refused for has its row."""
    assert any(f"`{reason}`" in line for line in RUNBOOK.splitlines() if line.startswith("| "))


def test_runbook_names_every_cause_of_a_restart() -> None:
    """The word in front of the last line on stderr is looked up in the runbook."""
    sources = [
        path.read_text("utf-8")
        for folder in ("kafka", "worker", "cli")
        for path in (DEPLOY.parent / "streams" / folder).rglob("*.py")
    ]
    causes = set(re.findall(r'cause = "([^"]+)"|cause="([^"]+)"', "\n".join(sources)))
    words = {first or second for first, second in causes}

    assert {word for word in words if f"`{word}`" not in RUNBOOK} == set()

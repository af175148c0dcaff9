"""What a unit did reaches Prometheus once, under labels that cannot grow for ever."""

import pytest
from prometheus_client import REGISTRY

from streams.kafka.totals import Totals
from streams.worker import observing
from streams.worker.observing import OTHER, RULES_SHOWN_MAX, on_committed, rule_label


@pytest.fixture(autouse=True)
def no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has met no rule yet."""
    monkeypatch.setattr(observing, "_RULES", set())


def shown(name: str, **labels: str) -> float:
    """The value of a series."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_unit_s_stops_by_rule_are_added_once() -> None:
    """As many as were counted in it."""
    totals = Totals()
    totals.count(2, "rule", "not-in-june")
    totals.count(3, "rule", "not-in-june")
    before = shown("streams_rules_total", rule="not-in-june")

    on_committed(totals, 0.01)

    assert shown("streams_rules_total", rule="not-in-june") - before == 5


def test_rules_beyond_the_bound_share_a_label() -> None:
    """Catalogues are published for years; a scrape stays as large as it was."""
    names = [f"rule-{number}" for number in range(RULES_SHOWN_MAX + 1)]

    labels = [rule_label(name) for name in names]

    assert labels == [*names[:-1], OTHER]
    assert rule_label(names[0]) == names[0]

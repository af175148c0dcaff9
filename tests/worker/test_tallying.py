"""Closed trials become rows of the partition and totals of the unit, each once."""

from dataclasses import replace
from typing import Any, cast

import pytest

from streams.codec.rows import CALIBRATION_KEY, tally_key
from streams.core.acceptance import Acceptance, Node
from streams.core.decay import decayed
from streams.core.profile.trials import Trial
from streams.core.tally import TRIED
from streams.kafka.ledger import Ledger
from streams.kafka.totals import Totals
from streams.kafka.unit import OpenPartition
from streams.worker.tallying import tally_all
from tests.strategies_profiles import NOON, offer, policy

LEARNED = Acceptance(version="v", accepts=Node(2.0, 9.0), anyway=Node(0.5, 9.0))
RULES = replace(policy(offer("tea")), acceptance=LEARNED)
TAKEN = Trial("tea", "web", "regular", "bought", NOON, 0.1, delivered=True, accepted=True)
LEFT = Trial("tea", "web", "regular", "bought", NOON, 0.06, delivered=True)
KEPT = Trial("tea", "web", "regular", "bought", NOON, 0.4, shadow=True)


class Rows:
    """As much of an open partition as tallies ask for."""

    def __init__(self) -> None:
        """Hold no row."""
        self.rows: dict[bytes, Any] = {}
        self.ledger = Ledger(clock_ms=NOON)

    def read(self, key: bytes) -> Any:
        """The row of `key`."""
        return self.rows.get(key)

    def hold(self, key: bytes, row: Any) -> None:
        """Keep a row."""
        self.rows[key] = row


def test_a_trial_counts_by_offer_and_by_chance() -> None:
    """In the rows, and in what Prometheus is told after the commit."""
    opened, totals = Rows(), Totals()

    tally_all((TAKEN, LEFT, KEPT), cast("OpenPartition", opened), RULES, totals)

    leaves = opened.rows[CALIBRATION_KEY].leaves
    assert opened.rows[tally_key("tea")].campaign == ""
    tried = {name: decayed(one, one.sums[TRIED], NOON) for name, one in leaves.items()}
    assert set(opened.rows) == {tally_key("tea"), CALIBRATION_KEY}
    assert tried == {"web/0.1": pytest.approx(2.0), "holdout/0.5": pytest.approx(1.0)}
    assert totals.counts == {
        ("trial", "offered", "yes"): 1,
        ("trial", "offered", "no"): 1,
        ("trial", "anyway", "no"): 1,
        ("chance", "web", "0.1", "yes"): 1,
        ("chance", "web", "0.1", "no"): 1,
        ("chance", "holdout", "0.5", "no"): 1,
        ("predicted", "web", "0.1"): pytest.approx(0.2 + 0.12),
        ("predicted", "holdout", "0.5"): pytest.approx(0.2),
    }


def test_a_tally_knows_its_campaign_and_predicts_by_it() -> None:
    """Nobody tried the offer before: its campaign's lift is what the decision took."""
    spring = Acceptance(version="v", campaigns={"spring": Node(3.0, 9.0)})
    rules = replace(policy(offer("tea", campaign="spring")), acceptance=spring)
    opened, totals = Rows(), Totals()

    tally_all((TAKEN,), cast("OpenPartition", opened), rules, totals)

    assert opened.rows[tally_key("tea")].campaign == "spring"
    assert totals.counts["predicted", "web", "0.1"] == pytest.approx(0.3)


def test_a_tally_of_an_offer_that_is_gone_has_no_campaign() -> None:
    """Its trials count all the same."""
    opened = Rows()
    gone = Trial("gone", "web", "regular", "bought", NOON, 0.1, delivered=True)

    tally_all((gone,), cast("OpenPartition", opened), RULES, Totals())

    assert opened.rows[tally_key("gone")].campaign == ""

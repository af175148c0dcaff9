"""What a unit did, told to Prometheus after its commit; and the gauges nobody counts."""

import time

from streams.kafka.shell import Shell
from streams.kafka.totals import Totals
from streams.metrics import (
    CALIBRATION_PREDICTED_TOTAL,
    CALIBRATION_TRIALS_TOTAL,
    DEAD_LETTERS_TOTAL,
    DECISIONS_TOTAL,
    EVENT_TO_OFFER_SECONDS,
    EVENTS_TOTAL,
    FORWARDS_TOTAL,
    GATES_TOTAL,
    IDENTITY_TOTAL,
    LAG_RECORDS,
    LIMIT_TOKENS_TOTAL,
    OFFERS_TOTAL,
    RULES_TOTAL,
    SHADOW_DECISIONS_TOTAL,
    TABLE_ROWS,
    TIMER_DELAY_SECONDS,
    TIMERS_TOTAL,
    TRANSACTION_EVENTS,
    TRANSACTION_SECONDS,
    TRIALS_TOTAL,
    WITHDRAWALS_TOTAL,
)

RULES_SHOWN_MAX = 100
"""Names of rules that have a series of their own, the first that a worker met."""
OTHER = "other"
_RULES: set[str] = set()
_COUNTERS = {
    "event": EVENTS_TOTAL,
    "dead_letter": DEAD_LETTERS_TOTAL,
    "forward": FORWARDS_TOTAL,
    "offer": OFFERS_TOTAL,
    "rule": RULES_TOTAL,
    "decision": DECISIONS_TOTAL,
    "gate": GATES_TOTAL,
    "shadow": SHADOW_DECISIONS_TOTAL,
    "identity": IDENTITY_TOTAL,
    "trial": TRIALS_TOTAL,
    "chance": CALIBRATION_TRIALS_TOTAL,
    "predicted": CALIBRATION_PREDICTED_TOTAL,
    "timer": TIMERS_TOTAL,
    "token": LIMIT_TOKENS_TOTAL,
    "withdrawal": WITHDRAWALS_TOTAL,
}


def on_committed(totals: Totals, seconds: float) -> None:
    """Count what was committed; `seconds` is what the commit took."""
    TRANSACTION_SECONDS.observe(seconds)
    TRANSACTION_EVENTS.observe(totals.events)
    for (name, *labels), number in totals.counts.items():
        if name == "rule":
            labels[0] = rule_label(labels[0])
        _COUNTERS[name].labels(*labels).inc(number)
    now_ms = time.time_ns() // 1_000_000
    for append_time_ms in totals.append_times_ms:
        EVENT_TO_OFFER_SECONDS.observe(max(0, now_ms - append_time_ms) / 1000)
    for due_ms in totals.due_times_ms:
        TIMER_DELAY_SECONDS.observe(max(0, now_ms - due_ms) / 1000)


def rule_label(rule: str) -> str:
    """The label of a catalogue's rule: catalogues come and go, a scrape must not grow for ever."""
    if rule not in _RULES and len(_RULES) < RULES_SHOWN_MAX:
        _RULES.add(rule)
    return rule if rule in _RULES else OTHER


def observe_tables(shell: Shell) -> None:
    """Set the gauges of lag and rows from what is known here; asks no broker."""
    for number, rows in shell.store_rows().items():
        TABLE_ROWS.labels(number).set(rows)
    prefix = shell.settings.topic_prefix
    for number, opened in shell.unit.partitions.items():
        for topic, position in opened.ledger.positions.items():
            lag = shell.ends.lag(topic, number, position)
            LAG_RECORDS.labels(topic.removeprefix(prefix), number).set(lag)

"""Clients that write nothing of their own, but for the one line that somebody may need."""

import logging

import pytest
from confluent_kafka import KafkaError

from streams.kafka import quiet
from streams.kafka.quiet import Grumbles


def test_a_client_that_stays_logs_one_complaint_and_keeps_the_last(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A broker that is away for an hour does not fill the log."""
    grumbles = Grumbles()

    with caplog.at_level(logging.WARNING, quiet.__name__):
        for why in ("first", "second", "third"):
            grumbles.note(KafkaError(KafkaError._TRANSPORT, why))

    assert [one.getMessage() for one in caplog.records] == ["kafka client: first"]
    assert grumbles.last == "third"


def test_a_client_that_stays_complains_again_after_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever looks today sees that it goes on."""
    grumbles = Grumbles()
    grumbles.note(KafkaError(KafkaError._TRANSPORT, "first"))
    grumbles.said_s -= quiet.SILENT_S

    with caplog.at_level(logging.WARNING, quiet.__name__):
        grumbles.note(KafkaError(KafkaError._TRANSPORT, "second"))

    assert [one.getMessage() for one in caplog.records][-1] == "kafka client: second"

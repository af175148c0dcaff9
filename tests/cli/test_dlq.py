"""Places of dead letters, and what is read from their headers."""

import pytest

from streams.cli.dlq import place_of, reason, source, target, where
from streams.cli.main import main
from streams.cli.reading import Record
from streams.core.errors import ConfigError

LETTER = Record(
    topic="shop-pos.transaction.v1.dlq",
    partition=2,
    offset=12,
    key=b"customer:ann",
    value=b"{",
    headers=[("ce_id", b"e1"), ("dlq_reason", b"schema"), ("dlq_topic", b"pos.transaction.v1")],
    time_ms=0,
)


def test_place_is_read_as_it_is_printed() -> None:
    """What `list` prints, `show` and `retry` take."""
    assert place_of(where(LETTER)) == (("shop-pos.transaction.v1.dlq", 2), 12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pos.transaction.v1.dlq",
        "pos.transaction.v1.dlq:0",
        "pos.transaction.v1.dlq:0:-1",
        "pos.transaction.v1.dlq:zero:1",
        "pos.transaction.v1:0:1",
        "decision.log.v1.dlq:0:1",
    ],
)
def test_other_places_are_refused(text: str) -> None:
    """A retry must never read from, or write to, a topic that is no source topic."""
    with pytest.raises(ConfigError, match="expected TOPIC:PARTITION:OFFSET"):
        place_of(text)


def test_target_keeps_the_deployments_prefix() -> None:
    """A dead letter goes back to the topic of the deployment it came from."""
    assert target(LETTER.topic) == "shop-pos.transaction.v1"


def test_reason_and_source_come_from_the_headers() -> None:
    """As the worker wrote them."""
    assert (reason(LETTER), source(LETTER)) == ("schema", "pos.transaction.v1")


def test_record_without_our_headers_is_still_shown() -> None:
    """Somebody else may have written to the topic."""
    stranger = LETTER._replace(headers=[("dlq_reason", None)])

    assert (reason(stranger), source(stranger)) == ("none given", "shop-pos.transaction.v1")


@pytest.mark.parametrize(
    "arguments",
    [
        ["retry"],
        ["retry", "pos.transaction.v1.dlq:0:1", "--reason", "schema"],
        ["retry", "pos.transaction.v1.dlq:0:1", "--topic", "pos.transaction.v1"],
        ["retry", "--reason", "mood"],
        ["show", "somewhere"],
    ],
)
def test_wrong_usage_exits_2_without_asking_a_broker(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Single places or a reason, not both and not neither; no traceback."""
    code = main(["dlq", *arguments, "--broker", "kafka://127.0.0.1:1"])

    assert code == 2
    assert "Traceback" not in capsys.readouterr().err

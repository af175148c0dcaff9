"""`streams subject`: what a customer says, planned first, and published as an event."""

import json
from collections.abc import Iterator
from typing import cast

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from streams.cli.main import main
from streams.codec.sources import Limits, decode
from streams.core.events import Event, Suppressed, TraitCorrected, TraitMuted
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.partitioner import partition_for

Capture = pytest.CaptureFixture[str]
ANN = "customer:ann"
TOPIC = "channel.outcome.v1"
PARTITIONS = 4
NOWHERE = ["--broker", "kafka://127.0.0.1:1"]


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    """One embedded broker for this module."""
    with EmbeddedBroker() as started:
        yield started


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["correct", ANN, "--trait", "topic/gardening", "--share", "0.8"],
            {"outcome": "trait_corrected", "trait": "topic/gardening", "share": 0.8},
        ),
        (
            ["correct", ANN, "--trait", "topic/gardening", "--undo"],
            {
                "outcome": "trait_corrected",
                "trait": "topic/gardening",
                "share": 0.0,
                "withdrawn": True,
            },
        ),
        (
            ["mute", ANN, "--trait", "topic/*"],
            {"outcome": "trait_muted", "trait": "topic/*", "muted": True},
        ),
        (
            ["mute", ANN, "--trait", "brand/Acme", "--undo"],
            {"outcome": "trait_muted", "trait": "brand/Acme", "muted": False},
        ),
        (
            ["suppress", ANN, "--product", "sku-1"],
            {"outcome": "suppressed", "scope": "product", "name": "sku-1", "suppressed": True},
        ),
        (
            ["suppress", ANN, "--attribute", "size=M", "--undo"],
            {"outcome": "suppressed", "scope": "attribute", "name": "size=M", "suppressed": False},
        ),
    ],
)
def test_without_apply_the_plan_is_printed_and_nothing_sent(
    arguments: list[str], expected: dict[str, object], capsys: Capture
) -> None:
    """No broker is asked: there is none."""
    code = main(["subject", *arguments, "--source", "phone", *NOWHERE])

    shown = capsys.readouterr()
    topic, subject, value = shown.out.split("  ")
    assert code == 0
    assert (topic, subject) == (TOPIC, ANN)
    assert json.loads(value) == {**expected, "source": "phone"}
    assert shown.err == "nothing was sent; send it with --apply\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["correct", ANN, "--trait", "gardening", "--share", "1"], "expected GROUP/NAME"),
        (["correct", ANN, "--trait", "mood/good", "--share", "1"], "groups are category, brand"),
        (["correct", ANN, "--trait", "topic/*", "--share", "1"], "expected GROUP/NAME"),
        (["correct", ANN, "--trait", "topic/a\x1b[2J", "--share", "1"], "topic/a\\x1b"),
        (["correct", ANN, "--trait", "topic/gardening"], "expected 0 to 1, got nothing"),
        (["correct", ANN, "--trait", "topic/gardening", "--share", "1.1"], "got 1.1"),
        (["correct", ANN, "--trait", "topic/gardening", "--share", "nan"], "got nan"),
        (["mute", ANN, "--trait", "*"], "expected GROUP/NAME or GROUP/*"),
        (["mute", "ann", "--trait", "topic/*"], "expected kind:value, such as customer:1"),
        (["suppress", ANN], "one of the arguments"),
        (["suppress", ANN, "--brand", "a", "--product", "b"], "not allowed with"),
        (["suppress", ANN, "--brand", ""], "expected 1 to 200 characters, got 0"),
        (["suppress", ANN, "--brand", "a", "--source", "x" * 65], "got 65 characters"),
    ],
)
def test_wrong_usage_exits_2_with_what_was_expected(
    arguments: list[str], said: str, capsys: Capture
) -> None:
    """What the worker would refuse never reaches the topic."""
    code = main(["subject", *arguments, "--apply", *NOWHERE])

    shown = capsys.readouterr()
    assert code == 2
    assert said in shown.err
    assert shown.out == ""


def test_with_apply_the_event_is_in_the_partition_of_its_subject(
    broker: EmbeddedBroker, capsys: Capture
) -> None:
    """A worker decodes what was sent, three words in the order in which they were said."""
    broker.create({TOPIC: PARTITIONS})
    words = [
        ["correct", ANN, "--trait", "topic/gardening", "--share", "0.8"],
        ["mute", ANN, "--trait", "topic/*"],
        ["suppress", ANN, "--brand", "Acme"],
    ]
    where = ["--apply", "--broker", f"kafka://{broker.bootstrap}"]

    codes = [main(["subject", *word, *where]) for word in words]

    events = [_decoded(one) for one in _read(broker, len(words))]
    assert codes == [0, 0, 0]
    assert [event.subject for event in events] == [ANN] * 3
    assert [event.body for event in events] == [
        TraitCorrected(trait="topic/gardening", share=0.8, source="command-line"),
        TraitMuted(trait="topic/*", muted=True, source="command-line"),
        Suppressed(scope="brand", name="Acme", suppressed=True, source="command-line"),
    ]
    assert len({event.event_id for event in events}) == 3
    assert capsys.readouterr().out.count(f"sent to {TOPIC}") == 3


def test_a_topic_that_does_not_exist_is_not_made(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """It would get the broker's partition count."""
    monkeypatch.setenv("STREAMS_TOPIC_PREFIX", "other-")

    where = ["--apply", "--broker", f"kafka://{broker.bootstrap}"]
    code = main(["subject", "mute", ANN, "--trait", "topic/*", *where])

    assert code == 2
    assert f"topic other-{TOPIC} does not exist" in capsys.readouterr().err


def _read(broker: EmbeddedBroker, count: int) -> list[Message]:
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "t", "log_level": 0})
    consumer.assign([TopicPartition(TOPIC, partition_for(ANN.encode(), PARTITIONS), 0)])
    found = consumer.consume(count, 10)
    consumer.close()
    return found


def _decoded(message: Message) -> Event:
    limits = Limits(record_bytes_max=10_000, future_max_ms=60_000)
    _, append_time_ms = message.timestamp()
    headers = cast("list[tuple[str, bytes | None]]", message.headers())
    return decode(TOPIC, message.key(), message.value(), headers, append_time_ms, limits)

"""Dead letters as an operator lists, reads and sends them back, on real Apache Kafka."""

import json
from collections.abc import Callable, Sequence

import pytest
from confluent_kafka import Producer

from streams.codec.outputs import dead_letter_headers
from streams.config import Settings
from streams.core.errors import DecodeError
from streams.kafka.partitioner import partition_for
from tests.integration.broker import Bootstrap
from tests.integration.commands import failed, make_topics, printed, run, transactional
from tests.integration.reading import Logged, read_topics

POS = "pos.transaction.v1"
PARTITIONS = 2
HEADERS: list[tuple[str, bytes | None]] = [("ce_id", b"e1"), ("trace", None), ("ce_id", b"e2")]


@pytest.fixture
def settings(kafka: Bootstrap, make_settings: Callable[..., Settings]) -> Settings:
    """Return settings of a deployment whose topics exist and are empty."""
    return make_topics(make_settings(kafka, partitions=PARTITIONS))


@pytest.fixture
def transactions(settings: Settings) -> Producer:
    """Return a producer that writes as a worker does."""
    return transactional(settings)


def bury(
    producer: Producer, settings: Settings, letters: Sequence[tuple[bytes | None, str]]
) -> None:
    """Write one dead letter of the receipts, in partition 1, for each (key, reason)."""
    producer.begin_transaction()
    for offset, (key, reason) in enumerate(letters):
        error = DecodeError(reason=reason, what=f"decoding a record of {POS}")
        headers = dead_letter_headers(HEADERS, topic=POS, partition=1, offset=offset, error=error)
        topic = f"{settings.topic_prefix}{POS}.dlq"
        producer.produce(topic, b"\xff\x00", key, partition=1, headers=[*headers])
    producer.commit_transaction(30)


def kept(settings: Settings, topic: str) -> list[Logged]:
    """Return the committed records of `topic`, without the test's prefix."""
    prefix = settings.topic_prefix
    return read_topics(settings.bootstrap_servers, [prefix + topic], prefix=prefix)


def test_dead_letters_are_counted_by_reason_and_listed(
    settings: Settings, transactions: Producer
) -> None:
    """Two reasons, three letters, the newest at the top."""
    bury(transactions, settings, [(b"customer:ann", "schema"), (None, "keyless")])
    bury(transactions, settings, [(b"customer:bob", "schema")])

    shown = json.loads(printed(run(settings, "dlq", "list", "--json", "--limit", "2")))

    assert shown["counts"] == [
        {"topic": POS, "reason": "keyless", "count": 1},
        {"topic": POS, "reason": "schema", "count": 2},
    ]
    newest = shown["records"][0]
    assert len(shown["records"]) == 2
    assert newest["where"] == f"{settings.topic_prefix}{POS}.dlq:1:3"  # offset 2 is a marker
    assert (newest["key"], newest["offset"], newest["value_bytes"]) == ("customer:bob", "0", 2)
    assert f"{settings.topic_prefix}{POS}.dlq:1:3" in printed(run(settings, "dlq", "list"))


def test_dead_letter_is_shown_with_headers_and_bytes(
    settings: Settings, transactions: Producer
) -> None:
    """As hex when it is no text; --raw gives the bytes themselves."""
    bury(transactions, settings, [(b"customer:ann", "undecodable")])
    place = f"{settings.topic_prefix}{POS}.dlq:1:0"

    shown = printed(run(settings, "dlq", "show", place))
    raw = run(settings, "dlq", "show", place, "--raw")

    assert f"from    {POS}:1:0\n" in shown
    assert "reason  undecodable\n" in shown
    assert "  ce_id: e1\n  trace: (null)\n  ce_id: e2\n" in shown
    assert "value   2 bytes\n00000000  ff 00" in shown
    assert raw.stdout == b"\xff\x00"


def test_retry_without_apply_sends_nothing(settings: Settings, transactions: Producer) -> None:
    """The plan names every record and where it would go."""
    bury(transactions, settings, [(b"customer:ann", "schema"), (None, "keyless")])

    shown = printed(run(settings, "dlq", "retry", "--reason", "schema"))

    prefix = settings.topic_prefix
    assert shown == (
        f"{prefix}{POS}.dlq:1:0  schema  -> {prefix}{POS}\n"
        "1 records would go back; nothing was sent; send them with --apply\n"
    )
    assert kept(settings, POS) == []


def test_retry_sends_the_original_back_to_the_keys_partition(
    settings: Settings, transactions: Producer
) -> None:
    """Key, value and headers are what they were, doubled and null headers too."""
    bury(transactions, settings, [(b"customer:ann", "schema"), (b"customer:bob", "future")])

    arguments = ("--reason", "schema", "--topic", POS, "--apply")
    shown = printed(run(settings, "dlq", "retry", *arguments))
    (back,) = kept(settings, POS)

    assert shown.startswith("1 of 1 records went back")
    assert (back.key, back.value) == (b"customer:ann", b"\xff\x00")
    assert back.headers == tuple(HEADERS)
    assert back.partition == partition_for(b"customer:ann", PARTITIONS)


def test_retry_of_single_places_keeps_the_partition_of_keyless_records(
    settings: Settings, transactions: Producer
) -> None:
    """Without a key no partitioner can tell; the old place is as good as any."""
    bury(transactions, settings, [(None, "keyless"), (None, "keyless")])
    topic = f"{settings.topic_prefix}{POS}.dlq"

    printed(run(settings, "dlq", "retry", f"{topic}:1:0", f"{topic}:1:1", "--apply"))

    assert [(one.partition, one.key) for one in kept(settings, POS)] == [(1, None), (1, None)]


def test_dead_letter_that_is_gone_exits_1(settings: Settings) -> None:
    """Retention deletes dead letters like everything else."""
    place = f"{settings.topic_prefix}{POS}.dlq:0:7"

    assert f"no dead letter at {place}" in failed(run(settings, "dlq", "show", place))

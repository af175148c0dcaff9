"""Offers and lag as an operator sees them, on real Apache Kafka; and a broker that is away."""

import json
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from msgspec.structs import replace

from streams.codec.outputs import encode_offer
from streams.config import Settings
from streams.core.decide.record import Action, OfferId, OfferMessage, Pitch
from streams.kafka.partitioner import partition_for
from tests.integration.broker import Bootstrap, Broker, OtherBroker
from tests.integration.commands import failed, make_topics, printed, run, start, transactional

POS = "pos.transaction.v1"
PARTITIONS = 2
ANN = "customer:ann"
ANSWER_MAX_S = 15.0
OFFER = OfferMessage(
    offer_id=OfferId("0" * 32),
    action=Action.ISSUE,
    sequence=1,
    subject=ANN,
    channel="email",
    slot="main",
    offer="coffee-week",
    purpose="marketing",
    reason="coffee bought 6 times",
    issued_at_ms=1_738_316_096_000,
    cause_id="e1",
    policy_version="v1",
    pitch=Pitch(treatment="warm", text="Your coffee"),
)


@pytest.fixture
def settings(kafka: Bootstrap, make_settings: Callable[..., Settings]) -> Settings:
    """Return settings of a deployment whose topics exist and are empty."""
    return make_topics(make_settings(kafka, partitions=PARTITIONS))


@pytest.fixture
def transactions(settings: Settings) -> Producer:
    """Return a producer that writes as a worker does."""
    return transactional(settings)


@pytest.fixture
def member(settings: Settings) -> Iterator[Consumer]:
    """Yield a member of the group that owns every partition of the receipts, named w1."""
    consumer = Consumer(
        {
            "bootstrap.servers": settings.bootstrap_servers,
            "group.id": settings.application_id,
            "client.id": "w1@127.0.0.1:6066",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([settings.topic_prefix + POS])
    until = time.monotonic() + 30
    while not consumer.assignment():
        assert time.monotonic() < until, "no assignment within 30 s"
        consumer.poll(0.1)
    yield consumer
    consumer.close()


def publish(producer: Producer, settings: Settings, offers: Sequence[OfferMessage]) -> None:
    """Write `offers` in one transaction, which stays open."""
    producer.begin_transaction()
    for offer in offers:
        value, headers = encode_offer(offer, offer.issued_at_ms)
        topic = f"{settings.topic_prefix}offer.{offer.channel}.v1"
        producer.produce(topic, value, offer.subject, headers=[*headers])
    producer.flush(30)


def test_offers_are_shown_once_their_transaction_is_committed(
    settings: Settings, transactions: Producer
) -> None:
    """An aborted offer was never made; of the committed ones each is a line."""
    publish(transactions, settings, [replace(OFFER, reason="aborted")])
    transactions.abort_transaction(30)
    publish(transactions, settings, [OFFER, replace(OFFER, channel="web")])
    transactions.commit_transaction(30)

    lines = sorted(printed(run(settings, "offers", "tail", "--no-follow")).splitlines())

    assert lines == [
        f"2025-01-31T09:34:56Z  {channel}  issue      customer:ann  "
        "Your coffee | because coffee bought 6 times"
        for channel in ("email         ", "web           ")
    ]


def test_offers_of_one_channel_are_shown_as_json_up_to_the_count(
    settings: Settings, transactions: Producer
) -> None:
    """A machine reads the offer as it is on the wire, with its place."""
    publish(transactions, settings, [OFFER, replace(OFFER, channel="web", sequence=2), OFFER])
    transactions.commit_transaction(30)

    arguments = ("--from-beginning", "--count", "1", "--channel", "web", "--json")
    shown = json.loads(printed(run(settings, "offers", "tail", *arguments)))

    place = partition_for(ANN.encode(), PARTITIONS)
    assert shown["where"] == f"{settings.topic_prefix}offer.web.v1:{place}:0"
    assert (shown["offer"]["sequence"], shown["offer"]["channel"]) == (2, "web")


def test_offers_are_followed_from_now_on(settings: Settings, transactions: Producer) -> None:
    """Without --from-beginning, what was there before is not shown."""
    publish(transactions, settings, [replace(OFFER, reason="before")])
    transactions.commit_transaction(30)
    tail = start(settings, "offers", "tail", "--count", "1")
    with tail:
        assert tail.stderr is not None
        said = tail.stderr.readline().decode()
        assert said.startswith("following "), said + tail.stderr.read().decode()
        publish(transactions, settings, [replace(OFFER, reason="after")])
        transactions.commit_transaction(30)
        out, _ = tail.communicate(timeout=30)

    assert (tail.returncode, out.decode().split("because ")[1]) == (0, "after\n")


def test_lag_counts_records_and_names_the_owner(settings: Settings, member: Consumer) -> None:
    """Five receipts, two folded: three wait, with w1; nobody works on the clicks."""
    topic = settings.topic_prefix + POS
    producer = Producer({"bootstrap.servers": settings.bootstrap_servers})
    for _ in range(5):
        producer.produce(topic, b"{}", ANN, partition=1)
    producer.flush(30)
    member.commit(offsets=[TopicPartition(topic, 1, 2)], asynchronous=False)

    shown = json.loads(printed(run(settings, "lag", "--json")))

    rows = {(row["topic"], row["partition"]): row for row in shown["partitions"]}
    assert (shown["lag"], len(rows)) == (3, 6 * PARTITIONS)
    assert rows[topic, 1] == {
        "topic": topic,
        "partition": 1,
        "committed": 2,
        "end": 5,
        "lag": 3,
        "owner": "w1",
    }
    assert rows[settings.topic_prefix + "clickstream.event.v1", 0]["owner"] is None


def test_lag_does_not_count_the_ends_of_transactions(
    settings: Settings, member: Consumer, transactions: Producer
) -> None:
    """A marker takes an offset, and nobody will ever fold it."""
    topic = settings.topic_prefix + POS
    transactions.begin_transaction()
    transactions.produce(topic, b"{}", ANN, partition=0)
    transactions.commit_transaction(30)
    member.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)

    shown = printed(run(settings, "lag"))

    assert "total lag 0" in shown
    assert f"{topic} " in shown


def test_lag_of_an_open_transaction_is_lag(
    settings: Settings, member: Consumer, transactions: Producer
) -> None:
    """Records that wait for their commit do wait."""
    topic = settings.topic_prefix + POS
    transactions.begin_transaction()
    transactions.produce(topic, b"{}", ANN, partition=0)
    transactions.flush(30)
    member.commit(offsets=[TopicPartition(topic, 0, 0)], asynchronous=False)

    assert "total lag 1" in printed(run(settings, "lag"))
    transactions.abort_transaction(30)


def test_lag_is_told_by_a_broker_just_started(
    own_kafka: Broker, make_settings: Callable[..., Settings]
) -> None:
    """While the group's coordinator is made or loading, the command waits; it used to crash."""
    settings = make_topics(make_settings(own_kafka, partitions=PARTITIONS))
    fresh = json.loads(printed(run(settings, "lag", "--json")))

    own_kafka.restart()
    restarted = json.loads(printed(run(settings, "lag", "--json")))

    assert (fresh["lag"], restarted) == (0, fresh)


def test_owner_that_does_not_answer_is_named(settings: Settings, member: Consumer) -> None:
    """The group says w1 has it, and nothing listens at w1's port."""
    assert member.assignment()

    said = failed(run(settings, "profile", "show", ANN))

    assert said.startswith("streams: worker silent: asking worker w1 at 127.0.0.1:6066: ")


def test_every_command_says_in_time_that_there_is_no_broker(
    make_settings: Callable[..., Settings],
) -> None:
    """One sentence, exit 1, within 15 s, and no password in it."""
    away = make_settings(OtherBroker("127.0.0.1:1"))
    secrets = {
        "STREAMS_KAFKA_SECURITY_PROTOCOL": "sasl_plaintext",
        "STREAMS_KAFKA_SASL_MECHANISM": "PLAIN",
        "STREAMS_KAFKA_SASL_USERNAME": "ann",
        "STREAMS_KAFKA_SASL_PASSWORD": "hunter2",
    }
    commands = (
        *("lag", "offers tail", "dlq list", f"dlq retry {POS}.dlq:0:0", f"profile show {ANN}"),
        *("decision repeat --all", f"explain {OFFER.offer_id}"),
    )
    began = time.monotonic()
    running = [start(away, *one.split(), changes=secrets) for one in commands]
    ends = [(*one.communicate(timeout=60), one.returncode) for one in running]

    assert time.monotonic() - began < ANSWER_MAX_S
    assert {code for _, _, code in ends} == {1}
    assert {out for out, _, _ in ends} == {b""}
    assert all(
        said.startswith(b"streams: broker away: ") and said.count(b"\n") == 1 for _, said, _ in ends
    )
    assert not any(b"hunter2" in said for _, said, _ in ends)

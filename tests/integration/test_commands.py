"""The commands as an operator runs them, in processes of their own, on real Apache Kafka."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from msgspec.structs import replace
from rocksdict import Options, Rdict

from streams.codec.outputs import dead_letter_headers, encode_offer
from streams.codec.rows import encode_row
from streams.config import Settings
from streams.core.decide.record import Action, OfferId, OfferMessage, Pitch
from streams.core.errors import DecodeError
from streams.core.profile.profile import new_profile
from streams.kafka.partitioner import partition_for
from streams.kafka.topics import Admin, create
from streams.worker.topics import specs
from tests.integration.broker import Bootstrap
from tests.integration.reading import Logged, read_topics

ROOT = Path(__file__).parents[2]
POS = "pos.transaction.v1"
PARTITIONS = 2
ANN = "customer:ann"
COMMAND_MAX_S = 15.0
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
HEADERS: list[tuple[str, bytes | None]] = [("ce_id", b"e1"), ("trace", None), ("ce_id", b"e2")]


@pytest.fixture
def settings(kafka: Bootstrap, make_settings: Callable[..., Settings]) -> Settings:
    """Return settings of a deployment whose topics exist and are empty."""
    made = make_settings(kafka, partitions=PARTITIONS)
    create(Admin(made), specs(made), apply=True)
    return made


@pytest.fixture
def transactions(settings: Settings) -> Producer:
    """Return a producer that writes as a worker does."""
    producer = Producer(
        {
            "bootstrap.servers": settings.bootstrap_servers,
            "transactional.id": settings.application_id,
            "partitioner": "murmur2_random",
        }
    )
    producer.init_transactions(30)
    return producer


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


def env_of(settings: Settings, changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment that makes a command use `settings`."""
    names = ("broker_urls", "topic_prefix", "application_id", "state_dir")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("STREAMS_")},
        **{f"STREAMS_{name.upper()}": str(getattr(settings, name)) for name in names},
        **(changes or {}),
    }


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run `streams ARGUMENTS` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        env=env_of(settings),
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )


def printed(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what a command that succeeded printed."""
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def failed(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the one sentence of a command that exited 1 and printed nothing else."""
    said = done.stderr.decode()
    assert (done.returncode, done.stdout, said.count("\n")) == (1, b"", 1), said
    return said


def publish(producer: Producer, settings: Settings, offers: Sequence[OfferMessage]) -> None:
    """Write `offers` in one transaction, which stays open."""
    producer.begin_transaction()
    for offer in offers:
        value, headers = encode_offer(offer, offer.issued_at_ms)
        topic = f"{settings.topic_prefix}offer.{offer.channel}.v1"
        producer.produce(topic, value, offer.subject, headers=[*headers])
    producer.flush(30)


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
    tail = subprocess.Popen(
        [sys.executable, "-m", "streams", "offers", "tail", "--count", "1"],
        env=env_of(settings),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with tail:
        assert tail.stderr is not None
        assert tail.stderr.readline().startswith(b"following ")
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


def test_profile_of_a_stopped_worker_is_found_without_being_told_where(
    settings: Settings,
) -> None:
    """Nobody is in the group, so the store of STREAMS_STATE_DIR is read."""
    number = partition_for(ANN.encode(), PARTITIONS)
    path = settings.state_dir / settings.application_id / f"p{number}"
    path.mkdir(parents=True)
    store = Rdict(str(path), Options(raw_mode=True))
    store[ANN.encode()] = encode_row(new_profile(ANN))
    store.close()

    done = run(settings, "profile", "show", ANN, "--json")

    assert json.loads(printed(done))["subject"] == ANN
    assert b"no worker runs; reading the store in " in done.stderr


def test_owner_that_does_not_answer_is_named(settings: Settings, member: Consumer) -> None:
    """The group says w1 has it, and nothing listens at w1's port."""
    assert member.assignment()

    said = failed(run(settings, "profile", "show", ANN))

    assert said.startswith("streams: worker silent: asking worker w1 at 127.0.0.1:6066: ")


def test_every_command_says_in_time_that_there_is_no_broker(
    make_settings: Callable[..., Settings],
) -> None:
    """One sentence, exit 1, within 15 s, and no password in it."""
    away = make_settings(_Away())
    secrets = {
        "STREAMS_KAFKA_SECURITY_PROTOCOL": "sasl_plaintext",
        "STREAMS_KAFKA_SASL_MECHANISM": "PLAIN",
        "STREAMS_KAFKA_SASL_USERNAME": "ann",
        "STREAMS_KAFKA_SASL_PASSWORD": "hunter2",
    }
    commands = ("lag", "offers tail", "dlq list", f"dlq retry {POS}.dlq:0:0", f"profile show {ANN}")
    start = time.monotonic()
    running: list[Any] = [
        subprocess.Popen(
            [sys.executable, "-m", "streams", *one.split()],
            env=env_of(away, secrets),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for one in commands
    ]
    ends = [(*one.communicate(timeout=60), one.returncode) for one in running]

    assert time.monotonic() - start < COMMAND_MAX_S
    assert {code for _, _, code in ends} == {1}
    assert {out for out, _, _ in ends} == {b""}
    assert all(
        said.startswith(b"streams: broker away: ") and said.count(b"\n") == 1 for _, said, _ in ends
    )
    assert not any(b"hunter2" in said for _, said, _ in ends)


class _Away:
    """A broker that is not there: port 1 of this machine."""

    bootstrap = "127.0.0.1:1"

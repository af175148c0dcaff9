"""`streams limits`: what it tells, and what it says of nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Producer

from streams.cli import limits
from streams.cli.main import main
from streams.codec.offer_versions import TOPIC, encode_files
from streams.codec.rows import encode_row
from streams.config import Settings
from streams.core.leases.rows import Lease
from streams.core.leases.saying import HELD_KEY, lease_key
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.ledger import LEDGER_KEY, Ledger, encode
from streams.kafka.partitioner import partition_for
from tests.cli.limited import (
    BUDGET,
    CENTRE,
    OFFER,
    PARTITIONS,
    POLICY,
    STOCK,
    WINDOW_MS,
    KafkaNet,
    Rows,
    catalogue,
    held,
    net_of,
    rows_of,
)
from tests.strategies_profiles import NOON

CHANGELOG = Settings().changelog_topic


class Told(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    def limits(self) -> dict[str, dict[str, Any]]:
        """Kind:name -> limit, of the JSON."""
        found = json.loads(self.out)["limits"]
        return {f"{one['kind']}:{one['name']}": one for one in found}


@pytest.fixture
def offers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the offers of these settings."""
    path = tmp_path / "offers.yaml"
    path.write_text(catalogue())
    monkeypatch.setenv("STREAMS_OFFERS_DIR", str(tmp_path))
    return path


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, offers: Path) -> Iterator[str]:
    """An embedded broker with the table's changelog and the topic of offers."""
    assert offers.exists()
    with EmbeddedBroker() as started:
        started.create({CHANGELOG: PARTITIONS, TOPIC: 1})
        monkeypatch.setenv("STREAMS_BROKER_URLS", f"kafka://{started.bootstrap}")
        yield started.bootstrap


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `streams limits ARGUMENTS`."""

    def asked(*arguments: str) -> Told:
        code = main(["limits", *arguments])
        return Told(code, *capsys.readouterr())

    return asked


def write(bootstrap: str, rows: Rows, topic: str = CHANGELOG) -> None:
    """Put rows into a topic: partition, key, value."""
    producer = Producer({"bootstrap.servers": bootstrap})
    for partition, key, value in rows:
        producer.produce(topic, value, key, partition)
    assert producer.flush(10) == 0


def test_limits_are_told_the_scarcest_first(broker: str, ask: Any) -> None:
    """With what was taken, what is left, and where; money as money."""
    tea, jam, centre = net_of(STOCK), net_of(BUDGET), net_of(CENTRE)
    for _ in range(60):
        tea.want(0)
        tea.settle()
    for _ in range(7):
        jam.want(1, 150)
        jam.settle()
    centre.want(2)
    centre.want(2)
    centre.settle()
    write(broker, rows_of(tea, jam, centre))

    told = ask()

    assert (told.code, told.err) == (0, "")
    kinds = ("budget", "capacity", "stock")
    rows = [one for line in told.out.splitlines() if (one := line.split()) and one[0] in kinds]
    order = [["stock", "tea"], ["budget", "jam"], ["capacity", "contact-centre"]]
    assert [one[:2] for one in rows] == order * 2
    assert rows[0][2:] == ["300", "60", "0", "240", "80"]
    assert rows[1][2:9] == ["200.00", "USD", "10.50", "USD", "0.00", "USD", "189.50"]
    assert rows[2][2:6] == ["80", "2", "78", "98"]
    leased, home, way, hand = map(int, rows[3][2:6])
    assert (leased + home, way, hand, rows[3][6:]) == (300, 0, leased - 60, ["3", "3", "of", "3"])
    assert rows[5][-1] == "USD"


def test_every_token_is_told_once(broker: str, ask: Any) -> None:
    """A grant that the partition has not folded is on its way, neither at home nor at hand."""
    net = KafkaNet(STOCK, PARTITIONS)
    asking = (net.home.number + 1) % PARTITIONS
    net.want(asking)
    net.commit_all()
    net.deliver(net.home.number)
    net.commit_all()
    write(broker, rows_of(net))

    before = ask("--json", "--offer", "tea").limits()["stock:tea"]
    net.settle()
    net.want(asking)
    net.commit_all()
    write(broker, [*rows_of(net), (asking, HELD_KEY + b"customer:1", held("tea", 1))])
    after = ask("--json", "--offer", "tea").limits()["stock:tea"]

    assert {name: before[name] for name in ("at_home", "on_its_way", "at_hand", "taken")} == {
        "at_home": 250,
        "on_its_way": 50,
        "at_hand": 0,
        "taken": 0,
    }
    assert {name: after[name] for name in ("at_home", "on_its_way", "at_hand", "taken")} == {
        "at_home": 250,
        "on_its_way": 0,
        "at_hand": 49,
        "taken": 1,
    }
    assert (after["open"], after["holding"], after["acted"], after["settled"]) == (1, 1, 3, True)
    assert after["partitions"][asking]["leased"] == 50


def test_the_latest_rows_count(broker: str, ask: Any) -> None:
    """An offer that ended is not open; profiles and earlier rows count nowhere."""
    net = net_of(STOCK)
    net.want(0)
    net.settle()
    early = list(rows_of(net))
    net.end(0)
    net.settle()
    key = HELD_KEY + b"customer:1"
    write(broker, [*early, (0, key, held("tea", 1)), (0, b"customer:1", b"P\x07")])
    first = ask("--json", "--offer", "tea").limits()["stock:tea"]
    write(broker, [*rows_of(net), (0, key, None)])

    second = ask("--json", "--offer", "tea").limits()["stock:tea"]

    assert (first["taken"], first["open"], first["left"]) == (1, 1, 299)
    assert (second["taken"], second["open"], second["left"]) == (0, 0, 300)


def test_one_offer_or_channel_may_be_asked_for(broker: str, ask: Any) -> None:
    """Both together are both; a name that is not there is refused with those that are."""
    assert broker

    assert [*ask("--json", "--offer", "tea").limits()] == ["stock:tea"]
    assert [*ask("--json", "--channel", "contact-centre").limits()] == ["capacity:contact-centre"]
    both = ask("--json", "--offer", "jam", "--channel", "contact-centre").limits()
    assert {*both} == {"budget:jam", "capacity:contact-centre"}
    for flag, known in (("--offer", "jam, salt, tea"), ("--channel", "contact-centre, web")):
        code, out, err = ask(flag, "no-such")
        said = f"streams: {flag} no-such: expected one of the catalogue in force: {known}\n"
        assert (code, out, err) == (2, "", said)


def test_what_is_not_limited_is_said_in_a_sentence(broker: str, offers: Path, ask: Any) -> None:
    """An offer without stock or budget; then a catalogue without any limit."""
    assert broker
    salt = ask("--offer", "salt")
    web = ask("--channel", "web")
    offers.write_text(
        POLICY.replace("CAPACITY", "") + OFFER.replace("NAME", "a").replace("LIMITS", "")
    )
    nothing, machine = ask(), ask("--json")

    assert (salt.code, salt.out) == (0, "")
    assert salt.err.startswith("nothing is limited of what was asked for")
    assert web == salt
    assert (nothing.code, nothing.out, nothing.err.count("\n")) == (0, "", 1)
    assert nothing.err.startswith("no limit in the catalogue in force")
    assert json.loads(machine.out)["limits"] == []


def test_before_any_worker_all_is_left(broker: str, ask: Any) -> None:
    """And a sentence says why."""
    assert broker

    told = ask("--json")

    assert told.err == "no worker has acted upon these limits yet: all of each is left\n"
    assert [(one["left"], one["leased"]) for one in told.limits().values()] == [
        (20_000, 0),
        (80, 0),
        (300, 0),
    ]


def test_published_offers_go_before_files(broker: str, ask: Any) -> None:
    """A limit that was raised by a publication holds, though not every partition knows of it."""
    net = net_of(STOCK)
    text = catalogue(stock="stock: 400")
    rows = encode_files({"a.yaml": text}, version="v2", valid_from_ms=NOON)
    write(broker, rows_of(net))
    write(broker, [(0, one.key, one.value) for one in rows], TOPIC)

    found = ask("--json", "--offer", "tea").limits()["stock:tea"]

    assert (found["limit"], found["acted"]) == (400, 0)
    assert found["left"] == 400
    assert found["leased"] + found["at_home"] == 400


def test_windows_go_by_the_clock_of_decisions(
    broker: str, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Yesterday's contacts are gone today; a worker on old data is still in the window of these."""
    net = net_of(CENTRE)
    net.now_ms -= 2 * WINDOW_MS
    lease = Lease(window=net.now_ms // WINDOW_MS, at_hand=4, used=1)
    home = partition_for(lease_key(CENTRE.name), PARTITIONS)
    lease.out = {lease.window: {home: 5}}
    write(
        broker,
        [
            (home, lease_key(CENTRE.name), encode_row(lease)),
            (home, LEDGER_KEY, encode(Ledger(clock_ms=net.now_ms))),
        ],
    )

    now = ask("--json", "--channel", "contact-centre").limits()["capacity:contact-centre"]
    monkeypatch.setenv("STREAMS_DECISION_CLOCK", "event")
    then = ask("--json", "--channel", "contact-centre").limits()["capacity:contact-centre"]

    names = ("taken", "at_hand", "on_its_way", "at_home", "left")
    assert [now[name] for name in names] == [0, 0, 0, 80, 80]
    assert [then[name] for name in names] == [1, 4, 0, 75, 79]
    assert then["window_ends"] < now["window_ends"]


def test_what_never_stands_still_is_told_with_a_warning(
    broker: str, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here a partition has what the home never granted, as if it had been read earlier."""
    monkeypatch.setattr(limits, "SETTLE_MAX_S", 0.1)
    net = net_of(STOCK)
    rows = [one for one in rows_of(net) if one[0] != net.home.number]
    write(broker, rows)

    told = ask("--json", "--offer", "tea")

    assert told.code == 0
    assert told.err == "stock:tea moved between partitions all the time: a few tokens may be off\n"
    assert not told.limits()["stock:tea"]["settled"]


def test_a_missing_topic_is_said_with_the_command_that_makes_it(
    monkeypatch: pytest.MonkeyPatch, offers: Path, ask: Any
) -> None:
    """First that of the offers, then the table's changelog."""
    assert offers.exists()
    with EmbeddedBroker() as started:
        monkeypatch.setenv("STREAMS_BROKER_URLS", f"kafka://{started.bootstrap}")
        first = ask()
        started.create({TOPIC: 1})
        second = ask()

    for told, topic in ((first, TOPIC), (second, CHANGELOG)):
        said = f"streams: topic {topic} does not exist; run: streams topics create --apply\n"
        assert told == (2, "", said)

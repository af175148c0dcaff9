"""The reader of reference topics: everything to the end first, then whatever comes."""

import time
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Producer

from streams.config import Settings
from streams.kafka import reference
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.reference import READ_RECORDS_MAX, Reference

TOPICS = ("goods", "models")


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    """A broker with both topics, of one partition each."""
    with EmbeddedBroker() as started:
        started.create(dict.fromkeys(TOPICS, 1))
        yield started


@pytest.fixture
def reader(broker: EmbeddedBroker) -> Iterator["Reader"]:
    """A reader that has not been started."""
    made = Reader(broker)
    yield made
    made.reference.stop()


class Reader:
    """What a reader took, and how much of it was there at its first settling."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        """Start nothing yet."""
        self.taken: list[tuple[str, bytes | None, bytes | None]] = []
        self.settled: list[int] = []
        settings = Settings(broker_urls=f"kafka://{broker.bootstrap}", broker_kind="embedded")
        self.reference = Reference(settings, TOPICS, self._take, self._settle)

    def _take(self, topic: str, key: bytes | None, value: bytes | None, _offset: int) -> None:
        self.taken.append((topic, key, value))

    def _settle(self) -> None:
        self.settled.append(len(self.taken))


def produce(broker: EmbeddedBroker, topic: str, rows: dict[bytes, bytes | None]) -> None:
    """Write rows, in order."""
    producer = Producer({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    for key, value in rows.items():
        producer.produce(topic, key=key, value=value)
    assert producer.flush(10) == 0


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait, but not for ever."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_both_topics_are_read_whole_before_anything_is_settled(
    broker: EmbeddedBroker, reader: Reader
) -> None:
    """More than one batch, in order, and a row without a value is one too."""
    goods = {f"s{number}".encode(): b"x" for number in range(2 * READ_RECORDS_MAX + 1)}
    produce(broker, "goods", {**goods, b"gone": None})
    produce(broker, "models", {b"m": b"y"})

    reader.reference.start()
    reader.reference.wait()

    assert reader.reference.read
    assert reader.settled[0] == len(goods) + 2
    assert [key for topic, key, _ in reader.taken if topic == "goods"] == [*goods, b"gone"]
    assert ("goods", b"gone", None) in reader.taken
    assert ("models", b"m", b"y") in reader.taken


def test_empty_topics_are_read_at_once(reader: Reader) -> None:
    """A worker without a catalogue must not wait for one."""
    began = time.monotonic()

    reader.reference.start()
    reader.reference.wait()

    assert time.monotonic() - began < 5
    assert reader.settled[0] == 0


def test_what_comes_later_is_taken_and_settled(broker: EmbeddedBroker, reader: Reader) -> None:
    """The reader follows, and settles even when nothing comes: versions wait for the clock."""
    reader.reference.start()
    reader.reference.wait()
    settled = len(reader.settled)

    wait_until(lambda: len(reader.settled) > settled + 1)
    produce(broker, "models", {b"m": b"z"})
    wait_until(lambda: bool(reader.taken))
    wait_until(lambda: reader.settled[-1] == 1)

    assert reader.taken == [("models", b"m", b"z")]


def test_a_reader_that_is_stopped_lets_go_of_who_waits(reader: Reader) -> None:
    """A worker may be told to stop before it has read anything."""
    reader.reference.start()

    reader.reference.stop()
    reader.reference.wait()

    assert not reader.reference._thread.is_alive()


def test_news_is_settled_at_once_and_a_stream_of_it_now_and_then(
    broker: EmbeddedBroker, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for a record is not kept waiting for others; a stream costs no more for that."""
    monkeypatch.setattr(reference, "READ_WAIT_S", 0.8)
    reader.reference.start()
    reader.reference.wait()
    before = len(reader.settled)
    wait_until(lambda: len(reader.settled) > before)  # a turn without anything has ended just now

    began_s = time.monotonic()
    produce(broker, "goods", {b"first": b"x"})
    wait_until(lambda: reader.settled[-1] == 1)
    first_s = time.monotonic() - began_s
    before = len(reader.settled)
    for number in range(8):
        produce(broker, "goods", {b"%d" % number: b"x"})
        time.sleep(0.05)
    wait_until(lambda: reader.settled[-1] == 9)

    assert first_s < 0.5
    assert len(reader.settled) - before <= 2

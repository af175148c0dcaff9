"""Continuous load: a seeded stream of source records at a rate, and the truth about it.

The stream holds every outcome: new events, events sent twice, late ones, records that cannot be
decoded, and events of subjects that landed on a partition which is not theirs. A fifth of it is on
devices that log in, are claimed by a second person, and are unlinked.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from threading import Event, Thread
from typing import Any, NamedTuple

import orjson
from confluent_kafka import KafkaError, Message, Producer

CLICK, POS = "clickstream.event.v1", "pos.transaction.v1"
SOCIAL, SERVICE, OUTCOME = "social.activity.v1", "service.interaction.v1", "channel.outcome.v1"
DAY_MS = 86_400_000
LATE_MS = 500 * DAY_MS  # older than lateness_max_ms's default
DELIVERY_DEADLINE_S = 120.0
ON_DEVICES = 0.2
DEVICES = 30
CLAIMS = 0.05
Body = dict[str, Any]


class Source(NamedTuple):
    """One record to produce; `partition` -1 leaves the choice to the partitioner."""

    topic: str
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]
    partition: int = -1


def stream(seed: int, *, subjects: int, partitions: int) -> Iterator[Source]:
    """Endless records; the same seed gives the same ones but for their times."""
    draw = Random(seed)
    sent: list[Source] = []
    for index in range(2**62):
        if index % 97 == 96:
            yield draw.choice(sent)  # the same event once more
            continue
        source = _source(draw, index, seed=seed, subjects=subjects)
        if draw.random() < ON_DEVICES:
            source = _on_device(draw, index, source)
        if index % 331 == 330:
            source = _broken(source, index)
        elif index % 61 == 60:
            stray = f"device:{seed}-{index}".encode()  # seen for the first time, anywhere
            source = source._replace(key=stray, partition=draw.randrange(partitions))
        else:
            sent.append(source)
            del sent[:-500]
        yield source


def _source(draw: Random, index: int, *, seed: int, subjects: int) -> Source:
    topic, make = KINDS[index % len(KINDS)]
    late = index % 503 == 502
    now_ms = time.time_ns() // 1_000_000
    return Source(
        topic,
        f"customer:{int(subjects * draw.random() ** 2)}".encode(),
        orjson.dumps(make(draw, index)),
        headers(topic, f"{seed}-{index}", now_ms - (LATE_MS if late else 0)),
    )


def _on_device(draw: Random, index: int, source: Source) -> Source:
    """The event on one of a few dozen devices, which others follow; now and then who uses it."""
    number = index // 4_000 * DEVICES + draw.randrange(DEVICES)
    key, what = f"device:{number}".encode(), draw.random()
    topic, body = CLICK, {"event_name": "login", "user_subject": f"customer:{number % 40}"}
    if what > CLAIMS:
        return source._replace(key=key)
    if what < CLAIMS / 10:
        topic, body = OUTCOME, {"outcome": "unlinked"}
    elif what < CLAIMS / 5:
        body["user_subject"] = f"customer:{draw.randrange(40)}"
    event_id = dict(source.headers)["ce_id"].decode()
    marks = headers(topic, event_id, time.time_ns() // 1_000_000)
    return Source(topic, key, orjson.dumps(body), marks)


def headers(topic: str, event_id: str, event_time_ms: int) -> list[tuple[str, bytes]]:
    """CloudEvents headers of one source record."""
    at = datetime.fromtimestamp(event_time_ms / 1_000, UTC).isoformat(timespec="milliseconds")
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", b"/simulated/faults"),
        ("ce_type", topic.encode()),
        ("ce_time", at.replace("+00:00", "Z").encode()),
        ("content-type", b"application/json"),
    ]


def _broken(source: Source, index: int) -> Source:
    ways = (
        source._replace(value=source.value[:-7]),
        source._replace(value=b'{"schema": "broken"}'),
        source._replace(key=None),
        source._replace(key=b"nobody"),
        source._replace(headers=source.headers[:2]),
        source._replace(value=b"\xff\x00\xfe"),
    )
    return ways[index // 331 % len(ways)]


def _item(draw: Random) -> Body:
    product = draw.randrange(300)
    return {
        "item_id": f"sku-{product}",
        "item_name": f"thing number {product}",
        "item_brand": f"brand-{product % 17}",
        "item_category": ("grocery", "drugstore", "garden", "fashion", "toys")[product % 5],
        "quantity": 1 + product % 3,
        "price_minor": 199 + product * 7,
    }


def _shopping(draw: Random, name: str) -> Body:
    item = _item(draw)
    value = item["price_minor"] * item["quantity"]
    return {"event_name": name, "currency": "USD", "value_minor": value, "items": [item]}


def _view(draw: Random, _index: int) -> Body:
    return _shopping(draw, "view_item")


def _cart(draw: Random, _index: int) -> Body:
    return _shopping(draw, "add_to_cart")


def _purchase(draw: Random, index: int) -> Body:
    return _shopping(draw, "purchase") | {"transaction_id": f"order-{index}"}


def _sale(draw: Random, index: int) -> Body:
    lines = []
    for _ in range(1 + index % 3):
        item = _item(draw)
        amount = item.pop("price_minor") * item["quantity"]
        lines.append({**item, "extended_amount_minor": amount})
    total = sum(line["extended_amount_minor"] for line in lines)
    return {
        "transaction_type": "return" if index % 40 == 4 else "sale",
        "store_id": f"s{draw.randrange(5)}",
        "workstation_id": "w1",
        "business_day": "2025-01-31",
        "sequence_number": index,
        "currency": "USD",
        "line_items": lines,
        "tenders": [{"tender_type": "card", "amount_minor": total}],
        "total_minor": total,
    }


def _post(draw: Random, index: int) -> Body:
    mood = ("love", "hate")[index % 2]
    note = {
        "type": "Note",
        "id": f"https://social.example/notes/{index}",
        "content": f"I {mood} my thing from brand-{draw.randrange(17)}",
        "tag": [{"type": "Hashtag", "name": "#garden"}],
    }
    actor = {"id": "https://social.example/@someone", "followers_count": draw.randrange(9_999)}
    return {"type": "Create", "actor": actor, "object": note}


def _service(draw: Random, index: int) -> Body:
    kind = ("opened", "closed")[index // 20 % 2]
    case = f"case-{draw.randrange(50)}"
    return {"interaction_type": kind, "channel": "phone", "case_id": case} | (
        {"reason": "complaint"} if kind == "opened" else {}
    )


def _outcome(draw: Random, index: int) -> Body:
    if index % 3 == 0:
        granted = draw.random() < 0.7
        return {"outcome": "consent_changed", "purpose": "marketing", "granted": granted}
    return {"outcome": "delivered", "offer_id": f"{draw.getrandbits(128):032x}", "channel": "web"}


KINDS = (
    (CLICK, _view),
    (CLICK, _cart),
    (CLICK, _view),
    (POS, _sale),
    (CLICK, _view),
    (SOCIAL, _post),
    (CLICK, _cart),
    (SERVICE, _service),
    (CLICK, _purchase),
    (POS, _sale),
    (CLICK, _view),
    (OUTCOME, _outcome),
)


class Feed:
    """Produces a stream from a thread of its own until told to stop; each record exactly once."""

    def __init__(self, bootstrap: str, source: Iterator[Source], *, prefix: str, rate: int) -> None:
        """`rate` is in records a second; the producer is idempotent and waits out the broker."""
        self.acknowledged: dict[tuple[str, int, int], str] = {}
        self.refused: list[str] = []
        self._source = source
        self._prefix = prefix
        self._rate = rate
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="feed", daemon=True)
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "linger.ms": 5,
                "message.timeout.ms": int(DELIVERY_DEADLINE_S * 1_000),
                "reconnect.backoff.max.ms": 500,
                "topic.metadata.refresh.interval.ms": 5_000,
                "log_level": 2,
            }
        )

    def start(self) -> "Feed":
        """Begin to produce."""
        self._thread.start()
        return self

    def stop(self) -> int:
        """End the stream; return how many records the broker holds now, all acknowledged."""
        if self._thread.is_alive():
            self._stopping.set()
            self._thread.join(DELIVERY_DEADLINE_S)
        left = self._producer.flush(DELIVERY_DEADLINE_S)
        assert left == 0, f"{left} source records were not acknowledged in time"
        assert not self.refused, f"source records refused: {self.refused[:5]}"
        return len(self.acknowledged)

    def send(self, count: int) -> int:
        """Produce `count` records at once and wait until the broker has them."""
        for _ in range(count):
            self.produce(next(self._source))
        return self.stop()

    def abandon(self) -> None:
        """End the thread, whatever the broker has or has not."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(DELIVERY_DEADLINE_S)
        self._producer.purge()

    def produce(self, source: Source) -> None:
        """Produce one record; its place is noted when the broker has it."""
        event_id = dict(source.headers).get("ce_id", b"").decode()

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self.refused.append(f"{event_id}: {error}")
                return
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            assert topic is not None
            assert partition is not None
            assert offset is not None
            self.acknowledged[topic.removeprefix(self._prefix), partition, offset] = event_id

        self._producer.produce(
            self._prefix + source.topic,
            source.value,
            source.key,
            source.partition,
            headers=list(source.headers),
            on_delivery=delivered,
        )

    def _run(self) -> None:
        began, number = time.monotonic(), 0
        while not self._stopping.is_set():
            due = int((time.monotonic() - began) * self._rate)
            while number < due and len(self._producer) < 50_000:
                self.produce(next(self._source))
                number += 1
            self._producer.poll(0)
            self._stopping.wait(0.01)

"""A channel's subscriber: how fast a start reads the log, and how long a best offer takes to ask.

The log is read by a bare consumer in the same run, as a yardstick. Then questions come at fixed
times, open loop, while offers stream in; a question's time runs from when it was due. Every fourth
is followed by one for /healthz, which reads no offer: what this machine and HTTP cost in the same
seconds. The first seconds are left out.
"""

import asyncio
import threading
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp
import msgspec
import uvloop
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from streams.codec.outputs import encode_offer, offer_topic
from streams.core.decide.record import Action, OfferId, OfferMessage, Pitch, Price, Product
from streams.kafka.clients import offers_consumer
from tests.bench.children import Child, running
from tests.bench.latency import PERCENTILES, percentile
from tests.bench.machine import MIB
from tests.bench.mix import PARTITIONS
from tests.bench.scrape import metric, wait_ready
from tests.bench.stage import LOADER, Run, Stage
from tests.bench.table import markdown

CHANNEL = "web"
TOPIC = offer_topic(CHANNEL)
COMMAND = ("-m", "streams", "channel", "run", CHANNEL)
LIFE_MS = 86_400_000
TICK_S = 0.01
P99_MAX_MS = 10.0
WARM_S = 5.0
FLOOR_EVERY = 4


def add(parser: ArgumentParser) -> None:
    """Options of `channel`."""
    parser.add_argument("--offers", type=int, default=300_000, help="messages in the log")
    parser.add_argument("--ask-rate", type=int, default=200, help="questions a second")
    parser.add_argument("--offer-rate", type=int, default=500, help="offers a second meanwhile")
    parser.add_argument("--ask-seconds", type=float, default=30.0, help="measured time")


def run(stage: Stage, args: Namespace) -> dict[str, Any]:
    """Measure, print the table, return the figures."""
    at = stage.run("channel")
    _write(stage, at, args.offers)
    raw_s = _raw(at, args.offers)
    with running(COMMAND, at.env, at.log) as child:
        wait_ready(child, at.settings.http_port)
        rebuilt = _rebuilt(at, child, args.offers)
        cpu_s, began = child.cpu_s(), time.monotonic()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            asked = runner.run(_ask(stage, at, args))
        cpu_share = (child.cpu_s() - cpu_s) / (time.monotonic() - began)
        child.check()
    stage.drop(at)
    figures = {
        "rebuild": {**rebuilt, "raw_rate": args.offers / raw_s},
        "ask": {f"p{one:g}": percentile(asked.times_ms, one) for one in PERCENTILES},
        "healthz": {f"p{one:g}": percentile(asked.floor_ms, one) for one in PERCENTILES},
        "answers": dict(asked.answers),
        "cpu_share": cpu_share,
        "ratios": {
            "subscriber/raw records/s": rebuilt["rate"] * raw_s / args.offers,
            "best offer/healthz p99": percentile(asked.times_ms, 99.0)
            / percentile(asked.floor_ms, 99.0),
        },
    }
    print(_table(figures, args))
    return figures


def messages(first: int, count: int, *, subjects: int, now_ms: int) -> list[OfferMessage]:
    """`count` messages as a worker writes them: two issues of three, the rest ends or replaces."""
    draw = Random(first)
    made: list[OfferMessage] = []
    for sequence in range(first + 1, first + count + 1):
        turn, number = sequence % 6, draw.randrange(subjects)
        if turn == 0 and made:
            made.append(_withdrawal(made[draw.randrange(len(made))], sequence))
            continue
        made.append(
            OfferMessage(
                offer_id=OfferId(f"{sequence:032x}"),
                action=Action.SUPERSEDE if turn == 1 else Action.ISSUE,
                sequence=sequence,
                subject=f"customer:{number}",
                channel=CHANNEL,
                slot="main" if turn else "care",
                offer="cart-reminder",
                purpose="marketing",
                reason="a sweater of theirs has been in the cart for two days",
                issued_at_ms=now_ms,
                cause_id=f"bench:{sequence}",
                policy_version="4f1c9a4f1c9a4f1c",
                decision_id=None,
                expires_at_ms=now_ms + LIFE_MS,
                pitch=Pitch(treatment="warm", text="Good choice! Shall we keep it for you?"),
                product=Product(
                    item_id=f"sku-{number}", name="Scoop neck sweater", category="Clothing"
                ),
                price=Price(level="regular", currency="EUR", regular_minor=4_999),
            )
        )
    return made


def _withdrawal(offer: OfferMessage, sequence: int) -> OfferMessage:
    ended = {"action": Action.WITHDRAW, "expires_at_ms": None, "pitch": None, "price": None}
    return msgspec.structs.replace(offer, sequence=sequence, product=None, **ended)


def _write(stage: Stage, at: Run, count: int) -> None:
    producer = Producer({**LOADER, "bootstrap.servers": stage.bootstrap})
    now_ms = time.time_ns() // 1_000_000
    for first in range(0, count, 10_000):
        size = min(10_000, count - first)
        for one in messages(first, size, subjects=count, now_ms=now_ms):
            _produce(producer, at, one, now_ms)
        producer.flush()


def _produce(producer: Producer, at: Run, one: OfferMessage, now_ms: int) -> None:
    value, headers = encode_offer(one, now_ms)
    topic = at.settings.topic_prefix + TOPIC
    producer.produce(topic, value, one.subject.encode(), headers=[*headers])


def _raw(at: Run, count: int) -> float:
    """Seconds in which a bare consumer reads the log, from its first record on."""
    consumer = Consumer(offers_consumer(at.settings))
    topic = at.settings.topic_prefix + TOPIC
    consumer.assign([TopicPartition(topic, one, OFFSET_BEGINNING) for one in range(PARTITIONS)])
    read, began = 0, 0.0
    while read < count:
        found = [one for one in consumer.consume(2_000, 0.05) if one.error() is None]
        began = began or (time.perf_counter() if found else 0.0)
        read += len(found)
    consumer.close()
    return time.perf_counter() - began


def _rebuilt(at: Run, child: Child, count: int) -> dict[str, float]:
    port = at.settings.http_port
    seconds = metric(port, "streams_channel_rebuild_seconds")
    time.sleep(2.0)  # the gauge of rows is set once a second
    rows = metric(port, "streams_channel_book_rows")
    rss = child.rss()
    return {"rate": count / seconds, "seconds": seconds, "rows": rows, "rss": rss}


@dataclass
class _Asked:
    """Times from due to answered, in ms, and how often which status came."""

    times_ms: list[float] = field(default_factory=list)
    floor_ms: list[float] = field(default_factory=list)
    """The same of /healthz."""
    answers: Counter[int] = field(default_factory=Counter)


async def _ask(stage: Stage, at: Run, args: Namespace) -> _Asked:
    stop = threading.Event()
    feeding = threading.Thread(target=_feed, args=(stage, at, args, stop), daemon=True)
    feeding.start()
    asked, draw = _Asked(), Random(1)
    pages = f"http://127.0.0.1:{at.settings.http_port}"
    start = time.monotonic() + 0.5
    async with aiohttp.ClientSession(pages) as session, asyncio.TaskGroup() as tasks:
        for number in range(int(args.ask_rate * (WARM_S + args.ask_seconds))):
            due = start + number / args.ask_rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            body = {"subject": f"customer:{draw.randrange(args.offers)}"}
            into = asked if due >= start + WARM_S else _Asked()
            tasks.create_task(_one(session, body, due, into))
            if number % FLOOR_EVERY == 0:
                tasks.create_task(_floor(session, due, into))
    stop.set()
    await asyncio.to_thread(feeding.join)
    return asked


async def _one(
    session: aiohttp.ClientSession, body: dict[str, str], due: float, asked: _Asked
) -> None:
    async with session.post("/best-offer", json=body) as answer:
        await answer.read()
    asked.times_ms.append((time.monotonic() - due) * 1_000)
    asked.answers[answer.status] += 1


async def _floor(session: aiohttp.ClientSession, due: float, asked: _Asked) -> None:
    async with session.get("/healthz") as answer:
        await answer.read()
    asked.floor_ms.append((time.monotonic() - due) * 1_000)


def _feed(stage: Stage, at: Run, args: Namespace, stop: threading.Event) -> None:
    """Write new offers at a rate until told to stop."""
    producer = Producer({**LOADER, "bootstrap.servers": stage.bootstrap, "linger.ms": 2})
    began, sent = time.monotonic(), 0
    while not stop.wait(TICK_S):
        now_ms = time.time_ns() // 1_000_000
        due = int((time.monotonic() - began) * args.offer_rate) - sent
        for one in messages(args.offers + sent, due, subjects=args.offers, now_ms=now_ms):
            _produce(producer, at, one, now_ms)
        sent += due
        producer.poll(0)
    producer.flush()


def _table(figures: dict[str, Any], args: Namespace) -> str:
    rebuild, ask = figures["rebuild"], figures["ask"]
    head = ["page", *(f"p{one:g} ms" for one in PERCENTILES)]
    rows = [
        [name, *(f"{figures[key][f'p{one:g}']:.1f}" for one in PERCENTILES)]
        for name, key in (("POST /best-offer", "ask"), ("GET /healthz", "healthz"))
    ]
    ratios = figures["ratios"]
    title = f"Channel: {args.ask_rate} questions/s while {args.offer_rate} offers/s stream in"
    return (
        f"\n### {title}, {args.ask_seconds:g} s\n\n{markdown(head, rows)}\n\n"
        f"p99 {ask['p99']:.1f} ms (<= {P99_MAX_MS:g}), "
        f"{ratios['best offer/healthz p99']:.2f} of /healthz; {figures['cpu_share']:.2f} cores; "
        f"answers by status {figures['answers']}; a start reads {args.offers:,} messages in "
        f"{rebuild['seconds']:.2f} s, {rebuild['rate']:,.0f}/s, "
        f"{ratios['subscriber/raw records/s']:.2f} of a bare consumer; "
        f"{rebuild['rows']:,.0f} offers held, {rebuild['rss'] // MIB} MiB RSS\n"
    )

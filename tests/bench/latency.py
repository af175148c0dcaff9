"""From an event's due time to its offer in the hands of a read_committed consumer, in ms.

Open loop at fixed times; worker and raw loop take turns on fresh topics; the first seconds of each
run are left out. An offer is matched to its event by its cause id.
"""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from streams.core.events import CHANNELS
from tests.bench import feed
from tests.bench.children import Child, running
from tests.bench.mix import PARTITIONS, index_of
from tests.bench.stage import Run, Stage
from tests.bench.table import markdown
from tests.bench.throughput import NAMES, RAW, WORKER, Side

WARM_EVENTS = 2_000
DELAY_S = 2.0
TAIL_S = 3.0
PERCENTILES = (50.0, 99.0, 99.9)
P50_MAX = 2.0


def add(parser: ArgumentParser) -> None:
    """Options of `latency`."""
    parser.add_argument("--rates", default="500,2000", help="events a second, one after another")
    parser.add_argument("--seconds", type=float, default=30.0, help="measured time of one run")
    parser.add_argument("--warm-seconds", type=float, default=5.0, help="left out before that")
    parser.add_argument("--latency-rounds", type=int, default=2, help="runs of each side")


def run(stage: Stage, args: Namespace) -> dict[str, Any]:
    """Measure, print the table, return the figures."""
    figures: dict[str, Any] = {}
    for rate in map(int, args.rates.split(",")):
        found: dict[str, list[float]] = {"raw": [], "worker": []}
        cpu: dict[str, list[float]] = {"raw": [], "worker": []}
        for _ in range(args.latency_rounds):
            for side in (RAW, WORKER):
                samples, cpu_share = measure(stage, side, rate=rate, args=args)
                found[side.name] += samples
                cpu[side.name].append(cpu_share)
        figures[str(rate)] = {name: _figures(found[name], cpu[name]) for name in found}
    print(_table(figures, args))
    return {"rates": figures, "ratios": ratios(figures)}


def measure(stage: Stage, side: Side, *, rate: int, args: Namespace) -> tuple[list[float], float]:
    """Latencies in ms of one side at one rate, and its CPU as a share of one core."""
    at = stage.run(side.name)
    warm = stage.load(at, WARM_EVENTS, seed=0)
    with running(side.arguments, at.env, at.log) as child:
        warm.wait(child)
        warm.close()
        cpu_s = child.cpu_s()
        start, seen = play(stage, at, child, rate=rate, seconds=args.warm_seconds + args.seconds)
        cpu_share = (child.cpu_s() - cpu_s) / (args.warm_seconds + args.seconds)
    stage.drop(at)
    first = WARM_EVENTS + int(args.warm_seconds * rate)
    samples = [
        (at_s - start - (index - WARM_EVENTS) / rate) * 1000.0
        for index, at_s in seen.items()
        if index >= first
    ]
    shown = " / ".join(f"{percentile(samples, one):.1f}" for one in PERCENTILES)
    print(f"  {side.name} at {rate}/s: {shown} ms, {len(samples)} offers", flush=True)
    return samples, cpu_share


def play(  # noqa: PLR0913  # a load, and who is under it
    stage: Stage,
    at: Run,
    child: Child,
    *,
    rate: int,
    seconds: float,
    options: Sequence[str] = (),
) -> tuple[float, dict[int, float]]:
    """Feed for `seconds` and read offers; the start, and event number -> when its offer came.

    `options` are further ones of `tests.bench.feed`. Events are numbered from `WARM_EVENTS`.
    """
    prefix = at.settings.topic_prefix
    consumer = _offers(stage.bootstrap, prefix)
    start = time.monotonic() + DELAY_S
    count = int(rate * seconds)
    line = feed.arguments(
        bootstrap=stage.bootstrap, prefix=prefix, rate=rate, count=count, first=WARM_EVENTS
    )
    seen: dict[int, float] = {}
    with running([*line, *options, "--start", str(start)], {}, at.directory / "feed.log"):
        while (now := time.monotonic()) < start + seconds + TAIL_S:
            first = consumer.poll(0.1)
            if first is None:
                child.check()
                continue
            now = time.monotonic()
            for message in (first, *consumer.consume(1_000, 0)):
                _note(message.value(), now, seen)
    consumer.close()
    return start, seen


def percentile(samples: Sequence[float], percent: float) -> float:
    """Nearest rank; NaN without samples."""
    if not samples:
        return float("nan")
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100.0))]


def ratios(figures: dict[str, Any]) -> dict[str, float]:
    """Worker against raw loop, by rate and percentile."""
    return {
        f"worker/raw {name} at {rate}/s": found["worker"][name] / found["raw"][name]
        for rate, found in figures.items()
        for name in ("p50", "p99")
    }


def _note(value: bytes | None, now: float, seen: dict[int, float]) -> None:
    offer = orjson.loads(value or b"{}")
    cause: str = offer.get("cause_id", "")
    if cause.startswith(("bench:", "pos:")):
        seen.setdefault(index_of(cause), now)


def _offers(bootstrap: str, prefix: str) -> Consumer:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"{prefix}reader",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 100,
        }
    )
    consumer.assign(
        [
            TopicPartition(f"{prefix}offer.{channel}.v1", number, OFFSET_BEGINNING)
            for channel in CHANNELS
            for number in range(PARTITIONS)
        ]
    )
    return consumer


def _figures(samples: list[float], cpu: list[float]) -> dict[str, float]:
    found = {f"p{one:g}": percentile(samples, one) for one in PERCENTILES}
    return {**found, "offers": len(samples), "cpu_share": sum(cpu) / len(cpu)}


def _table(figures: dict[str, Any], args: Namespace) -> str:
    head = ["side, rate", "p50 ms", "p99 ms", "p99.9 ms", "offers", "CPU, cores"]
    rows = [
        [
            f"{NAMES[name]}, {rate}/s",
            *(f"{one[f'p{percent:g}']:.1f}" for percent in PERCENTILES),
            f"{one['offers']:,.0f}",
            f"{one['cpu_share']:.2f}",
        ]
        for rate, found in figures.items()
        for name, one in found.items()
    ]
    verdict = ", ".join(
        f"{name} {value:.2f} (<= {P50_MAX if 'p50' in name else 1.0})"
        for name, value in ratios(figures).items()
    )
    title = f"Latency: event due to offer visible, {args.latency_rounds} x {args.seconds:g} s"
    return f"\n### {title}\n\n{markdown(head, rows)}\n\n{verdict}\n"

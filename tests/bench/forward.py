"""What it costs an event to be somebody else's: its offer's latency direct and forwarded, in ms.

One run, both at once: every other round of the mix is on devices that were linked to people of
another partition beforehand, so half of the events take two transactions. With two workers half of
those cross from one to the other. Otherwise as `latency`, whose events, clock and reader these are.
"""

import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from random import Random
from typing import Any

from tests.bench.children import free_port, running
from tests.bench.latency import PERCENTILES, WARM_EVENTS, percentile, play
from tests.bench.mix import CeTime, is_on_device, login, source
from tests.bench.stage import Run, Stage
from tests.bench.table import markdown
from tests.bench.throughput import WORKER
from tests.bench.watch import Backlog

RATIO_MAX = 2.0


def add(parser: ArgumentParser) -> None:
    """Options of `forward`."""
    parser.add_argument("--forward-rate", type=int, default=500, help="events a second")
    parser.add_argument("--forward-workers", type=int, default=1, help="workers that share it")
    parser.add_argument("--forward-seconds", type=float, default=60.0, help="measured time")


def run(stage: Stage, args: Namespace) -> dict[str, Any]:
    """Measure, print the table, return the figures."""
    rate, seconds = args.forward_rate, args.forward_seconds + args.warm_seconds
    at = stage.run("forward")
    with ExitStack() as workers:
        child = workers.enter_context(running(WORKER.arguments, at.env, at.log))
        for number in range(1, args.forward_workers):
            other = f"{at.env['STREAMS_WORKER_NAME']}-{number}"
            env = at.env | {
                "STREAMS_WORKER_NAME": other,
                "STREAMS_STATE_DIR": str(at.directory / other),
                "STREAMS_HTTP_PORT": str(free_port()),
            }
            log = at.directory / f"{other}.log"
            workers.enter_context(running(WORKER.arguments, env, log))
        for backlog in (_link(stage, at, int(rate * seconds)), _warm(stage, at)):
            backlog.wait(child)
            backlog.close()
        options = ["--devices"]
        start, seen = play(stage, at, child, rate=rate, seconds=seconds, options=options)
    stage.drop(at)
    first = WARM_EVENTS + int(args.warm_seconds * rate)
    found: dict[str, list[float]] = {"direct": [], "forwarded": []}
    for index, at_s in seen.items():
        if index >= first:
            late_ms = (at_s - start - (index - WARM_EVENTS) / rate) * 1000.0
            found["forwarded" if is_on_device(index) else "direct"].append(late_ms)
    figures = {
        name: {**{f"p{one:g}": percentile(samples, one) for one in PERCENTILES}, "n": len(samples)}
        for name, samples in found.items()
    }
    print(_table(figures, args))
    return {"ways": figures, "ratios": ratios(figures)}


def ratios(figures: dict[str, Any]) -> dict[str, float]:
    """Forwarded against direct, by percentile."""
    return {
        f"forwarded/direct {name}": figures["forwarded"][name] / figures["direct"][name]
        for name in ("p50", "p99")
    }


def _link(stage: Stage, at: Run, events: int) -> Backlog:
    """Log in on every device that the load will use, at its customer."""
    text = CeTime().text(time.time_ns() // 1_000_000)
    numbers = filter(is_on_device, range(WARM_EVENTS, WARM_EVENTS + events))
    people = {source(one, draw=Random(one), time=text).key: None for one in numbers}
    return stage.fill(at, [login(person, time=text) for person in people])


def _warm(stage: Stage, at: Run) -> Backlog:
    return stage.load(at, WARM_EVENTS, seed=0)


def _table(figures: dict[str, Any], args: Namespace) -> str:
    head = ["way", "p50 ms", "p99 ms", "p99.9 ms", "offers"]
    rows = [
        [name, *(f"{one[f'p{percent:g}']:.1f}" for percent in PERCENTILES), f"{one['n']:,}"]
        for name, one in figures.items()
    ]
    verdict = ", ".join(
        f"{name} {value:.2f} (<= {RATIO_MAX:g})" for name, value in ratios(figures).items()
    )
    title = (
        f"Forwarded events at {args.forward_rate}/s, {args.forward_seconds:g} s, "
        f"workers: {args.forward_workers}"
    )
    return f"\n### {title}\n\n{markdown(head, rows)}\n\n{verdict}\n"

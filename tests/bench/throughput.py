"""Events a second on a backlog: our worker, the raw loop, stock Faust; same events, fresh topics.

The sides take turns (A B A B), so that a machine that warms up or slows down hits all alike; the
ratios are of medians inside this one run.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tests.bench.children import running
from tests.bench.machine import MIB
from tests.bench.stage import Stage
from tests.bench.table import markdown
from tests.bench.watch import Drain, drain

RATE_MIN = 0.9
CPU_MAX = 1.15
STOCK_MIN = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A contestant: how it is started, and how much of its backlog is measured."""

    name: str
    arguments: Sequence[str]
    until: float = 1.0


WORKER = Side(name="worker", arguments=("-m", "streams", "worker"))
RAW = Side(name="raw", arguments=("-m", "tests.bench.rawloop"))
# It commits every 2.8 s, so the last commit is left out: waiting for it is not work.
STOCK = Side(name="stock", arguments=("-m", "tests.bench.stock"), until=0.8)


def add(parser: ArgumentParser) -> None:
    """Options of `throughput`."""
    parser.add_argument("--events", type=int, default=300_000, help="backlog of one run")
    parser.add_argument("--rounds", type=int, default=2, help="runs of worker and raw loop each")
    parser.add_argument("--stock-events", type=int, default=30_000, help="0 leaves stock Faust out")
    parser.add_argument("--sides", default="raw,worker", help="in the order of a round")


def run(stage: Stage, args: Namespace) -> dict[str, Any]:
    """Measure, print the table, return the figures."""
    sides = {one.name: one for one in (WORKER, RAW)}
    drains: dict[str, list[Drain]] = {}
    for number in range(args.rounds):
        for name in args.sides.split(","):
            one = measure(stage, sides[name], events=args.events, seed=number)
            drains.setdefault(name, []).append(one)
    if args.stock_events:
        drains["stock"] = [measure(stage, STOCK, events=args.stock_events, seed=0)]
    figures = {name: _figures(found) for name, found in drains.items()}
    print(_table(figures, args))
    return {"sides": figures, "ratios": ratios(figures)}


def measure(stage: Stage, side: Side, *, events: int, seed: int) -> Drain:
    """One side on fresh topics that hold `events` records before it starts."""
    at = stage.run(side.name)
    backlog = stage.load(at, events, seed=seed)
    with running(side.arguments, at.env, at.log) as child:
        found = drain(backlog, child, until=side.until)
    backlog.close()
    stage.drop(at)
    print(
        f"  {side.name}: {found.rate:,.0f} events/s, {found.cpu_us:.1f} us CPU, "
        f"{found.rss_peak // MIB} MiB, first commit after {found.start_s:.1f} s",
        flush=True,
    )
    return found


def ratios(figures: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The worker against the others; empty where a side was left out."""
    found: dict[str, float] = {}
    ours = figures.get("worker")
    if ours and "raw" in figures:
        found["worker/raw events/s"] = ours["rate"] / figures["raw"]["rate"]
        found["worker/raw CPU"] = ours["cpu_us"] / figures["raw"]["cpu_us"]
    if ours and "stock" in figures:
        found["worker/stock events/s"] = ours["rate"] / figures["stock"]["rate"]
    return found


def _figures(drains: list[Drain]) -> dict[str, Any]:
    return {
        "rate": median(one.rate for one in drains),
        "cpu_us": median(one.cpu_us for one in drains),
        "rss_peak": max(one.rss_peak for one in drains),
        "runs": [{**asdict(one), "rate": one.rate, "cpu_us": one.cpu_us} for one in drains],
    }


def _table(figures: dict[str, dict[str, Any]], args: Namespace) -> str:
    raw = figures.get("raw")
    rows = [
        [
            NAMES[name],
            f"{one['rate']:,.0f}",
            f"{one['cpu_us']:.1f}",
            f"{one['rss_peak'] // MIB} MiB",
            f"{one['rate'] / raw['rate']:.2f}" if raw else "",
            f"{one['cpu_us'] / raw['cpu_us']:.2f}" if raw else "",
        ]
        for name, one in figures.items()
    ]
    head = ["side", "events/s", "CPU us/event", "peak RSS", "events/s : raw", "CPU : raw"]
    found = ratios(figures)
    floors = {
        "worker/raw events/s": f">= {RATE_MIN}",
        "worker/raw CPU": f"<= {CPU_MAX}",
        "worker/stock events/s": f">= {STOCK_MIN:.0f}",
    }
    verdict = ", ".join(f"{name} {found[name]:.2f} ({floors[name]})" for name in found)
    title = f"Throughput: backlog of {args.events:,} events, median of {args.rounds}"
    return f"\n### {title}\n\n{markdown(head, rows)}\n\n{verdict}\n"


NAMES = {
    "worker": "streams worker (exactly once)",
    "raw": "raw loop (exactly once)",
    "stock": "stock Faust 0.15.3 (at least once)",
}

"""Rows a second from the changelog into RocksDB: a worker with no state against a bare loop.

Then the worker is stopped, a tail is added, and it starts again: it must read only the tail.
"""

import json
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from statistics import median
from typing import Any

from confluent_kafka import Producer

from tests.bench.children import ChildError, running
from tests.bench.machine import MIB
from tests.bench.mix import PARTITIONS
from tests.bench.profiles import rows_of
from tests.bench.scrape import POLL_S, metric, wait_ready
from tests.bench.stage import LOADER, Run, Stage
from tests.bench.table import markdown
from tests.bench.throughput import WORKER

RESTORED = "streams_restored_rows_total"
TAIL_ROWS = 1_000
ROW_BYTES = 1_300
RATE_MIN = 0.8
SCRAPE_S = 0.1  # making the page costs the worker some ms of CPU


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What one restore did between its first row seen and its last."""

    rows: int
    seconds: float
    cpu_s: float
    rss_peak: int

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU microseconds a row."""
        return self.cpu_s / self.rows * 1e6


def add(parser: ArgumentParser) -> None:
    """Options of `restore`."""
    parser.add_argument("--rows", type=int, default=400_000, help="rows of the changelog")
    parser.add_argument("--restore-rounds", type=int, default=2, help="runs of each side")


def run(stage: Stage, args: Namespace) -> dict[str, Any]:
    """Measure, print the table, return the figures."""
    found: dict[str, list[Restored]] = {"raw": [], "worker": []}
    tails: list[int] = []
    row_bytes = 0
    for _ in range(args.restore_rounds):
        for name, ones in found.items():
            at = stage.run(f"restore-{name}")
            row_bytes = _write_rows(stage, at, args.rows, first=0)
            if name == "raw":
                ones.append(_raw(at))
            else:
                ones.append(_worker(at, args.rows))
                tails.append(_again(stage, at))
            stage.drop(at)
            one = ones[-1]
            print(f"  {name}: {one.rate:,.0f} rows/s, {one.cpu_us:.1f} us CPU", flush=True)
    figures = {name: _figures(ones) for name, ones in found.items()}
    ratio = figures["worker"]["rate"] / figures["raw"]["rate"]
    print(_table(figures, ratio, tails, row_bytes, args))
    return {
        "sides": figures,
        "ratios": {"worker/raw rows/s": ratio},
        "row_bytes": row_bytes,
        "tail_rows": TAIL_ROWS,
        "tail_rows_read": tails,
    }


def _write_rows(stage: Stage, at: Run, count: int, *, first: int) -> int:
    """Fill the changelog with real profile rows; their mean size."""
    rows = rows_of(at.settings, size=ROW_BYTES)
    producer = Producer({**LOADER, "bootstrap.servers": stage.bootstrap})
    topic, total = at.settings.changelog_topic, 0
    for index in range(first, first + count):
        row = rows[index % len(rows)]
        total += len(row)
        if index % 10_000 == 0:
            producer.flush()
        producer.produce(topic, row, b"customer:%d" % index, index % PARTITIONS)
    producer.flush()
    return total // count


def _raw(at: Run) -> Restored:
    with running(("-m", "tests.bench.rawrestore"), at.env, at.log) as child:
        rss = 0
        while child.process.poll() is None:
            rss = max(rss, child.rss())
            time.sleep(POLL_S)
        if child.process.returncode:
            raise ChildError(child, what="did not restore")
        said = json.loads(child.tail(1))
    return Restored(**said, rss_peak=rss)


def _worker(at: Run, rows: int) -> Restored:
    port = at.settings.http_port
    with running(WORKER.arguments, at.env, at.log) as child:
        first = rss = 0
        began = cpu_s = 0.0
        seen = 0
        while seen < rows:
            time.sleep(SCRAPE_S)
            child.check()
            seen = int(metric(port, RESTORED))
            now = time.perf_counter()
            rss = max(rss, child.rss())
            if seen and not first:
                first, began, cpu_s = seen, now, child.cpu_s()
        cpu_s = child.cpu_s() - cpu_s
        wait_ready(child, port)
    return Restored(rows=rows - first, seconds=now - began, cpu_s=cpu_s, rss_peak=rss)


def _again(stage: Stage, at: Run) -> int:
    """Rows that the worker reads when it starts on its intact state and a tail."""
    _write_rows(stage, at, TAIL_ROWS, first=0)
    port = at.settings.http_port
    with running(WORKER.arguments, at.env, at.log) as child:
        wait_ready(child, port)
        return int(metric(port, RESTORED))


def _figures(ones: list[Restored]) -> dict[str, Any]:
    return {
        "rate": median(one.rate for one in ones),
        "cpu_us": median(one.cpu_us for one in ones),
        "rss_peak": max(one.rss_peak for one in ones),
    }


def _table(
    figures: dict[str, dict[str, Any]],
    ratio: float,
    tails: list[int],
    row_bytes: int,
    args: Namespace,
) -> str:
    names = {"raw": "consume + WriteBatch loop", "worker": "streams worker, no state"}
    rows = [
        [
            names[name],
            f"{one['rate']:,.0f}",
            f"{one['cpu_us']:.1f}",
            f"{one['rss_peak'] // MIB} MiB",
        ]
        for name, one in figures.items()
    ]
    table = markdown(["side", "rows/s", "CPU us/row", "peak RSS"], rows)
    read = ", ".join(f"{one:,}" for one in tails)
    return (
        f"\n### Restore: {args.rows:,} rows of {row_bytes:,} bytes, median of "
        f"{args.restore_rounds}\n\n{table}\n\nworker/raw rows/s {ratio:.2f} (>= {RATE_MIN}); "
        f"restart with intact state and {TAIL_ROWS:,} newer rows read {read} rows\n"
    )

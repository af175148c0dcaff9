"""A worker's resident memory over millions of events; it must not grow with them.

Events are loaded in chunks a little ahead of the worker, so that the broker's disk is all that
grows. Prints the memory at ten points.
"""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from tests.bench.children import Child, running
from tests.bench.machine import MIB
from tests.bench.stage import Run, Stage
from tests.bench.table import markdown
from tests.bench.throughput import WORKER

CHUNK = 50_000
AHEAD = 200_000
POINTS = 10
RSS_MAX = 400 * MIB
POLL_S = 0.2


def add(parser: ArgumentParser) -> None:
    """Options of `memory`."""
    parser.add_argument("--memory-events", type=int, default=2_000_000, help="events folded")


def run(stage: Stage, args: Namespace) -> dict[str, Any]:
    """Measure, print the table, return the figures."""
    at = stage.run("memory")
    with running(WORKER.arguments, at.env, at.log) as child:
        points = _play(stage, at, child, args.memory_events)
    stage.drop(at)
    rows = [[f"{done:,}", f"{rss / MIB:.0f}"] for done, rss in points]
    growth = points[-1][1] - points[len(points) // 5][1]
    peak = max(rss for _, rss in points)
    print(
        f"\n### Memory: RSS of one worker over {args.memory_events:,} events\n\n"
        f"{markdown(['events', 'RSS MiB'], rows)}\n\npeak {peak / MIB:.0f} MiB "
        f"(<= {RSS_MAX // MIB}), grown since the first fifth {growth / MIB:+.0f} MiB\n"
    )
    return {"points": points, "peak": peak, "growth": growth}


def _play(stage: Stage, at: Run, child: Child, events: int) -> list[tuple[int, int]]:
    """(events committed, peak RSS since the last point) at `POINTS` even steps."""
    points: list[tuple[int, int]] = []
    done = peak = 0
    backlog = stage.load(at, min(CHUNK, events), seed=0)
    loaded = backlog.total
    while done < events:
        child.check()
        if loaded < events and loaded - done < AHEAD:
            backlog.close()
            backlog = stage.load(at, min(CHUNK, events - loaded), first=loaded, seed=0)
            loaded = backlog.total
        else:
            time.sleep(POLL_S)
        done = backlog.done()
        peak = max(peak, child.rss())
        if done >= (len(points) + 1) * events // POINTS:
            points.append((done, peak))
            peak = 0
    backlog.close()
    return points

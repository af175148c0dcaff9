"""`streams lag`: how far the workers are behind, and who works on what."""

import argparse
import json
import sys
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from streams.cli.environment import read_settings
from streams.cli.group import Group
from streams.cli.reading import Reader
from streams.config import Settings
from streams.core.events import SOURCE_TOPICS
from streams.kafka.group import Member
from streams.kafka.quiet import Place

WATCH_S = 2.0


class Row(NamedTuple):
    """One partition; None where the group has committed nothing yet, or nobody works on it."""

    topic: str
    partition: int
    committed: int | None
    end: int
    lag: int
    owner: str | None


def add(subcommands: Any) -> None:
    """Add the command to `subcommands`."""
    parser = subcommands.add_parser("lag", help="how far the workers are behind, by partition")
    parser.add_argument("--json", action="store_true", help="one JSON object, for machines")
    parser.add_argument("--watch", action="store_true", help="again every 2 s, until Ctrl-C")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the lag of every partition and the total."""
    settings = read_settings(args)
    group = Group(settings)
    if args.watch and not args.json:
        _watch(settings, group)
        return 0
    while True:
        rows = measure(settings, group)
        if args.json:
            print(json.dumps(as_json(settings, rows)), flush=True)
        else:
            _print(settings, rows)
        if not args.watch:
            return 0
        time.sleep(WATCH_S)


def measure(settings: Settings, group: Group) -> list[Row]:
    """Return one row for each partition of each source topic that exists."""
    topics = [settings.topic_prefix + topic for topic in SOURCE_TOPICS]
    with Reader(settings) as reader:
        counts = reader.partitions()
        places = [(topic, n) for topic in topics for n in range(counts.get(topic, 0))]
        rows = rows_of(
            places,
            committed=group.committed(places),
            starts=group.starts(places),
            ends=group.ends(places),
            members=group.ask(),
        )
        behind = {row[:2]: (row.end - row.lag, row.end) for row in rows if row.lag}
        empty = reader.only_markers(behind)
    return [row._replace(lag=0) if row[:2] in empty else row for row in rows]


def rows_of(
    places: Iterable[Place],
    *,
    committed: dict[Place, int],
    starts: dict[Place, int],
    ends: dict[Place, int],
    members: list[Member],
) -> list[Row]:
    """Return the rows of `places`; what was never committed lags from the first record on."""
    owners = {place: one for one in members for place in one.places}
    rows = []
    for place in places:
        begin = committed.get(place, starts[place])
        owner = owners.get(place)
        rows.append(
            Row(
                *place,
                committed=committed.get(place),
                end=ends[place],
                lag=max(0, ends[place] - max(begin, starts[place])),
                owner=None if owner is None else owner.name,
            )
        )
    return rows


def as_json(settings: Settings, rows: list[Row]) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "group": settings.application_id,
        "lag": sum(row.lag for row in rows),
        "partitions": [row._asdict() for row in rows],
    }


def _table(settings: Settings, rows: list[Row]) -> Table:
    total = sum(row.lag for row in rows)
    table = Table(
        box=box.SIMPLE_HEAD, caption=f"group {settings.application_id}, total lag {total}"
    )
    table.add_column("topic", no_wrap=True)
    for name in ("partition", "committed", "end", "lag"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("owner", no_wrap=True)
    for row in rows:
        committed = "none" if row.committed is None else str(row.committed)
        cells = (row.topic, row.partition, committed, row.end, row.lag, row.owner or "nobody")
        table.add_row(*map(str, cells), style="bold" if row.lag else None)
    return table


def _print(settings: Settings, rows: list[Row]) -> None:
    if not rows:
        print("no source topic exists; make them with: streams topics create", file=sys.stderr)
    _console().print(_table(settings, rows))


def _watch(settings: Settings, group: Group) -> None:
    with Live(console=_console(), auto_refresh=False) as live:
        while True:
            live.update(_table(settings, measure(settings, group)), refresh=True)
            time.sleep(WATCH_S)


def _console() -> Console:
    # A pipe has no width; cutting topic names to 80 columns would make them useless there.
    return Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False)

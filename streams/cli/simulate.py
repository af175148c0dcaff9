"""`streams simulate`: feed any broker with events at a chosen rate, and write down the truth."""

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from streams.cli.environment import read_settings
from streams.cli.words import read_utc
from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.worker.simulation.feed import Feed, to_file
from streams.worker.simulation.feed import run as run_feed
from streams.worker.simulation.generator import Sourced, generate
from streams.worker.simulation.installed import data_directory
from streams.worker.simulation.records import Faults, SimulatedRecord, encode_all

# At full speed events lie this far apart in event time: no feed reaches 100,000 a second, so
# event time never runs ahead of the broker's clock.
FULL_SPEED_STEP_US = 10
FLUSH_S = 600.0
DESCRIPTION = """
Simulated events have a CloudEvents source that starts with /simulated/. Same seed, start and rate,
same bytes. Stops at --events or --duration-s, else at Ctrl-C; the exit code is 0 when the broker
acknowledged every record.
"""


def add(subcommands: Any) -> None:
    """Add the command's parser to `subcommands`."""
    parser = subcommands.add_parser(
        "simulate", help="feed a broker with events at a chosen rate", description=DESCRIPTION
    )
    option = parser.add_argument
    option("--rate", type=float, default=1_000.0, help="events a second; 0: as fast as it goes")
    option("--events", type=int, help="stop after so many events")
    option("--duration-s", type=float, help="stop after so many seconds")
    option("--seed", type=int, default=1, help="of all that is drawn")
    option("--customers", type=int, default=10_000, help="how many made-up customers")
    option(
        "--source",
        choices=("generated", "complete-journey"),
        default="generated",
        help="made-up events, or real receipts with simulated clicks and posts around them",
    )
    option("--start", help="event time of the first event, such as 2025-01-31T10:00:00Z")
    option("--speed", type=float, default=1.0, help="event seconds a second (generated only)")
    option(
        "--shifted",
        action="store_true",
        help="move the receipts of 2017 by whole weeks to end within the last seven days; without "
        "it the worker needs STREAMS_DECISION_CLOCK=event",
    )
    option("--truth", type=Path, help="file that lists every acknowledged record as JSON lines")
    option("--bad-share", type=float, default=0.0, help="share of records planted to be refused")
    option("--duplicate-share", type=float, default=0.0, help="share of records sent twice")
    option("--pre-encode", action="store_true", help="make all --events before the first is sent")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Feed until told to stop, then wait until everything is acknowledged."""
    settings = read_settings(args)
    _check(args)
    records = _records(args, settings)
    if args.pre_encode:
        records = iter(list(records))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        acknowledged = to_file(stack.enter_context(args.truth.open("wb"))) if args.truth else None
        linger = {"linger_ms": 0} if args.rate > 0 else {}
        feed = Feed(settings, acknowledged=acknowledged, **linger)
        feed.check_topics()
        start_s = time.monotonic()
        try:
            run_feed(feed, records, rate=args.rate, duration_s=args.duration_s)
        except KeyboardInterrupt:
            print("stopping; waiting for acknowledgements", file=sys.stderr)
        missing = feed.flush(FLUSH_S)
        took_s = time.monotonic() - start_s
    if feed.failed or missing:
        detail = feed.failed[0] if feed.failed else f"{missing} records after {FLUSH_S:.0f} s"
        raise RestartError(cause="not acknowledged", what=detail)
    print(
        f"{feed.acked} records acknowledged in {took_s:.1f} s, {feed.acked / took_s:.0f} a second"
    )
    return 0


def _check(args: argparse.Namespace) -> None:
    problems = [
        f"--{name.replace('_', '-')}: expected {expected}, got {getattr(args, name)}"
        for name, wrong, expected in (
            ("rate", args.rate < 0, "0 or more"),
            ("speed", args.speed <= 0, "more than 0"),
            ("customers", args.customers < 1, "1 or more"),
            ("bad_share", not 0 <= args.bad_share <= 1, "0 to 1"),
            ("duplicate_share", not 0 <= args.duplicate_share <= 1, "0 to 1"),
        )
        if wrong
    ]
    if args.pre_encode and args.events is None:
        problems.append("--pre-encode needs --events")
    if problems:
        raise ConfigError(problems=problems)


def _records(args: argparse.Namespace, settings: Settings) -> Iterator[SimulatedRecord]:
    start_ms = None if args.start is None else read_utc("--start", args.start, 0)
    if args.source == "complete-journey":
        events = _journey(args, start_ms or 0)
    else:
        step_us = args.speed * 1e6 / args.rate if args.rate > 0 else FULL_SPEED_STEP_US
        events = generate(
            seed=args.seed,
            customers=args.customers,
            start_ms=time.time_ns() // 1_000_000 if start_ms is None else start_ms,
            step_us=round(step_us),
        )
    faults = Faults(
        seed=args.seed,
        bad_share=args.bad_share,
        duplicate_share=args.duplicate_share,
        record_bytes_max=settings.record_bytes_max,
        lateness_max_ms=settings.lateness_max_ms,
        future_max_ms=settings.future_max_ms,
    )
    return islice(encode_all(events, faults), args.events)


def _journey(args: argparse.Namespace, start_ms: int) -> Iterator[Sourced]:
    directory = data_directory()
    # Needs pyarrow, which only the optional extra brings; its import takes half a second.
    from streams.worker.simulation import journey, receipts  # noqa: PLC0415
    from streams.worker.simulation.households import journey as around  # noqa: PLC0415

    shift_ms = journey.shift_to(time.time_ns() // 1_000_000) if args.shifted else 0
    found = journey.read_receipts(directory, start_ms=start_ms, shift_ms=shift_ms)
    coupons = receipts.index_coupons(
        journey.read_redemptions(directory, shift_ms=shift_ms), journey.read_campaigns(directory)
    )
    products = journey.read_products(directory)
    return around(found, products=products, coupons=coupons, seed=args.seed)

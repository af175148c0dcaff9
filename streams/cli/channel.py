"""`streams channel run | check`: a reference subscriber of a channel, and a test for any other."""

import argparse
from dataclasses import replace
from typing import Any

from streams.cli.environment import read_settings
from streams.core.errors import ConfigError
from streams.core.events import CHANNELS

DAY_MS = 86_400_000
LIFE_MAX_DAYS = 14
OFFERS_MAX = 500_000
PORT_MAX = 65_535


def add(subcommands: Any) -> None:
    """Add the commands to `subcommands`."""
    channel = subcommands.add_parser("channel", help="answer for a channel, or check who does")
    commands = channel.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_check(commands)


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="hold a channel's open offers and answer which to show, until SIGTERM",
        description="Reads the offers of CHANNEL, answers POST /best-offer, takes POST /outcome. "
        "Exit codes: 0 done, 1 start me again, 2 do not: settings or topics are wrong.",
    )
    run.add_argument("channel", choices=CHANNELS, metavar="CHANNEL", help=", ".join(CHANNELS))
    run.add_argument(
        "--port", type=int, metavar="N", help="of its pages; replaces STREAMS_HTTP_PORT"
    )
    run.add_argument(
        "--deliver",
        choices=("none", "log"),
        default="none",
        help="log: write each offer that becomes open to stdout, one JSON object a line, and "
        "report it delivered (default none)",
    )
    run.add_argument(
        "--life-max-days",
        type=int,
        default=LIFE_MAX_DAYS,
        metavar="N",
        help=f"longest life of an offer: how far back a start reads (default {LIFE_MAX_DAYS})",
    )
    run.add_argument(
        "--offers-max",
        type=int,
        default=OFFERS_MAX,
        metavar="N",
        help=f"offers held in memory, some 1.5 kB each (default {OFFERS_MAX})",
    )
    run.set_defaults(func=run_subscriber)


def _add_check(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="whether an adapter keeps the contract of a channel, rule by rule",
        description="Says offers to fresh test subjects in the channel's topic and asks for them "
        "at URL. Exit codes: 0 all rules are kept, 1 not, 2 wrong usage or settings.",
    )
    check.add_argument("url", metavar="URL", help="of the adapter, such as http://localhost:6066")
    check.add_argument(
        "--channel", choices=CHANNELS, required=True, help="that the adapter reads the offers of"
    )
    check.add_argument(
        "--wait-s", type=float, default=10.0, metavar="N", help="for an offer to show (default 10)"
    )
    check.add_argument("--apply", action="store_true", help="do it; without it, only say what")
    check.set_defaults(func=run_check)


def run_subscriber(args: argparse.Namespace) -> int:
    """Run the subscriber of one channel."""
    # Imported late: help must not wait for Kafka and HTTP.
    from streams.channel.run import Options, make_book, run_channel  # noqa: PLC0415
    from streams.worker import logs  # noqa: PLC0415

    settings = read_settings(args)
    limits = {"--life-max-days": args.life_max_days, "--offers-max": args.offers_max}
    problems = [
        f"{name}: expected at least 1, got {got}" for name, got in limits.items() if got < 1
    ]
    if problems:
        raise ConfigError(problems=problems)
    if args.port is not None:
        if not 0 <= args.port <= PORT_MAX:
            raise ConfigError(problems=[f"--port: expected 0 to {PORT_MAX}, got {args.port}"])
        settings = replace(settings, http_port=args.port)
    options = Options(
        channel=args.channel,
        deliver=args.deliver == "log",
        life_max_ms=args.life_max_days * DAY_MS,
        rows_max=args.offers_max,
    )
    logs.configure()
    return run_channel(settings, options, make_book(options))


def run_check(args: argparse.Namespace) -> int:
    """Check an adapter."""
    from streams.cli import channel_check  # noqa: PLC0415  # the same

    return channel_check.run(args)

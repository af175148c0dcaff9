"""`streams profile show SUBJECT`: one customer's genome, from whoever has it."""

import argparse
import sys
from typing import Any

import msgspec
from rich.console import Console

from streams.cli.finding import add_store, found
from streams.cli.portrait import WIDTH, portrait
from streams.core.events import SUBJECT_KINDS


def add(subcommands: Any) -> None:
    """Add the command to `subcommands`."""
    profile = subcommands.add_parser("profile", help="show one customer's profile")
    show = profile.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "show", help="print the genome of one subject, such as customer:1"
    )
    show.add_argument("subject", metavar="SUBJECT", help=f"kind:value; {', '.join(SUBJECT_KINDS)}")
    add_store(show)
    show.add_argument(
        "--json", action="store_true", help="one JSON object, as in schemas/profile.genome.v1.json"
    )
    show.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the genome; 1 if there is none."""
    genome = found(args)
    if genome is None:
        return 1
    if args.json:
        print(msgspec.json.encode(genome).decode())
    else:
        console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
        console.print(portrait(genome))
    return 0

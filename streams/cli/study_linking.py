"""`streams study linking FILE...`: does recognition glue the wrong people together?"""

import argparse

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from streams.cli.environment import read_settings
from streams.core.errors import ConfigError
from streams.worker.policies import read_policy
from streams.worker.simulation.linking import Linked, link, read_records


def run(args: argparse.Namespace) -> int:
    """Link each file's records by the policy's rules, and print how well."""
    policy = read_policy(read_settings(args)).identity
    found: list[Linked] = []
    for path in args.files:
        try:
            records = read_records(path)
        except (OSError, ValueError) as error:
            problem = f"{path} cannot be read as a FEBRL data set: {error}"
            raise ConfigError(problems=[problem]) from error
        found.append(link(path.name, records, policy))
    if args.json:
        shown = [
            {**one._asdict(), "precision": one.precision, "recall": one.recall} for one in found
        ]
        print(msgspec.json.encode(shown).decode())
    else:
        Console(width=100, highlight=False).print(_table(found))
    return 0


def _table(found: list[Linked]) -> Table:
    table = Table(box=box.SIMPLE, title="records of one person in one row", title_justify="left")
    table.add_column("")
    for name in ("records", "pairs of one person", "found", "right", "precision", "recall"):
        table.add_column(name, justify="right")
    for one in found:
        table.add_row(
            one.name,
            f"{one.records:,}",
            f"{one.true_pairs:,}",
            f"{one.found_pairs:,}",
            f"{one.right_pairs:,}",
            f"{one.precision:.4f}",
            f"{one.recall:.4f}",
        )
    return table

"""`streams profile show SUBJECT`: one customer's genome, from whoever has it.

The running worker that owns the subject is found through the consumer group and asked; when no
worker runs, or with --store, a stopped worker's table is read.
"""

import argparse
import re
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from streams.cli.asking import ask
from streams.cli.environment import read_settings
from streams.cli.portrait import WIDTH, portrait
from streams.cli.reading import Reader
from streams.cli.store import read_row
from streams.cli.words import utc
from streams.codec.envelope import HOPS_MAX
from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.core.events import SOURCE_TOPICS, SUBJECT_KINDS
from streams.core.kinds.bounds import SUBJECT_PATTERN
from streams.kafka.group import Member, Members
from streams.kafka.partitioner import partition_for
from streams.worker.genome import Genome, LinkShown, Shown
from streams.worker.showing import show_row

SETTLE_MAX_S = 10.0
"""A group that is sharing out its partitions is asked again for so long."""
SETTLE_PAUSE_S = 0.5


def add(subcommands: Any) -> None:
    """Add the command to `subcommands`."""
    profile = subcommands.add_parser("profile", help="show one customer's profile")
    show = profile.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "show", help="print the genome of one subject, such as customer:1"
    )
    show.add_argument("subject", metavar="SUBJECT", help=f"kind:value; {', '.join(SUBJECT_KINDS)}")
    show.add_argument(
        "--store", type=Path, metavar="DIR", help="read a stopped worker's state directory"
    )
    show.add_argument("--json", action="store_true", help="one JSON object, for machines")
    show.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the genome; follows links to the person behind a device or a card."""
    subject = checked(args.subject)
    settings = read_settings(args)
    for _ in range(HOPS_MAX + 1):
        found = _find(settings, subject, args.store)
        match found:
            case None:
                print(f"no profile of {subject}", file=sys.stderr)
                return 1
            case LinkShown(target=target):
                note = f"{subject} is linked to {target} since {utc(found.since_ms)}"
                print(f"{note} ({found.source})", file=sys.stderr)
                subject = target
            case Genome():
                _print(found, as_json=args.json)
                return 0
    print(f"the links of {args.subject} form a chain of more than {HOPS_MAX}", file=sys.stderr)
    return 1


def checked(subject: str) -> str:
    """Return `subject` if it can be one.

    Raises:
        ConfigError: it cannot.
    """
    if re.search(SUBJECT_PATTERN, subject):
        return subject
    kinds = ", ".join(f"{one}:" for one in SUBJECT_KINDS)
    problem = f"subject {subject!r}: expected kind:value, such as customer:1; kinds are {kinds}"
    raise ConfigError(problems=[problem])


def _find(settings: Settings, subject: str, store: Path | None) -> Shown | None:
    if store is not None:
        return _stored(settings, store, settings.partitions, subject)
    partitions = _partitions(settings)
    owner = _owner(settings, partition_for(subject.encode(), partitions))
    if owner is not None:
        return ask(owner, subject)
    print(f"no worker runs; reading the store in {settings.state_dir}", file=sys.stderr)
    return _stored(settings, settings.state_dir, partitions, subject)


def _stored(settings: Settings, state_dir: Path, partitions: int, subject: str) -> Shown | None:
    key = subject.encode()
    row = read_row(state_dir / settings.application_id, partition_for(key, partitions), key)
    return None if row is None else show_row(row, time.time_ns() // 1_000_000)


def _partitions(settings: Settings) -> int:
    """Return the partition count of the topics; the setting only says what was asked for."""
    with Reader(settings) as reader:
        return reader.partitions().get(settings.topic_prefix + SOURCE_TOPICS[0], 0) or (
            settings.partitions
        )


def _owner(settings: Settings, number: int) -> Member | None:
    group = Members(settings)
    until = time.monotonic() + SETTLE_MAX_S
    while workers := group.ask():
        owner = next((one for one in workers if one.owns(number)), None)
        if owner is not None:
            return owner
        if time.monotonic() > until:
            names = ", ".join(one.name for one in workers)
            what = f"partition {number} belongs to nobody yet, workers are {names}; ask again"
            raise RestartError(cause="group unsettled", what=what)
        time.sleep(SETTLE_PAUSE_S)
    return None


def _print(genome: Genome, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(genome).decode())
        return
    Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False).print(portrait(genome))

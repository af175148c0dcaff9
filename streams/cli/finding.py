"""Finding one customer's genome: from the worker that owns it, or from a stopped worker's store.

The running worker that owns the subject is found through the consumer group and asked; when no
worker runs, or a store is named, a stopped worker's table is read.
"""

import argparse
import re
import sys
import time
from pathlib import Path

from streams.cli.asking import ask
from streams.cli.environment import read_settings
from streams.cli.reading import Reader
from streams.cli.store import read_row
from streams.cli.words import utc
from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.core.events import SOURCE_TOPICS, SUBJECT_KINDS
from streams.core.genome.genome import Genome, LinkShown, Shown
from streams.core.identity.policy import HOPS_MAX
from streams.core.kinds.bounds import SUBJECT_PATTERN
from streams.kafka.group import Member, Members
from streams.kafka.partitioner import partition_for
from streams.worker.policies import read_policy
from streams.worker.showing import Backgrounds, show_row

SETTLE_MAX_S = 10.0
"""A group that is sharing out its partitions is asked again for so long."""
SETTLE_PAUSE_S = 0.5


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add the option that names a stopped worker's store."""
    parser.add_argument(
        "--store", type=Path, metavar="DIR", help="read a stopped worker's state directory"
    )


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


def found(args: argparse.Namespace, *, special: bool = False) -> Genome | None:
    """The genome of `args.subject`; follows links to the person behind a device or a card.

    None, with a sentence on stderr, when there is none. `special` as in `read_genome`.
    """
    subject = checked(args.subject)
    settings = read_settings(args)
    for _ in range(HOPS_MAX + 1):
        match _find(settings, subject, args.store, special=special):
            case None:
                print(f"no profile of {subject}", file=sys.stderr)
                return None
            case LinkShown(target=target) as link:
                note = f"{subject} is linked to {target} since {utc(link.since_ms)}"
                print(f"{note} ({link.source})", file=sys.stderr)
                subject = target
            case Genome() as genome:
                return genome
    print(f"the links of {args.subject} form a chain of more than {HOPS_MAX}", file=sys.stderr)
    return None


def shown(args: argparse.Namespace) -> Shown | None:
    """What the row of `args.subject` itself is: a genome, or a link that is not followed.

    None, with a sentence on stderr, when there is none.
    """
    subject = checked(args.subject)
    row = _find(read_settings(args), subject, args.store, special=False)
    if row is None:
        print(f"no profile of {subject}", file=sys.stderr)
    return row


def _find(settings: Settings, subject: str, store: Path | None, *, special: bool) -> Shown | None:
    if store is not None:
        return _stored(settings, store, settings.partitions, subject, special=special)
    partitions = _partitions(settings)
    owner = _owner(settings, partition_for(subject.encode(), partitions))
    if owner is not None:
        return ask(owner, subject, special=special)
    print(f"no worker runs; reading the store in {settings.state_dir}", file=sys.stderr)
    return _stored(settings, settings.state_dir, partitions, subject, special=special)


def _stored(
    settings: Settings, state_dir: Path, partitions: int, subject: str, *, special: bool
) -> Shown | None:
    """What the store knows; the population and the products are on the broker, so unknown here."""
    key = subject.encode()
    row = read_row(state_dir / settings.application_id, partition_for(key, partitions), key)
    if row is None:
        return None
    background = Backgrounds().of(read_policy(settings))
    return show_row(row, background, time.time_ns() // 1_000_000, special=special)


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

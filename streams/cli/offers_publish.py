"""`streams offers publish`: the files of a directory -> a version, which workers adopt live."""

import argparse
import sys
from pathlib import Path
from typing import Any

from streams.cli.catalogue import read_valid_from
from streams.cli.environment import read_settings
from streams.codec.envelope import format_time
from streams.codec.offer_versions import SOURCE, TOPIC, encode_files
from streams.codec.products import POINTER_KEY, Row, encode_pointers
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.worker.policies import read_directory, read_lexicon


def add(actions: Any) -> None:
    """Add the command to `actions`."""
    parser = actions.add_parser(
        "publish",
        help="publish the offers of a directory, which workers adopt as they run",
        description="Checks the files, prints the plan, writes the rows, then the row that puts "
        "the version in force. A version is named by what its files say.",
    )
    parser.add_argument("directory", type=Path, nargs="?", metavar="DIR")
    parser.add_argument("--valid-from", metavar="TIME", help="as 2025-01-31T00:00:00Z, default now")
    parser.add_argument("--apply", action="store_true", help="do it; without, only print the plan")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the plan and, with `--apply`, write the version."""
    settings = read_settings(args)
    valid_from_ms = read_valid_from(args.valid_from)
    directory = args.directory or settings.offers_dir
    files, policy = read_directory(directory, settings, read_lexicon(settings))
    version = policy.policy_version
    rows = encode_files(files, version=version, valid_from_ms=valid_from_ms)
    publish(settings, rows, version=version, valid_from_ms=valid_from_ms, apply=args.apply)
    return 0


def publish(
    settings: Settings, rows: list[Row], *, version: str, valid_from_ms: int, apply: bool
) -> None:
    """Print the plan and, with `apply`, write what is not there yet.

    A version that was in force before is put in force again by its pointer alone.

    Raises:
        ConfigError: the topic is missing, or has part of another publication of this version.
        RestartError: the broker did not answer or did not take all rows.
    """
    from streams.cli.published import look  # noqa: PLC0415  # loads librdkafka
    from streams.cli.publishing import write_rows  # noqa: PLC0415  # loads librdkafka

    topic = settings.topic_prefix + TOPIC
    there = look(settings, version)
    if there.files is not None:
        if there.current is not None and there.current.version == version:
            print(f"version {version} is in force already; nothing to write")
            return
        rows = encode_pointers(
            version=version,
            valid_from_ms=valid_from_ms,
            rows_count=len(there.files),
            topic=TOPIC,
            source=SOURCE,
        )
    elif left := sorted(there.rows.keys() - {row.key for row in rows}):
        problem = (
            f"version {version} is in {topic} with other files, {left[0].decode(errors='replace')} "
            "for one; publish from the directory that this publication began with"
        )
        raise ConfigError(problems=[problem])
    missing = [
        row for row in rows if row.key == POINTER_KEY or there.rows.get(row.key) != row.value
    ]
    valid_from = format_time(valid_from_ms).decode()
    print(f"version {version}, valid from {valid_from}: {len(missing)} rows to write to {topic}")
    if apply:
        print(f"wrote {write_rows(settings, topic, missing)} rows")
    else:
        print("nothing was written; add --apply to do it", file=sys.stderr)

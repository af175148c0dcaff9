"""`streams offers publish`: the files of a directory -> a version, which workers adopt live.

With `--shadow` it is a candidate: workers decide by it beside the version in force, and send
nothing of that. The same files published without it put that very version in force.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.cli.catalogue import read_valid_from
from streams.cli.environment import read_settings
from streams.codec.envelope import format_time
from streams.codec.offer_versions import SHADOW, SHADOW_ENDS, SHADOW_KEY, TOPIC, encode_files
from streams.codec.products import POINTER_KEY
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.worker.policies import read_directory, read_lexicon

if TYPE_CHECKING:
    from streams.cli.published import There
    from streams.cli.publishing import Row


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
    parser.add_argument(
        "--shadow",
        action="store_true",
        help="not in force: decide by it beside the version in force, and send nothing",
    )
    parser.add_argument("--apply", action="store_true", help="do it; without, only print the plan")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the plan and, with `--apply`, write the version."""
    if args.shadow and args.valid_from is not None:
        problem = "--valid-from goes without --shadow; a shadow decides from when workers read it"
        raise ConfigError(problems=[problem])
    settings = read_settings(args)
    valid_from_ms = read_valid_from(args.valid_from)
    directory = args.directory or settings.offers_dir
    files, policy = read_directory(directory, settings, read_lexicon(settings))
    publish(
        settings,
        files,
        version=policy.policy_version,
        valid_from_ms=valid_from_ms,
        shadow=args.shadow,
        apply=args.apply,
    )
    return 0


def publish(  # noqa: PLR0913  # what, and how
    settings: Settings,
    files: Mapping[str, str],
    *,
    version: str,
    valid_from_ms: int,
    shadow: bool,
    apply: bool,
) -> None:
    """Print the plan and, with `apply`, write what is not there yet.

    A version that is there already is written once more, word for word: a reader that starts meets
    it right before the row that names it, whatever was published in between. One that is put in
    force by now is a shadow no more.

    Raises:
        ConfigError: the topic is missing, has part of another publication of this version, or the
            shadow is what is in force.
        RestartError: the broker did not answer or did not take all rows.
    """
    from streams.cli.published import look  # noqa: PLC0415  # loads librdkafka

    there = look(settings, version)
    in_force = there.current is not None and there.current.version == version
    in_trial = there.shadow is not None and there.shadow.version == version
    if shadow and in_force:
        problem = (
            f"version {version} is in force, and beside itself it would tell nothing; "
            "publish other files as shadow"
        )
        raise ConfigError(problems=[problem])
    if there.files is not None and (in_trial if shadow else in_force):
        what = "the shadow" if shadow else "in force"
        print(f"version {version} is {what} already; nothing to write")
        return
    rows: list[Row] = [*_missing(files, there, version, valid_from_ms, shadow=shadow)]
    topic = settings.topic_prefix + TOPIC
    valid_from = format_time(valid_from_ms).decode()
    start = f"version {version} as shadow" if shadow else f"version {version}"
    also = ""
    if in_trial and not shadow and valid_from_ms <= time.time_ns() // 1_000_000:
        rows.append(SHADOW_ENDS)
        also = ", one of which ends it as shadow"
    print(f"{start}, valid from {valid_from}: {len(rows)} rows to write to {topic}{also}")
    write(settings, rows, apply=apply)


def write(settings: Settings, rows: list["Row"], *, apply: bool) -> None:
    """Write the rows of a plan that was printed; without `apply`, say that nothing was.

    Raises:
        RestartError: the broker did not take all rows.
    """
    from streams.cli.publishing import write_rows  # noqa: PLC0415  # loads librdkafka

    if apply:
        print(f"wrote {write_rows(settings, settings.topic_prefix + TOPIC, rows)} rows")
    else:
        print("nothing was written; add --apply to do it", file=sys.stderr)


def _missing(
    files: Mapping[str, str], there: "There", version: str, valid_from_ms: int, *, shadow: bool
) -> list["Row"]:
    """The rows to write: all of a version that is whole there, else what broke off before."""
    if there.files is not None:
        return [
            *encode_files(there.files, version=version, valid_from_ms=valid_from_ms, shadow=shadow)
        ]
    rows = encode_files(files, version=version, valid_from_ms=valid_from_ms, shadow=shadow)
    counts = {f"{start}@{version}".encode() for start in ("", SHADOW)}
    if left := sorted(there.rows.keys() - {row.key for row in rows} - counts):
        problem = (
            f"version {version} is in {TOPIC} with other files, {left[0].decode(errors='replace')} "
            "for one; publish from the directory that this publication began with"
        )
        raise ConfigError(problems=[problem])
    named = {POINTER_KEY, SHADOW_KEY}
    return [row for row in rows if row.key in named or there.rows.get(row.key) != row.value]

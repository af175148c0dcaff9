"""`streams catalogue validate | publish`: a file of products -> a version of the catalogue."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from streams.cli.environment import read_settings
from streams.cli.words import clean
from streams.codec.envelope import format_time, read_time_ms
from streams.codec.products import (
    POINTER_KEY,
    TOPIC,
    ProductLine,
    Row,
    encode_pointers,
    encode_product,
    read_line,
    read_version,
)
from streams.config import Settings
from streams.core.errors import ConfigError, DecodeError

PROBLEMS_SHOWN = 20
DESCRIPTION = """
FILE holds one product a line, as JSON: the fields of product.catalogue.v1 without version and
valid_from. It is checked whole before anything is written.
"""
AGAIN = (
    "a version never changes: give another --version, or, to end a publication that broke off, "
    "the same file and --valid-from"
)


def add(subcommands: Any) -> None:
    """Add the command's parser to `subcommands`."""
    parser = subcommands.add_parser("catalogue", help="check and publish the product catalogue")
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    validate = actions.add_parser(
        "validate", help="check a file of products; needs no broker", description=DESCRIPTION
    )
    publish = actions.add_parser(
        "publish",
        help="publish a file as a version, which workers adopt as they run",
        description=f"{DESCRIPTION}Prints the plan. Writes the rows, then the row that puts the "
        "version in force.",
    )
    for action in (validate, publish):
        action.add_argument("file", type=Path, metavar="FILE")
        action.set_defaults(func=run)
    option = publish.add_argument
    option("--version", required=True, help="its name, such as 2025-01-31; used once")
    option("--valid-from", metavar="TIME", help="as 2025-01-31T00:00:00Z (default now)")
    option("--apply", action="store_true", help="do it; without, only print the plan")


def run(args: argparse.Namespace) -> int:
    """Check the file; with `publish`, plan and write its rows."""
    settings = read_settings(args)
    lines = read_file(args.file, products_max=settings.products_max)
    print(_contents(lines))
    if args.action == "publish":
        version, valid_from_ms = _version(args.version), read_valid_from(args.valid_from)
        publish(settings, lines, version=version, valid_from_ms=valid_from_ms, apply=args.apply)
    return 0


def read_file(path: Path, *, products_max: int) -> list[ProductLine]:
    """The products of a file, in its order.

    Raises:
        ConfigError: naming the line of every problem, up to `PROBLEMS_SHOWN`.
    """
    problems: list[str] = []
    try:
        with path.open("rb") as file:
            lines = list(_read_lines(file, problems))
    except OSError as error:
        raise ConfigError(problems=[f"{path} cannot be read: {error.strerror}"]) from error
    if not lines and not problems:
        problems.append("expected one product a line, found none")
    if len(lines) > products_max:
        problems.append(
            f"expected at most {products_max} products, found {len(lines)}; workers would refuse "
            "them: raise STREAMS_PRODUCTS_MAX, for every worker first"
        )
    if problems:
        shown = [f"{path}: {one}" for one in problems[:PROBLEMS_SHOWN]]
        more = len(problems) - len(shown)
        raise ConfigError(problems=shown + ([f"{path}: and {more} more"] if more else []))
    return lines


def rows_of(lines: Iterable[ProductLine], *, version: str, valid_from_ms: int) -> list[Row]:
    """The rows of a version: its products, then what says how many there are."""
    rows = [encode_product(one, version=version, valid_from_ms=valid_from_ms) for one in lines]
    return rows + encode_pointers(
        version=version, valid_from_ms=valid_from_ms, rows_count=len(rows)
    )


def publish(
    settings: Settings,
    lines: list[ProductLine],
    *,
    version: str,
    valid_from_ms: int,
    apply: bool,
) -> None:
    """Print the plan and, with `apply`, write the version.

    Raises:
        ConfigError: the topic is missing, or has another version of this name.
        RestartError: the broker did not answer or did not take all rows.
    """
    from streams.cli.publishing import write_rows  # noqa: PLC0415  # loads librdkafka

    topic = settings.topic_prefix + TOPIC
    rows = rows_of(lines, version=version, valid_from_ms=valid_from_ms)
    there = _there(settings, topic, f"@{version}".encode())
    planned = {row.key: row.value for row in rows}
    if any(planned.get(key) != value for key, value in there.items() if key != POINTER_KEY):
        problem = f"version {version} is in {topic} and differs from this file; {AGAIN}"
        raise ConfigError(problems=[problem])
    missing = [row for row in rows if there.get(row.key) != row.value]
    valid_from = format_time(valid_from_ms).decode()
    print(f"version {version}, valid from {valid_from}: {len(missing)} rows to write to {topic}")
    if not missing:
        print("all of it is there; nothing to write")
    elif apply:
        print(f"wrote {write_rows(settings, topic, missing)} rows")
    else:
        print("nothing was written; add --apply to do it", file=sys.stderr)


def _read_lines(file: Iterable[bytes], problems: list[str]) -> Iterator[ProductLine]:
    items: set[str] = set()
    currency = ""
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            one = read_line(line)
        except DecodeError as error:
            problems.append(f"line {number}: {clean(str(error))}")
            continue
        currency = currency or one.currency
        if one.item_id in items:
            problems.append(f"line {number}: item {clean(one.item_id)!r} is there twice")
        if one.currency != currency:
            problems.append(
                f"line {number}: expected {currency} as on the first line, got {one.currency}; "
                "prices in two currencies do not compare"
            )
        items.add(one.item_id)
        yield one


def _contents(lines: list[ProductLine]) -> str:
    departments = Counter(one.category[0] for one in lines if one.category)
    top = ", ".join(f"{clean(name)} {count}" for name, count in departments.most_common(3))
    return f"{len(lines)} products in {len(departments)} departments" + (f": {top}" if top else "")


def _version(text: str) -> str:
    version = read_version(text)
    if version is None:
        problem = "--version: expected 1 to 64 of A-Z a-z 0-9 . _ -, and not 'current'"
        raise ConfigError(problems=[f"{problem}, got {text!r}"])
    return version


def read_valid_from(text: str | None) -> int:
    """The time of `--valid-from` in ms, now without.

    Raises:
        ConfigError: it is no time.
    """
    if text is None:
        return time.time_ns() // 1_000_000
    found = read_time_ms(text.encode())
    if found is None:
        problem = f"--valid-from: expected a time as 2025-01-31T00:00:00Z, got {text!r}"
        raise ConfigError(problems=[problem])
    return found


def _there(settings: Settings, topic: str, suffix: bytes) -> dict[bytes, bytes]:
    """Key -> value of the version's rows in the topic, and of the pointer."""
    from streams.cli.publishing import latest_rows  # noqa: PLC0415  # loads librdkafka

    latest = latest_rows(settings, topic, lambda key: key == POINTER_KEY or key.endswith(suffix))
    return {key: value for key, value in latest.items() if value is not None}

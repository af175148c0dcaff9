"""`streams dlq list | show | retry`: records that could not be used, and sending them back.

A dead letter is named by its place, `TOPIC:PARTITION:OFFSET`, as `list` prints it.
"""

import argparse
import json
import sys
from collections import Counter, deque
from collections.abc import Collection, Iterator
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from streams.cli.environment import read_settings
from streams.cli.reading import Reader, Record
from streams.cli.sending import send_back
from streams.cli.words import clean, readable, utc
from streams.codec.reasons import REASONS
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.core.events import SOURCE_TOPICS
from streams.kafka.quiet import Place

SUFFIX = ".dlq"
LISTED = 20
SHOWN_BYTES_MAX = 2_048
PLANNED_LINES = 20


def add(subcommands: Any) -> None:
    """Add the commands to `subcommands`."""
    dlq = subcommands.add_parser("dlq", help="records that could not be used")
    commands = dlq.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="counts by reason, and the newest dead letters")
    listing.add_argument(
        "--topic", choices=SOURCE_TOPICS, metavar="TOPIC", help="of one source topic alone"
    )
    listing.add_argument("--limit", type=int, default=LISTED, metavar="N", help="newest N, or 20")
    listing.add_argument("--json", action="store_true", help="one JSON object, for machines")
    listing.set_defaults(func=run_list)
    show = commands.add_parser("show", help="one dead letter: reason, headers, bytes")
    show.add_argument("where", metavar="TOPIC:PARTITION:OFFSET", help="as list prints it")
    show.add_argument("--raw", action="store_true", help="write the value's bytes as they are")
    show.set_defaults(func=run_show)
    retry = commands.add_parser("retry", help="send dead letters back to their source topic")
    retry.add_argument(
        "where", nargs="*", metavar="TOPIC:PARTITION:OFFSET", help="as list prints it"
    )
    retry.add_argument(
        "--reason",
        choices=sorted(REASONS),
        metavar="REASON",
        help="all of one reason, instead of single ones",
    )
    retry.add_argument(
        "--topic", choices=SOURCE_TOPICS, metavar="TOPIC", help="with --reason: of one source topic"
    )
    retry.add_argument("--apply", action="store_true", help="send; without it, only say what would")
    retry.set_defaults(func=run_retry)


def run_list(args: argparse.Namespace) -> int:
    """Print how many dead letters there are by topic and reason, and the newest."""
    settings = read_settings(args)
    counts: Counter[tuple[str, str]] = Counter()
    newest: deque[Record] = deque(maxlen=max(0, args.limit))
    with Reader(settings) as reader:
        for record in _all(settings, reader, args.topic):
            counts[source(record), reason(record)] += 1
            newest.append(record)
    records = sorted(newest, key=lambda one: one.time_ms, reverse=True)
    if args.json:
        print(json.dumps(_listed(counts, records)))
    else:
        _print_list(counts, records)
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print one dead letter."""
    settings = read_settings(args)
    with Reader(settings) as reader:
        record = _fetch(reader, args.where)
    if record is None:
        return 1
    if args.raw:
        sys.stdout.buffer.write(record.value or b"")
        sys.stdout.buffer.flush()
        return 0
    came = ":".join(record.header(f"dlq_{one}") or "?" for one in ("topic", "partition", "offset"))
    print(f"where   {where(record)}")
    print(f"from    {clean(came)}")
    print(f"time    {utc(record.time_ms)}")
    print(f"reason  {clean(reason(record))}")
    print(f"detail  {clean(record.header('dlq_detail') or '')}")
    print(f"key     {_key(record)}")
    print("headers")
    for name, value in record.headers:
        shown = "(null)" if value is None else readable(value, SHOWN_BYTES_MAX)
        print(f"  {clean(name)}: {shown}")
    if record.value is None:
        print("value   none")
    else:
        print(f"value   {len(record.value)} bytes")
        print(readable(record.value, SHOWN_BYTES_MAX))
    return 0


def run_retry(args: argparse.Namespace) -> int:
    """Print which dead letters go back where, and with --apply send them."""
    if bool(args.where) == bool(args.reason) or (args.topic and not args.reason):
        problem = "dlq retry: name dead letters as TOPIC:PARTITION:OFFSET, or give --reason"
        raise ConfigError(problems=[problem])
    settings = read_settings(args)
    with Reader(settings) as reader:
        chosen = _chosen(settings, reader, args)
        if not args.apply:
            return _print_plan(chosen)
        known = reader.partitions()
        return send_back(settings, ((one, _target(one, known)) for one in chosen))


def place_of(text: str) -> tuple[Place, int]:
    """Return ((topic, partition), offset) of `TOPIC:PARTITION:OFFSET`.

    Raises:
        ConfigError: it is not the place of a dead letter.
    """
    parts = text.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal():  # noqa: PLR2004  # the three parts of the form
        topic, partition, offset = parts
        if topic.removesuffix(SUFFIX).endswith(SOURCE_TOPICS) and topic.endswith(SUFFIX):
            return (topic, int(partition)), int(offset)
    problem = (
        f"dead letter {text!r}: expected TOPIC:PARTITION:OFFSET as `streams dlq list` prints it, "
        "for example pos.transaction.v1.dlq:0:12"
    )
    raise ConfigError(problems=[problem])


def where(record: Record) -> str:
    """Return the place of `record`, as the other commands take it."""
    return f"{record.topic}:{record.partition}:{record.offset}"


def target(topic: str) -> str:
    """Return the topic that a dead letter of `topic` came from, under its name on this broker."""
    return topic.removesuffix(SUFFIX)


def reason(record: Record) -> str:
    """Return why the record is a dead letter: one of the closed set of words."""
    return record.header("dlq_reason") or "none given"


def source(record: Record) -> str:
    """Return the source topic as the record was counted, without a deployment's prefix."""
    return record.header("dlq_topic") or target(record.topic)


def _all(settings: Settings, reader: Reader, topic: str | None) -> Iterator[Record]:
    topics = SOURCE_TOPICS if topic is None else (topic,)
    names = [f"{settings.topic_prefix}{one}{SUFFIX}" for one in topics]
    if not set(names) & set(reader.partitions()):
        problem = f"topic {names[0]} does not exist; make it with: streams topics create --apply"
        raise ConfigError(problems=[problem])
    return reader.records(reader.bounds(names))


def _fetch(reader: Reader, text: str) -> Record | None:
    record = reader.fetch(*place_of(text))
    if record is None:
        print(f"no dead letter at {text}; retention may have deleted it", file=sys.stderr)
    return record


def _chosen(settings: Settings, reader: Reader, args: argparse.Namespace) -> Iterator[Record]:
    if args.reason:
        found = _all(settings, reader, args.topic)
        return (one for one in found if reason(one) == args.reason)
    for text in args.where:
        place_of(text)  # all are checked before the first is sent
    fetched = (_fetch(reader, text) for text in args.where)
    return (one for one in fetched if one is not None)


def _target(record: Record, known: Collection[str]) -> str:
    topic = target(record.topic)
    if topic not in known:  # sending to it could make it, with the broker's partition count
        problem = f"topic {topic} does not exist; make it with: streams topics create --apply"
        raise ConfigError(problems=[problem])
    return topic


def _print_plan(chosen: Iterator[Record]) -> int:
    count = 0
    for count, one in enumerate(chosen, start=1):
        if count <= PLANNED_LINES:
            print(f"{where(one)}  {clean(reason(one))}  -> {target(one.topic)}")
    if count > PLANNED_LINES:
        print(f"... and {count - PLANNED_LINES} more")
    if not count:
        print("no such dead letter", file=sys.stderr)
        return 1
    print(f"{count} records would go back; nothing was sent; send them with --apply")
    return 0


def _listed(counts: Counter[tuple[str, str]], records: list[Record]) -> dict[str, Any]:
    return {
        "counts": [
            {"topic": topic, "reason": why, "count": count}
            for (topic, why), count in sorted(counts.items())
        ],
        "records": [
            {
                "where": where(one),
                "append_time_ms": one.time_ms,
                "reason": reason(one),
                "detail": one.header("dlq_detail"),
                "topic": source(one),
                "partition": one.header("dlq_partition"),
                "offset": one.header("dlq_offset"),
                "key": None if one.key is None else one.key.decode(errors="replace"),
                "value_bytes": None if one.value is None else len(one.value),
            }
            for one in records
        ],
    }


def _print_list(counts: Counter[tuple[str, str]], records: list[Record]) -> None:
    console = Console(
        width=None if sys.stdout.isatty() else 200, markup=False, highlight=False, soft_wrap=True
    )
    if not counts:
        print("no dead letters")
        return
    totals = Table("topic", "reason", "count", box=box.SIMPLE_HEAD)
    for (topic, why), count in sorted(counts.items()):
        totals.add_row(clean(topic), clean(why), str(count))
    console.print(totals)
    latest = Table("where", "time", "reason", "key", "detail", box=box.SIMPLE_HEAD)
    latest.columns[0].no_wrap = True
    for one in records:
        detail = clean(one.header("dlq_detail") or "")
        latest.add_row(where(one), utc(one.time_ms), clean(reason(one)), _key(one), detail)
    console.print(latest)


def _key(record: Record) -> str:
    return "none" if record.key is None else readable(record.key, SHOWN_BYTES_MAX)

"""`streams fit`: learn the population's parameters, judge them by a holdout, publish them."""

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.cli.environment import read_settings
from streams.cli.words import clean, read_utc
from streams.config import Settings
from streams.core.errors import ConfigError, DecodeError
from streams.core.events import SOURCE_TOPICS, Event

if TYPE_CHECKING:
    from streams.fit.estimate import Fitted

DESCRIPTION = """
Reads one source and prints the fit; --out writes the model to a file, --publish to
model.snapshot.v1. A version is immutable: it is named by what it says, and publishing it again
changes nothing.
"""
# Weeks of the study begin on Mondays at midnight in New York: 04:00 UTC in summer, 05:00 in
# winter. The earlier of the two never lets a receipt of the next week in.
FIRST_WEEK_END_MS = 1_483_329_600_000  # 2017-01-02T04:00:00Z
WEEK_MS = 7 * 86_400_000
WEEKS = 53
SUMMARY_COLUMNS = ("x", "t_x", "T", "zbar")
BAD_LINES_SHOWN = 3


def add(subcommands: Any) -> None:
    """Add the command's parser to `subcommands`."""
    parser = subcommands.add_parser(
        "fit", help="learn the population's parameters from events", description=DESCRIPTION
    )
    option = parser.add_argument
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--events", type=Path, metavar="FILE", help="CloudEvents, one a line")
    source.add_argument("--topic", action="store_true", help="all events of the source topics")
    source.add_argument(
        "--complete-journey", action="store_true", help="receipts of the Complete Journey study"
    )
    source.add_argument(
        "--cdnow", type=Path, metavar="FILE", help="a table of customers: ID,x,t_x,T,zbar"
    )
    source.add_argument("--model", type=Path, metavar="FILE", help="what --out wrote earlier")
    option("--from", dest="since", metavar="TIME", help="event time of the first event")
    option("--until", metavar="TIME", help="event time after the last, as 2025-01-31T00:00:00Z")
    option("--until-week", type=int, metavar="N", help="the study's weeks 1 to N (of 53) only")
    option("--share", type=float, default=1.0, help="share of the customers to learn from")
    option("--margin-share", type=float, help="margin of a payment, if receipts do not tell costs")
    option("--out", type=Path, metavar="FILE", help="write the model here, one row a line")
    option("--publish", action="store_true", help="plan its rows of model.snapshot.v1")
    option("--apply", action="store_true", help="with --publish: write them")
    option("--json", action="store_true", help="one JSON object, for machines")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Fit, print, and write where told to."""
    settings = read_settings(args)
    _check(args)
    # scipy takes half a second and 60 MB, so only this command loads it.
    from streams.cli import fit_publish, fit_view  # noqa: PLC0415

    if args.cdnow is not None:
        from streams.fit.estimate import summary  # noqa: PLC0415

        shown = summary(*_summaries(args.cdnow))
        print(fit_view.summary_json(shown) if args.json else fit_view.summary_text(shown), end="")
        return 0
    if args.model is not None:
        model = fit_publish.read_file(args.model)
        print(fit_view.model_json(model) if args.json else fit_view.model_text(model), end="")
    else:
        fitted = _fit(args, settings)
        model = fitted.model
        print(fit_view.as_json(fitted) if args.json else fit_view.as_text(fitted), end="")
    if args.out is not None:
        fit_publish.write_file(args.out, model)
        print(f"model {model.version} written to {args.out}", file=sys.stderr)
    if args.publish:
        fit_publish.publish(settings, model, apply=args.apply)
    return 0


def read_events(lines: Iterable[bytes], settings: Settings) -> Iterator[Event]:
    """The events of a file of CloudEvents; lines that are none are named and left out."""
    from streams.cli.event_lines import read_event  # noqa: PLC0415  # loads the core
    from streams.codec.sources import Limits  # noqa: PLC0415

    limits = Limits(
        record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
    )
    refused = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = read_event(line, limits)
        except DecodeError as error:
            refused += 1
            if refused <= BAD_LINES_SHOWN:
                print(f"streams: line {number}: {clean(str(error))}", file=sys.stderr)
            continue
        yield event
    if refused:
        print(f"streams: {refused} lines were no events and were left out", file=sys.stderr)


def _check(args: argparse.Namespace) -> None:
    problems = []
    if args.apply and not args.publish:
        problems.append("--apply needs --publish")
    if args.until_week is not None and not args.complete_journey:
        problems.append("--until-week needs --complete-journey")
    if args.until_week is not None and not 1 <= args.until_week <= WEEKS:
        problems.append(f"--until-week: expected 1 to {WEEKS}, got {args.until_week}")
    if not 0 < args.share <= 1:
        problems.append(f"--share: expected more than 0 and at most 1, got {args.share}")
    if args.margin_share is not None and not 0 <= args.margin_share <= 1:
        problems.append(f"--margin-share: expected 0 to 1, got {args.margin_share}")
    if args.cdnow is not None and (args.out or args.publish):
        problems.append("--cdnow is a table of one study, no model: leave out --out and --publish")
    if problems:
        raise ConfigError(problems=problems)


def _fit(args: argparse.Namespace, settings: Settings) -> "Fitted":
    from streams.fit.estimate import estimate  # noqa: PLC0415  # loads scipy
    from streams.fit.population import CUSTOMERS_MAX, Population  # noqa: PLC0415

    since_ms = read_utc("--from", args.since, 0)
    until_ms = read_utc("--until", args.until, sys.maxsize)
    if args.until_week is not None:
        until_ms = min(until_ms, FIRST_WEEK_END_MS + (args.until_week - 1) * WEEK_MS)
    population = Population(share=args.share)
    for event in _events(args, settings):
        if since_ms <= event.event_time_ms < until_ms:
            population.add(event)
            if len(population) > CUSTOMERS_MAX:
                problem = f"more than {CUSTOMERS_MAX} customers; take some, as by --share 0.1"
                raise ConfigError(problems=[problem])
    population.close()
    return estimate(population, margin_share=args.margin_share)


def _events(args: argparse.Namespace, settings: Settings) -> Iterator[Event]:
    if args.complete_journey:
        yield from _journey()
    elif args.topic:
        yield from _topic(settings)
    else:
        try:
            with args.events.open("rb") as lines:
                yield from read_events(lines, settings)
        except OSError as error:
            problem = f"--events {args.events} cannot be read: {error.strerror}"
            raise ConfigError(problems=[problem]) from error


def _journey() -> Iterator[Event]:
    from streams.worker.simulation.installed import data_directory  # noqa: PLC0415

    directory = data_directory()
    # Needs pyarrow, which only the optional extra brings.
    from streams.worker.simulation import journey, receipts  # noqa: PLC0415

    products = journey.read_products(directory)
    for receipt in journey.read_receipts(directory):
        sale = receipts.sale(receipt, products, {})
        if sale is not None:
            yield Event(
                event_id=sale.natural_id(),
                subject=receipts.subject(receipt.household_id),
                event_time_ms=receipt.time_ms,
                topic=receipts.TOPIC,
                body=sale,
            )


def _topic(settings: Settings) -> Iterator[Event]:
    from streams.cli.reading import Reader  # noqa: PLC0415  # loads librdkafka
    from streams.codec.sources import Limits, decode  # noqa: PLC0415

    limits = Limits(
        record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
    )
    prefix = settings.topic_prefix
    # A forwarded event is in its own topic too.
    names = {prefix + topic: topic for topic in SOURCE_TOPICS[:-1]}
    refused = 0
    with Reader(settings) as reader:
        bounds = reader.bounds(names)
        if not bounds:
            problem = f"none of {', '.join(names)} exists; run: streams topics create --apply"
            raise ConfigError(problems=[problem])
        for one in reader.records(bounds):
            topic = names[one.topic]
            try:
                yield decode(topic, one.key, one.value, one.headers, one.time_ms, limits)
            except DecodeError:
                refused += 1  # a worker has made it a dead letter
    if refused:
        print(f"streams: {refused} records were no events and were left out", file=sys.stderr)


def _summaries(path: Path) -> tuple[Any, Any]:
    """Histories and mean values of a file of one customer a line."""
    import numpy as np  # noqa: PLC0415  # as heavy as scipy

    from streams.fit.likelihood import Histories  # noqa: PLC0415

    try:
        with path.open(newline="") as file:
            rows = [[float(row[name]) for name in SUMMARY_COLUMNS] for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problem = f"--cdnow {path} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise ConfigError(problems=[problem]) from error
    except (KeyError, TypeError, ValueError) as error:
        problem = f"--cdnow {path}: expected columns {', '.join(SUMMARY_COLUMNS)} of numbers"
        raise ConfigError(problems=[f"{problem}, got {clean(str(error))}"]) from error
    table = np.array(rows, dtype=np.float64).reshape(-1, len(SUMMARY_COLUMNS))
    x, last, age, mean = table.T
    sound = np.isfinite(table).all() and ((x >= 0) & (last >= 0) & (last <= age)).all()
    if not sound or (x % 1).any() or (mean < 0).any():
        problem = f"--cdnow {path}: expected x whole and 0 or more, 0 <= t_x <= T, zbar 0 or more"
        raise ConfigError(problems=[problem])
    return Histories(x, last, age), mean

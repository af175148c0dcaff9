"""`streams evaluate`: what a candidate policy would have earned on the decisions of the log."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.cli.environment import read_settings
from streams.cli.words import clean, read_utc
from streams.codec.exchanges import is_exchange
from streams.codec.outputs import DECISION_TOPIC, decode_decision
from streams.codec.sources import Limits, decode
from streams.config import Settings
from streams.core.decide.ids import arm
from streams.core.decide.record import DecisionRecord
from streams.core.errors import ConfigError, DecodeError
from streams.core.events import FORWARD_TOPIC, Event
from streams.core.offers import Policy

if TYPE_CHECKING:
    from streams.evaluate.collecting import Log

OUTCOME_TOPIC = "channel.outcome.v1"
DESCRIPTION = """
Decides the views of decision.log.v1 again by the policy in --candidate, and estimates what it would
have earned from what channel.outcome.v1 says of the offers that were sent: by IPS, SNIPS and doubly
robust, with 95 % intervals by customer. Each decision is judged alone, on the state that the logged
policy had brought about. Nothing is written. Exit code 1: the log refuses an estimate, and the
output says why.
With --anyway measured no other policy is judged: what held out customers bought is counted beside
what those bought who got an offer, from receipts and orders.
"""
PROGRESS_EVERY = 20_000
TOO_MANY = "more than {} decisions; take some, as by --share 0.1"
_SAMPLE_SALT = "evaluate-share"


def add(subcommands: Any) -> None:
    """Add the command to `subcommands`."""
    parser = subcommands.add_parser(
        "evaluate", help="judge another policy by the decision log", description=DESCRIPTION
    )
    option = parser.add_argument
    option("--candidate", type=Path, metavar="DIR", help="its offers directory")
    option("--from", dest="since", metavar="TIME", help="decision time of the first decision")
    option("--until", metavar="TIME", help="decision time after the last: 2025-01-31T00:00:00Z")
    option("--log", type=Path, metavar="FILE", help="values of decision.log.v1, one a line")
    option("--outcomes", type=Path, metavar="FILE", help="with --log: CloudEvents, one a line")
    option("--share", type=float, default=1.0, help="share of the customers to read (1)")
    option(
        "--effective-min", type=float, default=200.0, metavar="N", help="floor of evidence (200)"
    )
    option(
        "--unsupported-max",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of decisions that may be left out as the log says nothing of them (0)",
    )
    option("--seed", type=int, default=1, help="of the bootstrap")
    option("--differences", action="store_true", help="only how the two policies differ")
    option(
        "--shadow",
        nargs="?",
        const="",
        metavar="FILE",
        help="with --differences: by what decided beside (decision.shadow.v1), not by --candidate",
    )
    option("--anyway", choices=["measured"], help="offers against the holdout, by purchases")
    option("--offers", type=Path, metavar="DIR", help="with --anyway: files of the logged policy")
    option("--purchases", type=Path, metavar="FILE", help="with --log: CloudEvents, one a line")
    option("--json", action="store_true", help="one JSON object, for machines")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Read, judge and print; 1 when there is no estimate."""
    settings = read_settings(args)
    span = _check(args)
    if args.shadow is not None:
        from streams.cli.evaluate_shadow import show  # noqa: PLC0415  # loads librdkafka

        return show(args, settings, span)
    if args.anyway is not None:
        from streams.cli.evaluate_anyway import show_anyway  # noqa: PLC0415  # loads numpy

        return show_anyway(args, settings, span)
    candidate = _candidate(args.candidate, settings)
    # numpy, scipy and librdkafka load for half a second: only this command's.
    from streams.cli import evaluate_view as view  # noqa: PLC0415
    from streams.cli.learned import Learned  # noqa: PLC0415
    from streams.cli.reading import Reader  # noqa: PLC0415
    from streams.evaluate.collecting import Log  # noqa: PLC0415
    from streams.evaluate.evaluating import Rules, evaluate  # noqa: PLC0415

    learned = Learned()
    if args.log is None:
        with Reader(settings) as reader:
            learned.read(reader, settings)
    log = Log(candidate, learned=learned.get)
    _read(log, args, settings, span)
    if args.differences:
        shown = view.differences_json if args.json else view.differences_text
        print(shown(log.differences), end="")
        return 0
    rules = Rules(
        effective_min=args.effective_min, unsupported_max=args.unsupported_max, seed=args.seed
    )
    found = evaluate(log, rules, now_ms=time.time_ns() // 1_000_000)
    currency = candidate.currency
    print(view.as_json(found, currency) if args.json else view.as_text(found, currency), end="")
    return 1 if found.candidate is None else 0


def _check(args: argparse.Namespace) -> range:
    """The decision times to take."""
    problems = []
    if (args.log is None) != (args.outcomes is None) and not args.differences:
        problems.append("--log and --outcomes go together")
    problems += _check_asked(args)
    if args.shadow is not None:
        if not args.differences:
            problems.append("--shadow goes with --differences; estimates are those of --candidate")
        if (args.log is None) != (args.shadow == ""):
            problems.append("--shadow FILE goes with --log FILE; without files topics are read")
    if not 0 < args.share <= 1:
        problems.append(f"--share: expected more than 0 and at most 1, got {args.share}")
    if not 0 <= args.unsupported_max < 1:
        problems.append(f"--unsupported-max: expected 0 to below 1, got {args.unsupported_max}")
    if args.seed < 0:
        problems.append(f"--seed: expected 0 or more, got {args.seed}")
    if problems:
        raise ConfigError(problems=problems)
    since_ms = read_utc("--from", args.since, 0)
    until_ms = read_utc("--until", args.until, sys.maxsize)
    return range(since_ms, until_ms)


def _check_asked(args: argparse.Namespace) -> list[str]:
    """What is wrong with what is asked for: another policy, a shadow, or the holdout."""
    problems = []
    asked = (args.candidate, args.shadow, args.anyway)
    if sum([one is not None for one in asked]) != 1:
        problems.append(
            "expected one of --candidate DIR, --differences with --shadow, --anyway measured"
        )
    if args.anyway is not None and args.differences:
        problems.append("--differences goes with --candidate or --shadow, not with --anyway")
    needed = args.anyway is not None and args.log is not None
    if needed != (args.purchases is not None):
        problems.append("--purchases FILE goes with --anyway measured and --log FILE")
    if args.offers is not None and args.anyway is None:
        problems.append("--offers DIR goes with --anyway measured; without, no such files are read")
    return problems


def _candidate(directory: Path, settings: Settings) -> Policy:
    from streams.worker.policies import read_policy  # noqa: PLC0415  # reads the lexicon too

    if not any(directory.glob("*.yaml")):
        problem = f"--candidate {directory}: expected a directory of offer files, found no *.yaml"
        raise ConfigError(problems=[problem])
    return read_policy(replace(settings, offers_dir=directory))


def _read(log: "Log", args: argparse.Namespace, settings: Settings, span: range) -> None:
    from streams.evaluate.collecting import DECISIONS_MAX  # noqa: PLC0415  # loads numpy

    for record in decisions(values(args.log, settings, DECISION_TOPIC), args, span):
        log.add(record)
        if len(log) > DECISIONS_MAX:
            raise ConfigError(problems=[TOO_MANY.format(DECISIONS_MAX)])
    if log.counts.unlearned:
        missing = f"{log.counts.unlearned} decisions name what outcomes had taught in a version"
        print(f"streams: {missing} that is not at hand; judged without", file=sys.stderr)
    if not log.counts.decisions:
        problem = "no decision was found in this time; name another by --from and --until"
        raise ConfigError(problems=[problem])
    if not args.differences:
        for event in outcomes(args, settings):
            log.hear(event.body, event.event_time_ms)


def decisions(
    found: Iterable[bytes], args: argparse.Namespace, span: range
) -> Iterator[DecisionRecord]:
    """Those of `found` in `span`, of the share of the customers that `args` ask for."""
    refused = 0
    for value in found:
        try:
            record = decode_decision(value)
        except DecodeError:
            refused += 1
            continue
        if record.decision_time_ms in span and arm(record.subject, _SAMPLE_SALT) < args.share:
            yield record
    if refused:
        print(f"streams: {refused} records were no decisions and were left out", file=sys.stderr)


def values(path: Path | None, settings: Settings, topic: str) -> Iterator[bytes]:
    """Values of `topic`, or the lines of the file that stands for it.

    Raises:
        ConfigError: there is no such file, or no such topic.
    """
    if path is not None:
        yield from _lines("--log", path)
        return
    for one in _records(settings, topic):
        yield one.value or b""


def outcomes(args: argparse.Namespace, settings: Settings) -> Iterator[Event]:
    """What channels said of offers: the lines of --outcomes, or the topic."""
    if args.outcomes is not None:
        yield from file_events("--outcomes", args.outcomes, settings)
        return
    yield from topic_events(settings, OUTCOME_TOPIC, "outcomes")


def file_events(flag: str, path: Path, settings: Settings) -> Iterator[Event]:
    """The CloudEvents of a file, one a line."""
    from streams.cli.fit import read_events  # noqa: PLC0415  # only for files

    yield from read_events(_lines(flag, path), settings)


def topic_events(settings: Settings, topic: str, what: str, since_ms: int = 0) -> Iterator[Event]:
    """The events of `topic`, appended at `since_ms` or later; how many were no `what` is said.

    Raises:
        ConfigError: there is no such topic.
    """
    limits = Limits(
        record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
    )
    refused = 0
    for one in _records(settings, topic, since_ms):
        if topic == FORWARD_TOPIC and is_exchange(one.headers):
            continue
        try:
            yield decode(topic, one.key, one.value, one.headers, one.time_ms, limits)
        except DecodeError:
            refused += 1  # a worker has made it a dead letter
    if refused:
        print(f"streams: {refused} records were no {what} and were left out", file=sys.stderr)


def _lines(flag: str, path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as lines:
            yield from (line for line in lines if line.strip())
    except OSError as error:
        raise ConfigError(problems=[f"{flag} {path} cannot be read: {error.strerror}"]) from error


def _records(settings: Settings, topic: str, since_ms: int = 0) -> Iterable[Any]:
    from streams.cli.reading import Reader  # noqa: PLC0415  # loads librdkafka

    name = settings.topic_prefix + topic
    with Reader(settings) as reader:
        bounds = reader.bounds([name])
        if not bounds:
            problem = f"topic {name} does not exist; make it with: streams topics create --apply"
            raise ConfigError(problems=[problem])
        if since_ms > 0:
            bounds = reader.since(bounds, since_ms)
        offsets = sum(high - low for low, high in bounds.values())
        for number, one in enumerate(reader.records(bounds), 1):
            if number % PROGRESS_EVERY == 0:
                print(f"{clean(name)}: {number} of {offsets} records", file=sys.stderr)
            yield one

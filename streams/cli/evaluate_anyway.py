"""`streams evaluate --anyway measured`: what offers brought, against what the held out did anyway.

Asked for by itself, as it reads all receipts and clicks of the time, and judges no other policy.
"""

import argparse
import sys
import time
from collections.abc import Iterator

from streams.cli import evaluate_view as view
from streams.cli.decision_log import Policies
from streams.cli.evaluate import (
    TOO_MANY,
    decisions,
    file_events,
    outcomes,
    topic_events,
    values,
)
from streams.cli.reading import Reader
from streams.codec.outputs import DECISION_TOPIC
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.core.events import FORWARD_TOPIC, Event
from streams.evaluate.anyway import Trials
from streams.evaluate.collecting import DECISIONS_MAX
from streams.evaluate.uplift import measure

TOPICS = ("pos.transaction.v1", "clickstream.event.v1", FORWARD_TOPIC)
"""Where purchases are; what was forwarded is there under the customer it was forwarded to."""


def show_anyway(args: argparse.Namespace, settings: Settings, span: range) -> int:
    """Read decisions, outcomes and purchases, and print both arms; 1 when there is no total.

    Raises:
        ConfigError: a topic or file is missing, or the time has no offer to sell.
    """
    trials = _trials(args, settings, span)
    for event in outcomes(args, settings):
        trials.hear(event.body)
    for event in _purchases(args, settings, trials.first_ms):
        trials.buy(event)
    found = measure(trials, now_ms=time.time_ns() // 1_000_000, seed=args.seed)
    shown = view.measured_json if args.json else view.measured_text
    print(shown(found, trials.currency), end="")
    return 1 if found.total.refusal is not None else 0


def _trials(args: argparse.Namespace, settings: Settings, span: range) -> Trials:
    policies = Policies(settings, args.offers)
    if args.log is None:
        with Reader(settings) as reader:
            policies.connect(reader, settings)
    # What was learned moves no row: another version of it has the same policy here.
    trials = Trials(policies.offers_of)
    for record in decisions(values(args.log, settings, DECISION_TOPIC), args, span):
        trials.add(record)
        if len(trials) > DECISIONS_MAX:
            raise ConfigError(problems=[TOO_MANY.format(DECISIONS_MAX)])
    if not len(trials):
        left = trials.counts
        problem = (
            "no decision for an offer that a purchase can answer was found in this time "
            f"({left.elsewhere} of a policy that is not at hand, {left.about_anything} about "
            f"anything, {left.queries} about a query); name another by --from and --until, or the "
            "policy's files by --offers"
        )
        raise ConfigError(problems=[problem])
    print(f"streams: {len(trials)} decisions for an offer were read", file=sys.stderr)
    return trials


def _purchases(args: argparse.Namespace, settings: Settings, first_ms: int) -> Iterator[Event]:
    if args.purchases is not None:
        yield from file_events("--purchases", args.purchases, settings)
        return
    for topic in TOPICS:
        since_ms = first_ms - settings.future_max_ms
        yield from topic_events(settings, topic, f"events of {topic}", since_ms)

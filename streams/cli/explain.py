"""`streams explain OFFER_ID`: why a customer got an offer, or none, and what would have changed it.

Safe for production: it names no identifier but the subject that the decision is about.
"""

import argparse
import sys
from typing import Any

import msgspec

from streams.cli import aftermath
from streams.cli.aftermath import Later
from streams.cli.decision import Verdict, repeat
from streams.cli.decision_log import (
    Policies,
    add_log,
    asked,
    checked_id,
    decision_of,
    is_shadow,
)
from streams.cli.environment import read_settings
from streams.cli.explain_words import in_words
from streams.cli.reading import Reader
from streams.codec.outputs import decode_decision
from streams.core.decide.explaining import Explanation, explain

DESCRIPTION = """
Tells one decision in words: what happened, what was decided and why, why nothing else was, how the
draw fell, and what would have changed it: each of these was decided again, none is a guess. A
silence is found by its decision id. A shadow decision is found too, and told as what it is: it was
never sent.
"""


def add(subcommands: Any) -> None:
    """Add the command to `subcommands`."""
    parser = subcommands.add_parser(
        "explain", help="why a customer got an offer, or none", description=DESCRIPTION
    )
    option = parser.add_argument
    option("offer_id", metavar="OFFER_ID", help="of an offer, or of a decision")
    option("--after", action="store_true", help="also what became of the offer")
    option("--json", action="store_true", help="one JSON object, for machines")
    add_log(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the explanation; 1 when there is no such decision, or no policy it was made by."""
    settings = read_settings(args)
    offer_id = checked_id(args.offer_id)
    policies = Policies(settings, args.offers)
    asked(args)  # what is wrong is said before a broker is asked
    with Reader(settings) as reader:
        policies.connect(reader, settings)
        record = decision_of(reader, settings, args, offer_id)
        if record is None:
            return 1
        shadow = is_shadow(record, settings)
        explanation = explained(record.value or b"", policies, shadow=shadow)
        if explanation is None:
            return 1
        later = None
        if args.after and shadow:
            print("streams: a shadow was never sent, so nothing became of it", file=sys.stderr)
        elif args.after and explanation.chosen is not None:
            chosen, subject = explanation.chosen, explanation.subject
            later = aftermath.after(reader, settings, chosen, subject, record.time_ms)
    print(as_json(explanation, later) if args.json else "\n".join(in_words(explanation)))
    if later is not None and not args.json:
        print("\n".join(aftermath.lines(later)))
    return 0


def explained(value: bytes, policies: Policies, *, shadow: bool = False) -> Explanation | None:
    """Explain the decision in `value`, a record of the log, or of the shadows.

    None, with a sentence on stderr, without its policy. Says so when the decision does not come out
    as logged: what would have changed it is then this release's word.

    Raises:
        DecodeError: `value` is no decision.
    """
    decision = decode_decision(value)
    policy = policies.of(decision)
    if policy is None:
        print(f"streams: {policies.missing(decision)}", file=sys.stderr)
        return None
    if repeat(value, policies, shadow=shadow).verdict is not Verdict.IDENTICAL:
        print(
            "streams: this release does not come to the logged decision; see: "
            f"streams decision repeat {decision.decision_id}",
            file=sys.stderr,
        )
    return explain(decision, policy, shadow=shadow)


def as_json(explanation: Explanation, later: list[Later] | None) -> str:
    """One object: the fields of the explanation, and `after` if it was asked for."""
    shown = msgspec.to_builtins(explanation)
    if later is not None:
        shown["after"] = [one._asdict() for one in later]
    return msgspec.json.encode(shown).decode()

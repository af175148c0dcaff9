"""`streams decision repeat`: logged decisions decided again, byte for byte."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from streams.cli.decision_log import (
    Policies,
    add_log,
    asked,
    checked_id,
    decision_of,
    is_shadow,
    logged,
)
from streams.cli.environment import read_settings
from streams.cli.reading import Reader, Record
from streams.cli.words import clean
from streams.codec.outputs import (
    DECISION_TOPIC,
    SHADOW_TOPIC,
    decode_decision,
    encode_decision,
)
from streams.codec.packed import unpack
from streams.core.decide.decide import decide
from streams.core.decide.shadowing import shadow_of
from streams.core.errors import ConfigError, DecodeError

DESCRIPTION = """
Decides again on the view that the log holds, by the policy of the version that the log names, and
compares the bytes of the record with those in the log. Shadow decisions are repeated likewise.
"""
SHOWN_MAX = 10
VALUE_CHARACTERS_MAX = 120


class Verdict(Enum):
    """What a repetition came to."""

    IDENTICAL = "identical"
    DIFFERENT = "different"
    UNKNOWN_POLICY = "of another policy version"


class Difference(NamedTuple):
    """A field that came out otherwise; JSON values, None where there is none."""

    field: str
    logged: Any
    repeated: Any


class Repeat(NamedTuple):
    """The repetition of one record; `why` is a sentence where there are no fields to compare."""

    verdict: Verdict
    differences: list[Difference]
    why: str = ""


def add(subcommands: Any) -> None:
    """Add the commands to `subcommands`."""
    decision = subcommands.add_parser("decision", help="repeat logged decisions and compare")
    commands = decision.add_subparsers(required=True, metavar="COMMAND")
    repeat = commands.add_parser(
        "repeat", help="decide again on the logged view", description=DESCRIPTION
    )
    option = repeat.add_argument
    option("offer_id", nargs="?", metavar="OFFER_ID", help="of an offer, or of a decision")
    option("--all", action="store_true", help="every decision of the range, instead of one")
    option("--count", type=int, metavar="N", help="with --all: stop after N decisions")
    add_log(repeat)
    repeat.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Repeat one decision or a range; 0 only if every one of them came out identical."""
    counted = args.count is not None
    if bool(args.offer_id) == args.all or (counted and (not args.all or args.count < 1)):
        problem = "decision repeat: name one OFFER_ID, or give --all with a --count of 1 or more"
        raise ConfigError(problems=[problem])
    settings = read_settings(args)
    wanted = None if args.all else checked_id(args.offer_id)
    policies = Policies(settings, args.offers)
    asked(args)  # what is wrong is said before a broker is asked
    with Reader(settings) as reader:
        policies.connect(reader, settings)
        if wanted is None:
            topic = SHADOW_TOPIC if args.shadow else DECISION_TOPIC
            found = islice(logged(reader, settings, args, topic), args.count)
            return _all(found, policies, shadow=args.shadow)
        record = decision_of(reader, settings, args, wanted)
    if record is None:
        return 1
    one = repeat(record.value or b"", policies, shadow=is_shadow(record, settings))
    if one.verdict is Verdict.UNKNOWN_POLICY:
        print(f"streams: {one.why}", file=sys.stderr)
        return 1
    for line in lines(record, one):
        print(line)
    return 0 if one.verdict is Verdict.IDENTICAL else 1


def repeat(value: bytes, policies: Policies, *, shadow: bool = False) -> Repeat:
    """Decide again on the view in `value`, a record of the log, and compare the bytes.

    A shadow decides on the view of a live decision, and is silent where no row matches.
    """
    try:
        decision = decode_decision(value)
    except DecodeError as error:
        return Repeat(Verdict.DIFFERENT, [], f"the log's record is no decision: {error}")
    policy = policies.of(decision)
    if policy is None:
        return Repeat(Verdict.UNKNOWN_POLICY, [], policies.missing(decision))
    again = shadow_of(decision, policy) if shadow else decide(decision.view, policy)
    if again is None:
        return Repeat(Verdict.DIFFERENT, [], "repeated, no catalogue row matches: no decision")
    # What is packed is compared as it is inside: another zlib packs the same bytes otherwise.
    before, after = unpack(value), unpack(encode_decision(again)[0])
    if before == after:
        return Repeat(Verdict.IDENTICAL, [])
    found = [*_differing(msgspec.json.decode(before), msgspec.json.decode(after), "")]
    found.sort(key=lambda one: one.field.startswith("candidates"))  # what was decided comes first
    why = "" if found else "the same fields in other bytes"
    return Repeat(Verdict.DIFFERENT, found, why)


def lines(record: Record, found: Repeat) -> Iterator[str]:
    """Yield which record it is and how it came out, then the fields that differ."""
    where = f"{record.topic}:{record.partition}:{record.offset}"
    start = f"{clean(record.header('ce_id') or 'without an id')}  {where}  {found.verdict.value}"
    yield f"{start}: {clean(found.why)}" if found.why else start
    for one in found.differences[:SHOWN_MAX]:
        yield f"  {clean(one.field)}: logged {_short(one.logged)}, repeated {_short(one.repeated)}"
    if len(found.differences) > SHOWN_MAX:
        yield f"  and {len(found.differences) - SHOWN_MAX} fields more"


def _all(records: Iterable[Record], policies: Policies, *, shadow: bool) -> int:
    """Print those that differ and how many came out how."""
    counts: Counter[Verdict] = Counter()
    said: set[str] = set()
    for record in records:
        found = repeat(record.value or b"", policies, shadow=shadow)
        counts[found.verdict] += 1
        if found.verdict is Verdict.UNKNOWN_POLICY:
            if found.why not in said:  # once for each version, not for each decision
                said.add(found.why)
                print(f"streams: {found.why}", file=sys.stderr)
        elif found.verdict is Verdict.DIFFERENT:
            print("\n".join(lines(record, found)))
    told = ", ".join(f"{counts[one]} {one.value}" for one in Verdict)
    print(f"{counts.total()} {'shadow decisions' if shadow else 'decisions'} repeated: {told}")
    if not counts:
        print("no decision in this range of the log", file=sys.stderr)
    return 0 if counts and counts.total() == counts[Verdict.IDENTICAL] else 1


def _differing(logged_value: Any, repeated: Any, path: str) -> Iterator[Difference]:
    """Yield the innermost fields that differ; a list of another length is one field."""
    if isinstance(logged_value, dict) and isinstance(repeated, dict):
        for name in dict.fromkeys([*logged_value, *repeated]):
            inner = f"{path}.{name}" if path else name
            yield from _differing(logged_value.get(name), repeated.get(name), inner)
    elif (
        isinstance(logged_value, list)
        and isinstance(repeated, list)
        and len(logged_value) == len(repeated)
    ):
        for number, (one, other) in enumerate(zip(logged_value, repeated, strict=True)):
            yield from _differing(one, other, f"{path}[{number}]")
    elif logged_value != repeated:
        yield Difference(path, logged_value, repeated)


def _short(value: Any) -> str:
    """JSON, cut; nothing where the field is absent."""
    if value is None:
        return "nothing"
    text = clean(msgspec.json.encode(value).decode())
    return text if len(text) <= VALUE_CHARACTERS_MAX else f"{text[:VALUE_CHARACTERS_MAX]}..."

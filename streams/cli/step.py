"""`streams step --events F.jsonl`: the core on a file of events, with no broker.

A line is an event in CloudEvents' JSON format: `specversion`, `id`, `source`, `type` (the source
topic), `time`, `subject` and `data`. The decision clock is event time, and never falls. A line
that is no event is what a dead letter would be: it is shown with its reason, and the run goes on.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from streams.cli.environment import read_settings
from streams.cli.event_lines import read_event
from streams.cli.offers import line as offer_line
from streams.cli.words import clean, utc
from streams.codec.sources import Limits
from streams.config import Settings
from streams.core.decide.record import Candidate, DecisionRecord
from streams.core.errors import ConfigError, DecodeError
from streams.core.events import Event, kind_of
from streams.core.genome.reading import read_genome
from streams.core.genome.tastes import TraitShown
from streams.core.offers import Policy
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import StepResult, step
from streams.worker.policies import read_policy
from streams.worker.showing import Backgrounds

# What tells the elements of a list apart, in the order of preference.
NAMES = (
    *("offer_id", "item_id", "name", "currency", "channel", "purpose", "offer"),
    *("category", "ranking", "kind", "about", "from_ms"),
)
PAIRED = {"channel", "kind"}  # a list that is told apart by these and one name more
# What moves for every trait when one of them is seen; a trait changes when its evidence does.
MOVING = {"value", "low", "high", "weight", "share", "still_buys"}
EVIDENCE = ("count", "last_ms", "origin")


class Change(NamedTuple):
    """One field of a genome, before and after, as of the same time; None is absent."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line that was an event, and what the core made of it."""

    number: int
    event: Event
    result: StepResult
    changes: list[Change]


def add(subcommands: Any) -> None:
    """Add the command to `subcommands`."""
    parser = subcommands.add_parser("step", help="run the core on a file of events, with no broker")
    parser.add_argument(
        "--events", type=Path, required=True, metavar="FILE", help="CloudEvents in JSON, one a line"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for machines")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Fold and decide every line; 1 if one of them was no event."""
    settings = read_settings(args)
    policy = read_policy(settings)
    refused = 0
    for one in steps(_lines(args.events), policy, settings):
        if isinstance(one, Step):
            print(as_json(one) if args.json else "\n".join(in_words(one)))
        else:
            refused += 1
            print(f"streams: {clean(one)}", file=sys.stderr)
    return 1 if refused else 0


def steps(lines: Iterable[bytes], policy: Policy, settings: Settings) -> Iterator[Step | str]:
    """Each line's step, or the sentence that says why it is no event; empty lines are nothing."""
    limits = Limits(
        record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
    )
    background = Backgrounds().of(policy)
    profiles: dict[str, Profile] = {}
    clock_ms = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = read_event(line, limits)
        except DecodeError as error:
            yield f"line {number}: {error.reason}: {error}"
            continue
        clock_ms = max(clock_ms, event.event_time_ms)
        profile = profiles.get(event.subject)
        if profile is None:
            profile = profiles[event.subject] = new_profile(event.subject)
        before = dict(_flat(read_genome(profile, background, clock_ms)))
        result = step(profile, event, policy=policy, now_ms=clock_ms, fold_sequence=number)
        changes = _changes(before, dict(_flat(read_genome(profile, background, clock_ms))))
        yield Step(number=number, event=event, result=result, changes=changes)


def as_json(one: Step) -> str:
    """One line for machines."""
    shown = {
        "line": one.number,
        "event_id": one.event.event_id,
        "subject": one.event.subject,
        "outcome": one.result.outcome,
        "changes": {change.field: [change.before, change.after] for change in one.changes},
        "decision": one.result.decision,
        "offers": one.result.offers,
    }
    return msgspec.json.encode(shown).decode()


def in_words(one: Step) -> Iterator[str]:
    """The lines a person reads: what happened, what changed, what was decided and why."""
    event, result = one.event, one.result
    words = [utc(event.event_time_ms), event.subject, kind_of(event.body), result.outcome.value]
    yield clean(f"{one.number}: {'  '.join(words)}")
    for change in one.changes:
        name, before, after = change
        yield clean(f"    {name}: {_brief(before, name)} -> {_brief(after, name)}")
    if result.decision is not None:
        yield from (clean(text) for text in _decision(result.decision))
    for offer in result.offers:
        yield f"    {offer_line(offer)}"


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        problem = f"--events {path} cannot be read: {error.strerror}"
        raise ConfigError(problems=[problem]) from error


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of every part of a genome; an element of a list is one part, by its name."""
    if isinstance(value, TraitShown):
        yield path, msgspec.to_builtins(value)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _flat(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from _element(one, path)
    else:
        yield path, value


def _element(one: Any, path: str) -> Iterator[tuple[str, Any]]:
    fields = msgspec.to_builtins(one)
    if not isinstance(fields, dict):
        yield f"{path}[{fields}]", fields
        return
    known = [name for name in NAMES if fields.get(name) is not None]
    own = known[:2] if PAIRED.intersection(known[:1]) else known[:1]
    rest = {name: inner for name, inner in fields.items() if name not in own and inner is not None}
    yield f"{path}[{'/'.join(str(fields[name]) for name in own)}]", rest


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    fields = dict.fromkeys([*before, *after])
    return [
        Change(field, before.get(field), after.get(field))
        for field in fields
        if _telling(before.get(field)) != _telling(after.get(field))
    ]


def _telling(value: Any) -> Any:
    """What of a part must differ for it to have changed."""
    if not isinstance(value, dict):
        return value
    if all(name in value for name in EVIDENCE):
        return {name: value[name] for name in EVIDENCE}
    return {name: _telling(inner) for name, inner in value.items() if name not in MOVING}


def _brief(value: Any, name: str) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict) and all(one in value for one in EVIDENCE):
        known = value.get("value")
        held = "unknown" if known is None else _brief(known, "value")
        return f"{held} (n={value['count']})"
    if isinstance(value, dict):
        return ", ".join(f"{one} {_brief(inner, one)}" for one, inner in value.items())
    if isinstance(value, list):
        return " ".join(_brief(one, name) for one in value)
    if name.partition("[")[0].endswith("_ms"):
        return utc(value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _decision(decision: DecisionRecord) -> Iterator[str]:
    drawn = f"draw {decision.draw:.4f}, {decision.candidates_count} candidates"
    yield f"    decision on {decision.trigger} ({decision.slot}): {decision.result.value}, {drawn}"
    for one in decision.candidates:
        yield f"      {_candidate(one)}"
    if decision.gates:
        listed = ", ".join(f"{gate} {count}" for gate, count in sorted(decision.gates.items()))
        yield f"      stopped: {listed}"


def _candidate(one: Candidate) -> str:
    what = f"{one.offer} / {one.treatment} / {one.price_level} by {one.channel}"
    if one.value_minor is None or one.factors is None:
        return f"{what}: stopped by {one.gate.value if one.gate else 'nothing'}"
    factors = one.factors
    why = f"P1 {factors.accepts:.3f}, P0 {factors.anyway:.3f}, margin {factors.margin_minor}"
    gate = f", stopped by {one.gate.value}" if one.gate else ""
    return f"{what}: value {one.value_minor:.2f} ({why}), p {one.propensity:.3f}{gate}"

"""`streams evaluate --differences --shadow`: live decisions against those that ran beside them.

What a worker wrote down is read, so nothing is decided again: each pair is of one view, one model
and one moment.
"""

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import xxhash

from streams.cli import evaluate_view as view
from streams.cli.evaluate import TOO_MANY, decisions, values
from streams.cli.words import clean
from streams.codec.outputs import DECISION_TOPIC, SHADOW_TOPIC
from streams.config import Settings
from streams.core.decide.record import DecisionRecord
from streams.core.errors import ConfigError
from streams.evaluate.chances import Action, taken
from streams.evaluate.collecting import DECISIONS_MAX
from streams.evaluate.differences import Differences


class Pairs(NamedTuple):
    """What the two logs hold together."""

    by_version: dict[str, Differences]
    """Version of the candidate -> how it differs."""
    alone: int
    """Live decisions without a shadow: outside the share, earlier, or the candidate failed."""
    left: int
    """Shadows whose live decision the log does not hold any more."""
    versions: Counter[str]
    """Live version -> decisions with a shadow."""


def show(args: argparse.Namespace, settings: Settings, span: range) -> int:
    """Read both logs and print how they differ.

    Raises:
        ConfigError: a topic or file is missing, or nothing is in both.
    """
    found = pairs(args, settings, span)
    if not found.by_version:
        problem = (
            "no decision with a shadow was found in this time; name another by --from and --until, "
            "or publish a candidate: streams offers publish DIR --shadow --apply"
        )
        raise ConfigError(problems=[problem])
    for version, differences in sorted(found.by_version.items()):
        if args.json:
            print(view.differences_json(differences, version), end="")
        else:
            lived = ", ".join(f"{clean(name)} ({count})" for name, count in found.versions.items())
            print(f"candidate {clean(version)} beside {lived}")
            print(view.differences_text(differences), end="")
    said = f"{found.alone} decisions without a shadow, {found.left} shadows without a decision"
    print(f"streams: {said}", file=sys.stderr)
    return 0


def pairs(args: argparse.Namespace, settings: Settings, span: range) -> Pairs:
    """Join both logs: the shadows in memory, then the decisions one by one."""
    shadows: dict[bytes, tuple[str, Action | None]] = {}
    path = Path(args.shadow) if args.shadow else None
    for one in decisions(values(path, settings, SHADOW_TOPIC), args, span):
        shadows[_moment(one)] = (one.policy_version, taken(one))
        if len(shadows) > DECISIONS_MAX:
            raise ConfigError(problems=[TOO_MANY.format(DECISIONS_MAX)])
    by_version: dict[str, Differences] = defaultdict(Differences)
    versions: Counter[str] = Counter()
    alone = 0
    for one in decisions(values(args.log, settings, DECISION_TOPIC), args, span):
        shadow = shadows.pop(_moment(one), None)
        if shadow is None:
            alone += 1
            continue
        versions[one.policy_version] += 1
        by_version[shadow[0]].count(one.trigger, taken(one), shadow[1])
    return Pairs(dict(by_version), alone, len(shadows), versions)


def _moment(one: DecisionRecord) -> bytes:
    """What a decision and its shadow share, and no other two: in a partition, one fold."""
    parts = f"{one.subject}\0{one.cause_id}\0{one.fold_sequence}"  # slots are the policy's own
    return xxhash.xxh3_128_digest(parts.encode())

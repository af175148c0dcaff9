"""`streams offers diff`: what another catalogue changes, in words."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from streams.cli.environment import read_settings
from streams.cli.words import age, clean
from streams.codec.envelope import format_time
from streams.config import Settings
from streams.core.contact_policy import Cap, ContactPolicy
from streams.core.decide.rules import Rule
from streams.core.errors import ConfigError
from streams.core.fold_policy import Zone
from streams.core.offers import Policy
from streams.worker.policies import published_policy, read_directory, read_lexicon

DESCRIPTION = """
Which offers, prices, rules and limits differ. With one directory, what publishing it would change.
"""
NAMED = ("treatment", "level", "name", "urgency")
"""What tells the parts of an offer apart."""
UNSAID = {"products", "lexicon", "lateness_max_ms", "zone", "window_max_ms"}
"""Parts of a policy that no catalogue says, or that follow from others."""
NOTHING = "nothing"


def add(actions: Any) -> None:
    """Add the command to `actions`."""
    parser = actions.add_parser(
        "diff", help="what another catalogue changes, in words", description=DESCRIPTION
    )
    parser.add_argument("before", type=Path, metavar="DIR")
    parser.add_argument("after", type=Path, nargs="?", metavar="DIR")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print a line for each difference, or that there is none."""
    settings = read_settings(args)
    lexicon = read_lexicon(settings)
    _, last = read_directory(args.after or args.before, settings, lexicon)
    if args.after is None:
        first = _published(settings, last)
    else:
        first = read_directory(args.before, settings, lexicon)[1]
    lines = [*changes(first, last)]
    print(f"{first.policy_version} -> {last.policy_version}")
    for line in lines or ["nothing changes"]:
        print(clean(line))
    return 0


def changes(before: Policy, after: Policy) -> Iterator[str]:
    """The differences: offers by name, then what holds for all of them."""
    for name in sorted(before.offers.keys() | after.offers.keys()):
        old, new = before.offers.get(name), after.offers.get(name)
        if old is None or new is None:
            yield f"offer {name}: {'new' if old is None else 'removed'}"
        else:
            yield from _differing(f"offer {name}: ", old, new)
    yield from _differing("contact ", before.contact, after.contact)
    yield from _differing("policy ", before.decision, after.decision)
    yield from _differing("evidence ", before.fold, after.fold)
    yield from _differing("identity ", before.identity, after.identity)
    yield from _differing("timers ", before.timers, after.timers)
    yield from _differing("", before.care, after.care)
    old_ms, new_ms = before.contact.window_max_ms, after.contact.window_max_ms
    if new_ms > old_ms:
        yield (
            f"note: the longest cap window grows from {age(old_ms)} to {age(new_ms)}; contacts "
            f"older than {age(old_ms)} are not remembered and will not count"
        )


def _differing(start: str, before: Any, after: Any) -> Iterator[str]:
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    for path in dict.fromkeys([*old, *new]):
        was, is_now = old.get(path, NOTHING), new.get(path, NOTHING)
        if was != is_now:
            yield f"{start}{path.removesuffix('_ms')} {was} -> {is_now}"


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """(path, what is there in words) of every part."""
    if isinstance(value, Rule):
        answer = "passes" if value.unless_known else "stops"
        yield path, f"{value.kind.value}: {value.when} ({answer} when not known)"
    elif isinstance(value, Zone):
        yield path, value.name
    elif isinstance(value, Cap):
        yield path, f"at most {value.contacts_max} in {age(value.window_ms)}"
    elif is_dataclass(value) or isinstance(value, msgspec.Struct):
        yield from _flat_fields(value, path)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            shown = "/".join(key) if isinstance(key, tuple) else str(key)
            yield from _flat(inner, f"{path}[{shown}]")
    elif isinstance(value, tuple) and value and (is_dataclass(value[0])):
        for number, one in enumerate(value, 1):
            names = [getattr(one, name) for name in NAMED if hasattr(one, name)]
            yield from _flat(one, f"{path}[{names[0] if names else number}]")
    else:
        yield path, _shown(value, path)


def _flat_fields(value: Any, path: str) -> Iterator[tuple[str, str]]:
    for name in _names(value):
        if name == "zone" and isinstance(value, ContactPolicy):
            yield "zone", value.zone.name
        elif name not in UNSAID:
            yield from _flat(getattr(value, name), f"{path}.{name}" if path else name)


def _names(value: Any) -> list[str]:
    if isinstance(value, msgspec.Struct):
        return list(value.__struct_fields__)
    return [one.name for one in fields(value) if one.init]


def _shown(value: Any, path: str) -> str:
    if value is None or (isinstance(value, tuple | frozenset) and not value):
        return NOTHING
    if isinstance(value, frozenset | tuple):
        listed = sorted(map(str, value)) if isinstance(value, frozenset) else map(str, value)
        return ", ".join(listed)
    if isinstance(value, Enum):
        return str(value.value)
    return _time(value, path) if path.endswith("_ms") else str(value)


def _time(value: int, path: str) -> str:
    if path.endswith(("valid_from_ms", "valid_until_ms")):
        return format_time(value).decode()
    if path.endswith(("quiet_from_ms", "quiet_until_ms")):
        return f"{value // 3_600_000:02d}:{value % 3_600_000 // 60_000:02d}"
    return f"{value / 1_000:g} s" if value % 60_000 or not value else age(value)


def _published(settings: Settings, like: Policy) -> Policy:
    from streams.cli.published import look  # noqa: PLC0415  # loads librdkafka

    there = look(settings)
    if there.current is None or there.files is None:
        problem = "no whole version of the offers is published; name a second directory"
        raise ConfigError(problems=[problem])
    return published_policy(there.files, there.current.version, like)

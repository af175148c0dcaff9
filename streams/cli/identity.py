"""`streams identity show | link | unlink | audit SUBJECT`: who is one person with whom, and why.

`link` and `unlink` publish one event to `channel.outcome.v1`, as a contact centre would; the
subject's own partition acts on it. `audit` says what a link or unlink would change.
"""

import argparse
from typing import Any

import msgspec

from streams.cli.environment import read_settings
from streams.cli.finding import add_store, checked, shown
from streams.cli.subject import say, source_of
from streams.cli.words import clean, utc
from streams.core.errors import ConfigError
from streams.core.events import Linked, Unlinked
from streams.core.genome.genome import Genome, LinkShown, Shown
from streams.core.genome.reached import MemberShown
from streams.core.identity.policy import PERSON, IdentityPolicy, kind_of_subject
from streams.worker.policies import read_policy


def add(subcommands: Any) -> None:
    """Add the commands to `subcommands`."""
    identity = subcommands.add_parser("identity", help="who is one person with whom, and why")
    commands = identity.add_subparsers(required=True, metavar="COMMAND")
    for name, summary, run in (
        ("show", "the graph of one person or identifier", run_show),
        ("audit", "what taking each link back would change", run_audit),
    ):
        command = commands.add_parser(name, help=summary)
        command.add_argument("subject", metavar="SUBJECT", help="such as device:d1 or customer:1")
        add_store(command)
        command.add_argument("--json", action="store_true", help="one JSON object, for machines")
        command.set_defaults(func=run)
    link = _saying(commands, "link", "an identifier is this person, as somebody says")
    link.add_argument("person", metavar="PERSON", help="such as customer:1")
    link.set_defaults(func=run_link)
    _saying(commands, "unlink", "an identifier is not who it was taken for").set_defaults(
        func=run_unlink
    )


def run_show(args: argparse.Namespace) -> int:
    """Print the links; 1 if nobody knows the subject."""
    found = shown(args)
    if found is None:
        return 1
    if args.json:
        print(msgspec.json.encode(_facts(found)).decode())
    else:
        print("\n".join(clean(line) for line in _lines(args.subject, found)))
    return 0


def run_audit(args: argparse.Namespace) -> int:
    """Print what each link brought, and what unlinking it would leave."""
    found = shown(args)
    if found is None:
        return 1
    if isinstance(found, LinkShown):
        print(f"{args.subject} is a link; audit its person: streams identity audit {found.target}")
        return 0
    if args.json:
        print(msgspec.json.encode(_facts(found)).decode())
        return 0
    for line in _changes(found):
        print(clean(line))
    return 0


def run_link(args: argparse.Namespace) -> int:
    """Print the statement, and with --apply publish it."""
    person = checked(args.person)
    policy = read_policy(read_settings(args)).identity
    problem = _refusal(checked(args.subject), person, policy)
    if problem is not None:
        raise ConfigError(problems=[problem])
    return say(args, Linked(user_subject=person, source=source_of(args)))


def run_unlink(args: argparse.Namespace) -> int:
    """Print the statement, and with --apply publish it."""
    return say(args, Unlinked(source=source_of(args)))


def _saying(commands: Any, name: str, summary: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary)
    command.add_argument("subject", metavar="SUBJECT", help="the identifier, such as device:d1")
    command.add_argument(
        "--source", default="command-line", metavar="WORD", help="who says so, such as care"
    )
    command.add_argument("--apply", action="store_true", help="send; without it, only say what")
    return command


def _refusal(subject: str, person: str, policy: IdentityPolicy) -> str | None:
    if kind_of_subject(person) != PERSON:
        return f"PERSON {person}: expected {PERSON}:..., links lead to people"
    if subject == person:
        return f"{subject} is itself; nothing to link"
    kind = kind_of_subject(subject)
    if kind == PERSON and person > subject:
        return f"of two accounts the later name is linked: streams identity link {person} {subject}"
    if kind not in policy.rules:
        known = ", ".join(policy.rules) or "none"
        return f"the policy's identity.kinds does not link {kind}; it links {known}"
    return None


def _lines(subject: str, found: Shown) -> list[str]:
    if isinstance(found, LinkShown):
        last = f", last {utc(found.last_claim_ms)}" if found.last_claim_ms else ""
        return [
            f"{subject} is {found.target}",
            f"  by {found.source} since {utc(found.since_ms)}, {found.claims} claims{last}",
        ]
    lines = [f"{found.subject}: {found.events} events"]
    if found.identity.shared:
        lines.append("  several people use it: it is linked to nobody")
    if found.identity.unlinked_ms is not None:
        lines.append(f"  unlinked {utc(found.identity.unlinked_ms)}")
    lines += [f"  {_member(one)}" for one in found.identity.members]
    return lines if len(lines) > 1 else [*lines, "  linked to nobody, and nobody to it"]


def _member(one: MemberShown) -> str:
    via = f", came along with {one.via}" if one.via else ""
    events = "compacted" if one.events is None else f"{one.events} events"
    if one.own:
        return f"{one.subject}: their own, {events}"
    return f"{one.subject}: by {one.source} since {utc(one.since_ms)}, {events}{via}"


def _changes(genome: Genome) -> list[str]:
    members = [one for one in genome.identity.members if not one.own]
    if not members:
        return [f"{genome.subject}: no link to take back"]
    lines = []
    for one in members:
        if one.events is None:
            lines.append(
                f"{one.subject}: its part was compacted; unlinking it takes nothing from "
                f"{genome.subject} and gives it nothing back"
            )
        else:
            left = genome.events - one.events
            lines.append(
                f"{one.subject}: would take {one.events} of {genome.events} events with it, "
                f"{left} stay; contacts and offers stay with {genome.subject}"
            )
    return lines


def _facts(found: Shown) -> Any:
    if isinstance(found, LinkShown):
        return found
    return {"subject": found.subject, "events": found.events, "identity": found.identity}

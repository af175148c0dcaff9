"""`streams topics create | check`: make the topics of a deployment, or say what is wrong."""

import argparse
import sys
from typing import Any

from streams.cli.environment import read_settings
from streams.core.errors import ConfigError


def add(subcommands: Any) -> None:
    """Add the command's parser to `subcommands`."""
    parser = subcommands.add_parser("topics", help="create or check the topics")
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    create = actions.add_parser(
        "create",
        help="create the topics that are missing",
        description="Prints the plan. Topics that exist are never changed: one that differs "
        "is named, nothing is created, and the exit code is 2.",
    )
    create.add_argument("--apply", action="store_true", help="do it; without, only print the plan")
    create.set_defaults(func=run, apply=False)
    check = actions.add_parser(
        "check",
        help="compare the topics with what the worker needs; writes nothing",
        description="Exit code 0 when the worker can start, 2 with the list of what is wrong.",
    )
    check.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Create or check, and print what was found."""
    from streams.kafka import topics  # noqa: PLC0415  # loads librdkafka
    from streams.worker.topics import specs  # noqa: PLC0415

    settings = read_settings(args)
    admin = topics.Admin(settings)
    wanted = specs(settings)
    if args.action == "check":
        problems = topics.check(admin, wanted, with_config=settings.broker_kind != "embedded")
        if problems:
            raise ConfigError(problems=problems)
        print(f"{len(wanted)} topics are as they must be")
        return 0
    if settings.broker_kind == "embedded":
        raise ConfigError(problems=["the embedded broker's topics are made by `streams demo`"])
    plan = topics.create(admin, wanted, apply=args.apply)
    _print_plan(plan, existing=len(wanted) - len(plan), applied=args.apply)
    return 0


def _print_plan(plan: list[str], *, existing: int, applied: bool) -> None:
    for line in plan:
        print(f"{'created' if applied else 'create'} {line}")
    print(f"{existing} topics exist and are as they must be")
    if plan and not applied:
        print("nothing was written; add --apply to do it", file=sys.stderr)

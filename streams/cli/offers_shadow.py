"""`streams offers shadow`: which version decides beside; ending and promoting it."""

import argparse
import time
from typing import Any

from streams.cli.environment import read_settings
from streams.cli.offers_publish import publish, write
from streams.cli.words import clean
from streams.codec.offer_versions import SHADOW_ENDS, TOPIC
from streams.codec.products import Pointer
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.worker.policies import read_policy

DESCRIPTION = """
Says which published version is in force, and which one decides beside it without sending anything.
--end ends the trial; --promote puts that very version in force, for which no files are needed.
"""


def add(actions: Any) -> None:
    """Add the command to `actions`."""
    parser = actions.add_parser(
        "shadow", help="show, end or promote the version on trial", description=DESCRIPTION
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--end", action="store_true", help="decide beside no more")
    which.add_argument("--promote", action="store_true", help="put the shadow in force")
    parser.add_argument("--apply", action="store_true", help="do it; without, only print the plan")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print which versions there are, or the plan; with `--apply`, write."""
    from streams.cli.published import look  # noqa: PLC0415  # loads librdkafka

    if args.apply and not (args.end or args.promote):
        raise ConfigError(problems=["--apply goes with --end or --promote"])
    settings = read_settings(args)
    there = look(settings)
    if not (args.end or args.promote):
        print(f"in force  {_shown(there.current, 'none; workers decide by their own files')}")
        print(f"shadow    {_shown(there.shadow, 'none')}")
        return 0
    if there.shadow is None:
        problem = (
            f"no version is the shadow in {settings.topic_prefix}{TOPIC}; "
            "publish one by: streams offers publish DIR --shadow --apply"
        )
        raise ConfigError(problems=[problem])
    if args.promote:
        _promote(settings, there.shadow.version, apply=args.apply)
    else:
        topic = settings.topic_prefix + TOPIC
        print(f"version {clean(there.shadow.version)} ends as shadow: 1 row to write to {topic}")
        write(settings, [SHADOW_ENDS], apply=args.apply)
    return 0


def _promote(settings: Settings, version: str, *, apply: bool) -> None:
    from streams.cli.published import policy_of  # noqa: PLC0415  # loads librdkafka

    policy_of(settings, version, read_policy(settings))  # a release that cannot read it says so
    now_ms = time.time_ns() // 1_000_000
    # It is there whole, so what is written are its own rows.
    publish(settings, {}, version=version, valid_from_ms=now_ms, shadow=False, apply=apply)


def _shown(pointer: Pointer | None, otherwise: str) -> str:
    if pointer is None:
        return otherwise
    return f"{clean(pointer.version)}, since {clean(pointer.valid_from)}"

"""`streams limits`: how much of each limit that all customers share is left, and where it is."""

import argparse
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from streams.cli.environment import read_settings
from streams.cli.words import clean
from streams.codec.catalogue import load_policy
from streams.codec.offer_versions import TOPIC, OfferRows
from streams.config import Settings
from streams.core.errors import ConfigError, DecodeError
from streams.core.leases.limits import Limit
from streams.core.leases.saying import lease_key
from streams.core.leases.whereabouts import Whereabouts, find
from streams.core.offers import Policy
from streams.worker.policies import read_policy

if TYPE_CHECKING:
    from streams.cli.limits_reading import Tables
    from streams.cli.reading import Reader

SETTLE_MAX_S = 3.0
"""So long it is read again where tokens moved between partitions meanwhile."""
AGAIN_S = 0.05
DESCRIPTION = """
Reads what workers keep of stock, budget and capacity in the table's changelog, and prints what
offers took of each limit of the catalogue in force and where the rest is: at home, which grants it
to partitions, on its way between both, or at hand in partitions. What is left is the sum of these
three; leased is taken + at hand + on its way; the limit is leased + at home. The scarcest come
first. Nothing is written.
"""


def add(subcommands: Any) -> None:
    """Add the command's parser to `subcommands`."""
    parser = subcommands.add_parser(
        "limits", help="how much of each shared limit is left", description=DESCRIPTION
    )
    option = parser.add_argument
    option("--offer", metavar="NAME", help="stock and budget of this offer")
    option("--channel", metavar="NAME", help="capacity of this channel")
    option("--json", action="store_true", help="one JSON object, money in minor units")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print where the tokens of each limit are.

    Raises:
        ConfigError: a topic is missing, or there is no such offer or channel.
        RestartError: the broker does not answer.
    """
    from streams.cli.limits_reading import Tables  # noqa: PLC0415  # loads librdkafka
    from streams.cli.limits_view import WIDTH, as_json, as_text  # noqa: PLC0415  # loads rich
    from streams.cli.reading import Reader  # noqa: PLC0415  # loads librdkafka

    settings = read_settings(args)
    with Reader(settings) as reader:
        policy = policy_in_force(reader, settings, _now_ms())
        limits = asked_for(policy, args.offer, args.channel)
        tables = Tables(reader, settings)
        tables.read()
        found, moving = settled(tables, settings, policy, limits)
    now_ms = _clock_ms(tables, settings)
    found.sort(key=lambda one: (one.share_left, one.limit.what))
    for sentence in _remarks(policy, found, moving):
        print(sentence, file=sys.stderr)
    if args.json:
        print(as_json(found, policy, now_ms, moving))
    elif found:
        # A pipe has no width; figures cut to 80 columns would be useless there.
        print(
            as_text(found, policy, get_terminal_size().columns if sys.stdout.isatty() else WIDTH),
            end="",
        )
    return 0


def policy_in_force(reader: "Reader", settings: Settings, now_ms: int) -> Policy:
    """The published offers that a worker decides by at `now_ms`; without any, those of the files.

    Raises:
        ConfigError: the topic does not exist, or this release does not read the offers.
        RestartError: the broker does not answer.
    """
    topic = settings.topic_prefix + TOPIC
    bounds = reader.bounds([topic])
    if not bounds:
        problem = f"topic {topic} does not exist; run: streams topics create --apply"
        raise ConfigError(problems=[problem])
    rows = OfferRows()
    for one in reader.records(bounds):
        with suppress(DecodeError):  # workers refuse it too
            rows.add(one.key, one.value)
    files = rows.files(rows.choose(now_ms, ""))
    if files is None:
        return read_policy(settings)
    return load_policy(files, lateness_max_ms=settings.lateness_max_ms)


def asked_for(policy: Policy, offer: str | None, channel: str | None) -> list[Limit]:
    """The limits of `offer` and `channel`; all of the policy's without either.

    Raises:
        ConfigError: the policy has no such offer or channel.
    """
    if offer is None and channel is None:
        return list(policy.limits.every.values())
    found: list[Limit] = []
    if offer is not None:
        _check("--offer", offer, policy.offers)
        found += policy.limits.offers.get(offer, ())
    if channel is not None:
        _check("--channel", channel, policy.contact.costs_minor)
        found += [one for name, one in policy.limits.channels.items() if name == channel]
    return found


def _check(flag: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        names = ", ".join(sorted(known))
        problem = f"{flag} {clean(name)}: expected one of the catalogue in force: {names}"
        raise ConfigError(problems=[problem])


def settled(
    tables: "Tables", settings: Settings, policy: Policy, limits: list[Limit]
) -> tuple[list[Whereabouts], list[Whereabouts]]:
    """Where the tokens are as of one moment, and of that what did not stand still for it.

    `tables` were read, and are read on where tokens moved meanwhile.
    """
    until, zone = time.monotonic() + SETTLE_MAX_S, policy.contact.zone
    while True:
        desks, opened = tables.desks(policy.limits, zone), tables.opened()
        now_ms = _clock_ms(tables, settings)
        found = [find(one, desks, zone, now_ms, opened) for one in limits]
        moving = [one for one in found if one.torn or lease_key(one.limit.name) in tables.moved]
        if not moving or time.monotonic() > until:
            return found, moving
        time.sleep(AGAIN_S)
        tables.read()


def _remarks(policy: Policy, found: list[Whereabouts], moving: list[Whereabouts]) -> Iterable[str]:
    """What to know beside the figures."""
    if not policy.limits.every:
        yield (
            "no limit in the catalogue in force: no offer has stock or budget_minor, and no "
            "channel a capacity"
        )
    elif not found:
        yield "nothing is limited of what was asked for; without --offer and --channel all is shown"
    elif not any(one.acted or one.leased for one in found):
        yield "no worker has acted upon these limits yet: all of each is left"
    for one in moving:
        yield f"{one.limit.what} moved between partitions all the time: a few tokens may be off"


def _clock_ms(tables: "Tables", settings: Settings) -> int:
    """The time by which windows go: of workers on old data, the clock of their events."""
    return (tables.clock_ms() if settings.decision_clock == "event" else 0) or _now_ms()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

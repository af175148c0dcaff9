"""`streams offers`: its commands, and `tail`: the offers as channel systems see them."""

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from streams.cli import (
    offers_diff,
    offers_publish,
    offers_scenarios,
    offers_shadow,
    offers_validate,
)
from streams.cli.answer_words import answer_mark
from streams.cli.environment import read_settings
from streams.cli.reading import Reader, Record
from streams.cli.words import clean, money, utc
from streams.codec.outputs import decode_offer
from streams.config import Settings
from streams.core.decide.record import Action, OfferMessage, Price
from streams.core.errors import ConfigError, DecodeError
from streams.core.events import CHANNELS


def add(subcommands: Any) -> None:
    """Add the command to `subcommands`."""
    offers = subcommands.add_parser("offers", help="write, try, publish and follow offers")
    actions = offers.add_subparsers(required=True, metavar="COMMAND")
    commands = (offers_validate, offers_scenarios, offers_diff, offers_publish, offers_shadow)
    for command in commands:
        command.add(actions)
    tail = actions.add_parser("tail", help="print offers as they are committed, until Ctrl-C")
    tail.add_argument("--channel", choices=CHANNELS, help="of one channel alone")
    tail.add_argument("--from-beginning", action="store_true", help="first, all there are")
    tail.add_argument("--json", action="store_true", help="one JSON object a line, for machines")
    tail.add_argument(
        "--follow",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="wait for more at the end (default); --no-follow prints all there are and ends",
    )
    tail.add_argument("--count", type=int, metavar="N", help="stop after N offers")
    tail.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print offers until the count, the end or Ctrl-C."""
    settings = read_settings(args)
    with Reader(settings) as reader:
        found = _records(reader, _topics(settings, reader, args.channel), args)
        try:
            for record in islice(found, args.count):
                _print(record, as_json=args.json)
        except KeyboardInterrupt:
            return 0
    return 0


def line(offer: OfferMessage) -> str:
    """Return one line: time, channel, action, subject, pitch, product, price, reason."""
    what = [offer.pitch.text if offer.pitch else f"offer {offer.offer_id}"]
    if offer.action is Action.SUPERSEDE and offer.supersedes:
        what[0] += f" (instead of {offer.supersedes})"
    if offer.product:
        what.append(offer.product.name or offer.product.item_id)
    if offer.price:
        what.append(_price(offer.price))
    if offer.answer:
        what.append(answer_mark(offer.answer))
    start = f"{utc(offer.issued_at_ms)}  {offer.channel:<14}  {offer.action.value:<9}"
    return clean(f"{start}  {offer.subject}  {' | '.join(what)} | because {offer.reason}")


def _price(price: Price) -> str:
    if price.amount_minor is not None:
        return money(price.amount_minor, price.currency)
    if not price.discount_minor:
        return "nothing off"
    return f"{money(price.discount_minor, price.currency)} off at the till"


def _topics(settings: Settings, reader: Reader, channel: str | None) -> list[str]:
    channels = CHANNELS if channel is None else (channel,)
    topics = [f"{settings.topic_prefix}offer.{one}.v1" for one in channels]
    missing = sorted(set(topics) - set(reader.partitions()))
    if missing:
        problem = f"topic {missing[0]} does not exist; make it with: streams topics create --apply"
        raise ConfigError(problems=[problem])
    return topics


def _records(reader: Reader, topics: list[str], args: argparse.Namespace) -> Iterator[Record]:
    bounds = reader.bounds(topics)
    if not args.follow:
        return reader.records(bounds)
    print(f"following {', '.join(topics)}; Ctrl-C ends", file=sys.stderr, flush=True)
    first = 0 if args.from_beginning else 1
    return reader.follow({place: low_high[first] for place, low_high in bounds.items()})


def _print(record: Record, *, as_json: bool) -> None:
    where = f"{record.topic}:{record.partition}:{record.offset}"
    try:
        offer = decode_offer(record.value or b"")
    except DecodeError as error:
        print(f"{where} is not an offer: {clean(str(error))}", file=sys.stderr)
        return
    if as_json:
        shown = {"where": where, "append_time_ms": record.time_ms, "offer": offer}
        print(msgspec.json.encode(shown).decode(), flush=True)
    else:
        print(line(offer), flush=True)

"""`streams stock show | set`: what workers know of the stock of an article, and a level to try."""

import argparse
import sys
import time
from typing import Any

from streams.cli.environment import read_settings
from streams.cli.words import clean
from streams.codec.stock import (
    ARTICLE_MAX,
    OUTLET_MAX,
    TOPIC,
    UNITS_MAX,
    StockLevel,
    decode_level,
    encode_level,
)
from streams.config import Settings
from streams.core.errors import ConfigError, DecodeError

WEB = "web"


def add(subcommands: Any) -> None:
    """Add the command's parser to `subcommands`."""
    parser = subcommands.add_parser("stock", help="show and set levels of stock")
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    show = actions.add_parser("show", help="the levels of an article, as workers know them")
    change = actions.add_parser(
        "set",
        help="say how many units an outlet has",
        description="Writes the article's row with one level changed. An article that no outlet "
        "has is offered no more, and its open offers are withdrawn.",
    )
    for action in (show, change):
        action.add_argument("article", metavar="ARTICLE", help="its id, such as sku-1042")
        action.set_defaults(func=run)
    option = change.add_argument
    change.add_argument("level", type=int, metavar="LEVEL", help="units that can be sold")
    option("--outlet", default=WEB, help="a store's id, or web (default)")
    option("--apply", action="store_true", help="do it; without, only print the plan")


def run(args: argparse.Namespace) -> int:
    """Print the levels; with `set`, plan and write them."""
    settings = read_settings(args)
    _check(args)
    known = levels_of(settings, args.article)
    print(in_words(args.article, known.outlets if known is not None else {}))
    if args.action == "set":
        outlets = {**(known.outlets if known is not None else {}), args.outlet: args.level}
        put(settings, args.article, outlets, apply=args.apply)
    return 0


def _check(args: argparse.Namespace) -> None:
    """Refuse what no row can hold, before a broker is asked."""
    problems = []
    named = {"ARTICLE": (args.article, ARTICLE_MAX)}
    if args.action == "set":
        named["--outlet"] = (args.outlet, OUTLET_MAX)
        if not 0 <= args.level <= UNITS_MAX:
            problems.append(f"LEVEL: expected 0 to {UNITS_MAX} units, got {args.level}")
    for name, (text, most) in named.items():
        if not 0 < len(text) <= most:
            problems.append(f"{name}: expected an id of 1 to {most} characters, got {len(text)}")
    if problems:
        raise ConfigError(problems=problems)


def in_words(article: str, outlets: dict[str, int]) -> str:
    """The levels in a line."""
    levels = ", ".join(f"{clean(one)} {units}" for one, units in sorted(outlets.items()))
    if not levels:
        return f"{clean(article)}: nothing is known of its stock, so it may be offered"
    return f"{clean(article)}: {levels}" + ("" if any(outlets.values()) else "; out of stock")


def levels_of(settings: Settings, article: str) -> StockLevel | None:
    """The latest row of an article; None without one, or with one that workers refuse.

    Raises:
        ConfigError: the topic does not exist.
        RestartError: the broker does not answer.
    """
    from streams.cli.publishing import latest_rows  # noqa: PLC0415  # loads librdkafka

    key = article.encode()
    value = latest_rows(settings, settings.topic_prefix + TOPIC, key.__eq__).get(key)
    try:
        return None if value is None else decode_level(article, value)
    except DecodeError:
        return None


def put(settings: Settings, article: str, outlets: dict[str, int], *, apply: bool) -> None:
    """Print what `outlets` come to and, with `apply`, write them.

    Raises:
        ConfigError: the article, an outlet or a level is none that the topic can hold.
        RestartError: the broker did not take it.
    """
    from streams.cli.publishing import write_rows  # noqa: PLC0415  # loads librdkafka

    try:
        row = encode_level(article, outlets, as_of_ms=time.time_ns() // 1_000_000)
    except DecodeError as error:
        raise ConfigError(problems=[clean(str(error))]) from error
    print(f"to write: {in_words(article, outlets)}")
    if apply:
        print(f"wrote {write_rows(settings, settings.topic_prefix + TOPIC, [row])} row")
    else:
        print("nothing was written; add --apply to do it", file=sys.stderr)

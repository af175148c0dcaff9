"""`streams learn`: from what became of offers to the lifts that decisions use, published."""

import argparse
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from streams.cli.environment import read_settings
from streams.cli.words import clean, utc
from streams.codec.rows import CALIBRATION_KEY, TALLY_KEY, decode_row
from streams.config import Settings
from streams.core.acceptance import Acceptance, Node
from streams.core.errors import ConfigError
from streams.core.tally import Tally

if TYPE_CHECKING:
    from streams.cli.reading import Reader

DESCRIPTION = """
Reads the tallies that workers keep in the table's changelog, one of each offer and partition, and
prints how much more or less each offer is taken than its catalogue row says. --publish puts the
lifts on model.snapshot.v1; running workers adopt them. With --every it goes on, reading only what
is new. --calibration prints instead how many offers were taken beside how many were expected to be,
by channel and chance.
"""
MINUTE_S = 60


def add(subcommands: Any) -> None:
    """Add the command's parser to `subcommands`."""
    parser = subcommands.add_parser(
        "learn", help="learn from what became of offers", description=DESCRIPTION
    )
    parser.add_argument("--publish", action="store_true", help="plan the rows to be written")
    parser.add_argument("--apply", action="store_true", help="with --publish: write them")
    parser.add_argument(
        "--every", type=int, metavar="MINUTES", help="learn and publish again, until Ctrl-C"
    )
    parser.add_argument(
        "--calibration", action="store_true", help="what was predicted against what came of it"
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Learn once, or for ever."""
    if args.every is not None and (args.every < 1 or not args.publish):
        problem = f"--every {args.every}: expected minutes from 1, with --publish"
        raise ConfigError(problems=[problem])
    if args.calibration and args.publish:
        problem = "--calibration goes without --publish: it learns nothing"
        raise ConfigError(problems=[problem])
    from streams.cli.reading import Reader  # noqa: PLC0415  # loads librdkafka

    settings = read_settings(args)
    with Reader(settings) as reader:
        tallies = Tallies(reader, settings)
        try:
            if args.calibration:
                return _calibration(tallies)
            while True:
                _learn(tallies, reader, settings, args)
                if args.every is None:
                    return 0
                time.sleep(args.every * MINUTE_S)
        except KeyboardInterrupt:
            return 0


class Tallies:
    """The latest tallies of all partitions; each `read` reads on from where the last one ended."""

    def __init__(self, reader: "Reader", settings: Settings) -> None:
        """Read nothing yet."""
        self._reader = reader
        self._topic = settings.changelog_topic
        self._starts: dict[tuple[str, int], int] = {}
        self._held: dict[tuple[int, bytes], Tally] = {}

    def read(self) -> Iterable[Tally]:
        """All of them, as committed now.

        Raises:
            ConfigError: there is no changelog.
            RestartError: the broker does not answer.
        """
        bounds = self._reader.bounds([self._topic])
        if not bounds:
            problem = f"topic {self._topic} does not exist; run: streams topics create --apply"
            raise ConfigError(problems=[problem])
        news = {
            place: (max(low, self._starts.get(place, low)), high)
            for place, (low, high) in bounds.items()
        }
        for one in self._reader.records(news):
            if one.key is None or not one.key.startswith((TALLY_KEY, CALIBRATION_KEY)):
                continue
            if one.value is None:
                self._held.pop((one.partition, one.key), None)
                continue
            row = decode_row(one.value)
            assert isinstance(row, Tally), "only tallies have such keys"
            self._held[one.partition, one.key] = row
        self._starts = {place: high for place, (_, high) in news.items()}
        return [self._held[place] for place in sorted(self._held) if place[1] != CALIBRATION_KEY]

    def calibrations(self) -> list[Tally]:
        """The tallies by expected chance, one of each partition, as of the last `read`."""
        return [self._held[place] for place in sorted(self._held) if place[1] == CALIBRATION_KEY]


def _learn(
    tallies: Tallies, reader: "Reader", settings: Settings, args: argparse.Namespace
) -> None:
    from streams.cli.learned import in_force  # noqa: PLC0415  # loads librdkafka
    from streams.fit.acceptance import GAMMA_MIN, drift, learn  # noqa: PLC0415  # loads scipy

    now_ms = time.time_ns() // 1_000_000
    found = learn(tallies.read(), now_ms=now_ms, gamma_min=GAMMA_MIN)
    for line in lines(found):
        print(line)
    before = in_force(reader, settings, now_ms)
    if before is not None:
        moved = drift(before, found.accepts.children)
        which = f", of {clean(moved.offer)}," if moved.offer else ""
        said = f"drift: the largest move of a lift{which} is by a factor of {moved.ratio:.2f}"
        print(f"{said} since version {before.version} of {utc(before.until_ms)}")
        found = msgspec.structs.replace(found, drift=moved.ratio)
    if args.publish:
        _publish(settings, found, apply=args.apply)


def _calibration(tallies: Tallies) -> int:
    """Print the table of closed trials by channel and expected chance."""
    from streams.cli.learn_calibration import table  # noqa: PLC0415  # loads scipy
    from streams.fit.calibration import calibration  # noqa: PLC0415  # as above

    tallies.read()
    found = calibration(tallies.calibrations(), now_ms=time.time_ns() // 1_000_000)
    print(table(found), end="")
    return 0


def lines(found: Acceptance) -> list[str]:
    """The table: an offer a line, then its channels; `lift` is observed over expected."""
    rows = [f"{'offer':<40} {'trials':>9} {'lift':>6} {'lift of buying anyway':>22}"]
    rows.append(_line("all", found.accepts, found.anyway))
    for name, node in found.accepts.children.items():
        rows.append(_line(clean(name), node, found.anyway.children.get(name)))
        rows += [_line(f"  by {channel}", below, None) for channel, below in node.children.items()]
    return rows


def _line(name: str, node: Node, anyway: Node | None) -> str:
    held = f"{anyway.lift:.2f} ({anyway.tried:,.0f} trials)" if anyway else "-"
    return f"{name:<40} {node.tried:>9,.1f} {node.lift:>6.2f} {held:>22}"


def _publish(settings: Settings, found: Acceptance, *, apply: bool) -> None:
    from streams.cli.publishing import write_rows  # noqa: PLC0415  # loads librdkafka
    from streams.codec.acceptance import encode_acceptance, versioned  # noqa: PLC0415
    from streams.codec.model import TOPIC  # noqa: PLC0415

    learned = versioned(found)
    rows = encode_acceptance(learned, valid_from_ms=found.until_ms)
    for row in rows:
        print(f"{'written' if apply else 'write'} {row.key.decode()}  {len(row.value)} bytes")
    if apply:
        # In this order: whoever reads the pointer finds its version.
        for row in rows:
            write_rows(settings, settings.topic_prefix + TOPIC, [row])
    else:
        print("nothing was written; add --apply to do it", file=sys.stderr)

"""`streams study`: what the profile can do on real receipts, as figures anybody can print again."""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from streams.core.errors import ConfigError
from streams.core.model import Model
from streams.worker.simulation.installed import data_directory

if TYPE_CHECKING:
    from rich.table import Table as Shown

    from streams.worker.simulation.baskets import Basket
    from streams.worker.simulation.next_basket import Table
    from streams.worker.simulation.paired import Difference, Row

WEEKS = 53
DESCRIPTION = """
Learns the population on the first weeks of the Complete Journey study, folds each household's
receipts, and before each basket of the weeks after ranks the categories. Differences are paired by
household, with 95 % bootstrap intervals.
"""
MATCHING = """
Folds the receipts of one household's first weeks into a profile, shows its genome and the later
receipts of four households, one of them the same, to a reader, and counts how often the reader
picks the right ones: by chance, one in four. The reader adds up how much likelier the receipts are
by the genome than by the population.
"""

LINKING = """
Routes the records of FEBRL's data sets, soc_sec_id as the number of a card, name with date of birth
and postcode as the account that logs in with it, and counts which pairs of records end in one row.
"""
LEARNING = """
Plays shops whose true acceptance is known through the draw, the tallies and the lifts that a worker
uses, and adds up what was lost against the best offer each time; the same with epsilon-greedy(.1).
Once more with a drift: half-way all truths change.
"""
COUPONS = """
Learns the population on the Complete Journey study until --learn-until, plays each household's
receipts, and on the morning of each redemption from then on ranks the coupons that the household
holds by how well their goods suit it, prices being equal. Ties are broken by chance for every
ranker alike; differences are paired by household, with 95 % bootstrap intervals.
"""


def add(subcommands: Any) -> None:
    """Add the command to `subcommands`."""
    study = subcommands.add_parser("study", help="judge the profile on real receipts")
    commands = study.add_subparsers(required=True, metavar="COMMAND")
    parser = commands.add_parser(
        "next-basket", help="does it know what is bought next?", description=DESCRIPTION
    )
    option = parser.add_argument
    option("--households", type=int, metavar="N", help="judge so many, drawn by --seed (all)")
    option("--seed", type=int, default=1, help="of the draw and of the bootstrap")
    _add_weeks(parser)
    parser.set_defaults(func=run)
    parser = commands.add_parser(
        "matching", help="does a genome tell customers apart?", description=MATCHING
    )
    option = parser.add_argument
    option("--trials", type=int, default=50, metavar="N", help="how many questions (50)")
    option("--seed", type=int, default=1, help="of the draw")
    option("--sheet", type=Path, metavar="FILE", help="write them for people, and FILE.answers")
    _add_weeks(parser)
    parser.set_defaults(func=run_matching)
    parser = commands.add_parser(
        "coupons", help="does it choose the coupon that is handed in?", description=COUPONS
    )
    option = parser.add_argument
    first, last = date(2017, 3, 1), date(2017, 7, 31)
    option(
        "--learn-until", type=_day, default=first, metavar="DAY", help="judge from it (%(default)s)"
    )
    option("--test-until", type=_day, default=last, metavar="DAY", help="the last (%(default)s)")
    option("--seed", type=int, default=1, help="of the bootstrap")
    option("--json", action="store_true", help="one JSON object, for machines")
    parser.set_defaults(func=run_coupons)
    parser = commands.add_parser(
        "linking", help="does recognition glue the wrong people together?", description=LINKING
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="FEBRL sets, as CSV")
    parser.add_argument("--json", action="store_true", help="one JSON object, for machines")
    parser.set_defaults(func=run_linking)
    parser = commands.add_parser(
        "learning", help="what does learning lose on its way?", description=LEARNING
    )
    option = parser.add_argument
    option("--seeds", type=int, default=20, metavar="N", help="shops of each size (20)")
    option("--first-seed", type=int, default=0, metavar="N", help="of the first shop (0)")
    option("--decisions", type=int, default=20_000, metavar="N", help="of each shop (20000)")
    option("--json", action="store_true", help="one JSON object, for machines")
    parser.set_defaults(func=run_learning)


def _add_weeks(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("--learn-until", type=int, default=30, metavar="WEEK", help="last week to learn from")
    option("--test-until", type=int, default=40, metavar="WEEK", help="last week to judge by")
    option("--json", action="store_true", help="one JSON object, for machines")


def run(args: argparse.Namespace) -> int:
    """Learn, judge and print both tables."""
    _check(args, "households")
    directory = data_directory()
    # pyarrow and scipy load for a second, and the first is an optional extra.
    from streams.worker.simulation import baskets, next_basket  # noqa: PLC0415

    start_s = time.monotonic()
    households = baskets.read_baskets(directory, until_week=args.test_until)
    learned = [one for held in households.values() for one in held if one.week <= args.learn_until]
    model = learn(learned)
    print(f"learned from {len(learned)} baskets, {since(start_s)}", file=sys.stderr)
    tables = next_basket.judge(
        next_basket.choose(households, args.households, args.seed),
        model,
        next_basket.popularity(learned),
        learn_until=args.learn_until,
        seed=args.seed,
    )
    print(f"judged, {since(start_s)}", file=sys.stderr)
    _print(tables, as_json=args.json)
    return 0


def run_linking(args: argparse.Namespace) -> int:
    """Link and print."""
    from streams.cli.study_linking import run as run_now  # noqa: PLC0415  # only this command's

    return run_now(args)


def run_learning(args: argparse.Namespace) -> int:
    """Simulate and print."""
    from streams.cli.study_learning import run as run_now  # noqa: PLC0415  # loads scipy

    return run_now(args)


def run_coupons(args: argparse.Namespace) -> int:
    """Play, look, and print the tables."""
    data_directory()
    # pyarrow loads for a second, and is an optional extra.
    from streams.cli import study_coupons  # noqa: PLC0415

    return study_coupons.run(args)


def run_matching(args: argparse.Namespace) -> int:
    """Draw the trials, have them read, and print the table."""
    _check(args, "trials")
    data_directory()
    # pyarrow loads for a second, and is an optional extra.
    from streams.cli import study_matching  # noqa: PLC0415

    return study_matching.run(args)


def learn(learned: "list[Basket]") -> Model:
    """What `streams fit` learns of categories and pairs, and nothing else."""
    from streams.fit import rhythm  # noqa: PLC0415  # loads scipy
    from streams.fit.population import DAY_MS, Population  # noqa: PLC0415
    from streams.worker.simulation.baskets import sales  # noqa: PLC0415  # an optional extra

    population = Population()
    for event in sales(sorted(learned, key=lambda one: (one.time_ms, one.basket_id))):
        population.add(event)
    population.close()
    return Model(
        fitted_until_ms=population.until_ms,
        categories=rhythm.categories(population, population.until_ms // DAY_MS),
        goes_with=population.pairs.lifts(across=False),
    )


def _check(args: argparse.Namespace, counted: str) -> None:
    problems = []
    if not 1 <= args.learn_until < args.test_until <= WEEKS:
        asked = f"{args.learn_until} and {args.test_until}"
        problems.append(f"expected 1 <= --learn-until < --test-until <= {WEEKS}, got {asked}")
    count = getattr(args, counted)
    if count is not None and count < 1:
        problems.append(f"--{counted}: expected at least 1, got {count}")
    if problems:
        raise ConfigError(problems=problems)


def since(start_s: float) -> str:
    """How long ago `start_s` of the monotonic clock was, in words."""
    return f"{time.monotonic() - start_s:.0f} s"


def _print(tables: "tuple[Table, Table]", *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode([asdict(table) for table in tables]).decode())
        return
    from rich.console import Console  # noqa: PLC0415  # only to print

    from streams.worker.simulation.next_basket import MEASURES  # noqa: PLC0415

    console = Console(width=132, highlight=False)
    for table in tables:
        title = f"{table.title}: {table.households} households, {table.baskets} baskets, in %"
        console.print(table_of(title, MEASURES, table.rows, table.differences))


def table_of(
    title: str,
    measures: Sequence[str],
    rows: "Iterable[Row]",
    differences: "Iterable[Difference]",
) -> "Shown":
    """Rankers with their measures in percent, and how much ours is above each baseline."""
    from rich import box  # noqa: PLC0415  # only to print
    from rich.table import Table as Shown  # noqa: PLC0415

    every = list(differences)
    shown = Shown(title=title, box=box.SIMPLE, title_justify="left")
    shown.add_column("", no_wrap=True)
    for name in measures:
        shown.add_column(name, justify="right", no_wrap=True)
        shown.add_column("ours +", justify="right", no_wrap=True)
    for row in rows:
        apart = [one for one in every if one.baseline == row.name]
        ours = [_points(one.mean, one.low, one.high) for one in apart] or [""] * len(measures)
        cells = zip((f"{100 * mean:.2f}" for mean in row.means), ours, strict=True)
        shown.add_row(row.name, *(cell for pair in cells for cell in pair))
    return shown


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        expected = f"expected a day like 2017-03-01, got {text!r}"
        raise argparse.ArgumentTypeError(expected) from error


def _points(mean: float, low: float, high: float) -> str:
    return f"{100 * mean:+.2f} [{100 * low:+.2f} {100 * high:+.2f}]"

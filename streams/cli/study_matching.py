"""`streams study matching`: does a genome tell customers apart? The run, and its table."""

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path

import msgspec
from msgspec import structs
from rich import box
from rich.console import Console
from rich.table import Table as Shown

from streams.cli.environment import read_settings
from streams.cli.study import learn, since
from streams.cli.study_sheet import answers, sheet
from streams.core.errors import ConfigError
from streams.worker.policies import read_policy
from streams.worker.simulation import baskets, matching, matching_receipts
from streams.worker.simulation.installed import data_directory
from streams.worker.simulation.matching import Table


def run(args: argparse.Namespace) -> int:
    """Learn, draw, fold, read, print, and write the sheet where told to."""
    policy = read_policy(read_settings(args)).fold
    _check_sheet(args.sheet)
    directory = data_directory()
    start_s = time.monotonic()
    households = baskets.read_baskets(directory, until_week=args.test_until)
    trials = _draw(args, matching.eligible(households, args.learn_until))
    every = [one for held in households.values() for one in held]
    learned = [one for one in every if one.week <= args.learn_until]
    model = structs.replace(learn(learned), version=f"weeks-1-to-{args.learn_until}")
    span = matching_receipts.Span(
        start_ms=min(one.time_ms for one in learned),
        learned_ms=max(one.time_ms for one in learned),
        until_ms=max(one.time_ms for one in every),
    )
    print(f"learned from {len(learned)} baskets, {since(start_s)}", file=sys.stderr)
    material = matching_receipts.read_material(
        directory,
        matching_receipts.with_products(policy, directory, span),
        model,
        span,
        subjects={trial.subject for trial in trials},
        shown={household for trial in trials for household in trial.households},
    )
    table = matching.judge(trials, material)
    print(f"read {len(trials)} genomes, {since(start_s)}", file=sys.stderr)
    if args.sheet is not None:
        _write(args.sheet, sheet(trials, material, policy.zone.name), answers(trials))
    _print(table, as_json=args.json)
    return 0


def _draw(args: argparse.Namespace, found: list[int]) -> list[matching.Trial]:
    if len(found) < max(args.trials, matching.PLACES):
        problem = (
            f"--trials: expected at most {len(found)}, one for each household with "
            f"{matching.BEFORE_MIN} receipts until week {args.learn_until} and "
            f"{matching.AFTER_MIN} after, and {matching.PLACES} of these, got {args.trials}"
        )
        raise ConfigError(problems=[problem])
    return matching.draw(found, args.trials, args.seed)


def _check_sheet(path: Path | None) -> None:
    """Before a minute's work, not after it."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        problem = f"--sheet {path}: expected a file in a directory that exists"
        raise ConfigError(problems=[problem])


def _write(path: Path, questions: str, right: str) -> None:
    solution = path.with_name(f"{path.name}.answers")
    try:
        path.write_text(questions, "utf-8")
        solution.write_text(right, "utf-8")
    except OSError as error:
        problem = f"--sheet {path} cannot be written: {error.strerror}"
        raise ConfigError(problems=[problem]) from error
    print(f"sheet written to {path}, answers to {solution}", file=sys.stderr)


def _print(table: Table, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(asdict(table)).decode())
        return
    title = (
        f"whose later receipts, out of {matching.PLACES} households: {table.trials} trials, "
        f"chance {table.chance:.0%}"
    )
    shown = Shown(title=title, box=box.SIMPLE, title_justify="left")
    shown.add_column("the reader goes by", no_wrap=True)
    for name in ("right", "in %", "95 % interval"):
        shown.add_column(name, justify="right", no_wrap=True)
    for row in table.rows:
        interval = f"{100 * row.low:.1f} to {100 * row.high:.1f}"
        shown.add_row(row.name, str(row.right), f"{100 * row.rate:.1f}", interval)
    Console(width=100, highlight=False).print(shown)

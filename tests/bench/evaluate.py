"""`python -m tests.bench evaluate`: are the intervals of `streams evaluate` honest?

Simulated logs of a bandit, and of a shop with a holdout, with a known truth; a 95 %
interval must hold it in 95 of 100 logs, and the estimates must lie around it.
"""

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from tests.bench.table import markdown
from tests.evaluate import kept_back
from tests.evaluate.bandit import REPLICATES, SUBJECTS, judge, truth_minor
from tests.evaluate.coverage import Row

HEAD = ("coverage of 95 %", "bias, standard errors", "mean width, standard errors")


def add(parser: Any) -> None:
    """Add the options to `parser`."""
    parser.add_argument("--evaluate-seeds", type=int, default=1_000, metavar="N", help="logs")


def run(args: Namespace) -> dict[str, Any]:
    """Simulate, print the table, return the figures."""
    rows = judge(range(args.evaluate_seeds))
    print(
        f"\n{args.evaluate_seeds} logs of {SUBJECTS} subjects, true value {truth_minor():.3f} "
        f"minor units a decision, {REPLICATES} resamples by subject\n"
    )
    return _shown("estimator", rows) | _kept_back(args.evaluate_seeds)


def _kept_back(seeds: int) -> dict[str, Any]:
    rows = kept_back.judge(range(seeds))
    share, minor = kept_back.truth()
    print(
        f"\n{seeds} logs of {kept_back.SUBJECTS} customers, {kept_back.HELD_OUT:.0%} held out, "
        f"true uplift {100 * share:.1f} points and {minor:.2f} minor units a delivered offer\n"
    )
    return _shown("measured by the holdout", rows)


def _shown(first: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Print the table, return the figures."""
    shown = [
        (one.figure, f"{100 * one.coverage:.1f} %", f"{one.bias:+.3f}", f"{one.width:.2f}")
        for one in rows
    ]
    print(markdown((first, *HEAD), shown), flush=True)
    return {one.figure: one._asdict() for one in rows}

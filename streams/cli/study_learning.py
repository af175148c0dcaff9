"""`streams study learning`: what learning loses on its way, in a shop whose truth is known."""

import argparse
import sys
import time
from dataclasses import asdict

import msgspec
import numpy as np

from streams.core.errors import ConfigError
from streams.fit.known_shop import Regrets, regrets

OFFERS = (5, 20, 50)
BOOTSTRAPS = 2_000
SEEDS_MIN, DECISIONS_MIN = 2, 1_000


def run(args: argparse.Namespace) -> int:
    """Simulate and print."""
    if args.seeds < SEEDS_MIN or args.decisions < DECISIONS_MIN:
        asked = f"{args.seeds} and {args.decisions}"
        least = f"--seeds of at least {SEEDS_MIN} and --decisions of at least {DECISIONS_MIN}"
        problem = f"expected {least}, got {asked}"
        raise ConfigError(problems=[problem])
    start_s = time.monotonic()
    found = []
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    for offers in OFFERS:
        found.append(regrets(offers, seeds=seeds, decisions=args.decisions))
        print(f"{offers} offers, {time.monotonic() - start_s:.0f} s", file=sys.stderr)
    if args.json:
        print(msgspec.json.encode([asdict(one) for one in found]).decode())
        return 0
    print(
        f"regret after {args.decisions:,} decisions, {args.seeds} shops, in % of a random choice's"
    )
    print("offers  ours  epsilon-greedy(.1)  ours above it         ours above half of random")
    for one in found:
        print(line(one))
    print("\nregret of each tenth, in % of a random choice's; all truths change after the fifth")
    for one in found:
        tenths = np.mean(np.array(one.after), axis=0)
        print(f"{one.offers:>6}  " + "  ".join(f"{100 * share:4.0f}" for share in tenths))
    return 0


def line(found: Regrets) -> str:
    """One row: means, and paired differences with 95 % bootstrap intervals by shop."""
    ours, theirs = np.array(found.ours), np.array(found.epsilon_greedy)
    above, half = interval(ours - theirs), interval(ours - 0.5)
    return (
        f"{found.offers:>6}  {100 * ours.mean():4.1f}  {100 * theirs.mean():18.1f}  "
        f"{_points(above):<20}  {_points(half)}"
    )


def interval(differences: "np.typing.NDArray[np.float64]") -> tuple[float, float, float]:
    """Mean of `differences`, and the ends of its 95 % bootstrap interval."""
    drawn = np.random.default_rng(1).integers(
        0, len(differences), size=(BOOTSTRAPS, len(differences))
    )
    low, high = np.percentile(differences[drawn].mean(axis=1), [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)


def _points(one: tuple[float, float, float]) -> str:
    mean, low, high = (100 * share for share in one)
    return f"{mean:+.1f} [{low:+.1f} {high:+.1f}]"

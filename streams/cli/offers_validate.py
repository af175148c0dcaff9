"""`streams offers validate`: every problem of a directory of offers, with file and line."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from streams.cli.catalogue import read_file
from streams.cli.environment import read_settings
from streams.core.offers import Policy
from streams.worker.policies import read_directory, read_lexicon


def add(actions: Any) -> None:
    """Add the command to `actions`."""
    parser = actions.add_parser("validate", help="check the offers of a directory; needs no broker")
    parser.add_argument("directory", type=Path, nargs="?", metavar="DIR")
    parser.add_argument(
        "--products",
        type=Path,
        metavar="FILE",
        help="a file as `streams catalogue publish` takes it; every product must be in it",
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print version and counts; problems end the command with exit code 2."""
    settings = read_settings(args)
    products = None
    if args.products is not None:
        lines = read_file(args.products, products_max=settings.products_max)
        products = {one.item_id: one.currency for one in lines}
    directory = args.directory or settings.offers_dir
    files, policy = read_directory(directory, settings, read_lexicon(settings), products)
    print(f"policy version {policy.policy_version}: {_contents(policy)}, in {len(files)} files")
    return 0


def _contents(policy: Policy) -> str:
    offers = policy.offers.values()
    purposes = Counter(one.purpose for one in offers)
    told = ", ".join(f"{count} {purpose}" for purpose, count in sorted(purposes.items()))
    rules = sum([len(one.rules) for one in offers])
    return f"{len(offers)} offers ({told}), {rules} rules, {len(policy.triggers)} triggers"

"""`streams offers validate | variables`: every problem of a directory, and what rules may ask."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from streams.cli.catalogue import read_file
from streams.cli.environment import read_settings
from streams.cli.scenarios import read_scenarios
from streams.core.decide.facts import OWN_VARIABLES, VARIABLES
from streams.core.offers import Policy
from streams.worker.policies import SCENARIOS, read_directory, read_lexicon


def add(actions: Any) -> None:
    """Add the command to `actions`."""
    parser = actions.add_parser(
        "validate", help="check the offers and scenarios of a directory; needs no broker"
    )
    parser.add_argument("directory", type=Path, nargs="?", metavar="DIR")
    parser.add_argument(
        "--products",
        type=Path,
        metavar="FILE",
        help="a file as `streams catalogue publish` takes it; every product must be in it",
    )
    parser.set_defaults(func=run)
    actions.add_parser("variables", help="what rules of offers may ask").set_defaults(func=show)


def show(_args: argparse.Namespace) -> int:
    """Print name, type and meaning of every variable."""
    for one in (*VARIABLES, *OWN_VARIABLES):
        print(f"{one.name:<20}  {one.kind.value:<20}  {one.meaning}")
    return 0


def run(args: argparse.Namespace) -> int:
    """Print version and counts; problems end the command with exit code 2."""
    settings = read_settings(args)
    products = None
    if args.products is not None:
        lines = read_file(args.products, products_max=settings.products_max)
        products = {one.item_id: one.currency for one in lines}
    directory = args.directory or settings.offers_dir
    files, policy = read_directory(directory, settings, read_lexicon(settings), products)
    if any(directory.glob(f"*{SCENARIOS}")):
        read_scenarios(directory)  # `streams offers test` plays them
    print(f"policy version {policy.policy_version}: {_contents(policy)}, in {len(files)} files")
    return 0


def _contents(policy: Policy) -> str:
    offers = policy.offers.values()
    purposes = Counter(one.purpose for one in offers)
    told = ", ".join(f"{count} {purpose}" for purpose, count in sorted(purposes.items()))
    rules = sum([len(one.rules) for one in offers])
    return f"{len(offers)} offers ({told}), {rules} rules, {len(policy.triggers)} triggers"

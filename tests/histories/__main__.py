"""`python -m tests.histories --histories 10000`: generated histories, judged by the checker.

Prints what they met, and each rule that was broken with a history that broke it; exits 1 if there
was any, or if something was met less than `--met-min` times. `--digest` prints a digest of every
byte that they made, and judges nothing. `--planted` prints, as JSON, which history shows each of
the planted bugs: none of them should be null.
"""

import json
import sys
import time
from argparse import ArgumentParser

from tests.histories.planted import BUGS
from tests.histories.survey import digest, seen_by, survey, to_meet

SHOWN = 10


def main(argv: list[str] | None = None) -> int:
    """Play them, print, and say whether all is well."""
    parser = ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--met-min", type=int, default=0, help="how often each rule must be met")
    parser.add_argument("--digest", action="store_true", help="print a digest only")
    parser.add_argument("--planted", action="store_true", help="print who shows the planted bugs")
    args = parser.parse_args(argv)
    seeds = range(args.first, args.first + args.histories)
    if args.digest:
        print(digest(seeds))
        return 0
    if args.planted:
        print(json.dumps({bug.name: seen_by(bug, seeds) for bug in BUGS}, indent=1))
        return 0
    return _judge(seeds, args.met_min)


def _judge(seeds: range, met_min: int) -> int:
    began = time.process_time()
    found = survey(seeds)
    seconds = time.process_time() - began
    print(f"{len(seeds)} histories, {found.moments} events and timers, {seconds:.0f} s of CPU")
    names = to_meet()
    for name in names:
        print(f"{found.met[name]:>8}  {name}")
    rarely = [name for name in names if found.met[name] < met_min]
    for name in rarely:
        print(f"MET LESS THAN {met_min} TIMES: {name}")
    for rule, what in found.problems[:SHOWN]:
        print(f"BROKEN {rule}: {what}")
    print(f"{len(found.problems)} broken")
    return 1 if found.problems or rarely else 0


if __name__ == "__main__":
    sys.exit(main())

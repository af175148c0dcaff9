"""`python -m tests.bench [NAME ...]`: throughput, latency, restore, channel, step, decide ...

Without a name all but `memory`, `forward`, `sweep` and `evaluate` run; those when named, or --all.
`memory` takes some minutes; `evaluate` measures no speed but the statistics of evaluation.
Every ratio is taken inside one run on one real Kafka, which is started for it and removed after.
"""

import json
import sys
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from tests.bench import (
    channel,
    decide,
    evaluate,
    forward,
    latency,
    memory,
    restore,
    step,
    sweep,
    throughput,
)
from tests.bench.machine import describe, sentence
from tests.bench.stage import stage

PARTS = {
    "throughput": throughput,
    "latency": latency,
    "forward": forward,
    "restore": restore,
    "channel": channel,
    "memory": memory,
}
ALONE = {
    "step": step,
    "decide": decide,
    "sweep": sweep,
    "evaluate": evaluate,
}  # these need no Kafka
NAMES = (*ALONE, *PARTS)
USUAL = ("step", "decide", "throughput", "latency", "restore", "channel")


def main(argv: list[str] | None = None) -> int:
    """Run the named benchmarks, print their tables, write the figures to --json."""
    args = _arguments(argv)
    names = NAMES if args.all else tuple(args.names) or USUAL
    machine = describe()
    figures: dict[str, Any] = {"machine": machine}
    print(sentence(machine), flush=True)
    for name in [name for name in ALONE if name in names]:
        figures[name] = ALONE[name].run(args)
    wanted = [name for name in PARTS if name in names]
    if wanted:
        with stage() as place:
            for name in wanted:
                began = time.monotonic()
                figures[name] = PARTS[name].run(place, args)
                print(f"({name} took {time.monotonic() - began:.0f} s)\n", flush=True)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _arguments(argv: list[str] | None) -> Namespace:
    parser = ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument(
        "--all", action="store_true", help="memory, forward, sweep and evaluate too"
    )
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    for name, module in (ALONE | PARTS).items():
        module.add(parser.add_argument_group(name))
    args = parser.parse_args(argv)
    unknown = [name for name in args.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark called {unknown[0]!r}; known are {', '.join(NAMES)}")
    return args


if __name__ == "__main__":
    sys.exit(main())

"""The load of the latency benchmark: one event at each fixed time, whatever the others do.

A process of its own, so that reading the offers cannot delay it. Event number i is due at
`start + i / rate` on the machine's monotonic clock and its latency counts from there: an event that
is sent late because everything stood still counts as late (no coordinated omission).
"""

import sys
import time
from argparse import ArgumentParser
from random import Random

from confluent_kafka import Producer

from tests.bench.mix import CeTime, on_device, source

PRODUCER = {"partitioner": "murmur2_random", "linger.ms": 0, "acks": "all"}


def arguments(*, bootstrap: str, prefix: str, rate: int, count: int, first: int) -> list[str]:
    """The command line of this module; the start time is added by whoever starts it."""
    options = {"bootstrap": bootstrap, "prefix": prefix, "rate": rate, "count": count}
    flags = [text for name, one in options.items() for text in (f"--{name}", str(one))]
    return ["-m", "tests.bench.feed", *flags, "--first", str(first)]


def main() -> int:
    """Send all events, each at its time."""
    parser = ArgumentParser(prog="python -m tests.bench.feed", description=__doc__)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--prefix", required=True)
    for name in ("--rate", "--count", "--first"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--start", type=float, required=True, help="CLOCK_MONOTONIC, in s")
    parser.add_argument("--devices", action="store_true", help="half of it on linked devices")
    args = parser.parse_args()
    producer = Producer({**PRODUCER, "bootstrap.servers": args.bootstrap})
    producer.list_topics(timeout=10)
    clock = CeTime()
    for number in range(args.count):
        wait_s = args.start + number / args.rate - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        index = args.first + number
        text = clock.text(time.time_ns() // 1_000_000)
        one = source(index, draw=Random(index), time=text)
        if args.devices:
            one = on_device(one, index)
        producer.produce(args.prefix + one.topic, one.value, one.key, headers=[*one.headers])
        producer.poll(0)
    producer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

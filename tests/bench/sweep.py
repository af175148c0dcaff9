"""What it costs to withdraw the open offers of everybody: CPU microseconds an offer; no broker.

Customers of the mix, each with an offer of one article open, lie in a store on disk as a worker
leaves them. Their article goes out of stock, and the worker's own `Sweeping` ends all of it in
turns, with units that are encoded and written to the store as after a commit; only the producer's
part, some 10 us an offer in a thread of its own, is missing.
"""

import tempfile
import time
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from streams.codec.rows import decode_row, encode_row
from streams.config import Settings
from streams.core.offers import Policy
from streams.core.profile.contact import OpenOffer
from streams.core.stock import Out, Stock
from streams.kafka.ledger import Checkpoint, Ledger
from streams.kafka.rows import RowCodec
from streams.kafka.shell import TIMER_TURN_MAX
from streams.kafka.table import Stores
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.app import collect_seldom
from streams.worker.sweeping import Sweeping, reindex
from tests.bench.profiles import policy_of, read, rows_of
from tests.bench.stage import LEXICON, OFFERS
from tests.bench.step import NOWHERE

ARTICLE = "sku-gone"
ROW_BYTES = 1_000  # at least; of a customer after some minutes
CHECKPOINT = Checkpoint(cluster_id="", changelog_topic_id="", position=1, written_ms=1)
OPEN_MAX_S = 1.0
"""For 10,000 open offers, beside the fold."""


def add(parser: ArgumentParser) -> None:
    """Options of `sweep`."""
    parser.add_argument("--open-offers", type=int, default=10_000, help="how many are withdrawn")


def run(args: Namespace) -> dict[str, Any]:
    """Measure, print the figures, return them."""
    settings = Settings.from_env(
        {"STREAMS_OFFERS_DIR": str(OFFERS), "STREAMS_LEXICON_DIR": str(LEXICON)}
    )
    collect_seldom()
    with tempfile.TemporaryDirectory() as directory:
        stores = Stores(Path(directory), "bench")
        policy, now_ms = policy_of(settings), time.time_ns() // 1_000_000
        codec = RowCodec(decode=decode_row, encode=encode_row)
        ledger = Ledger(clock_ms=now_ms, positions={"a": 1})
        opened = OpenPartition(0, stores.open(0), ledger, codec, 10)
        _fill(opened, settings, policy, number=args.open_offers)
        out = replace(policy, stock=Stock(1, {ARTICLE: Out(0, None)}))
        unit = Unit(cast("Any", None), NOWHERE, cast("Any", None), lambda *_: None)
        unit.partitions[0] = opened
        found = _sweep(settings, unit, opened, out)
        stores.close_all()
    print(
        f"\n### Withdrawing {found['offers']:,} open offers\n\n{found['us']:.1f} us CPU an offer, "
        f"{found['turn_ms']:.1f} ms a turn of {TIMER_TURN_MAX}: {found['us'] / 100:.2f} s for "
        f"10,000 (<= {OPEN_MAX_S:g})\n"
    )
    return found


def _fill(opened: OpenPartition, settings: Settings, policy: Policy, *, number: int) -> None:
    """Write customers who have an offer open."""
    now_ms = opened.ledger.clock_ms
    row = next(iter(policy.offers.values()))
    rows = rows_of(settings, size=ROW_BYTES)
    for index in range(number):
        profile = read(rows[index % len(rows)], "")
        profile.subject = f"customer:open-{index}"
        key, held = profile.subject.encode(), profile.contact.open_offers
        held.clear()
        held[f"{index:032x}"] = OpenOffer(
            row.offer, row.channels[0], "main", "marketing", now_ms, now_ms + 86_400_000, ARTICLE
        )
        opened.put(key, profile)
        reindex(opened, key, {}, profile)
    _commit(opened)
    opened._kept.clear()
    opened._older.clear()


def _sweep(settings: Settings, unit: Unit, opened: OpenPartition, policy: Policy) -> dict[str, Any]:
    def begin(one: OpenPartition) -> Policy:
        unit.touch(one)
        return policy

    sweeping = Sweeping(settings, unit, begin, lambda: policy)
    turns = 0
    began_s = time.process_time()
    while sweeping.sweep(opened, TIMER_TURN_MAX):
        turns += 1
        if turns % 2 == 0:  # a commit takes about as long as two turns
            _commit(opened)
    _commit(opened)
    seconds = time.process_time() - began_s
    offers = opened.ledger.counts["withdrawn|stock"]
    return {"offers": offers, "us": seconds * 1e6 / offers, "turn_ms": seconds * 1e3 / turns}


def _commit(opened: OpenPartition) -> None:
    opened.written(opened.take(NOWHERE), CHECKPOINT)
    opened.settled()

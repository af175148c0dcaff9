"""What one application left in Kafka and on disk, and what must be there: the two sides of a check.

A partition's reserved changelog rows, in order, are its committed units: which source records were
folded, in which order, and what had been counted by then.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, cast

import msgspec
from rocksdict import AccessType, Options, Rdict

from tests.integration.reading import Logged, Place

LEDGER_KEY = b"\x00ledger"
CHECKPOINT_KEY = b"\x00checkpoint"
TIMER = b"\x00timer"
INDEX = b"\x00index"


class Run(NamedTuple):
    """Source records `first` to below `next` of one topic, folded in this order."""

    topic: str
    first: int
    next: int


class Fired(msgspec.Struct, frozen=True, array_like=True):
    """A timer row that came due after `runs` runs of its unit; `kind` is empty if none fired."""

    runs: int
    subject: str
    row_ms: int
    kind: str
    due_ms: int
    clock_ms: int


class Swept(msgspec.Struct, frozen=True, array_like=True):
    """A profile that lost offers after `runs` runs and `fired` timer rows of its unit."""

    runs: int
    fired: int
    subject: str
    count: int
    clock_ms: int


class Ledger(msgspec.Struct, kw_only=True):
    """The reserved row; what it holds more than this is the worker's own business."""

    positions: dict[str, int]
    runs: list[Run]
    counts: dict[str, int]
    clock_ms: int
    folded: int
    adopted: dict[str, str] = {}
    fired: list[Fired] = []
    swept: list[Swept] = []


class Unit(NamedTuple):
    """One committed unit of one partition."""

    partition: int
    changelog_offset: int
    ledger: Ledger

    def where(self) -> str:
        """Place of the reserved row in words."""
        return f"unit of partition {self.partition} at changelog offset {self.changelog_offset}"


class Store(NamedTuple):
    """Rows of one partition's RocksDB of one stopped worker, timers too, without the ledger."""

    worker: str
    partition: int
    ledger: Ledger
    rows: dict[bytes, bytes]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Everything of one application; lists are in offset order inside a partition.

    `sources` holds every record that ever was readable, `lost` those of them that retention
    deleted before they were folded.
    """

    sources: list[Logged]
    changelog: list[Logged]
    outputs: list[Logged]
    dead_letters: list[Logged]
    committed: Mapping[Place, int]
    stores: list[Store] = field(default_factory=list)
    lost: frozenset[tuple[str, int, int]] = frozenset()
    reference: list[Logged] = field(default_factory=list)
    prefix: str = ""

    @cached_property
    def units(self) -> dict[int, list[Unit]]:
        """Committed units by partition, in the order of their commits."""
        found: dict[int, list[Unit]] = defaultdict(list)
        for row in self.changelog:
            if row.key == LEDGER_KEY and row.value is not None:
                ledger = decode_ledger(row.value, self.prefix)
                found[row.partition].append(Unit(row.partition, row.offset, ledger))
        return dict(found)

    @cached_property
    def by_place(self) -> dict[Place, list[Logged]]:
        """Source records by topic and partition."""
        found: dict[Place, list[Logged]] = defaultdict(list)
        for record in self.sources:
            found[record.topic, record.partition].append(record)
        return dict(found)

    def between(self, place: Place, first: int, following: int) -> list[Logged]:
        """Source records of `place` from offset `first` to below `following`."""
        records = self.by_place.get(place, [])
        low = bisect_left(records, first, key=_offset)
        return records[low : bisect_left(records, following, key=_offset)]

    def latest_rows(self) -> dict[int, dict[bytes, bytes]]:
        """What a whole restore of the changelog gives, by partition, without the ledgers."""
        found: dict[int, dict[bytes, bytes]] = defaultdict(dict)
        for row in self.changelog:
            assert row.key is not None, f"a changelog row without a key: {row.where()}"
            if row.key == LEDGER_KEY:
                continue
            if row.value is None:
                found[row.partition].pop(row.key, None)
            else:
                found[row.partition][row.key] = row.value
        return dict(found)


class Output(NamedTuple):
    """A record that the worker must have written."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What must be there; outputs in order within topic and partition.

    `counts` is keyed by partition, then `topic|outcome`; `dead_letters` gives the reason for the
    record at (topic, partition, offset).
    """

    rows: dict[int, dict[bytes, bytes]] = field(default_factory=lambda: defaultdict(dict))
    counts: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    outputs: dict[Place, list[Output]] = field(default_factory=lambda: defaultdict(list))
    dead_letters: dict[tuple[str, int, int], str] = field(default_factory=dict)


def decode_ledger(value: bytes, prefix: str) -> Ledger:
    """Read a reserved row; its topic names lose `prefix`."""
    ledger = msgspec.json.decode(value, type=Ledger)
    return Ledger(
        positions={name.removeprefix(prefix): at for name, at in ledger.positions.items()},
        runs=[run._replace(topic=run.topic.removeprefix(prefix)) for run in ledger.runs],
        counts={name.removeprefix(prefix): number for name, number in ledger.counts.items()},
        clock_ms=ledger.clock_ms,
        folded=ledger.folded,
        adopted=ledger.adopted,
        fired=ledger.fired,
        swept=ledger.swept,
    )


def read_stores(state_dir: Path, application: str, worker: str, *, prefix: str) -> list[Store]:
    """Read every partition store that a stopped worker left under `state_dir`."""
    found = []
    for path in sorted((state_dir / application).glob("p*")):
        if not path.name.removeprefix("p").isdigit():
            continue  # set aside by name
        rows = _rows(path)
        ledger = rows.get(LEDGER_KEY)
        if ledger is not None:
            partition = int(path.name.removeprefix("p"))
            del rows[LEDGER_KEY]
            rows.pop(CHECKPOINT_KEY, None)
            found.append(Store(worker, partition, decode_ledger(ledger, prefix), rows))
    return found


def _offset(record: Logged) -> int:
    return record.offset


def _rows(path: Path) -> dict[bytes, bytes]:
    store = Rdict(str(path), Options(raw_mode=True), access_type=AccessType.read_only())
    try:
        return dict(cast("Iterable[tuple[bytes, bytes]]", store.items()))
    finally:
        store.close()

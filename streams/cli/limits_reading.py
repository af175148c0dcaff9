"""The rows of shared limits in the table's changelog, all partitions as of one moment.

Each partition's log has an order, and nothing says which offset was there at the same time as one
of another partition. So the ends of all logs, of what is committed, are asked for three times. If
the home of a limit granted and took back nothing from the first to the last, then what each of the
others had at the second is what it had while the home was so. Else it is to be read on from there.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from streams.cli.reading import Reader, Record
from streams.codec.rows import decode_row
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.core.fold_policy import Zone
from streams.core.leases.desk import Desk
from streams.core.leases.limits import Limits
from streams.core.leases.rows import Held, Lease
from streams.core.leases.saying import HELD_KEY, KNOWN_KEY, LEASE_KEY
from streams.core.leases.whereabouts import opened_by
from streams.kafka.ledger import LEDGER_KEY, decode_ledger
from streams.kafka.partitioner import partition_for


class Table:
    """Rows of shared limits of one partition; as those of a desk, which only looks."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._rows: dict[bytes, Any] = {}
        self._ledger: bytes | None = None

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take in a row of the changelog."""
        if key == LEDGER_KEY:
            self._ledger = value
        elif value is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = decode_row(value)

    def held(self) -> Iterable[Held]:
        """What open offers took."""
        return [row for row in self._rows.values() if isinstance(row, Held)]

    def clock_ms(self) -> int:
        """The decision clock; 0 before the first unit."""
        return 0 if self._ledger is None else decode_ledger(self._ledger).clock_ms

    def read(self, key: bytes) -> Any:
        """The row of `key`, None if there is none."""
        return self._rows.get(key)

    def put(self, key: bytes, row: Any) -> None:
        """Nothing is written by who looks."""
        raise AssertionError(key, row)

    def remove(self, key: bytes) -> None:
        """Nothing is erased by who looks."""
        raise AssertionError(key)


class Tables:
    """The tables of all partitions; each `read` reads on from where the last one ended."""

    def __init__(self, reader: Reader, settings: Settings) -> None:
        """Read nothing yet."""
        self._reader = reader
        self._topic = settings.changelog_topic
        self._starts: dict[tuple[str, int], int] = {}
        self.parts: list[Table] = []
        self.moved: set[bytes] = set()
        """Keys of the limits whose homes granted or took back in the last `read`."""

    def read(self) -> None:
        """Read all tables up to now.

        Raises:
            ConfigError: there is no changelog, or a later release wrote it.
            RestartError: the broker does not answer.
        """
        first, now, last = (self._reader.bounds([self._topic]) for _ in range(3))
        if not now:
            problem = f"topic {self._topic} does not exist; run: streams topics create --apply"
            raise ConfigError(problems=[problem])
        self.parts = self.parts or [Table() for _ in now]
        self.moved = set()
        wanted = {
            place: (max(low, self._starts.get(place, low)), last[place][1])
            for place, (low, _) in now.items()
        }
        for one in self._reader.records(wanted):
            if _is_ours(one.key or b""):
                place = one.topic, one.partition
                self._take(one, one.offset >= first[place][1], one.offset < now[place][1])
        self._starts = {place: high for place, (_, high) in now.items()}

    def desks(self, limits: Limits, zone: Zone) -> list[Desk]:
        """A desk for each table, which looks and says nothing."""
        count = len(self.parts)
        return [
            Desk(
                part,
                limits,
                zone,
                number=number,
                partitions=count,
                home_of=partial(partition_for, partitions=count),
                say=_never,
                count=_never,
            )
            for number, part in enumerate(self.parts)
        ]

    def opened(self) -> Counter[str]:
        """Limit -> tokens that open offers took."""
        return opened_by(held for part in self.parts for held in part.held())

    def clock_ms(self) -> int:
        """The latest decision clock; 0 if no worker has folded anything."""
        return max(part.clock_ms() for part in self.parts)

    def _take(self, one: Record, watched: bool, kept: bool) -> None:  # noqa: FBT001  # when
        key, part = one.key or b"", self.parts[one.partition]
        if watched and key.startswith(LEASE_KEY):
            before: Lease = part.read(key) or Lease()
            row = Lease() if one.value is None else decode_row(one.value)
            if isinstance(row, Lease) and row.out != before.out:
                self.moved.add(key)
        if kept:
            part.take(key, one.value)


def _is_ours(key: bytes) -> bool:
    return key in {LEDGER_KEY, KNOWN_KEY} or key.startswith((LEASE_KEY, HELD_KEY))


def _never(*said: object) -> None:
    raise AssertionError(said)

r"""Index rows of a partition: reserved rows that say which keys hold something of a name.

The key is `\0index`, one letter for the kind of name, the length of the name as 3 digits, the name,
and the key of the row that holds it: all of one name are a range of the store, need no memory, and
come back with any restore. Nothing here knows what a name is of.
"""

from collections.abc import Iterator

from streams.kafka.ledger import RESERVED
from streams.kafka.table import Store

PREFIX = RESERVED + b"index"
DIGITS = 3
VALUE = b"1"
_AFTER = b"\xff"  # above every byte of a key in UTF-8

Name = tuple[bytes, bytes]
"""A kind of name, one byte, and the name, at most 999 bytes."""


def names_key(name: Name) -> bytes:
    """What the keys of all index rows of `name` begin with."""
    kind, text = name
    return b"%s%s%03d%s" % (PREFIX, kind, len(text), text)


def parts_of(row_key: bytes) -> tuple[Name, bytes]:
    """The name, and the key of the row that holds it, of an index row."""
    at = len(PREFIX)
    begin = at + 1 + DIGITS
    end = begin + int(row_key[at + 1 : begin])
    return (row_key[at : at + 1], row_key[begin:end]), row_key[end:]


class Index:
    """The index rows of one partition, as of everything folded so far."""

    def __init__(self, store: Store) -> None:
        """Start from what `store` holds."""
        self._store = store
        self._dirty: dict[bytes, bytes | None] = {}
        self._inflight: dict[bytes, bytes | None] = {}

    def put(self, name: Name, key: bytes) -> None:
        """Note that the row of `key` holds something of `name`."""
        self._dirty[names_key(name) + key] = VALUE

    def remove(self, name: Name, key: bytes) -> None:
        """Note that it does so no more."""
        self._dirty[names_key(name) + key] = None

    def names(self, kind: bytes) -> list[Name]:
        """Every name of a kind that some row may hold, in order; one seek of the store each."""
        found = {name for name, _ in self._coming() if name[0] == kind}
        first, until = PREFIX + kind, PREFIX + kind + _AFTER
        while (row_key := next(self._store.keys(first, until), None)) is not None:
            name, _ = parts_of(row_key)
            found.add(name)
            first = names_key(name) + _AFTER
        return sorted(found)

    def keys(self, name: Name, after: bytes, count_max: int) -> list[bytes]:
        """Up to `count_max` keys beyond `after` that the store says hold `name`, in order.

        One taken away by a unit that is not committed yet is not among them, nor is one put there
        by such a unit: `coming` has those.
        """
        start, found = names_key(name), list[bytes]()
        if not count_max:
            return found
        for row_key in self._store.keys(
            start + after + b"\x00" if after else start, start + _AFTER
        ):
            if self._newest(row_key) is not None:
                found.append(row_key[len(start) :])
                if len(found) == count_max:
                    break
        return found

    def coming(self) -> dict[Name, list[bytes]]:
        """Name -> keys that hold it by a unit that is not committed yet."""
        found: dict[Name, list[bytes]] = {}
        for name, key in self._coming():
            found.setdefault(name, []).append(key)
        return found

    def _coming(self) -> Iterator[tuple[Name, bytes]]:
        for rows in (self._dirty, self._inflight):
            for row_key, value in rows.items():
                if value is not None and self._newest(row_key) is not None:
                    yield parts_of(row_key)

    def _newest(self, row_key: bytes) -> bytes | None:
        if row_key in self._dirty:
            return self._dirty[row_key]
        return self._inflight.get(row_key, VALUE)

    def take(self) -> dict[bytes, bytes | None]:
        """Hand over the rows that changed since the last time, None for those taken away."""
        self._inflight, self._dirty = self._dirty, {}
        return self._inflight

    def settled(self) -> None:
        """Forget the rows in flight: the store has them now."""
        self._inflight = {}

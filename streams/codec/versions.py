"""Rows of a reference topic as they come: versions that are whole, and the one in force.

A version is a row for each item, `<item>@<version>`, and a row `@<version>` that says how many
there are; it never changes once it is whole. `@current` says the same of the one in force. Equal
rows of two versions are one object.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection

import msgspec

from streams.codec.products import decode_pointer, read_key
from streams.codec.reasons import Reason
from streams.core.errors import DecodeError

VERSIONS_MAX = 4
"""Versions held: the one in force and those valid from the latest; the earliest goes first."""


class Held(msgspec.Struct):
    """What is there of one version; `rows` that a snapshot shares are never changed again."""

    valid_from_ms: int
    rows: dict[str, bytes]
    rows_count: int | None = None
    refused: bool = False
    shared: bool = False
    candidate_rows: int | None = None
    """How many there are of one that is to decide beside the one in force, and not instead."""

    @property
    def complete(self) -> bool:
        """Whether all its rows are there, so that it may be folded with."""
        return len(self.rows) == self.rows_count

    @property
    def whole(self) -> bool:
        """Whether all its rows are there, for whatever it is."""
        return self.complete or len(self.rows) == self.candidate_rows


class VersionRows(ABC):
    """Every version that is held, at most `rows_max` rows each.

    A larger version is refused whole, so the one before it stays in force. A subclass says what of
    a row is kept.
    """

    topic: str
    rows: str
    """What the rows are, in messages."""

    def __init__(self, rows_max: int) -> None:
        """Start with no row."""
        self._rows_max = rows_max
        self._held: dict[str, Held] = {}
        self._current: str | None = None

    def add(self, key: bytes | None, value: bytes | None) -> None:
        """Take one row in, or out when its value is None.

        Raises:
            DecodeError: it is not as the schema says, would change a complete version, or is one
                too many; what was there before stays.
        """
        item, version = read_key(key, self.topic)
        if value is None:
            self._remove(item, version)
        elif item:
            self._put(item, version, value)
        else:
            self._close(version, value)

    def missing(self) -> int:
        """How many rows the version that was named last still lacks; 0 when it is whole."""
        held = self._held.get(self._current or "")
        return abs((held.rows_count or 0) - len(held.rows)) if held else 0

    def choose(self, now_ms: int, adopted: str, without: Collection[str] = ()) -> str:
        """The version to fold with at `now_ms`, `adopted` being the one so far; "" for none.

        The one named by the pointer, once it is whole and valid. Until then the adopted one stays;
        a worker that has none takes the whole and valid one that began last. Those in `without`
        count as not there.
        """
        if self._current is None:
            return adopted
        usable = [
            (held.valid_from_ms, version)
            for version, held in self._held.items()
            if held.complete and held.valid_from_ms <= now_ms and version not in without
        ]
        if any(version == self._current for _, version in usable):
            return self._current
        return adopted or max(usable, default=(0, ""))[1]

    def held(self, version: str) -> Held | None:
        """What there is of a version."""
        return self._held.get(version)

    @abstractmethod
    def read_row(self, item: str, version: str, value: bytes) -> tuple[bytes, int]:
        """What is kept of a row, and the time in ms from which its version holds.

        Raises:
            DecodeError: it is not as the schema says.
        """

    def _put(self, item: str, version: str, value: bytes) -> None:
        packed, valid_from_ms = self.read_row(item, version, value)
        held = self._open(version, valid_from_ms)
        before = held.rows.get(item)
        if before == packed:
            return
        if held.whole:
            raise self._refuse(
                Reason.SCHEMA, f"version {version}", "rows that never change", "another"
            )
        if held.refused or (before is None and len(held.rows) >= self._rows_max):
            held.refused = True
            held.rows = {}
            expected = f"at most {self._rows_max} {self.rows} in a version"
            raise self._refuse(Reason.OVERSIZED, f"version {version}", expected, "more")
        same = [one.rows[item] for one in self._held.values() if one.rows.get(item) == packed]
        held.rows[item] = same[0] if same else packed

    def _close(self, version: str, value: bytes) -> None:
        pointer, valid_from_ms = decode_pointer(version, value, self.topic)
        if version == "current":
            self._current = pointer.version
        held = self._open(pointer.version, valid_from_ms)
        held.valid_from_ms = valid_from_ms
        held.rows_count = pointer.rows_count

    def _remove(self, item: str, version: str) -> None:
        if version == "current":
            self._current = None
            return
        held = self._held.get(version)
        if held is None:
            return
        if not item:
            held.rows_count = None
        elif item in held.rows:
            if held.shared:
                held.rows, held.shared = dict(held.rows), False
            del held.rows[item]
        if held.rows_count is None and not held.rows:
            del self._held[version]

    def _open(self, version: str, valid_from_ms: int) -> Held:
        held = self._held.get(version)
        if held is None:
            held = self._held[version] = Held(valid_from_ms, {})
            self._bound(version)
        return held

    def _bound(self, _opened: str) -> None:
        """Forget the earliest versions beyond `VERSIONS_MAX`, never the one in force."""
        while len(self._held) > VERSIONS_MAX:
            others = (name for name in self._held if name != self._current)
            del self._held[min(others, key=lambda name: (self._held[name].valid_from_ms, name))]

    def _refuse(self, reason: Reason, what: str, expected: str, got: str) -> DecodeError:
        what = f"reading {self.topic}: {what}"
        return DecodeError(reason=reason, what=what, expected=expected, got=got)

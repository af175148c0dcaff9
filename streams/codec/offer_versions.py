"""Rows of `offer.catalogue.v1` <-> the files of an offer catalogue.

A version is a row for each file with its whole text, so that whoever has the rows can build exactly
that policy. It is called by the hash of what the files say: `Policy.policy_version`.

A candidate is such a version with the row `shadow@<version>` in the place of `@<version>`: nobody
takes it for one to decide by. `@shadow` names the one that decides beside the one in force.
"""

from collections.abc import Mapping
from typing import Annotated, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Struct

from streams.codec.envelope import format_time
from streams.codec.products import (
    Pointer,
    Row,
    Time,
    Version,
    decode_pointer,
    encode_pointers,
    make_row,
    read_key,
    valid_from_ms,
)
from streams.codec.reasons import Reason, clip, refuse_value
from streams.codec.versions import VERSIONS_MAX, VersionRows
from streams.core.errors import ConfigError, DecodeError
from streams.core.kinds.bounds import END

TOPIC = "offer.catalogue.v1"
SOURCE = "/streams/offers"
SHADOW = "shadow"
SHADOW_KEY = b"@shadow"
HELD_MAX = VERSIONS_MAX + 2
"""Versions held: beside those to decide by, the candidate in trial and one that is written."""
FILES_MAX = 32
"""Files of a version."""
TEXT_MAX = 900_000
"""Characters of a file: a row stays below the topic's 8 MiB, whatever JSON makes of them."""

FileName: TypeAlias = Annotated[str, Meta(pattern=rf"^[A-Za-z0-9_-]{{1,100}}\.yaml{END}")]


class FileRow(Struct, frozen=True, kw_only=True):
    """One file of one version; times are RFC 3339."""

    version: Version
    valid_from: Time
    file: FileName
    text: Annotated[str, Meta(max_length=TEXT_MAX)]


class Removal(NamedTuple):
    """A record that takes away what its key named."""

    key: bytes
    value: None = None
    headers: list[tuple[str, bytes]] = []  # noqa: RUF012  # of a tuple: nobody changes it


SHADOW_ENDS = Removal(SHADOW_KEY)
_ROWS = msgspec.json.Decoder(FileRow)


class OfferRows(VersionRows):
    """Every version that is held, at most `FILES_MAX` files each."""

    topic = TOPIC
    rows = "files"

    def __init__(self) -> None:
        """Start with no row."""
        super().__init__(FILES_MAX)
        self._candidate = ""

    def add(self, key: bytes | None, value: bytes | None) -> None:
        """Take one row in, or out when its value is None.

        Raises:
            DecodeError: as for every version.
        """
        item, version = read_key(key, self.topic)
        if key == SHADOW_KEY:
            self._candidate = "" if value is None else self._count("current", value)
        elif item != SHADOW:
            super().add(key, value)
        elif value is not None:
            self._count(version, value)
        elif (held := self._held.get(version)) is not None:
            held.candidate_rows = None

    def missing(self) -> int:
        """How many rows the version in force and the candidate still lack."""
        held = self._held.get(self._candidate)
        lacking = 0 if held is None or held.whole else (held.candidate_rows or 0) - len(held.rows)
        return super().missing() + abs(lacking)

    def candidate(self) -> str:
        """The version that decides beside the one in force; "" for none, or while it has gaps."""
        held = self._held.get(self._candidate)
        return self._candidate if held is not None and held.whole else ""

    def read_row(self, item: str, version: str, value: bytes) -> tuple[bytes, int]:
        """The text of the file."""
        row = decode_file(item, version, value)
        return row.text.encode(), valid_from_ms(row.valid_from, TOPIC)

    def files(self, version: str) -> dict[str, str] | None:
        """Name -> text of the files of `version`; None while not all of them are there."""
        held = self.held(version)
        if held is None or not held.whole:
            return None
        return {name: text.decode() for name, text in held.rows.items()}

    def _count(self, version: str, value: bytes) -> str:
        """Note how many rows a candidate has; `version` as for `decode_pointer`."""
        pointer, begins_ms = decode_pointer(version, value, self.topic)
        self._open(pointer.version, begins_ms).candidate_rows = pointer.rows_count
        return pointer.version

    def _bound(self, opened: str) -> None:
        """Forget what is beyond `HELD_MAX`: past candidates first, then the earliest versions.

        Never the one in force, the candidate in trial, or the one that begins to come.
        """
        kept = {self._current, self._candidate, opened}
        while len(self._held) > HELD_MAX:
            others = [
                (one.rows_count is not None, one.valid_from_ms, name)
                for name, one in self._held.items()
                if name not in kept
            ]
            del self._held[min(others)[2]]


def decode_file(file: str, version: str, value: bytes) -> FileRow:
    """The row `<file>@<version>`.

    Raises:
        DecodeError: it is not as the schema says.
    """
    try:
        row = _ROWS.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value(TOPIC, value, error) from None
    if (row.file, row.version) != (file, version):
        what = f"decoding a record of {TOPIC}: key"
        expected, got = clip(f"{row.file}@{row.version}"), clip(f"{file}@{version}")
        raise DecodeError(reason=Reason.KEY, what=what, expected=expected, got=got)
    return row


def encode_files(
    files: Mapping[str, str], *, version: str, valid_from_ms: int, shadow: bool = False
) -> list[Row]:
    """The rows of a version, the pointers last. Equal arguments give equal bytes.

    With `shadow` it is a candidate, and decides beside the one in force.

    Raises:
        ConfigError: there are too many files, or one has a name or a size that no row may have.
    """
    problems = [found for name in sorted(files) if (found := _trouble(name, files[name]))]
    if len(files) > FILES_MAX:
        problems.append(f"expected at most {FILES_MAX} offer files, got {len(files)}")
    if problems:
        raise ConfigError(problems=problems)
    valid_from = format_time(valid_from_ms).decode()
    rows = []
    for name in sorted(files):
        row = FileRow(version=version, valid_from=valid_from, file=name, text=files[name])
        key = f"{name}@{version}"
        rows.append(make_row(key, valid_from_ms, row, topic=TOPIC, source=SOURCE))
    if not shadow:
        return rows + encode_pointers(
            version=version,
            valid_from_ms=valid_from_ms,
            rows_count=len(rows),
            topic=TOPIC,
            source=SOURCE,
        )
    pointer = Pointer(version=version, valid_from=valid_from, rows_count=len(rows))
    return rows + [
        make_row(key, valid_from_ms, pointer, topic=TOPIC, source=SOURCE)
        for key in (f"{SHADOW}@{version}", SHADOW_KEY.decode())
    ]


def _trouble(name: str, text: str) -> str:
    try:
        msgspec.convert(name, FileName)
    except msgspec.ValidationError:
        return f"{name}: expected a name of A-Z a-z 0-9 _ - before .yaml, at most 100 characters"
    if len(text) > TEXT_MAX:
        return f"{name}: expected at most {TEXT_MAX} characters, got {len(text)}; split the file"
    return ""

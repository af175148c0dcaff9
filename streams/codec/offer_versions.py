"""Rows of `offer.catalogue.v1` <-> the files of an offer catalogue.

A version is a row for each file with its whole text, so that whoever has the rows can build exactly
that policy. It is called by the hash of what the files say: `Policy.policy_version`.
"""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from streams.codec.envelope import format_time
from streams.codec.products import Row, Time, Version, encode_pointers, make_row, valid_from_ms
from streams.codec.reasons import Reason, clip, refuse_value
from streams.codec.versions import VersionRows
from streams.core.errors import ConfigError, DecodeError
from streams.core.kinds.bounds import END

TOPIC = "offer.catalogue.v1"
SOURCE = "/streams/offers"
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


_ROWS = msgspec.json.Decoder(FileRow)
_ENCODE = msgspec.json.Encoder().encode


class OfferRows(VersionRows):
    """Every version that is held, at most `FILES_MAX` files each."""

    topic = TOPIC
    rows = "files"

    def __init__(self) -> None:
        """Start with no row."""
        super().__init__(FILES_MAX)

    def read_row(self, item: str, version: str, value: bytes) -> tuple[bytes, int]:
        """The text of the file."""
        row = decode_file(item, version, value)
        return row.text.encode(), valid_from_ms(row.valid_from, TOPIC)

    def files(self, version: str) -> dict[str, str] | None:
        """Name -> text of the files of `version`; None while not all of them are there."""
        held = self.held(version)
        if held is None or not held.complete:
            return None
        return {name: text.decode() for name, text in held.rows.items()}


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


def encode_files(files: Mapping[str, str], *, version: str, valid_from_ms: int) -> list[Row]:
    """The rows of a version, the pointers last. Equal arguments give equal bytes.

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
    return rows + encode_pointers(
        version=version,
        valid_from_ms=valid_from_ms,
        rows_count=len(rows),
        topic=TOPIC,
        source=SOURCE,
    )


def _trouble(name: str, text: str) -> str:
    try:
        msgspec.convert(name, FileName)
    except msgspec.ValidationError:
        return f"{name}: expected a name of A-Z a-z 0-9 _ - before .yaml, at most 100 characters"
    if len(text) > TEXT_MAX:
        return f"{name}: expected at most {TEXT_MAX} characters, got {len(text)}; split the file"
    return ""

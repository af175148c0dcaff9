"""Rows of `model.snapshot.v1` <-> the model.

A version is a row for each part, `<part>@<version>`, and is never changed; the row `@current`
names the version in force and how many rows it has. Parts of other names belong to other readers
and are left alone. All numbers are JSON numbers, so none is infinite.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from streams.codec.envelope import format_time, make_envelope, read_time_ms
from streams.codec.model_parts import (
    CONTENTS,
    Content,
    Part,
    Pointer,
    Purchases,
    Rankings,
    contents,
    fields_of,
)
from streams.codec.reasons import Reason, clip, refuse_value
from streams.core.errors import DecodeError
from streams.core.model import Model

TOPIC = "model.snapshot.v1"
SOURCE = "/streams/fit"
POINTER_KEY = b"@current"
VERSIONS_MAX = 8  # kept while reading: the current one and those that are being written


class Row(NamedTuple):
    """A record of the topic."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


_PARTS = msgspec.json.Decoder(Part)
_POINTERS = msgspec.json.Decoder(Pointer)
_DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in CONTENTS.items()}


def encode_model(model: Model, *, valid_from_ms: int) -> list[Row]:
    """The rows of `model`, the pointer last: whoever reads in order then has them all.

    Equal models and times give equal bytes.
    """
    valid_from = format_time(valid_from_ms).decode()
    fitted_until = format_time(model.fitted_until_ms).decode()
    rows = []
    for name, content in contents(model).items():
        part = Part(
            version=model.version,
            valid_from=valid_from,
            part=name,
            fitted_until=fitted_until,
            content=msgspec.Raw(msgspec.json.encode(content)),
        )
        rows.append(make_row(f"{name}@{model.version}", model.version, valid_from_ms, part))
    pointer = Pointer(version=model.version, valid_from=valid_from, rows_count=len(rows))
    return [*rows, make_row(POINTER_KEY.decode(), model.version, valid_from_ms, pointer)]


class ModelRows:
    """Rows as they come, and the model they make once all of the version in force are there.

    Keeps the last `VERSIONS_MAX` versions; the one in force is not dropped.
    """

    def __init__(self) -> None:
        """Start with no row."""
        self._versions: dict[str, dict[str, tuple[Part, Content | None]]] = {}
        self._pointer: Pointer | None = None

    def add(self, key: bytes | None, value: bytes | None) -> None:
        """Take one row in, or out when its value is None.

        Raises:
            DecodeError: the row is not as the schema says; what was there before stays.
        """
        if key == POINTER_KEY:
            self._pointer = None if value is None else decode_pointer(value)
            return
        name, _, version = (key or b"").decode(errors="replace").rpartition("@")
        if value is None:
            self._versions.get(version, {}).pop(name, None)
            return
        self._versions.setdefault(version, {})[name] = _read_part(name, version, value)
        current = self._pointer.version if self._pointer else version
        for old in [one for one in self._versions if one != current][:-VERSIONS_MAX]:
            del self._versions[old]

    def waiting_for(self) -> str | None:
        """The version that was named and is not complete yet; None when nothing is missing."""
        pointer = self._pointer
        if pointer is None or len(self._found(pointer)) >= pointer.rows_count:
            return None
        return pointer.version

    def missing(self) -> int:
        """How many rows the version that was named last still lacks; 0 when it is whole."""
        pointer = self._pointer
        return 0 if pointer is None else max(0, pointer.rows_count - len(self._found(pointer)))

    def valid(self, now_ms: int) -> str:
        """The version in force at `now_ms`; "" while there is none, or not all of it."""
        pointer = self._pointer
        if pointer is None or self.waiting_for() is not None:
            return ""
        return pointer.version if time_of(pointer.valid_from) <= now_ms else ""

    def current(self, now_ms: int) -> Model | None:
        """The model of that version; None while there is none."""
        pointer = self._pointer
        if pointer is None or not self.valid(now_ms):
            return None
        return _model(pointer.version, self._found(pointer))

    def _found(self, pointer: Pointer) -> dict[str, tuple[Part, Content | None]]:
        return self._versions.get(pointer.version, {})


def _model(version: str, parts: Mapping[str, tuple[Part, Content | None]]) -> Model:
    fields: dict[str, Any] = {}
    for part, content in parts.values():
        until_ms = time_of(part.fitted_until)
        fields["fitted_until_ms"] = max(fields.get("fitted_until_ms", 0), until_ms)
        fields |= fields_of(part.part, content)
    return Model(version=version, **fields)


def make_row(key: str, version: str, valid_from_ms: int, value: Part | Pointer) -> Row:
    """A record of the topic; the CloudEvents id tells the versions of a pointer apart."""
    event_id = key if key.endswith(f"@{version}") else f"{key}:{version}"
    headers = make_envelope(
        event_id=event_id, source=SOURCE, kind=TOPIC, time_ms=valid_from_ms, subject=key
    )
    return Row(key.encode(), msgspec.json.encode(value), headers)


def decode_pointer(value: bytes) -> Pointer:
    """The pointer in `value`.

    Raises:
        DecodeError: it is none.
    """
    try:
        pointer = _POINTERS.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value(TOPIC, value, error) from None
    time_of(pointer.valid_from)
    return pointer


def read_part_of(name: str, version: str, value: bytes) -> Part:
    """The part in `value`, whose key is `name@version`; its content is not looked at.

    Raises:
        DecodeError: it is none, or another one.
    """
    try:
        part = _PARTS.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value(TOPIC, value, error) from None
    if (part.part, part.version) != (name, version):
        raise _refuse("key", f"{part.part}@{part.version}", clip(f"{name}@{version}"))
    time_of(part.valid_from)
    time_of(part.fitted_until)
    return part


def _read_part(name: str, version: str, value: bytes) -> tuple[Part, Content | None]:
    part = read_part_of(name, version, value)
    decoder = _DECODERS.get(name)
    if decoder is None:
        return part, None
    try:
        content = decoder.decode(part.content)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value(TOPIC, bytes(part.content), error) from None
    _check_order(content)
    return msgspec.structs.replace(part, content=msgspec.Raw(b"")), content


def _check_order(content: Content) -> None:
    """Curves are searched by halving: they must ascend."""
    curves: dict[str, Sequence[float]] = {}
    if isinstance(content, Rankings):
        curves = dict(content.quantiles)
    elif isinstance(content, Purchases):
        weeks = [week for week, _ in content.one_time]
        if len(set(weeks)) < len(weeks):
            raise _refuse("one_time", "each week once", "one twice")
        curves = {"one_time": weeks}
    for name, values in curves.items():
        if any(after < before for before, after in pairwise(values)):
            raise _refuse(name, "values that ascend", "one that falls")


def time_of(text: str) -> int:
    """Milliseconds of an RFC 3339 time.

    Raises:
        DecodeError: it is none.
    """
    found = read_time_ms(text.encode())
    if found is None:
        raise _refuse("time", "an RFC 3339 time from 1990 to 2099", clip(text))
    return found


def _refuse(what: str, expected: str, got: str) -> DecodeError:
    what = f"decoding a record of {TOPIC}: {what}"
    return DecodeError(reason=Reason.SCHEMA, what=what, expected=expected, got=got)

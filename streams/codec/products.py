"""Rows of `product.catalogue.v1` <-> products.

A version is a row for each product, `<item>@<version>`, and a row `@<version>` that says how many
there are; neither is ever changed. The row `@current` says the same of the version in force.
"""

import re
from typing import Annotated, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

from streams.codec.envelope import format_time, make_envelope, read_time_ms
from streams.codec.reasons import Reason, clip, refuse_value
from streams.core.errors import DecodeError
from streams.core.kinds.bounds import END, Currency, Name, Price
from streams.core.products import Listed
from streams.core.profile.profile import NAME_MAX

TOPIC = "product.catalogue.v1"
SOURCE = "/streams/catalogue"
POINTER_KEY = b"@current"
# One unit for each measure, so that packs compare: what the catalogue writes -> (ours, factor).
UNITS: dict[str, tuple[str, float]] = {
    "mg": ("g", 0.001),
    "g": ("g", 1.0),
    "kg": ("g", 1_000.0),
    "oz": ("g", 28.349_523),
    "lb": ("g", 453.592_37),
    "ml": ("ml", 1.0),
    "cl": ("ml", 10.0),
    "l": ("ml", 1_000.0),
    "lt": ("ml", 1_000.0),
    "ltr": ("ml", 1_000.0),
    "fl oz": ("ml", 29.573_53),
    "pt": ("ml", 473.176_5),
    "qt": ("ml", 946.352_9),
    "gal": ("ml", 3_785.411_8),
    "ct": ("ct", 1.0),
    "pk": ("ct", 1.0),
    "dz": ("ct", 12.0),
}

Version: TypeAlias = Annotated[str, Meta(pattern=rf"^(?!current{END})[A-Za-z0-9._-]{{1,64}}{END}")]
Time: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
        rf"(Z|[+-][0-9]{{2}}:[0-9]{{2}}){END}"
    ),
]
Item: TypeAlias = Annotated[str, Meta(pattern=rf"^[^@\s]{{1,200}}{END}")]
Attribute: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Said: TypeAlias = Annotated[str, Meta(max_length=200)]
_UNKNOWN = re.compile(r"unknown field `([^`]{1,64})")
_Found = TypeVar("_Found")
_VERSION = re.compile(rf"(?!current{END})[A-Za-z0-9._-]{{1,64}}")


class ProductLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One product, as a line of a catalogue file says it."""

    item_id: Item
    name: Name
    brand: Name | None = None
    category: Annotated[tuple[Name, ...], Meta(max_length=5)]
    currency: Currency
    price_minor: Price
    cost_minor: Price | None = None
    attributes: Annotated[dict[Attribute, Said | float | bool], Meta(max_length=50)] = {}
    goes_with: Annotated[tuple[Item, ...], Meta(max_length=50)] = ()


class ProductRow(ProductLine, frozen=True, kw_only=True, omit_defaults=True):
    """One product of one version; times are RFC 3339."""

    version: Version
    valid_from: Time


class Pointer(Struct, frozen=True, kw_only=True):
    """How many rows a version has, and from when it holds."""

    version: Version
    valid_from: Time
    rows_count: Annotated[int, Meta(ge=1, le=1_000_000_000)]


class Versioned(Protocol):
    """What a row of a version is: it says which."""

    @property
    def version(self) -> str:
        """Its name."""


class _Line(ProductLine, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In a file, an unknown field is a misspelt one."""


class Row(NamedTuple):
    """A record of the topic."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


_ROWS = msgspec.json.Decoder(ProductRow)
_POINTERS = msgspec.json.Decoder(Pointer)
_LINES = msgspec.json.Decoder(_Line)
_FIELDS = f"one of {', '.join(ProductLine.__struct_fields__)}"
_ENCODE = msgspec.json.Encoder().encode


def read_version(text: str) -> str | None:
    """`text` if a version may be called so; None otherwise."""
    return text if _VERSION.fullmatch(text) else None


def read_key(key: bytes | None, topic: str = TOPIC) -> tuple[str, str]:
    """(item, version) of a key: the item is empty for what says how many rows a version has.

    Raises:
        DecodeError: reason key.
    """
    text = (key or b"").decode(errors="replace")
    item, at, version = text.rpartition("@")
    if not at or "@" in item or (version != "current" and read_version(version) is None):
        raise _refuse(Reason.KEY, "key", "item@version or @current", clip(text), topic)
    return item, version


def decode_pointer(version: str, value: bytes, topic: str = TOPIC) -> tuple[Pointer, int]:
    """The row `@<version>` of `topic` and its time in ms; `version` may be `current`.

    Raises:
        DecodeError: it is not as the schema says.
    """
    pointer = _decode(_POINTERS, value, topic)
    if version not in {"current", pointer.version}:
        raise _refuse(Reason.KEY, "key", f"@{pointer.version}", clip(f"@{version}"), topic)
    return pointer, valid_from_ms(pointer.valid_from, topic)


def decode_product(item: str, version: str, value: bytes) -> tuple[ProductRow, int]:
    """The row `<item>@<version>` and its time in ms.

    Raises:
        DecodeError: it is not as the schema says.
    """
    row = _decode(_ROWS, value, TOPIC)
    if (row.item_id, row.version) != (item, version):
        expected = clip(f"{row.item_id}@{row.version}")
        raise _refuse(Reason.KEY, "key", expected, clip(f"{item}@{version}"))
    return row, valid_from_ms(row.valid_from)


def listed(row: ProductLine) -> Listed:
    """What the core keeps of a row: names cut, the pack in one unit for each measure."""
    path = [one[:NAME_MAX] for one in row.category if one]
    size, unit = _pack(row)
    return Listed(
        category=path[min(1, len(path) - 1)] if path else None,
        department=path[0] if len(path) > 1 else None,
        brand=row.brand[:NAME_MAX] if row.brand else None,
        currency=row.currency,
        price_minor=row.price_minor,
        cost_minor=row.cost_minor,
        pack_size=size,
        pack_unit=unit,
        attributes=row.attributes,
    )


def read_line(line: bytes) -> ProductLine:
    """The product of one line of a catalogue file.

    Raises:
        DecodeError: it is not as the schema says, or has a field that the schema does not know.
    """
    try:
        return _LINES.decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        if unknown := _UNKNOWN.search(str(error)):
            raise _refuse(Reason.SCHEMA, f"field {unknown[1]!r}", _FIELDS, "another") from None
        raise refuse_value(TOPIC, line, error) from None


def encode_product(line: ProductLine, *, version: str, valid_from_ms: int) -> Row:
    """The row of one product in `version`. Equal arguments give equal bytes."""
    row = ProductRow(
        **msgspec.structs.asdict(line),
        version=version,
        valid_from=format_time(valid_from_ms).decode(),
    )
    return make_row(f"{line.item_id}@{version}", valid_from_ms, row, topic=TOPIC, source=SOURCE)


def encode_pointers(
    *, version: str, valid_from_ms: int, rows_count: int, topic: str = TOPIC, source: str = SOURCE
) -> list[Row]:
    """The rows that end a version: `@<version>`, then `@current`, which puts it in force."""
    valid_from = format_time(valid_from_ms).decode()
    pointer = Pointer(version=version, valid_from=valid_from, rows_count=rows_count)
    return [
        make_row(key, valid_from_ms, pointer, topic=topic, source=source)
        for key in (f"@{version}", POINTER_KEY.decode())
    ]


def _pack(row: ProductLine) -> tuple[float | None, str]:
    size, unit = row.attributes.get("pack_size"), row.attributes.get("pack_unit")
    # A flag is a number to Python, not to us.
    if isinstance(size, bool | str) or size is None or size <= 0 or not isinstance(unit, str):
        return None, ""
    word = unit.strip().lower()
    ours, factor = UNITS.get(word, (word, 1.0))
    return size * factor, ours


def make_row(key: str, time_ms: int, value: Versioned, *, topic: str, source: str) -> Row:
    """The record of one row of a version, or of what says how many it has."""
    event_id = f"{key}:{value.version}" if key == "@current" else key
    headers = make_envelope(
        event_id=event_id, source=source, kind=topic, time_ms=time_ms, subject=key
    )
    return Row(key.encode(), _ENCODE(value), headers)


def _decode(decoder: msgspec.json.Decoder[_Found], value: bytes, topic: str) -> _Found:
    try:
        return decoder.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value(topic, value, error) from None


def valid_from_ms(text: str, topic: str = TOPIC) -> int:
    """A time as rows of `topic` write it, in ms.

    Raises:
        DecodeError: there is no such time.
    """
    found = read_time_ms(text.encode())
    if found is None:
        expected = "an RFC 3339 time from 1990 to 2099"
        raise _refuse(Reason.SCHEMA, "field 'valid_from'", expected, clip(text), topic)
    return found


def _refuse(reason: Reason, what: str, expected: str, got: str, topic: str = TOPIC) -> DecodeError:
    what = f"decoding a record of {topic}: {what}"
    return DecodeError(reason=reason, what=what, expected=expected, got=got)

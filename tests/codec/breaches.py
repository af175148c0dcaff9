"""Values of source topics that break exactly one rule of their type, found from the types.

For every field of every kind: left out though required, null, of another type, one below and one
above its bounds.
"""

from collections.abc import Iterator
from typing import Any, cast

from msgspec import Struct, inspect

# Valid values of the fields that have a pattern.
PATTERNED = {
    "currency": "EUR",
    "valid_from": "2025-01-31T00:00:00Z",
    "store_id": "364",
    "workstation_id": "3",
    "user_subject": "customer:1",
    "trait": "topic/gardening",
}


def breaches(kind: type[Struct]) -> Iterator[tuple[str, Any]]:
    """(rule, JSON value that breaks it) for every rule of a kind."""
    return _of_struct(cast("inspect.StructType", inspect.type_info(kind)))


def minimal(info: inspect.StructType) -> dict[str, Any]:
    """The smallest valid JSON value of a struct."""
    tag = {str(info.tag_field): info.tag} if info.tag_field else {}
    fields = {one.encode_name: _valid(one.name, one.type) for one in info.fields if one.required}
    return tag | fields


def _of_struct(info: inspect.StructType) -> Iterator[tuple[str, Any]]:
    whole = minimal(info)
    for name in whole:
        yield f"{name} missing", {one: value for one, value in whole.items() if one != name}
        yield f"{name} null", whole | {name: None}
    if info.tag_field:
        yield "tag unknown", whole | {info.tag_field: "nap"}
    for one in info.fields:
        for rule, value in _of_type(one.name, one.type):
            yield f"{one.encode_name} {rule}", whole | {one.encode_name: value}


def _of_type(name: str, info: inspect.Type) -> Iterator[tuple[str, Any]]:
    match info:
        case inspect.UnionType(types=types):
            yield from _of_type(name, next(one for one in types if not _null(one)))
        case inspect.StructType():
            yield "a list", []
            yield from _of_struct(info)
        case inspect.VarTupleType(item_type=item, min_length=low, max_length=high):
            yield "an object", {}
            yield from _outside([], low)
            yield "too long", [_valid(name, item)] * (_known(high) + 1)
            for rule, value in _of_type(name, item):
                yield f"[0] {rule}", [value]
        case inspect.StrType(pattern=pattern, min_length=low, max_length=high):
            yield "a number", 5
            yield from _outside("", low)
            yield "too long", "x" * (_known(high if pattern is None else 300) + 1)
            if pattern is not None:
                yield "with a line feed", _valid(name, info) + "\n"
                yield "empty", ""
        case inspect.IntType(ge=low, le=high) | inspect.FloatType(ge=low, le=high):
            yield "a text", "5"
            yield "true", True
            yield "too small", _known(low) - 1
            yield "too large", _known(high) + 1
        case _:
            yield "a list", []
            yield "an unknown word", "nap"


def _outside(empty: Any, low: int | None) -> Iterator[tuple[str, Any]]:
    if low:
        yield "empty", empty


def _valid(name: str, info: inspect.Type) -> Any:
    made: Any = None
    match info:
        case inspect.StructType():
            made = minimal(info)
        case inspect.VarTupleType(item_type=item, min_length=low):
            made = [_valid(name, item)] * (low or 0)
        case inspect.StrType():
            made = PATTERNED.get(name, "x")
        case inspect.IntType() | inspect.FloatType():
            made = 1
        case inspect.BoolType():
            made = True
        case inspect.DateType():
            made = "2025-01-31"
        case inspect.LiteralType(values=values):
            made = values[0]
    assert made is not None, f"no valid value for {info}"
    return made


def _null(info: inspect.Type) -> bool:
    return isinstance(info, inspect.NoneType)


def _known(bound: Any) -> Any:
    assert bound is not None, "every field of a source has bounds"
    return bound

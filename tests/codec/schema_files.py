"""The files of `schemas/`, loaded once, each with a validator that knows the others."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

DIRECTORY = Path(__file__).parent.parent.parent / "schemas"
SCHEMAS: dict[str, Any] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(DIRECTORY.glob("*.json"))
}
_REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
)
VALIDATORS = {
    name: Draft202012Validator(schema, registry=_REGISTRY) for name, schema in SCHEMAS.items()
}


def examples() -> list[tuple[str, Any]]:
    """(schema, example) for every example of every file."""
    return [(name, one) for name, schema in SCHEMAS.items() for one in schema["examples"]]

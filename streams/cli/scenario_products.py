"""Products of a file of scenarios: what the catalogue knows while its stories play."""

from collections.abc import Callable
from typing import Any

import msgspec
import yaml

from streams.codec.products import listed, read_line
from streams.codec.yaml_tree import Fields
from streams.core.errors import DecodeError
from streams.core.products import NO_PRODUCTS, Products, Version, pack

Plain = Callable[[yaml.Node], Any]


def read_products(root: Fields, plain: Plain) -> Products:
    """The list `products` of a file, each with the fields of a line that `catalogue publish` takes.

    `plain` makes JSON values of nodes. Problems are reported at the line of their product.
    """
    rows: dict[str, bytes] = {}
    for fields in root.mappings("products"):
        try:
            line = read_line(msgspec.json.encode(plain(fields.node)))
        except DecodeError as error:
            fields.place.report(fields.node, f"{fields.path.removesuffix('.')}: {error}")
            continue
        if line.item_id in rows:
            fields.report("item_id", f"{line.item_id!r} is there twice")
        rows[line.item_id] = pack(listed(line))
    if not rows:
        return NO_PRODUCTS
    return Products([Version(version="scenarios", valid_from_ms=0, rows=rows)])

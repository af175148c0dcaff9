"""Rows of `product.catalogue.v1` as they come, and the products they make once they are whole.

Rows are kept packed: a second version of 100,000 products costs a tenth of the first.
"""

from streams.codec.products import TOPIC, decode_product, listed
from streams.codec.versions import VersionRows
from streams.core.products import Products, ValuesOf, Version, no_values, pack


class ProductRows(VersionRows):
    """Every version that is held, at most `rows_max` products each."""

    topic = TOPIC
    rows = "products"

    def read_row(self, item: str, version: str, value: bytes) -> tuple[bytes, int]:
        """The row as the core keeps it."""
        row, valid_from_ms = decode_product(item, version, value)
        return pack(listed(row)), valid_from_ms

    def products(self, version: str, values_of: ValuesOf = no_values) -> Products:
        """The products of `version` and of every whole one that began before it."""
        held = self._held[version]
        end = (held.valid_from_ms, version)
        older = {
            name: one
            for name, one in self._held.items()
            if one.complete and (one.valid_from_ms, name) <= end
        }
        for one in older.values():
            one.shared = True
        versions = [
            Version(version=name, valid_from_ms=one.valid_from_ms, rows=one.rows)
            for name, one in older.items()
        ]
        return Products(versions, values_of)

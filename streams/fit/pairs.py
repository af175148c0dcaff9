"""What goes together: lifts of pairs in the same basket, shrunk towards 1.

Baskets are counted in chunks of sparse matrices, so memory holds one chunk and the pairs seen,
however many baskets there are.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from streams.core.model import PAIRS_MAX

CHUNK_ENTRIES = 2_000_000
SHRINK_PAIRS = 50.0  # baskets that have both, at which a lift counts half
NAMES_MAX = 5_000  # a name beyond them takes part in no pair; so the row stays below 8 MB


class Pairs:
    """Counts baskets by the names in them.

    A basket is a sequence of groups of names, one group a product: names of one product always
    come together, which says nothing, so only pairs across products count, each pair of products
    once. A category is a group of one name, and then a pair is counted once a basket.
    """

    def __init__(self) -> None:
        """Start with no basket."""
        self._numbers: dict[str, int] = {}
        self._columns = array("i")
        self._ends = array("q", [0])
        self._sizes = array("i")
        self._groups: Counter[tuple[int, ...]] = Counter()
        self._both: Any = sparse.csr_array((0, 0), dtype=np.int64)
        self._alone: Any = np.zeros(0, dtype=np.int64)
        self._all = 0
        self.baskets = 0

    def add(self, groups: Iterable[Sequence[str]]) -> None:
        """Count one basket; each group is one distinct product or category."""
        size = 0
        for group in groups:
            numbers = tuple(number for name in group if (number := self._number(name)) is not None)
            self._columns.extend(numbers)
            self._groups[numbers] += 1
            size += 1
        self._ends.append(len(self._columns))
        self._sizes.append(size)
        self.baskets += 1
        if len(self._columns) >= CHUNK_ENTRIES:
            self._count()

    def lifts(self, *, across: bool) -> dict[str, dict[str, float]]:
        """Name -> partner -> shrunk lift, at most `PAIRS_MAX` partners each, the highest first.

        `across=False`: the lift of two names in a basket, n_ab * N / (n_a * n_b) over N baskets.
        `across=True`: the same over pairs of products, one with the first name, one with the
        other. Shrunk to 1 + (lift - 1) * n_ab / (n_ab + `SHRINK_PAIRS`). Only lifts above 1.

        Source: Brin, Motwani, Ullman & Tsur, Dynamic Itemset Counting, SIGMOD 1997 (lift).
        """
        self._count()
        names = list(self._numbers)
        both = self._both.tolil()
        alone, total = self._alone.astype(float), float(self._all)
        if across:
            both = (self._both - self._same(len(names))).tolil()
        else:
            alone, total = self._both.diagonal().astype(float), float(self.baskets)
        both.setdiag(0)
        return _strongest(both.tocsr(), alone, total, names)

    def _number(self, name: str) -> int | None:
        number = self._numbers.get(name)
        if number is None and len(self._numbers) < NAMES_MAX:
            number = self._numbers[name] = len(self._numbers)
        return number

    def _count(self) -> None:
        """Move the baskets at hand into the sums."""
        width, height = len(self._numbers), len(self._sizes)
        columns = np.frombuffer(self._columns, dtype=np.int32) if self._columns else np.zeros(0)
        ends = np.frombuffer(self._ends, dtype=np.int64)
        ones = np.ones(len(columns), dtype=np.int64)
        rows: Any = sparse.csr_array((ones, columns, ends), shape=(height, width))
        sizes = np.array(self._sizes, dtype=np.int64)
        self._both.resize((width, width))
        self._both = self._both + rows.T @ rows
        alone = rows.T @ np.maximum(sizes - 1, 0)
        alone[: len(self._alone)] += self._alone
        self._alone = alone
        self._all += int((sizes * (sizes - 1)).sum())
        self._columns, self._ends, self._sizes = array("i"), array("q", [0]), array("i")

    def _same(self, width: int) -> Any:
        """How often two names came by one product."""
        groups = list(self._groups)
        columns = np.array([number for group in groups for number in group], dtype=np.int32)
        ends = np.cumsum([0, *(len(group) for group in groups)])
        ones = np.ones(len(columns), dtype=np.int64)
        rows: Any = sparse.csr_array((ones, columns, ends), shape=(len(groups), width))
        times = np.array([self._groups[group] for group in groups], dtype=np.int64)
        return rows.T @ (sparse.diags_array(times, dtype=np.int64) @ rows)


def _strongest(
    both: Any, alone: Any, total: float, names: Sequence[str]
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for number in sorted(range(len(names)), key=names.__getitem__):
        start, end = both.indptr[number], both.indptr[number + 1]
        partners, counts = both.indices[start:end], both.data[start:end].astype(float)
        raw = counts * total / (alone[number] * alone[partners])
        lifts = 1.0 + (raw - 1.0) * counts / (counts + SHRINK_PAIRS)
        pairs = [
            (names[partner], float(lift))
            for partner, lift in zip(partners, lifts, strict=True)
            if lift > 1.0
        ]
        pairs.sort(key=lambda pair: (-pair[1], pair[0]))
        if pairs:
            found[names[number]] = {name: round(lift, 4) for name, lift in pairs[:PAIRS_MAX]}
    return found

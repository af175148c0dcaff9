"""A stretch of the Complete Journey study, moved in time so that it ends about now.

Needs the optional extra: import it only after `installed.data_directory` found the package.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from streams.codec.products import ProductLine
from streams.worker.simulation import campaigns, journey, products, receipts
from streams.worker.simulation.generator import Sourced
from streams.worker.simulation.households import journey as around
from streams.worker.simulation.journey import DAY_MS
from streams.worker.simulation.outcomes import Outcomes

WEEK_MS = 7 * DAY_MS


class Study:
    """Products, campaigns and redemptions, read once; receipts stream while they are played."""

    def __init__(self, directory: Path, *, first_ms: int, span_ms: int, now_ms: int) -> None:
        """Take `span_ms` of the study from `first_ms` on, moved by whole weeks to end by `now_ms`.

        Weekdays stay what they were, and nothing lies in the future.
        """
        self._directory = directory
        self._shift_ms = (now_ms - first_ms - span_ms) // WEEK_MS * WEEK_MS
        self._start_ms = first_ms + self._shift_ms
        self._end_ms = self._start_ms + span_ms
        self._products = journey.read_products(directory)
        every = journey.read_campaigns(directory)
        # The others could never be offered in this stretch.
        self._campaigns = [
            one for one in every if one.start_ms <= first_ms + span_ms and one.end_ms >= first_ms
        ]
        redemptions = journey.read_redemptions(directory, shift_ms=self._shift_ms)
        self._coupons = receipts.index_coupons(redemptions, every)
        self.outcomes = Outcomes(self._coupons)
        """What became of offers; tell it the ones you read."""

    def events(self, seed: int) -> Iterator[Sourced]:
        """Return receipts, the simulated events around them, and outcomes, in event time."""
        found = journey.read_receipts(
            self._directory, start_ms=self._start_ms, shift_ms=self._shift_ms
        )
        until = takewhile(lambda one: one.time_ms < self._end_ms, found)
        events = around(until, products=self._products, coupons=self._coupons, seed=seed)
        return takewhile(
            lambda one: one.event.event_time_ms < self._end_ms, self.outcomes.follow(events)
        )

    def write_catalogue(self, directory: Path) -> None:
        """Write the offers directory of this stretch."""
        sold = journey.read_sold(self._directory)
        files = campaigns.catalogue(
            self._campaigns, products=self._products, sold=sold, shift_ms=self._shift_ms
        )
        for name, text in files.items():
            (directory / name).write_text(text)

    def catalogue(self) -> tuple[list[ProductLine], int]:
        """Return the products on the receipts of this stretch, and from when they are valid."""
        wanted = products.on_receipts(
            self._directory,
            first_ms=self._start_ms - self._shift_ms,
            until_ms=self._end_ms - self._shift_ms,
        )
        prices_minor = products.read_prices(self._directory)
        return products.catalogue(self._products, prices_minor, wanted), self._start_ms

    def day(self, event_time_ms: int) -> str:
        """The study's own day of a moved time: 2017-08-01."""
        return f"{datetime.fromtimestamp((event_time_ms - self._shift_ms) / 1_000, UTC):%Y-%m-%d}"

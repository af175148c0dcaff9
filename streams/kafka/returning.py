"""What a worker sent to itself with its last unit, and has not read yet.

A record that goes on to another partition takes two units. If the next unit begins as soon as the
last one ends, the record, a few milliseconds behind, misses it and waits for one commit more. So
a unit that ran dry waits for it, half a commit at most: others lose less than it wins.
"""

import asyncio
from contextlib import suppress


class Returning:
    """Counts what the open unit sends to partitions of this worker, and what of it came back."""

    def __init__(self) -> None:
        """Nothing is on its way."""
        self._sent = 0
        self._awaited = 0
        self._wait_max_s = 0.0
        self._back = asyncio.Event()
        self._back.set()

    def sent(self) -> None:
        """Note one more record in the open unit."""
        self._sent += 1

    def take(self) -> int:
        """The number noted in the unit that is about to be committed; the next one begins at 0."""
        sent, self._sent = self._sent, 0
        return sent

    def committed(self, sent: int, seconds: float) -> None:
        """From now on `sent` records may come back; the commit took `seconds`."""
        self._awaited, self._wait_max_s = sent, seconds / 2
        if sent:
            self._back.clear()

    def came(self, records: int) -> None:
        """Note that `records` of the topic were folded, whoever had sent them."""
        self._awaited -= records
        if self._awaited <= 0:
            self._back.set()

    async def wait(self) -> None:
        """Return when all came back, or after half of the time that the last commit took."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait_max_s):
                await self._back.wait()
        self._back.set()  # each commit is waited for once

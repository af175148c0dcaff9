"""Which other worker owns a partition, as the group knows it a moment ago."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence

from streams.core.errors import RestartError
from streams.kafka.group import Member

log = logging.getLogger(__name__)

ANSWER_MAX_S = 3.0
"""Who looks up a profile does not wait longer for the broker."""
KEPT_S = 3.0
"""However many lookups go astray, the broker is asked once in so long, about a rebalance."""


class Owners:
    """Asks the group only when a lookup went astray, and keeps the answer for `KEPT_S`.

    The question waits in a thread of its own, so the event loop folds on meanwhile; lookups that
    arrive while it is under way share its answer.
    """

    def __init__(
        self,
        ask: Callable[[], Sequence[Member]],
        *,
        own_name: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ask` may block for `ANSWER_MAX_S` and raise `RestartError`; `clock` is in seconds."""
        self._ask = ask
        self._own_name = own_name
        self._clock = clock
        self._asking = asyncio.Lock()
        self._members: Sequence[Member] = ()
        self._answered_s = -math.inf

    async def address(self, partition: int) -> str | None:
        """Return `host:port` of the pages of the worker that owns `partition`.

        None when the broker does not answer, nobody owns it, or the group still names this worker,
        which only asks about what is not its own.
        """
        async with self._asking:
            if self._clock() - self._answered_s >= KEPT_S:
                self._members = await asyncio.to_thread(self._answer)
                self._answered_s = self._clock()
            members = self._members
        owner = next((one for one in members if one.owns(partition)), None)
        if owner is None or owner.port is None or owner.name == self._own_name:
            return None
        return owner.address

    def _answer(self) -> Sequence[Member]:
        try:
            return self._ask()
        except RestartError as error:
            # Not having an answer is kept as well: a broker that is away is not asked more often.
            log.warning("nobody says who owns a partition", extra={"why": str(error)})
            return ()

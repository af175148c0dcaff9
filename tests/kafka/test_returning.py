"""Waiting for what a worker sent to itself: until it is back, and never for long."""

import asyncio

from streams.kafka.returning import Returning

AGE_S = 3_600.0  # of a commit for which a test would wait far too long


async def _waits(returning: Returning) -> bool:
    waiting = asyncio.create_task(returning.wait())
    await asyncio.sleep(0.01)
    stands = not waiting.done()
    waiting.cancel()
    return stands


async def test_a_unit_that_sent_nothing_here_is_not_waited_for() -> None:
    """The next commit begins at once."""
    returning = Returning()
    returning.committed(returning.take(), AGE_S)

    assert not await _waits(returning)


async def test_what_was_sent_here_is_waited_for() -> None:
    """Two records went out; one of them is back."""
    returning = Returning()
    returning.sent()
    returning.sent()
    returning.committed(returning.take(), AGE_S)

    returning.came(1)

    assert await _waits(returning)


async def test_the_last_record_that_comes_back_ends_the_wait() -> None:
    """A commit that waits already goes on."""
    returning = Returning()
    returning.sent()
    returning.committed(returning.take(), AGE_S)
    waiting = asyncio.create_task(returning.wait())
    await asyncio.sleep(0)

    returning.came(1)

    await asyncio.wait_for(waiting, 5)


async def test_the_wait_is_half_as_long_as_the_last_commit() -> None:
    """A record that does not come keeps nobody up."""
    returning = Returning()
    returning.sent()
    returning.committed(returning.take(), 0.02)

    await asyncio.wait_for(returning.wait(), 5)

    assert not await _waits(returning)


async def test_the_open_unit_is_not_waited_for() -> None:
    """What was not committed cannot come back."""
    returning = Returning()
    returning.sent()

    assert not await _waits(returning)
    assert (returning.take(), returning.take()) == (1, 0)

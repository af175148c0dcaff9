"""Who owns a partition, asked of the group seldom and without holding up the event loop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

import pytest

from streams.core.errors import RestartError
from streams.kafka.group import Member
from streams.worker.owners import KEPT_S, Owners

POS = "pos.transaction.v1"


def member(name: str, port: int | None, *partitions: int) -> Member:
    """Return a worker of `partitions` at `port` of this machine."""
    places = frozenset((POS, number) for number in partitions)
    return Member(name=name, host="127.0.0.1", port=port, places=places)


@dataclass
class Group:
    """A group that gives one answer and counts how often it is asked; `now_s` is its clock."""

    members: Sequence[Member] = (member("w1", 6066, 0), member("w2", 6067, 1, 2))
    away: bool = False
    wait: Callable[[], object] = lambda: None
    asked: int = 0
    now_s: float = field(default_factory=time.monotonic)

    def ask(self) -> Sequence[Member]:
        """Return the members, unless the broker is away."""
        self.asked += 1
        self.wait()
        if self.away:
            raise RestartError(cause="broker away", what="asking")
        return self.members

    def owners(self) -> Owners:
        """Return what worker w1 knows of this group."""
        return Owners(self.ask, own_name="w1", clock=lambda: self.now_s)


async def test_owner_is_the_member_with_the_partition() -> None:
    """Worker w2 has partition 2."""
    assert await Group().owners().address(2) == "127.0.0.1:6067"


@pytest.mark.parametrize(
    "group",
    [
        Group(members=()),
        Group(members=[member("w2", 6067, 1)]),
        Group(members=[member("w1", 6066, 2)]),
        Group(members=[member("somebody", None, 2)]),
        Group(away=True),
    ],
    ids=["nobody", "other partitions", "this worker itself", "no worker of ours", "broker away"],
)
async def test_owner_that_nobody_can_tell_is_none(group: Group) -> None:
    """Nobody is sent in a circle, or to an address that is none."""
    assert await group.owners().address(2) is None


@pytest.mark.parametrize("away", [False, True])
async def test_answer_is_kept_for_a_while(away: bool) -> None:  # noqa: FBT001  # pytest hands it in
    """Lookups that go astray do not become questions to the broker, least of all a broken one."""
    group = Group(away=away)
    owners = group.owners()

    await owners.address(1)
    group.now_s += KEPT_S - 0.1
    await owners.address(2)

    assert group.asked == 1


async def test_old_answer_is_not_used() -> None:
    """After a rebalance the new owner is named."""
    group = Group()
    owners = group.owners()
    before = await owners.address(2)
    group.members = [member("w3", 6068, 2)]

    group.now_s += KEPT_S

    assert (before, await owners.address(2)) == ("127.0.0.1:6067", "127.0.0.1:6068")


async def test_event_loop_goes_on_while_the_broker_is_asked() -> None:
    """The loop sets what the question waits for, and both lookups share the one answer."""
    answered = Event()
    group = Group(wait=lambda: answered.wait(10))
    owners = group.owners()
    first, second = (asyncio.create_task(owners.address(number)) for number in (1, 2))
    began = time.monotonic()

    asyncio.get_running_loop().call_later(0.05, answered.set)

    assert (await first, await second) == ("127.0.0.1:6067", "127.0.0.1:6067")
    assert (group.asked, time.monotonic() - began < 5) == (1, True)

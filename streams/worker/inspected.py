"""What the worker's pages may ask of a running worker."""

from streams.core.genome.background import Background
from streams.kafka.group import Members
from streams.kafka.partitioner import partition_for
from streams.kafka.shell import Shell
from streams.worker.adopting import Adopting
from streams.worker.http import NotOwned, Restoring
from streams.worker.owners import ANSWER_MAX_S, Owners
from streams.worker.showing import Backgrounds


class RunningWorker:
    """Answers from the shell's memory and stores, never writes; only `owner` asks the broker."""

    def __init__(self, shell: Shell, adopting: Adopting) -> None:
        """Look at `shell`, and at what was adopted."""
        self._shell = shell
        self._adopting = adopting
        self._backgrounds = Backgrounds()
        self._partitions = shell.settings.partitions
        # A client of its own: the group member belongs to the thread that polls it.
        members = Members(shell.settings, answer_max_s=ANSWER_MAX_S)
        self._owners = Owners(members.ask, own_name=shell.settings.worker_name)

    def ready(self) -> tuple[bool, dict[int, str]]:
        """Whether this worker is in the group with all its partitions restored, and each state."""
        progress = dict(self._shell.progress)
        joined = self._shell.joined
        return joined and all(one == "ready" for one in progress.values()), progress

    def find(self, subject: str) -> bytes | NotOwned | Restoring | None:
        """The committed row of `subject`, or why this worker cannot tell."""
        key = subject.encode()
        number = partition_for(key, self._partitions)
        state = self._shell.progress.get(number)
        if state is None:
            return NotOwned(partition=number)
        if state != "ready":
            return Restoring(partition=number, progress=state)
        return self._shell.find(number, key)

    def background(self) -> Background:
        """What profiles are read against; 10 ms after each adoption, else nothing."""
        return self._backgrounds.of(self._adopting.adopted.policy)

    async def owner(self, partition: int) -> str | None:
        """`host:port` of the other worker that owns `partition`; None after 3 s without answer."""
        return await self._owners.address(partition)

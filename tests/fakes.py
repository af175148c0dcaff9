"""In-memory stand-ins for the parts that touch the outside: fakes that work, not mocks."""

from dataclasses import dataclass, field

from streams.core.fold_policy import FoldPolicy
from streams.core.genome.background import Background, make_background
from streams.worker.http import NotOwned, Restoring


@dataclass
class MemoryWorker:
    """A worker's inspected side, held in memory: rows by subject, states by partition."""

    rows: dict[str, bytes] = field(default_factory=dict)
    elsewhere: dict[str, NotOwned | Restoring] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)

    def ready(self) -> tuple[bool, dict[int, str]]:
        """Return whether all partitions are ready, and partition -> state."""
        return all(state == "ready" for state in self.states.values()), self.states

    def find(self, subject: str) -> bytes | NotOwned | Restoring | None:
        """Return the stored row of `subject`, or where it is instead."""
        return self.elsewhere.get(subject) or self.rows.get(subject)

    def background(self) -> Background:
        """Return a background without population or products."""
        return make_background(FoldPolicy(lateness_max_ms=0))

    async def owner(self, partition: int) -> str | None:
        """Return where `partition` is instead."""
        return self.owners.get(partition)

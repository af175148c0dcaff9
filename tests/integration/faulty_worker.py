"""The real command line with one fault put in from outside: `python -m` this instead of `streams`.

STREAMS_TEST_FAULT names it: `raise-once:<calls>:<file>` raises in the fold after that many calls,
once in the life of the file; `slow-restore:<rows>:<seconds>` reads the changelog in pieces of that
many rows with a pause before each; `die-in-commit:<number>` and `die-after-commit:<number>` end the
process as kill -9 would, at that commit of its life: with everything sent and the transaction open,
or with the transaction committed and RocksDB not written.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streams.cli.main import main
from streams.worker import supervise

RAISED = "a fold that raises once"


def faulty_command(arguments: Sequence[str]) -> list[str]:
    """What the supervisor starts: this module again, not the faultless one."""
    return [sys.executable, "-m", "tests.integration.faulty_worker", "worker", *arguments]


def raise_once(calls: int, marker: Path) -> None:
    """Make the fold raise once, at call number `calls`, as a bug would."""
    from streams.worker import agents  # noqa: PLC0415  # the supervisor needs none of it

    real, seen = agents.step, [0]  # type: ignore[attr-defined]  # where the worker calls it

    def step(*arguments: Any, **named: Any) -> Any:
        seen[0] += 1
        if seen[0] == calls and not marker.exists():
            marker.touch()
            raise RuntimeError(RAISED)
        return real(*arguments, **named)

    agents.step = step  # type: ignore[attr-defined]


def slow_restore(rows: int, pause_s: float) -> None:
    """Make every read of the changelog small and late."""
    from streams.kafka import restore  # noqa: PLC0415  # the supervisor needs none of it

    real = restore._consume
    restore.READ_RECORDS_MAX = rows

    def consume(*arguments: Any) -> Any:
        time.sleep(pause_s)
        return real(*arguments)

    restore._consume = consume  # type: ignore[assignment]  # any arguments, as they come


def die_around_commit(number: int, *, committed: bool) -> None:
    """End the process at commit `number`, just before or just after it becomes valid."""
    from streams.kafka.producing import TransactionalProducer  # noqa: PLC0415  # as above

    real, seen = TransactionalProducer.commit, [0]

    def commit(self: TransactionalProducer, offsets: list[Any], metadata: Any) -> None:
        seen[0] += 1
        if seen[0] < number:
            real(self, offsets, metadata)
            return
        if committed:
            real(self, offsets, metadata)
        else:
            self._producer.flush(10)
            self._producer.send_offsets_to_transaction(offsets, metadata, 10)
        os.kill(os.getpid(), signal.SIGKILL)

    TransactionalProducer.commit = commit  # type: ignore[method-assign]


def run() -> int:
    """Put the fault in and run the command line."""
    supervise.worker_command = faulty_command
    kind, _, rest = os.environ.get("STREAMS_TEST_FAULT", "").partition(":")
    first, _, second = rest.partition(":")
    if "--supervise" not in sys.argv:
        match kind:
            case "raise-once":
                raise_once(int(first), Path(second))
            case "slow-restore":
                slow_restore(int(first), float(second))
            case "die-in-commit":
                die_around_commit(int(first), committed=False)
            case "die-after-commit":
                die_around_commit(int(first), committed=True)
            case _:
                sys.exit(f"STREAMS_TEST_FAULT: {kind!r} is no fault")
    return main()


if __name__ == "__main__":
    sys.exit(run())

"""The real command line with one fault put in from outside: `python -m` this instead of `streams`.

STREAMS_TEST_FAULT names it: `raise-once:<calls>:<file>` raises in the fold after that many calls,
once in the life of the file; `slow-restore:<rows>:<seconds>` reads the changelog in pieces of that
many rows with a pause before each. The others happen at commit `<number>` of the process's life:

`die-before-offsets` and `die-in-commit` end it as kill -9 would, with the transaction open and all
records sent, without and with the source offsets; `die-after-commit` when the transaction is
committed and RocksDB not written; `stop-in-commit` freezes it where `die-in-commit` would end it,
and once it is told to go on, it commits.
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


def strike_in_commit(kind: str, number: int) -> None:
    """Do what `kind` says at commit `number`."""
    from streams.kafka.producing import CALL_S, TransactionalProducer  # noqa: PLC0415  # as above

    real, seen = TransactionalProducer.commit, [0]

    def commit(self: TransactionalProducer, offsets: list[Any], metadata: Any) -> None:
        seen[0] += 1
        if seen[0] != number:
            real(self, offsets, metadata)
            return
        if kind == "die-after-commit":
            real(self, offsets, metadata)
        else:
            self._producer.flush(CALL_S)
        if kind in {"die-in-commit", "stop-in-commit"}:
            self._producer.send_offsets_to_transaction(offsets, metadata, CALL_S)
        os.kill(os.getpid(), signal.SIGSTOP if kind == "stop-in-commit" else signal.SIGKILL)
        time.sleep(0.5)  # the signal may reach another thread first: this one must not go on
        self._producer.commit_transaction(CALL_S)

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
            case "die-before-offsets" | "die-in-commit" | "die-after-commit" | "stop-in-commit":
                strike_in_commit(kind, int(first))
            case _:
                sys.exit(f"STREAMS_TEST_FAULT: {kind!r} is no fault")
    return main()


if __name__ == "__main__":
    sys.exit(run())

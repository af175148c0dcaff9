"""A thread that ends a worker which lives but does not work.

Polling from a thread keeps the membership even when folding hangs, so the group would never take
the partitions away. This does: lag on a ready partition and no commit for a minute.
"""

import threading
import time

from streams.core.errors import StalledError
from streams.kafka.ending import end_process
from streams.kafka.shell import Shell

CHECKS_PER_STALL = 12


def watch(shell: Shell) -> None:
    """Start watching `shell`; the thread ends with the process."""
    threading.Thread(target=_watch, args=(shell,), name="watchdog", daemon=True).start()


def _watch(shell: Shell) -> None:
    stall_s = shell.settings.stall_max_ms / 1000
    moved_s = time.monotonic()
    seen: dict[tuple[int, str], int] = {}
    while True:
        time.sleep(stall_s / CHECKS_PER_STALL)
        lagging, positions = _look(shell)
        if not lagging or positions != seen or shell.unit.committed_s > moved_s:
            moved_s = time.monotonic()
        seen = positions
        silent_s = time.monotonic() - moved_s
        if silent_s > stall_s:
            what = f"{lagging} of a ready partition has lag, nothing committed for {silent_s:.0f} s"
            end_process(StalledError(cause="stalled", what=what))


def _look(shell: Shell) -> tuple[str, dict[tuple[int, str], int]]:
    """A topic with lag, empty if there is none, and the positions as of now."""
    lagging = ""
    positions: dict[tuple[int, str], int] = {}
    for number, opened in list(shell.unit.partitions.items()):
        for topic, position in list(opened.ledger.positions.items()):
            positions[number, topic] = position
            if shell.ends.lag(topic, number, position) > 0:
                lagging = f"{topic} partition {number}"
    return lagging, positions

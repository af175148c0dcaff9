"""`--supervise`: run a worker as a child and start it again when it says "restart me".

For the demo, tests and one machine; systemd or Kubernetes do the same in production.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

from streams.kafka.ending import EXIT_CONFIG

log = logging.getLogger(__name__)

BACKOFF_MIN_S = 0.2
BACKOFF_MAX_S = 15.0
# A worker that lived this long was well: the next restart is quick again.
WELL_AFTER_S = 20.0
PR_SET_PDEATHSIG = 1


def supervise(command: Sequence[str]) -> int:
    """Run `command` until it ends well, is refused, or we are told to stop.

    Returns its exit code: 0 done, 2 do not restart; 1 or a signal starts it again after a pause
    that doubles from `BACKOFF_MIN_S` to `BACKOFF_MAX_S`.
    """
    child: subprocess.Popen[bytes] | None = None
    told: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        told.append(number)
        if child is not None:
            child.send_signal(signal.SIGTERM)

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, pass_on)
    pause_s = BACKOFF_MIN_S
    while not told:
        began_s = time.monotonic()
        child = subprocess.Popen(command, preexec_fn=_die_with_parent, start_new_session=True)  # noqa: S603, PLW1509  # our own command line; the hook is one system call
        if told:
            child.send_signal(signal.SIGTERM)
        code = child.wait()
        if code in {0, EXIT_CONFIG} or told:
            return max(code, 0)
        if time.monotonic() - began_s > WELL_AFTER_S:
            pause_s = BACKOFF_MIN_S
        log.warning("worker ended, starting it again", extra={"code": code, "pause_s": pause_s})
        _sleep(pause_s, told)
        pause_s = min(BACKOFF_MAX_S, pause_s * 2)
    return 0


def worker_command(arguments: Sequence[str]) -> list[str]:
    """The command line of a worker without a supervisor."""
    return [sys.executable, "-m", "streams", "worker", *arguments]


def _sleep(seconds: float, told: list[int]) -> None:
    deadline = time.monotonic() + seconds
    while not told and time.monotonic() < deadline:
        time.sleep(0.05)


def _die_with_parent() -> None:
    # Linux: a supervisor killed with -9 takes its worker along, so none is left without one.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(1)

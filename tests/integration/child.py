"""Child processes that never outlive this one, not even when it dies by kill -9 (Linux)."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

PR_SET_PDEATHSIG = 1
# The kernel sends this signal when the *thread* that forked ends, so children are forked by one
# thread that lives as long as the process, whoever calls spawn().
SPAWNER = ThreadPoolExecutor(1, thread_name_prefix="spawn")
# A program of its own that becomes the child: Python code between fork and exec of a process with
# threads may deadlock.
GUARD = f"""
import ctypes, os, sys
prctl = getattr(ctypes.CDLL(None), "prctl", None)
if prctl is not None:  # Linux
    prctl({PR_SET_PDEATHSIG}, {int(signal.SIGKILL)})
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent died before its child started")
os.execv(sys.argv[2], sys.argv[2:])
"""


def spawn(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """Start `command` (its first word is a path) in a process group of its own.

    Its process id is the command's own, so signals reach it. `options` go to `subprocess.Popen`.
    """
    guarded = [sys.executable, "-I", "-S", "-c", GUARD, str(os.getpid()), *command]
    options = {"stdin": subprocess.DEVNULL, "start_new_session": True, **options}

    def start() -> subprocess.Popen[Any]:
        return subprocess.Popen(guarded, **options)

    return SPAWNER.submit(start).result()

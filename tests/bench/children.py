"""Child processes of a benchmark: each dies with the benchmark, and is measured from outside.

CPU is user plus system time of the whole process tree in seconds, RSS is in bytes.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
STOP_WAIT_S = 20.0
TREE_S = 1.0
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class ChildError(Exception):
    """A measured process ended, or did not do its work; the end of its log says why."""

    def __init__(self, child: "Child", *, what: str) -> None:
        super().__init__(f"{' '.join(map(str, child.arguments))} {what}:\n{child.tail()}")


class Child:
    """One running side of a benchmark."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.arguments = arguments
        self.log = log
        self._log_file = log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**_environment(), **env},
            cwd=log.parent,
            stdout=self._log_file,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  # nothing here runs threads that hold locks
        )
        self._tree = [psutil.Process(self.process.pid)]
        self._tree_s = time.monotonic()

    def check(self) -> None:
        """Raise when the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise ChildError(self, what=f"ended with {code}")

    def tail(self, lines: int = 30) -> str:
        """The end of what the process wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def cpu_s(self) -> float:
        """CPU seconds of the process and all its descendants so far."""
        total = 0.0
        for one in self._members():
            try:
                times = one.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
        return total

    def rss(self) -> int:
        """Resident bytes of the process tree now."""
        total = 0
        for one in self._members():
            try:
                total += one.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total

    def stop(self) -> int:
        """End the process with SIGTERM, with SIGKILL if that is ignored; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code = self.process.wait()
        self._log_file.close()
        return code

    def _members(self) -> list[psutil.Process]:
        """The process and its descendants; looked up once a second, it reads all of /proc."""
        now = time.monotonic()
        if now - self._tree_s > TREE_S:
            self._tree_s = now
            with suppress(psutil.NoSuchProcess):
                self._tree[1:] = self._tree[0].children(recursive=True)
        return self._tree


@contextmanager
def running(arguments: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[Child]:
    """`arguments` as a Python child while the block runs; its log is written to `log`."""
    child = Child(arguments, env, log)
    try:
        yield child
    finally:
        child.stop()


def free_port() -> int:
    """A TCP port of loopback that nothing listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _environment() -> dict[str, str]:
    """Ours without any STREAMS_* setting: a side has exactly the settings that it is given."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("STREAMS_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _die_with_parent() -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

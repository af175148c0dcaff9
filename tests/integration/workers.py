"""Workers as child processes: started, killed, stopped and read, never longer than the test."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil

from tests.integration.child import spawn

ROOT = Path(__file__).resolve().parents[2]
START_DEADLINE_S = 30.0
END_DEADLINE_S = 30.0


class Worker:
    """`python -m MODULE worker [--supervise]` with its own name, state directory and log.

    With `supervised`, the signals of `kill9`, `stop` and `go_on` go to the worker, not to its
    supervisor; `terminate` goes to the supervisor, as an operator's would.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        directory: Path,
        *,
        supervised: bool = True,
        module: str = "streams",
        arguments: Sequence[str] = (),
    ) -> None:
        """`env` holds the STREAMS_* settings; `directory` gets `<worker name>.log`."""
        self.env = dict(env)
        self.name = self.env["STREAMS_WORKER_NAME"]
        self.supervised = supervised
        self.log = directory / f"{self.name}.log"
        self.command = [sys.executable, "-m", module, "worker", *arguments]
        if supervised:
            self.command.append("--supervise")
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped: psutil.Process | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that the test started."""
        assert self._process is not None, f"worker {self.name} was not started"
        return self._process

    def start(self) -> "Worker":
        """Start the process; its log grows, nothing is truncated."""
        assert self._process is None or self._process.poll() is not None
        outside = {
            name: value for name, value in os.environ.items() if not name.startswith("STREAMS_")
        }
        with self.log.open("ab") as log:
            self._process = spawn(
                self.command,
                cwd=ROOT,
                env={**outside, "PYTHONUNBUFFERED": "1", **self.env},
                stdout=log,
                stderr=log,
            )
        return self

    def inner(self) -> psutil.Process:
        """The process that folds: the supervisor's child, or the process itself."""
        if not self.supervised:
            return psutil.Process(self.process.pid)
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.story(f"exited with {self.process.poll()}")
            living = [one for one in _children(self.process.pid) if _lives(one)]
            if living:
                return living[0]
            time.sleep(0.02)
        raise AssertionError(self.story(f"no inner worker within {START_DEADLINE_S} s"))

    def kill9(self) -> int:
        """Kill the folding process; return its process id."""
        inner = self.inner()
        inner.kill()
        return inner.pid

    def kill9_if_running(self) -> bool:
        """Kill the folding process; False when its supervisor is about to start it again."""
        living = [one for one in _children(self.process.pid) if _lives(one)]
        for one in living:
            one.kill()
        return bool(living)

    def stop(self) -> psutil.Process:
        """SIGSTOP the folding process; it keeps its sockets and its memory."""
        self._stopped = self.inner()
        self._stopped.suspend()
        return self._stopped

    def go_on(self) -> None:
        """SIGCONT what `stop` stopped."""
        assert self._stopped is not None
        self._stopped.resume()
        self._stopped = None

    def terminate(self) -> int:
        """SIGTERM, as systemd and Kubernetes do; return the exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self, deadline_s: float = END_DEADLINE_S) -> int:
        """Wait for the end; return the exit code, negative for a signal."""
        try:
            return self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.story(f"still running after {deadline_s} s")) from None

    def ready_partitions(self) -> set[int]:
        """Partitions that this worker has restored and folds; empty while it does not answer."""
        try:
            states = json.loads(self.page("readyz"))["partitions"]
        except OSError:
            return set()
        return {int(number) for number, state in states.items() if state == "ready"}

    def page(self, name: str) -> str:
        """One of the worker's pages, whatever its status.

        Raises:
            OSError: nothing answered.
        """
        address = f"http://127.0.0.1:{self.env['STREAMS_HTTP_PORT']}/{name}"
        try:
            with urlopen(address, timeout=5) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            with error:
                return str(error.read().decode())

    def running(self) -> bool:
        """Whether the started process lives."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """End everything this worker started, at once."""
        if self._process is None:
            return
        family = (
            [*_children(self._process.pid), psutil.Process(self._process.pid)]
            if (self._process.poll() is None)
            else []
        )
        self._process.kill()
        for one in family:
            if _lives(one):
                one.kill()
        self._process.wait(END_DEADLINE_S)

    def text(self) -> str:
        """All that the worker wrote to stdout and stderr."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def story(self, what: str) -> str:
        """`what` with the end of the log, for a failure."""
        return f"worker {self.name}: {what}; its log ends:\n{self.text()[-4_000:]}"


def wait_until(
    holds: Callable[[], bool], what: str, *, deadline_s: float, every_s: float = 0.1
) -> float:
    """Wait until `holds()`; return the seconds it took."""
    start = time.monotonic()
    while not holds():
        waited = time.monotonic() - start
        assert waited < deadline_s, f"not within {deadline_s:g} s: {what}"
        time.sleep(every_s)
    return time.monotonic() - start


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

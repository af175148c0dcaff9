"""`--supervise`: which ends start a worker again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SUPERVISOR = """
import sys
from streams.worker import supervise
supervise.BACKOFF_MIN_S = 0.01
sys.exit(supervise.supervise(sys.argv[1:]))
"""
COUNTING = """
import os, sys, pathlib
log = pathlib.Path(sys.argv[1])
codes = sys.argv[2:]
runs = len(log.read_text().split()) if log.exists() else 0
with log.open("a") as file:
    file.write(f"{os.getpid()} ")
if codes[runs] == "hang":
    import time
    time.sleep(60)
if codes[runs] == "kill":
    os.kill(os.getpid(), 9)
sys.exit(int(codes[runs]))
"""


def start(log: Path, *codes: str) -> subprocess.Popen[bytes]:
    """Run a supervisor over a worker that ends with `codes`, one a run."""
    child = [sys.executable, "-c", COUNTING, str(log), *codes]
    return subprocess.Popen([sys.executable, "-c", SUPERVISOR, *child])


def runs(log: Path) -> list[int]:
    """Process ids of all runs so far."""
    return [int(one) for one in log.read_text().split()] if log.exists() else []


def wait_for_run(log: Path, number: int) -> int:
    """Process id of run `number`, once it has begun."""
    deadline = time.monotonic() + 20
    while len(runs(log)) < number:
        assert time.monotonic() < deadline, "the worker was not started"
        time.sleep(0.02)
    return runs(log)[number - 1]


def test_exit_1_and_a_kill_start_it_again_and_0_ends(tmp_path: Path) -> None:
    """Two failures, then a clean end: three runs."""
    log = tmp_path / "runs"

    code = start(log, "1", "kill", "0").wait(30)

    assert code == 0
    assert len(runs(log)) == 3


def test_exit_2_is_final(tmp_path: Path) -> None:
    """Wrong settings do not get better by trying again."""
    log = tmp_path / "runs"

    code = start(log, "2", "0").wait(30)

    assert code == 2
    assert len(runs(log)) == 1


def test_sigterm_reaches_the_worker_and_ends_both(tmp_path: Path) -> None:
    """A supervisor that is told to stop stops its worker and starts none."""
    log = tmp_path / "runs"
    supervisor = start(log, "hang", "0")
    worker = wait_for_run(log, 1)

    supervisor.send_signal(signal.SIGTERM)

    assert supervisor.wait(10) == 0
    assert not Path(f"/proc/{worker}").exists()


def test_worker_dies_with_a_killed_supervisor(tmp_path: Path) -> None:
    """No worker is left without one that would start it again."""
    log = tmp_path / "runs"
    supervisor = start(log, "hang")
    worker = wait_for_run(log, 1)

    supervisor.kill()
    supervisor.wait(10)

    deadline = time.monotonic() + 5
    while _alive(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(worker)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state[0] != "Z"

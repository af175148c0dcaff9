"""The demo as a newcomer runs it: no arguments, no broker, nothing left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

# Slow: a broker, a supervisor and a worker start, and all of them stop. Needs no Apache Kafka.
pytestmark = [pytest.mark.integration, pytest.mark.alone, pytest.mark.timeout(240)]


def start(*arguments: str, directory: Path) -> subprocess.Popen[str]:
    """The demo as a child, its temporary files in `directory`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("STREAMS_")}
    return subprocess.Popen(
        [sys.executable, "-m", "streams", "demo", *arguments],
        env=env | {"TMPDIR": str(directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tempfile.gettempdir(),
    )


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Every process below `process`."""
    return psutil.Process(process.pid).children(recursive=True)


def read_until(process: subprocess.Popen[str], word: str) -> None:
    """Read lines until one has `word`."""
    assert process.stdout is not None
    line = ""
    while word not in line:
        line = process.stdout.readline()
        assert line, f"the demo ended before it said {word!r}"


def still_running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run after 10 s."""
    deadline = time.monotonic() + 10
    running = processes
    while running and time.monotonic() < deadline:
        running = [one for one in running if one.is_running()]
        time.sleep(0.1)
    return running


def test_demo_shows_offers_with_reasons_and_ends_clean(tmp_path: Path) -> None:
    """Exit code 0, offers with their reasons, a genome, an honest summary, no files left."""
    demo = start("--duration-s", "8", directory=tmp_path)
    text, _ = demo.communicate(timeout=200)

    assert demo.returncode == 0, text
    assert ", because you just " in text
    assert "the genome of a customer, recognised from phone to till, with many offers" in text
    assert "phones recognised by login and check-in: " in text
    assert "Buying behaviour" in text
    assert "receipts: real" in text
    assert "not exactly once" in text
    assert "Traceback" not in text
    assert list(tmp_path.iterdir()) == []


def test_interrupted_demo_stops_its_children(tmp_path: Path) -> None:
    """Ctrl-C in the middle: broker, supervisor and worker end, the directory is removed."""
    demo = start("--duration-s", "60", "--plain", directory=tmp_path)
    read_until(demo, "folded")
    children = family(demo)

    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)

    assert demo.returncode == 0
    assert len(children) >= 3
    assert still_running(children) == []
    assert list(tmp_path.iterdir()) == []

"""What the demo plays on: a broker, its topics, and a supervised worker; all gone at the end."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec
from confluent_kafka import KafkaException

from streams.config import PREFIX, Settings
from streams.core.errors import RestartError
from streams.kafka import topics
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.group import Member
from streams.worker.topics import specs

READY_MAX_S = 60.0
STOP_MAX_S = 20.0
ANSWER_MAX_S = 2.0
LOG_LINES = 15
NICE = 15  # whatever is not asked for to the millisecond
PR_SET_PDEATHSIG = 1


class Stage:
    """A context manager: everything runs inside, nothing is left outside.

    On a broker of your own, all topics bear a prefix of this run and are deleted at its end.
    """

    def __init__(self, settings: Settings, *, embedded: bool) -> None:
        """Start nothing yet; `settings` name the broker unless it is embedded."""
        run = uuid.uuid4().hex[:8]
        self.embedded = embedded
        self._given = replace(
            settings,
            broker_kind="embedded" if embedded else "kafka",
            application_id=f"demo-{run}",
            topic_prefix=f"demo-{run}.",
            worker_name=f"demo-{run}",
            decision_clock="event",
            http_host="127.0.0.1",
            http_port=free_port(),
        )
        self._stack = ExitStack()
        self._worker: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.settings = self._given

    def __enter__(self) -> Self:
        """Make a directory of its own, start the broker if it is ours, make the topics."""
        with ExitStack() as stack:
            directory = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="streams-demo-"))
            )
            offers = directory / "offers"
            offers.mkdir()
            self.settings = replace(
                self._given,
                state_dir=directory / "state",
                offers_dir=offers,
                lexicon_dir=_lexicon(self._given.lexicon_dir),
            )
            wanted = specs(self.settings)
            if self.embedded:
                broker = stack.enter_context(EmbeddedBroker())
                self.settings = replace(self.settings, broker_urls=f"kafka://{broker.bootstrap}")
                broker.create({spec.name: spec.partitions for spec in wanted})
            else:
                admin = topics.Admin(self.settings)
                stack.callback(_delete, admin, [spec.name for spec in wanted])
                topics.create(admin, wanted, apply=True)
            self._log = stack.enter_context((directory / "worker.log").open("w+b"))
            stack.callback(self.stop_worker)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the worker, then the broker, then remove the directory."""
        self._stack.close()

    def start_worker(self) -> None:
        """Start the supervised worker and wait until it has all partitions.

        Raises:
            RestartError: it ended or is not ready in time; the end of its log says why.
        """
        assert self._log is not None
        self._worker = self.spawn(("worker", "--supervise"), log=self._log)
        deadline = time.monotonic() + READY_MAX_S
        while not self.ready():
            self.check_worker()
            if time.monotonic() > deadline:
                raise self._ended(what=f"it is not ready after {READY_MAX_S:.0f} s")
            time.sleep(0.1)

    def spawn(
        self, words: Sequence[str], *, log: IO[bytes], behind: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start `streams` with these words and the stage's settings; `behind` yields to others."""
        return subprocess.Popen(  # noqa: S603  # our own command line
            [sys.executable, "-m", "streams", *words],
            env={**_without_ours(os.environ), **environment(self.settings)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us, who stop the worker before the broker
            preexec_fn=_behind if behind else _die_with_parent,  # noqa: PLW1509  # system calls
        )

    def ready(self) -> bool:
        """Whether the worker says that it folds all its partitions."""
        answer = self.page("/readyz")
        return answer is not None and bool(msgspec.json.decode(answer).get("ready"))

    def check_worker(self) -> None:
        """Raise RestartError if the worker is gone for good."""
        if self._worker is not None and self._worker.poll() is not None:
            raise self._ended(what=f"it ended with exit code {self._worker.returncode}")

    def stop_worker(self) -> None:
        """End the worker the way an operator does, and wait for it."""
        end(self._worker, STOP_MAX_S)

    def member(self) -> Member:
        """The worker as one to ask for profiles."""
        settings = self.settings
        return Member(
            name=settings.worker_name,
            host=settings.http_host,
            port=settings.http_port,
            places=frozenset(),
        )

    def page(self, path: str) -> bytes | None:
        """The worker's answer to GET; None when there is none."""
        url = f"http://{self.settings.http_host}:{self.settings.http_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_MAX_S) as answer:
                found: bytes = answer.read()
        except (urllib.error.URLError, OSError):
            return None
        return found

    def _ended(self, *, what: str) -> RestartError:
        assert self._log is not None
        self._log.flush()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").splitlines()[-LOG_LINES:]
        said = "\n".join(lines)
        return RestartError(cause="demo worker", what=f"{what}; it said last:\n{said}")


def _lexicon(wanted: Path) -> Path:
    """The lexicon, from wherever the demo is started; a checkout has one beside the package."""
    shipped = Path(__file__).parents[2] / wanted
    return shipped if not wanted.exists() and shipped.exists() else wanted.absolute()


def environment(settings: Settings) -> dict[str, str]:
    """The STREAMS_* variables from which a worker reads these `settings`."""
    found = {
        f"{PREFIX}{name.upper()}": str(getattr(settings, name))
        for name in Settings.__dataclass_fields__
        if name != "kafka" and str(getattr(settings, name))
    }
    for name, value in settings.kafka.items():
        found[f"{PREFIX}KAFKA_{name.upper().replace('.', '_')}"] = value
    return found


def _without_ours(env: Any) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.startswith(PREFIX)}


def end(process: subprocess.Popen[bytes] | None, wait_max_s: float) -> None:
    """End `process` the way an operator does, or by force if it takes longer than that."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(wait_max_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of this machine that nothing listened on a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _delete(admin: topics.Admin, names: list[str]) -> None:
    for future in admin.delete_topics(names, operation_timeout=STOP_MAX_S).values():
        with contextlib.suppress(KafkaException):  # was never made, or the broker is away
            future.result()


def _behind() -> None:
    os.nice(NICE)
    _die_with_parent()


def _die_with_parent() -> None:
    # Linux: a demo killed with -9 takes its supervisor along, and that one its worker.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

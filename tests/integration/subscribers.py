"""A channel's subscriber as a child process, asked over HTTP as any adapter is."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from streams.config import Settings
from tests.integration.broker import free_port
from tests.integration.child import spawn
from tests.integration.commands import ROOT, env_of
from tests.integration.workers import wait_until

READY_MAX_S = 30.0
END_MAX_S = 15.0


class Subscriber:
    """`streams channel run CHANNEL`, its stdout and stderr in files of `directory`."""

    def __init__(
        self,
        settings: Settings,
        directory: Path,
        *,
        channel: str = "web",
        arguments: Sequence[str] = (),
        fault: str = "",
    ) -> None:
        """Start it; `fault` is one of `faulty_channel`."""
        self.url = f"http://127.0.0.1:{free_port()}"
        self.channel = channel
        self.out, self.log = (directory / f"subscriber-{channel}.{one}" for one in ("out", "log"))
        changes = {
            "PYTHONUNBUFFERED": "1",
            "STREAMS_HTTP_PORT": self.url.rpartition(":")[2],
            "STREAMS_TEST_FAULT": fault,
        }
        module = "tests.integration.faulty_channel" if fault else "streams"
        with self.out.open("ab") as out, self.log.open("ab") as log:
            self.process: subprocess.Popen[bytes] = spawn(
                [sys.executable, "-m", module, "channel", "run", channel, *arguments],
                cwd=ROOT,
                env=env_of(settings, changes),
                stdout=out,
                stderr=log,
            )

    def wait_ready(self) -> "Subscriber":
        """Wait until it has read the log."""

        def ready() -> bool:
            code = self.process.poll()
            assert code is None, f"ended with {code}: {self.log.read_text()[-2_000:]}"
            try:
                return self.page("readyz")[0] == 200
            except OSError:
                return False

        wait_until(ready, "the subscriber is ready", deadline_s=READY_MAX_S)
        return self

    def page(self, name: str, body: Any = None) -> tuple[int, Any]:
        """Return status and decoded body of a page; with `body`, it is POSTed as JSON."""
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(f"{self.url}/{name}", data), timeout=10) as answer:
                status, text = answer.status, answer.read()
        except HTTPError as error:
            with error:
                status, text = error.code, error.read()
        return status, json.loads(text) if text[:1] == b"{" else text.decode()

    def shown(self, subject: str, **asked: str) -> str | None:
        """Return the id of the offer that is shown to `subject`, None when none is."""
        status, offer = self.page("best-offer", {"subject": subject, **asked})
        assert status in {200, 204}, f"{status} {offer}"
        return str(offer["offer_id"]) if status == 200 else None

    def wait_shown(self, subject: str, offer_id: str | None) -> None:
        """Wait until this is what is shown."""
        what = f"{offer_id} is shown"
        wait_until(lambda: self.shown(subject) == offer_id, what, deadline_s=10)

    def terminate(self) -> int:
        """SIGTERM, as systemd and Kubernetes do; return the exit code."""
        self.process.terminate()
        return self.process.wait(END_MAX_S)

    def close(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait(END_MAX_S)

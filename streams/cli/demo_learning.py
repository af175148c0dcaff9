"""What the demo tells of decisions: what outcomes taught, why one was made, and a channel's pull.

Each is told by the product's own command, run as an operator would beside everything else.
"""

import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import msgspec

from streams.cli.decision_log import Policies
from streams.cli.demo_endings import Taught
from streams.cli.demo_stage import Stage, end
from streams.cli.reading import Reader
from streams.codec.outputs import DECISION_TOPIC, decode_decision
from streams.core.decide.decide import decide
from streams.core.decide.record import OfferMessage

COMMAND_MAX_S = 40.0
READY_MAX_S = 20.0
ANSWER_MAX_S = 2.0
TAUGHT_LINES = 12
WORDS_MAX = 200


class DemoLearning:
    """Learns once while the feed runs, and tells at the end."""

    def __init__(self, stage: Stage) -> None:
        """Nothing was learned yet."""
        self._stage = stage
        self._process: subprocess.Popen[bytes] | None = None
        self._log = Path()

    def start(self, directory: Path) -> None:
        """Learn from what became of offers until now, behind everything else; only once."""
        if self._process is None:
            self._log = directory / "learn.log"
            with self._log.open("wb") as log:
                words = ("learn", "--publish", "--apply")
                self._process = self._stage.spawn(words, log=log, behind=True)

    def stop(self) -> None:
        """End it if it still runs."""
        end(self._process, ANSWER_MAX_S)

    def changed(self) -> Taught:
        """The decisions with what was learned, each made once more without it."""
        settings, found = self._stage.settings, Taught()
        policies = Policies(settings)
        topic = settings.topic_prefix + DECISION_TOPIC
        with Reader(settings) as reader:
            policies.connect(reader, settings)
            for one in reader.records(reader.bounds([topic])):
                decision = decode_decision(one.value or b"")
                policy = policies.offers_of(decision) if decision.acceptance_version else None
                if policy is not None:
                    found.add(decision, decide(decision.view, policy))
        return found

    def taught(self) -> list[str]:
        """The first lines of the table of lifts; none if it was not learned in time."""
        if self._process is None:
            return []
        try:
            done = self._process.wait(COMMAND_MAX_S) == 0
        except subprocess.TimeoutExpired:
            done = False
        return self._log.read_text("utf-8").splitlines()[:TAUGHT_LINES] if done else []

    def why(self, offer: OfferMessage) -> list[str]:
        """Why `offer` was made, in words; nothing if it cannot be told."""
        words = ("explain", offer.offer_id, "--subject", offer.subject)
        with tempfile.TemporaryFile() as log:
            process = self._stage.spawn(words, log=log)
            try:
                done = process.wait(COMMAND_MAX_S) == 0
            except subprocess.TimeoutExpired:
                end(process, ANSWER_MAX_S)
                done = False
            log.seek(0)
            told = log.read().decode("utf-8", "replace").splitlines()
        return told[:WORDS_MAX] if done else []

    def pulled(self, channel: str, subjects: Iterable[str], port: int) -> str | None:
        """What `streams channel run` answers for the first of `subjects` that has an open offer."""
        with tempfile.TemporaryFile() as log:
            words = ("channel", "run", channel, "--port", str(port))
            process = self._stage.spawn(words, log=log)
            try:
                return self._answer(f"http://127.0.0.1:{port}", subjects)
            finally:
                end(process, ANSWER_MAX_S)

    def _answer(self, url: str, subjects: Iterable[str]) -> str | None:
        until_s = time.monotonic() + READY_MAX_S
        while _ask(f"{url}/readyz", None) is None:
            if time.monotonic() > until_s:
                return None
            time.sleep(0.2)
        for subject in subjects:
            found = _ask(f"{url}/best-offer", msgspec.json.encode({"subject": subject}))
            if found:
                return found.decode("utf-8", "replace")
        return None


def _ask(url: str, body: bytes | None) -> bytes | None:
    request = urllib.request.Request(url, data=body)  # noqa: S310  # our own loopback page
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_MAX_S) as answer:  # noqa: S310  # the same
            found: bytes = answer.read()
            return found
    except (OSError, urllib.error.URLError):
        return None

"""What the demo tells of decisions: what outcomes taught, why one was made, and a channel's pull.

Each is told by the product's own command, run as an operator would beside everything else.
"""

import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import msgspec

from streams.cli.decision_log import Policies
from streams.cli.demo_endings import Taught, taught_lines
from streams.cli.demo_shares import Shares, share_lines
from streams.cli.demo_stage import Stage, end
from streams.cli.reading import Reader
from streams.codec.outputs import DECISION_TOPIC, decode_decision
from streams.core.decide.decide import decide
from streams.core.decide.record import OfferMessage

COMMAND_MAX_S = 40.0
READY_MAX_S = 20.0
ANSWER_MAX_S = 2.0
TAUGHT_MAX = 8  # offers of the table of lifts
TABLE_LINES = 2  # of its head and of all offers together
WORDS_MAX = 200
_ROW = re.compile(r"\S+ +[\d,]+\.\d +\d")  # of an offer; those of its channels are indented


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

    def changed(self) -> list[str]:
        """What the decision log shows of it: decisions with it are made once more without it."""
        settings, found, shares = self._stage.settings, Taught(), Shares()
        policies, learned = Policies(settings), None
        topic = settings.topic_prefix + DECISION_TOPIC
        with Reader(settings) as reader:
            policies.connect(reader, settings)
            for one in reader.records(reader.bounds([topic])):
                decision = decode_decision(one.value or b"")
                policy = policies.offers_of(decision)
                if not decision.acceptance_version:
                    shares.add_before(decision)
                elif policy is not None:
                    without = decide(decision.view, policy)
                    found.add(decision, without)
                    shares.add_since(decision, without)
                    learned = policies.of(decision)
        return [*taught_lines(found), *share_lines(shares, learned)]

    def taught(self) -> list[str]:
        """The lifts of the offers tried most; none if it was not learned in time."""
        if self._process is None:
            return []
        try:
            done = self._process.wait(COMMAND_MAX_S) == 0
        except subprocess.TimeoutExpired:
            done = False
        return tried_most(self._log.read_text("utf-8").splitlines()) if done else []

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


def tried_most(table: list[str]) -> list[str]:
    """Of what `streams learn` prints, the head and the offers with most trials, those first."""
    rows = [line for line in table[TABLE_LINES:] if _ROW.match(line)]
    rows.sort(key=lambda line: -float(line.split()[1].replace(",", "")))
    return [*table[:TABLE_LINES], *rows[:TAUGHT_MAX]]


def _ask(url: str, body: bytes | None) -> bytes | None:
    request = urllib.request.Request(url, data=body)  # noqa: S310  # our own loopback page
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_MAX_S) as answer:  # noqa: S310  # the same
            found: bytes = answer.read()
            return found
    except (OSError, urllib.error.URLError):
        return None

"""The population behind the demo: `streams fit` on the weeks before, while receipts stream.

It runs as a process of its own behind everything else, and publishes what it learned; the worker
adopts it between two units, as it would in production.
"""

import subprocess
from pathlib import Path

from streams.cli.demo_stage import Stage, end
from streams.cli.fit import FIRST_WEEK_END_MS, WEEK_MS

WEEKS_MIN = 8
"""Of fewer weeks there is too little to learn."""
FITTED_MAX_S = 90.0
STOP_MAX_S = 5.0


class DemoFit:
    """One run of `streams fit`; start it, wait for it, and stop it whatever happened."""

    def __init__(self, stage: Stage, *, first_ms: int) -> None:
        """Learn from the whole weeks of the study before `first_ms`."""
        self.weeks = (first_ms - FIRST_WEEK_END_MS) // WEEK_MS + 1
        self._stage = stage
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def learns(self) -> bool:
        """Whether there are weeks enough to learn from."""
        return self.weeks >= WEEKS_MIN

    def start(self, directory: Path) -> None:
        """Start learning; what it says goes to a file in `directory`."""
        if not self.learns:
            return
        weeks = str(self.weeks)
        words = ("fit", "--complete-journey", "--until-week", weeks, "--publish", "--apply")
        with (directory / "fit.log").open("wb") as log:
            self._process = self._stage.spawn(words, log=log, behind=True)

    def wait(self) -> bool:
        """Whether it has published; waits until it ends, for `FITTED_MAX_S` at most."""
        if self._process is None:
            return False
        try:
            return self._process.wait(FITTED_MAX_S) == 0
        except subprocess.TimeoutExpired:
            return False

    def stop(self) -> None:
        """End it if it still runs."""
        end(self._process, STOP_MAX_S)

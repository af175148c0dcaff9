"""The benchmarks run: some thousand events through both exactly-once sides on real Kafka."""

import json
from pathlib import Path

import pytest

from tests.bench.__main__ import main
from tests.integration.broker import Bootstrap


@pytest.mark.alone
@pytest.mark.timeout(300)
def test_throughput_measures_worker_and_raw_loop(
    kafka: Bootstrap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides drain their backlog, and the figures and their ratios are written."""
    monkeypatch.setenv("STREAMS_TEST_KAFKA", kafka.bootstrap)
    figures = tmp_path / "figures.json"

    # Several commits of each side: one seen late on a busy machine leaves others to measure by.
    options = ["--events", "48000", "--rounds", "1", "--stock-events", "0"]
    assert main(["throughput", *options, "--json", str(figures)]) == 0

    found = json.loads(figures.read_text())["throughput"]
    assert found["sides"].keys() == {"raw", "worker"}
    assert found["ratios"].keys() == {"worker/raw events/s", "worker/raw CPU"}
    assert min(one["rate"] for one in found["sides"].values()) > 0

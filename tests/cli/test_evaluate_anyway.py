"""`streams evaluate --anyway measured`: from the bytes of three logs to its tables."""

import json
from pathlib import Path

import pytest

from streams.cli.main import main
from streams.codec.outputs import encode_decision
from streams.config import Settings
from streams.worker.policies import read_policy
from tests.cloudevents import line
from tests.evaluate.kept_back import Log, simulate, truth

CATALOGUE = """
policy:
  currency: EUR
  experiment_salt: one
  holdout_salt: two
  contact:
    zone: UTC
    open_offers_max: 4
    channels: {web: {contact_cost_minor: 3, marketing: {consent: unless-withdrawn}}}
offers:
"""
ROW = """
  - offer: %(name)s
    purpose: marketing
    triggers: [{on: view_item, age_max: 1h, match: items}]
    categories: [%(name)s]
    channels: [web]
    ttl: 1d
    accepts: 0.5
    anyway: 0.1
    margin_minor: 100
    pitches: [{pitch: plain, text: "Now."}]
"""
COMMAND = ["evaluate", "--anyway", "measured"]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """A log by a catalogue that is at hand."""
    (tmp_path / "offers").mkdir()
    text = CATALOGUE + "".join(ROW % {"name": name} for name in ("coffee", "tea"))
    (tmp_path / "offers" / "offers.yaml").write_text(text)
    monkeypatch.setenv("STREAMS_OFFERS_DIR", str(tmp_path / "offers"))
    policy = read_policy(Settings.from_env({"STREAMS_OFFERS_DIR": str(tmp_path / "offers")}))
    return simulate(1, policy)


def options(folder: Path, log: Log) -> list[str]:
    """Options that name the files of `log`."""
    (folder / "log").write_bytes(b"".join(encode_decision(one)[0] + b"\n" for one in log.decisions))
    (folder / "outcomes").write_text("".join(f"{line(one)}\n" for one in log.outcomes))
    (folder / "purchases").write_text("".join(f"{line(one)}\n" for one in log.purchases))
    names = ("log", "outcomes", "purchases")
    return [part for name in names for part in (f"--{name}", str(folder / name))]


def test_what_was_measured_is_told(
    log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both arms beside the model's P0, for people and for machines."""
    files = options(tmp_path, log)

    codes = [main([*COMMAND, *files]), main([*COMMAND, *files, "--json"])]

    *tables, shown = capsys.readouterr().out.splitlines()
    found = json.loads(shown)
    total = found["measured"]["total"]
    uplift, _ = truth()
    assert codes == [0, 0]
    assert found["currency"] == "EUR"
    assert total["sent"] > total["delivered"] > total["held_out"] > 500
    assert total["anyway_model"] == 0.5
    assert abs(total["uplift"]["value"] - uplift) < 0.08
    assert [one["offer"] for one in found["measured"]["offers"]] == ["coffee", "tea"]
    assert any("model's P0" in one for one in tables)
    assert any("points" in one and one.startswith("  all") for one in tables)


def test_a_small_holdout_is_refused(
    log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence, exit code 1; counts and shares are told nevertheless."""
    code = main([*COMMAND, *options(tmp_path, log), "--share", "0.2"])

    said = capsys.readouterr().out
    assert code == 1
    assert said.count("refused, all:") == 1
    assert "too few, coffee:" in said
    assert "customers were held out, expected at least 100" in said


def test_a_policy_that_is_not_at_hand_is_said(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What its rows cover is unknown."""
    files = options(tmp_path, log)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "offers.yaml").write_text(CATALOGUE + ROW % {"name": "wine"})
    monkeypatch.setenv("STREAMS_OFFERS_DIR", str(tmp_path / "other"))

    code = main([*COMMAND, *files])

    said = capsys.readouterr().err
    assert code == 2
    assert f"({len(log.decisions)} of a policy that is not at hand" in said

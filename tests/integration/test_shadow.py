"""A candidate policy beside the live one, on real Kafka: once each, and nothing else changes.

Half of the customers are held out and buy what was kept back from them, and carts are left for a
second, so trials close and timers decide all the time.
"""

import json
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.codec.rows import CALIBRATION_KEY, TALLY_KEY
from streams.config import Settings
from tests.integration.broker import Bootstrap
from tests.integration.commands import printed, run
from tests.integration.scene import MakeScene, Scene
from tests.integration.soak import killed
from tests.integration.workers import Worker, wait_until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]
CATALOGUE = """
policy:
  currency: USD
  experiment_salt: one
  holdout_salt: two
  holdout_share: 0.5
  trial_grace: 1s
  timers: {{cart_abandoned_after: 1s}}
  contact:
    zone: UTC
    open_offers_max: 4
    channels:
      web:
        contact_cost_minor: 0
        marketing: {{consent: unless-withdrawn, spacing: 1s}}
offers:
  - offer: seasonal
    purpose: marketing
    triggers: [{{on: view_item, age_max: 12h, match: items}}]
    categories: [grocery, garden, {category}]
    channels: [web]
    ttl: 2s
    accepts: 0.3
    anyway: 0.1
    margin_minor: {margin_minor}
    pitches: [{{pitch: plain, text: "Now."}}]
  - offer: reminder
    purpose: marketing
    triggers: [{{on: cart_abandoned, age_max: 12h, match: any}}]
    channels: [web]
    ttl: 2s
    accepts: 0.5
    anyway: 0.0
    margin_minor: 100
    pitches: [{{pitch: plain, text: "Still there?"}}]
"""


def directory(folder: Path, name: str, *, margin_minor: int, category: str) -> str:
    """A directory with a catalogue."""
    (folder / name).mkdir()
    text = CATALOGUE.format(margin_minor=margin_minor, category=category)
    (folder / name / "offers.yaml").write_text(text)
    return str(folder / name)


def prepared(scene: Scene, folder: Path, **settings: str) -> Scene:
    """The scene with live offers and a candidate that covers other categories."""
    scene.settings = {
        "offers_dir": directory(folder, "live", margin_minor=100, category="toys"),
        "shadow_offers_dir": directory(folder, "candidate", margin_minor=200, category="fashion"),
        **settings,
    }
    return scene.create_topics()


def test_one_shadow_per_live_decision_under_kill_9(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """Two workers and a candidate, killed in a loop.

    The oracle folds offers, decisions, rows and timers without a shadow, and theirs must be these
    bytes; it makes the shadows apart. So what is live is as if no candidate was there.
    """
    scene = prepared(make_scene(kafka, partitions=4), tmp_path)

    done, _ = killed(scene, seconds=15, rate=1_500, seed=5)

    command = ("evaluate", "--differences", "--shadow", "--json")
    found = json.loads(printed(run(Settings.from_env(scene.env()), *command)))
    asked = ("evaluate", "--anyway", "measured", "--json", "--offers", scene.settings["offers_dir"])
    told = run(Settings.from_env(scene.env()), *asked)
    assert told.stdout, told.stderr
    measured = json.loads(told.stdout)["measured"]["total"]
    kept = scene.kept()
    rows = [key for one in kept.latest_rows().values() for key in one]
    assert done.kills >= 3
    assert done.figures.shadows == done.figures.decisions > 1_000
    assert found["decisions"] == done.figures.decisions
    assert found["moved"] > 100
    assert found["triggers"]["cart_abandoned"] > 50
    # What the held out bought anyway is found again in receipts, orders and what was forwarded.
    assert told.returncode == (0 if measured["refusal"] is None else 1)
    assert measured["held_out"] > 100
    assert 0 < measured["anyway_bought"] < 1
    # What was predicted of offers is a row of each partition, and the oracle counted the same.
    assert rows.count(CALIBRATION_KEY) == 4
    assert TALLY_KEY + b"seasonal" in rows


def test_a_share_of_the_subjects_has_shadows(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """The oracle knows whose; a scrape counts what was committed, each once."""
    scene = prepared(make_scene(kafka), tmp_path, shadow_share_percent="30")
    worker = scene.worker()
    scene.feed(7).send(3_000)
    scene.drain()

    def counted() -> bool:
        outputs = scene.kept().outputs
        written = sum(one.topic == "decision.shadow.v1" for one in outputs)
        return _scraped(worker, "streams_shadow_decisions_total") == written > 0

    wait_until(counted, "all shadows are in the scrape", deadline_s=30)
    assert _scraped(worker, "streams_calibration_trials_total") > 0
    figures = scene.finish()
    assert 0 < figures.shadows < figures.decisions * 0.6


def _scraped(worker: Worker, name: str) -> float:
    """The sum of a metric's series."""
    families = text_string_to_metric_families(worker.page("metrics"))
    samples = [sample for family in families for sample in family.samples]
    return sum(sample.value for sample in samples if sample.name == name)

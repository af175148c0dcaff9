"""A candidate policy beside the live one, on real Kafka: once each, and nothing else changes.

It is a version that was published as shadow, or a directory.

Half of the customers are held out and buy what was kept back from them, and carts are left for a
second, so trials close and timers decide all the time.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.codec.offer_versions import TOPIC as OFFERS
from streams.codec.outputs import SHADOW_TOPIC
from streams.codec.rows import CALIBRATION_KEY, TALLY_KEY
from streams.config import Settings
from tests.integration.broker import Bootstrap
from tests.integration.commands import printed, run
from tests.integration.scene import MakeScene, Scene
from tests.integration.soak import killed
from tests.integration.test_adoption import wait_adopted
from tests.integration.workers import Worker, wait_until

pytestmark = pytest.mark.timeout(180)
SECOND_S = 6.0  # of the 15 in which workers are killed
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
    """The scene with live offers and topics."""
    live = directory(folder, "live", margin_minor=100, category="toys")
    scene.settings = {"offers_dir": live, **settings}
    return scene.create_topics()


def candidate(folder: Path, name: str, margin_minor: int) -> str:
    """A directory with offers that cover other categories than the live ones."""
    return directory(folder, name, margin_minor=margin_minor, category="fashion")


def operated(scene: Scene, *arguments: str) -> str:
    """What `streams ARGUMENTS` printed; it succeeded."""
    return printed(run(Settings.from_env(scene.env()), *arguments))


def put_on_trial(scene: Scene, path: str) -> str:
    """Publish a directory as shadow and return its version."""
    return operated(scene, "offers", "publish", path, "--shadow", "--apply").split()[1]


@pytest.mark.alone
def test_one_shadow_per_live_decision_under_kill_9(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """Two workers and a candidate, killed in a loop; a second one is published as they die.

    The oracle folds offers, decisions, rows and timers without a shadow, and theirs must be these
    bytes; it makes the shadows apart. So what is live is as if no candidate was there.
    """
    scene = prepared(make_scene(kafka, partitions=4), tmp_path)
    first = put_on_trial(scene, candidate(tmp_path, "first", 200))
    with ThreadPoolExecutor() as beside:
        other = beside.submit(later, scene, candidate(tmp_path, "second", 300))

        done, _ = killed(scene, seconds=15, rate=1_500, seed=5)

    repeated = operated(scene, "decision", "repeat", "--all", "--shadow", "--count", "500")
    told = operated(scene, "evaluate", "--differences", "--shadow", "--json").splitlines()
    found = {one["candidate"]: one for one in map(json.loads, told)}
    asked = ("evaluate", "--anyway", "measured", "--json", "--offers", scene.settings["offers_dir"])
    uplift = run(Settings.from_env(scene.env()), *asked)
    assert uplift.stdout, uplift.stderr
    measured = json.loads(uplift.stdout)["measured"]["total"]
    kept = scene.kept()
    rows = [key for one in kept.latest_rows().values() for key in one]
    assert done.kills >= 3
    assert done.figures.shadows == done.figures.decisions > 1_000
    assert found.keys() == {first, other.result()}
    assert sum(one["decisions"] for one in found.values()) == done.figures.decisions
    assert all(one["moved"] > 50 for one in found.values())
    assert sum(one["triggers"]["cart_abandoned"] for one in found.values()) > 50
    assert repeated.startswith("500 shadow decisions repeated: 500 identical, 0 different")
    # What the held out bought anyway is found again in receipts, orders and what was forwarded.
    assert uplift.returncode == (0 if measured["refusal"] is None else 1)
    assert measured["held_out"] > 100
    assert 0 < measured["anyway_bought"] < 1
    # What was predicted of offers is a row of each partition, and the oracle counted the same.
    assert rows.count(CALIBRATION_KEY) == 4
    assert TALLY_KEY + b"seasonal" in rows


def later(scene: Scene, path: str) -> str:
    """Put a directory on trial while workers are killed."""
    time.sleep(SECOND_S)
    return put_on_trial(scene, path)


def test_a_trial_begins_ends_and_is_promoted_while_a_share_of_the_subjects_has_shadows(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """One worker, no restart: the directory's candidate makes room for the published one.

    The oracle knows whose decisions have shadows, and by which version; a scrape counts what was
    committed, each once.
    """
    aside, trial = candidate(tmp_path, "aside", 200), candidate(tmp_path, "trial", 300)
    share = {"shadow_offers_dir": aside, "shadow_share_percent": "30"}
    scene = prepared(make_scene(kafka), tmp_path, **share)
    worker, feed = scene.worker(), scene.feed(7)
    feed.send(1_000)
    scene.drain()
    version = put_on_trial(scene, trial)
    wait_adopted(worker, SHADOW_TOPIC, 1)
    feed.send(1_000)
    scene.drain()
    operated(scene, "offers", "shadow", "--end", "--apply")
    wait_adopted(worker, SHADOW_TOPIC, 2)
    feed.send(500)
    scene.drain()
    put_on_trial(scene, trial)
    operated(scene, "offers", "shadow", "--promote", "--apply")
    wait_adopted(worker, OFFERS, 1)
    feed.send(1_000)
    scene.drain()

    def counted() -> bool:
        outputs = scene.kept().outputs
        written = sum(one.topic == "decision.shadow.v1" for one in outputs)
        return _scraped(worker, "streams_shadow_decisions_total") == written > 0

    wait_until(counted, "all shadows are in the scrape", deadline_s=30)
    assert _scraped(worker, "streams_calibration_trials_total") > 0
    figures = scene.finish()
    assert 0 < figures.shadows < figures.decisions * 0.6
    live, beside = decided_by(scene, "decision.log.v1"), decided_by(scene, "decision.shadow.v1")
    assert (len(live), live[-1], live.count(version)) == (2, version, 1)
    assert len(beside) >= 3
    assert beside[1] == version
    assert beside[0] == beside[2] == beside[-1] != version
    shadow_id = [value["decision_id"] for value in logged(scene, "decision.shadow.v1")][-1]
    shown = json.loads(operated(scene, "explain", shadow_id, "--json", "--offers", aside))
    assert (shown["shadow"], shown["policy_version"]) == (True, beside[-1])


def decided_by(scene: Scene, topic: str) -> list[str]:
    """The policy versions that partition 0 of `topic` names, each as often as it took over."""
    return [one for one, _ in groupby(value["policy_version"] for value in logged(scene, topic))]


def logged(scene: Scene, topic: str) -> list[dict[str, Any]]:
    """The values of partition 0 of `topic`, in order."""
    outputs = [one for one in scene.kept().outputs if (one.topic, one.partition) == (topic, 0)]
    return [json.loads(one.value or b"{}") for one in outputs]


def _scraped(worker: Worker, name: str) -> float:
    """The sum of a metric's series."""
    families = text_string_to_metric_families(worker.page("metrics"))
    samples = [sample for family in families for sample in family.samples]
    return sum(sample.value for sample in samples if sample.name == name)

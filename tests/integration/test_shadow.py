"""A candidate policy beside the live one, on real Kafka: once each, and nothing else changes."""

import json
from pathlib import Path

import pytest

from streams.config import Settings
from tests.integration.broker import Bootstrap
from tests.integration.commands import printed, run
from tests.integration.scene import MakeScene
from tests.integration.soak import soak
from tests.integration.test_offers_adoption import changed

pytestmark = pytest.mark.timeout(180)


def test_one_shadow_per_live_decision_under_kill_9(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """Two workers and a candidate, killed in a loop.

    The oracle folds offers, decisions, rows and timers without a shadow, and theirs must be these
    bytes; it makes the shadows apart. So what is live is as if no candidate was there.
    """
    scene = make_scene(kafka, partitions=4)
    scene.settings = {"shadow_offers_dir": str(changed(tmp_path / "candidate"))}
    scene.create_topics()

    done = soak(scene, seconds=15, rate=1_500, seed=5)

    found = json.loads(
        printed(
            run(Settings.from_env(scene.env()), "evaluate", "--differences", "--shadow", "--json")
        )
    )
    assert done.kills >= 3
    assert done.figures.shadows == done.figures.decisions > 1_000
    assert found["decisions"] == done.figures.decisions


def test_a_share_of_the_subjects_has_shadows(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """The oracle knows whose; the scrape counts what it saw."""
    scene = make_scene(kafka)
    candidate = str(changed(tmp_path / "candidate"))
    scene.settings = {"shadow_offers_dir": candidate, "shadow_share_percent": "30"}
    scene.create_topics()
    worker = scene.worker()
    scene.feed(7).send(3_000)
    scene.drain()
    counted = worker.page("metrics")

    figures = scene.finish()

    assert 0 < figures.shadows < figures.decisions * 0.6
    assert 'streams_shadow_decisions_total{made="same"}' in counted

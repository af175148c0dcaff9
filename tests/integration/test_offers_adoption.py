"""Offers published while a worker runs: later decisions name the new version, units stay exact."""

import json
import shutil
from pathlib import Path

import pytest

from streams.cli.published import look, policy_of
from streams.codec.offer_versions import TOPIC, encode_files
from streams.codec.outputs import decode_decision, encode_decision
from streams.config import Settings
from streams.core.decide.decide import decide
from streams.core.words.lexicon import EMPTY_LEXICON
from streams.worker.policies import read_directory, read_policy
from tests.integration.broker import Bootstrap
from tests.integration.commands import ROOT, printed, run
from tests.integration.scene import MakeScene, Scene
from tests.integration.test_adoption import (
    AT_MS,
    CATALOGUE,
    adopted,
    catalogue,
    publish,
    wait_adopted,
)
from tests.integration.workers import wait_until

pytestmark = pytest.mark.timeout(180)


def changed(directory: Path) -> Path:
    """A directory with the shipped offers, one of them worth more and with a rule."""
    shutil.copytree(ROOT / "deploy" / "offers", directory)
    selling = directory / "selling.yaml"
    rule = 'rules: [{name: by-day, gate: suitability, when: "event.age_minutes >= 0"}]'
    text = selling.read_text().replace("margin_minor: 90\n", f"margin_minor: 900\n    {rule}\n")
    selling.write_text(text)
    return directory


def asking(directory: Path) -> Path:
    """The shipped offers, and a row about what the published catalogue says is organic."""
    shutil.copytree(ROOT / "deploy" / "offers", directory)
    (directory / "organic.yaml").write_text(
        """
offers:
  - offer: organic
    purpose: marketing
    query: {category: home, attributes: {organic: true}, price_max_minor: 1500}
    triggers: [{on: view_item, age_max: 1h}, {on: add_to_cart, age_max: 1h}]
    channels: [web]
    ttl: 1d
    accepts: 0.9
    margin_minor: 900
    pitches: [{pitch: plain, text: "Organic"}]
"""
    )
    return directory


def versions_decided(scene: Scene) -> set[str]:
    """The policy versions that decisions name."""
    outputs = [one for one in scene.kept().outputs if one.topic == "decision.log.v1"]
    return {json.loads(one.value or b"{}")["policy_version"] for one in outputs}


def test_offers_are_adopted_live_and_broken_ones_change_nothing(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """By the command; a version that nobody can read is told of once and left alone."""
    scene = make_scene(kafka).create_topics()
    settings = Settings.from_env(scene.env())
    local = read_policy(settings)
    worker = scene.worker()
    scene.feed(81).start()
    scene.wait_folding(1_000)

    plan = printed(run(settings, "offers", "publish", str(changed(tmp_path / "offers"))))
    version = plan.split()[1].rstrip(",")
    done = run(settings, "offers", "publish", str(tmp_path / "offers"), "--apply")
    wait_adopted(worker, TOPIC, 1)
    scene.wait_folding(1_500)
    broken = encode_files({"a.yaml": "offers: []\n"}, version="newer", valid_from_ms=AT_MS)
    publish(scene, broken, TOPIC)
    refused = "offers of version newer are refused, the version before stays in force: offer files"
    wait_until(lambda: refused in worker.text(), refused, deadline_s=30)
    scene.wait_folding(1_000)

    assert b"wrote 5 rows" in done.stdout
    assert scene.finish().offers
    assert list(adopted(scene, TOPIC).values()) == [["", version]] * scene.partitions
    assert versions_decided(scene) == {local.policy_version, version}
    assert worker.text().count("are refused") == 1
    assert policy_of(settings, version, local).offers["thank-you"].margin_minor == 900


def test_a_query_finds_what_was_published_and_repeats_without_it(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """The oracle refolds it with the products that the ledger names; a repeat needs the view."""
    scene = make_scene(kafka).create_topics()
    settings = Settings.from_env(scene.env())
    local = read_policy(settings)
    worker = scene.worker()
    scene.feed(82).start()
    scene.wait_folding(500)

    plan = printed(run(settings, "offers", "publish", str(asking(tmp_path / "offers")), "--apply"))
    version = plan.split()[1].rstrip(",")
    wait_adopted(worker, TOPIC, 1)
    publish(scene, catalogue("v1"))
    wait_adopted(worker, CATALOGUE, 1)
    scene.wait_folding(500)
    worker.kill9()
    scene.wait_folding(1_500)

    assert scene.finish().offers
    outputs = [one for one in scene.kept().outputs if one.topic == "decision.log.v1"]
    logged = [one.value for one in outputs if one.value and b'"queried"' in one.value]
    rules = policy_of(settings, version, local)
    again = [decide(decode_decision(one).view, rules) for one in logged]
    assert [encode_decision(one)[0] for one in again if one] == logged
    named = [one.chosen for one in again if one and one.chosen and one.chosen.offer == "organic"]
    assert len(named) > 10
    assert all(int(one.product.item_id[4:]) % 2 == 0 for one in named if one.product)


def test_publishing_again_writes_nothing_and_going_back_writes_it_again(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """Word for word, right before the pointer: a worker that starts holds few versions."""
    scene = make_scene(kafka).create_topics()
    settings = Settings.from_env(scene.env())
    old, new = ROOT / "deploy" / "offers", changed(tmp_path / "offers")
    command = ("offers", "publish")

    first = printed(run(settings, *command, str(old), "--apply"))
    again = printed(run(settings, *command, str(old), "--apply"))
    other = printed(run(settings, *command, str(new), "--apply"))
    back = printed(run(settings, *command, str(old), "--apply"))
    now = look(settings)
    difference = printed(run(settings, "offers", "diff", str(new)))
    kept = scene.kept().reference

    assert "wrote 5 rows" in first
    assert again.endswith("is in force already; nothing to write\n")
    assert "wrote 5 rows" in other
    assert "wrote 5 rows" in back
    assert now.current is not None
    assert first.split()[1].rstrip(",") == now.current.version
    assert now.files == read_directory(old, settings, EMPTY_LEXICON)[0]
    assert set(now.files) == {"care.yaml", "policy.yaml", "selling.yaml"}
    assert len(kept) == 15
    assert "offer thank-you: margin_minor 90 -> 900\n" in difference

"""Products and models published while workers fold: adopted between units, named by the ledger."""

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from streams.cli.catalogue import read_file, rows_of
from streams.cli.publishing import Row, write_rows
from streams.codec import model as model_rows
from streams.codec import products as product_rows
from streams.codec.model import encode_model
from streams.codec.outputs import decode_decision
from streams.codec.products import ProductLine, encode_pointers, encode_product
from streams.config import Settings
from streams.core.model import Model
from tests.integration.broker import Bootstrap
from tests.integration.commands import run
from tests.integration.scene import MakeScene, Scene
from tests.integration.workers import Worker, wait_until

pytestmark = pytest.mark.timeout(180)
AT_MS = 1_738_281_600_000  # 2025-01-31T00:00:00Z
CATALOGUE, MODEL = product_rows.TOPIC, model_rows.TOPIC
KINDS = [f"kind-{number}" for number in range(11)]


DEPARTMENTS = "grocery", "drugstore", "garden", "fashion", "toys"  # that receipts tell
GOODS = """
policy:
  currency: USD
  experiment_salt: one
  holdout_salt: two
  goods_lift_min: 0
  contact:
    zone: UTC
    open_offers_max: 4
    channels: {{web: {{contact_cost_minor: 0, marketing: {{consent: unless-withdrawn}}}}}}
offers:
  - {{offer: few, products: [sku-1, sku-6], {more}}}
  - {{offer: many, products: {items}, {more}}}
"""
ROW = """campaign: spring, purpose: marketing, channels: [web], ttl: 1h, accepts: 0.1, anyway: 0.01,
    margin_minor: 400, triggers: [{on: view_item, age_max: 12h, match: any}],
    pitches: [{pitch: plain, text: "Well?"}]"""


def listing(folder: Path) -> dict[str, str]:
    """Settings of a worker whose offers list goods that the load sells."""
    (folder / "offers").mkdir()
    items = json.dumps([f"sku-{number}" for number in range(0, 120, 4)])
    (folder / "offers" / "offers.yaml").write_text(GOODS.format(more=ROW, items=items))
    return {"offers_dir": str(folder / "offers")}


def catalogue(
    version: str, *, discount_minor: int = 0, kinds: Sequence[str] = KINDS
) -> list[product_rows.Row]:
    """Most of what the load sells, with attributes that make a difference to every profile."""
    valid_from_ms = time.time_ns() // 1_000_000
    rows = [
        encode_product(
            ProductLine(
                item_id=f"sku-{number}",
                name=f"thing number {number}",
                category=("home", kinds[number % len(kinds)]),
                currency="USD",
                price_minor=199 + number * 7 - discount_minor,
                attributes={"organic": number % 2 == 0, "made_for": version},
            ),
            version=version,
            valid_from_ms=valid_from_ms,
        )
        for number in range(250)
    ]
    return rows + encode_pointers(
        version=version, valid_from_ms=valid_from_ms, rows_count=len(rows)
    )


def publish(scene: Scene, rows: Iterable[Row], topic: str = CATALOGUE) -> None:
    """Write the rows as the commands do."""
    write_rows(Settings.from_env(scene.env()), scene.full(topic), rows)


def wait_adopted(worker: Worker, topic: str, number: int) -> None:
    """Wait until the running process of `worker` has adopted `number` versions of `topic`."""
    series = f'streams_adoptions_total{{topic="{topic}"}} {number}.0'
    wait_until(lambda: series in metrics(worker), series, deadline_s=30)


def metrics(worker: Worker) -> str:
    """The worker's metrics; empty while it does not answer."""
    try:
        return worker.page("metrics")
    except OSError:
        return ""


def adopted(scene: Scene, topic: str = CATALOGUE) -> dict[int, list[str]]:
    """Partition -> the versions that its units name, in the order of the commits, once each."""
    found: dict[int, list[str]] = {}
    for partition, units in scene.kept().units.items():
        names = [unit.ledger.adopted.get(topic, "") for unit in units]
        turns = [name for before, name in zip(["?", *names], names, strict=False) if name != before]
        found[partition] = turns
    return found


def test_what_is_published_while_a_worker_runs_is_adopted(
    kafka: Bootstrap, make_scene: MakeScene
) -> None:
    """It folds without a catalogue first; later units name the versions they were folded with."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    scene.feed(71).start()
    scene.wait_folding(1_000)

    publish(scene, catalogue("v1"))
    wait_adopted(worker, CATALOGUE, 1)
    scene.wait_folding(1_000)
    model = Model(version="m1", fitted_until_ms=time.time_ns() // 1_000_000, currency="USD")
    publish(scene, encode_model(model, valid_from_ms=model.fitted_until_ms), MODEL)
    wait_adopted(worker, MODEL, 1)
    scene.wait_folding(1_000)
    publish(scene, catalogue("v2", discount_minor=50))
    wait_adopted(worker, CATALOGUE, 2)
    scene.wait_folding(1_000)

    assert scene.finish().offers
    assert list(adopted(scene).values()) == [["", "v1", "v2"]] * scene.partitions
    assert list(adopted(scene, MODEL).values()) == [["", "m1"]] * scene.partitions


def nearness(scene: Scene) -> set[tuple[float, ...]]:
    """All that decisions were told of how near goods are."""
    decisions = [
        decode_decision(one.value)
        for one in scene.kept().outputs
        if one.topic == "decision.log.v1" and one.value is not None
    ]
    return {tuple(one.view.buys.near.values()) for one in decisions if one.view.buys.near}


def test_kill_9_around_adoptions_stays_exact(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """Whatever a worker had adopted when it died, each unit is folded with what its row names.

    Each version says something else of what listed goods are, and so of how near they are.
    """
    scene = make_scene(kafka, settings=listing(tmp_path)).create_topics()
    publish(scene, catalogue("v0", kinds=DEPARTMENTS))
    workers = [scene.worker("worker-1"), scene.worker("worker-2")]
    scene.feed(72).start()
    scene.wait_owners(*workers)
    scene.wait_folding(500)

    publish(scene, catalogue("v1", discount_minor=10, kinds=DEPARTMENTS[1:]))
    workers[0].kill9()
    scene.wait_folding(500)
    workers[1].kill9()
    publish(scene, catalogue("v2", discount_minor=20, kinds=DEPARTMENTS[2:]))
    scene.wait_folding(500)
    publish(scene, catalogue("v3", discount_minor=30, kinds=DEPARTMENTS[3:]))
    wait_until(
        lambda: all("streams_adoptions_total" in metrics(one) for one in workers),
        "both run again",
        deadline_s=40,
    )
    workers[0].kill9()
    workers[1].kill9()
    scene.wait_folding(1_500)

    assert scene.finish().offers
    turns = list(adopted(scene).values())
    assert {one[0] for one in turns} == {"v0"}
    assert {one[-1] for one in turns} == {"v3"}
    assert len(nearness(scene)) > 10


def test_a_version_is_not_adopted_before_all_of_it_is_there(
    kafka: Bootstrap, make_scene: MakeScene
) -> None:
    """A row is missing, so the version before stays in force, also for a worker that starts."""
    scene = make_scene(kafka).create_topics()
    publish(scene, catalogue("v1"))
    worker = scene.worker()
    scene.feed(73).start()
    wait_adopted(worker, CATALOGUE, 1)
    scene.wait_folding(500)

    held_back, *others = catalogue("v2", discount_minor=50)
    publish(scene, others)
    missing = f'streams_reference_missing_rows{{topic="{CATALOGUE}"}} 1.0'
    wait_until(lambda: missing in metrics(worker), missing, deadline_s=30)
    scene.wait_folding(500)
    worker.kill9()
    wait_until(lambda: missing in metrics(worker), f"{missing} again", deadline_s=40)
    scene.wait_folding(500)
    before = adopted(scene)
    publish(scene, [held_back])
    wait_adopted(worker, CATALOGUE, 2)
    scene.wait_folding(1_000)

    assert scene.finish().offers
    assert list(before.values()) == [["v1"]] * scene.partitions
    assert list(adopted(scene).values()) == [["v1", "v2"]] * scene.partitions


def test_a_broken_row_is_counted_and_stops_nobody(kafka: Bootstrap, make_scene: MakeScene) -> None:
    """Rows that are no rows, beside a version that is whole: it is adopted, they are told of."""
    scene = make_scene(kafka).create_topics()
    worker = scene.worker()
    scene.feed(74).start()

    good = catalogue("v1")
    broken = [
        good[0]._replace(key=b"no version"),
        good[0]._replace(key=b"sku-999@v1"),
        good[0]._replace(key=b"sku-0@v9", value=b'{"item_id": '),
    ]
    publish(scene, [*broken, *good])
    wait_adopted(worker, CATALOGUE, 1)
    refused = f'streams_reference_records_total{{outcome="refused",topic="{CATALOGUE}"}} 3.0'
    shown = metrics(worker)
    scene.wait_folding(1_000)

    assert refused in shown
    assert worker.text().count("reference row refused") == 3
    assert scene.finish().offers


def test_the_command_publishes_a_file_and_ends_what_broke_off(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path
) -> None:
    """Without --apply nothing is written; a second run writes the rest; a version never changes."""
    scene = make_scene(kafka).create_topics()
    settings = Settings.from_env(scene.env())
    line = {"name": "x", "category": [], "currency": "EUR", "price_minor": 5}
    file = tmp_path / "products.jsonl"
    file.write_text("".join(json.dumps(line | {"item_id": f"s{n}"}) + "\n" for n in range(3)))
    command = ("catalogue", "publish", str(file), "--version", "v1")
    at = ("--valid-from", "2025-01-31T00:00:00Z")

    plan = run(settings, *command, *at)
    nothing = scene.kept().reference
    first = run(settings, *command, *at, "--apply")
    publish(scene, [product_rows.Row(b"s0@v1", b"", [])])
    other = run(settings, *command, *at, "--apply")
    publish(scene, rows_of(read_file(file, products_max=3), version="v2", valid_from_ms=AT_MS)[:2])
    again = run(settings, *command[:-1], "v2", *at, "--apply")
    repeated = run(settings, *command[:-1], "v2", *at, "--apply")

    assert (plan.returncode, nothing) == (0, [])
    assert b"5 rows to write" in plan.stdout
    assert b"wrote 5 rows" in first.stdout
    assert (other.returncode, b"never changes" in other.stderr) == (2, True)
    assert b"wrote 3 rows" in again.stdout
    assert b"nothing to write" in repeated.stdout

"""Global causes on real Kafka: stock and catalogue end open offers, each once, through kill -9."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.cli.publishing import write_rows
from streams.codec.offer_versions import TOPIC as OFFERS
from streams.codec.offer_versions import encode_files
from streams.codec.stock import TOPIC as STOCK
from streams.codec.stock import encode_level
from streams.config import Settings
from tests.integration.broker import Bootstrap
from tests.integration.commands import printed, run
from tests.integration.feed import CLICK, Source, headers
from tests.integration.kept import INDEX, Kept
from tests.integration.scene import MakeScene, Scene
from tests.integration.test_adoption import metrics
from tests.integration.workers import Worker, wait_until

pytestmark = pytest.mark.timeout(240)
POLICY = """
policy:
  currency: USD
  experiment_salt: one
  holdout_salt: two
  holdout_share: 0.05
  contact:
    zone: UTC
    open_offers_max: 4
    channels:
      web:
        contact_cost_minor: 0
        marketing: {consent: unless-withdrawn}
"""
OFFER = """
  - offer: {name}
    purpose: marketing
    products: [{name}]
    triggers: [{{on: view_item, age_max: 12h, match: items}}]
    channels: [web]
    ttl: 12h
    accepts: 0.5
    anyway: 0.0
    margin_minor: 100
    pitches: [{{pitch: plain, text: "Well?"}}]
"""
KINDS = ("tea", "cup", "jam")
LOOKERS = 3_000
RATE_MAX_S = 1.0 / 10_000
"""Of one open offer: the promise, on a machine that does nothing else."""


def files(*names: str) -> dict[str, str]:
    """A catalogue with one offer for each of these articles."""
    rows = "".join([OFFER.format(name=name) for name in names])
    return {"policy.yaml": POLICY, "offers.yaml": f"offers:\n{rows}"}


@pytest.fixture
def scene(kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path) -> Scene:
    """Topics for two partitions, and a catalogue with an offer for each kind of looker."""
    directory = tmp_path / "offers"
    directory.mkdir()
    for name, text in files(*KINDS).items():
        (directory / name).write_text(text)
    # Short units, so that a sweep takes many and a kill falls between two of them.
    settings = {"offers_dir": str(directory), "unit_age_max_ms": "20"}
    return make_scene(kafka, settings=settings).create_topics()


def lookers(*kinds: str, name: str = "first") -> Iterator[Source]:
    """Each new customer looks at one article."""
    for number in count():
        kind = kinds[number % len(kinds)]
        item = {"item_id": kind, "quantity": 1, "price_minor": 500}
        body = {"event_name": "view_item", "currency": "USD", "items": [item]}
        at_ms = time.time_ns() // 1_000_000
        key = f"customer:{name}-{number}".encode()
        yield Source(CLICK, key, orjson.dumps(body), headers(CLICK, f"{name}-{number}", at_ms))


def publish_catalogue(scene: Scene, version: str, *names: str) -> None:
    """Put a catalogue with these offers alone in force."""
    now_ms = time.time_ns() // 1_000_000
    rows = encode_files(files(*names), version=version, valid_from_ms=now_ms)
    write_rows(Settings.from_env(scene.env()), scene.full(OFFERS), rows)


def set_stock(scene: Scene, article: str, **outlets: int) -> None:
    """Say how many units of an article the outlets have."""
    row = encode_level(article, outlets, as_of_ms=time.time_ns() // 1_000_000)
    write_rows(Settings.from_env(scene.env()), scene.full(STOCK), [row])


def withdrawn_by(worker: Worker, cause: str) -> int:
    """How many withdrawals the running process of `worker` has committed."""
    series = f'streams_withdrawals_total{{cause="{cause}"}} '
    found = [line for line in metrics(worker).splitlines() if line.startswith(series)]
    return int(float(found[0].removeprefix(series))) if found else 0


def kill_amid(scene: Scene, worker: Worker, cause: str, end: Callable[[], None]) -> int:
    """Let `end` end thousands of offers by `cause`, and kill the worker as some are withdrawn.

    Return how many were withdrawn when it was dead.
    """
    before = len(withdrawn(scene.kept()))
    end()
    wait_until(
        lambda: withdrawn_by(worker, cause) > 0, "some are withdrawn", deadline_s=30, every_s=0
    )
    worker.kill9()
    worker.wait()
    return len(withdrawn(scene.kept())) - before


def withdrawn(kept: Kept) -> list[str]:
    """Ids of the offers that were withdrawn."""
    return [one["offer_id"] for one in messages(kept) if one["action"] == "withdraw"]


def messages(kept: Kept) -> list[dict[str, Any]]:
    """All offer messages, by partition and offset."""
    return [json.loads(one.value or b"") for one in kept.outputs if one.topic.startswith("offer.")]


def shown(kept: Kept, action: str, offer: str) -> Counter[str]:
    """Offer id -> how many messages of this kind there were."""
    found = [one for one in messages(kept) if one["action"] == action and one["offer"] == offer]
    return Counter(one["offer_id"] for one in found)


def reasons(kept: Kept, offer: str) -> set[tuple[str, str]]:
    """Reasons and causes of the withdrawals of `offer`."""
    return {
        (one["reason"], one["cause_id"])
        for one in messages(kept)
        if one["action"] == "withdraw" and one["offer"] == offer
    }


def index_of(kept: Kept, name: str) -> set[bytes]:
    """The index rows of `name` that the changelog holds."""
    start = INDEX + f"{name[0]}{len(name) - 1:03}{name[1:]}".encode()
    rows = kept.latest_rows().values()
    return {key for ones in rows for key in ones if key.startswith(start)}


@pytest.mark.alone
def test_what_is_out_of_stock_or_not_offered_any_more_is_withdrawn_once_through_kill_9(
    scene: Scene,
) -> None:
    """Thousands are open; stock first, then the catalogue, while new customers look at both.

    A sweep takes a fraction of a second, so a kill may come when all of it is committed.
    """
    worker = scene.worker(supervised=False)
    scene.load(lookers("tea", "cup")).send(2 * LOOKERS)
    scene.drain()
    new = scene.load(lookers(*KINDS, name="new"), rate=200).start()

    first = kill_amid(scene, worker, "stock", lambda: set_stock(scene, "tea", web=0, s1=0))
    worker.start()
    scene.wait_folding(400)
    second = kill_amid(
        scene, worker, "catalogue", lambda: publish_catalogue(scene, "without-cup", "tea", "jam")
    )
    worker.start()
    scene.wait_folding(400)
    new.stop()
    scene.finish()

    kept = scene.kept()
    teas, cups = shown(kept, "issue", "tea"), shown(kept, "issue", "cup")
    assert min(len(teas), len(cups)) > 0.9 * LOOKERS
    assert 0 < first <= len(teas)
    assert 0 < second <= len(cups)
    assert shown(kept, "withdraw", "tea") == dict.fromkeys(teas, 1)
    assert shown(kept, "withdraw", "cup") == dict.fromkeys(cups, 1)
    assert reasons(kept, "tea") == {("out of stock", "stock:tea:0")}
    assert reasons(kept, "cup") == {("no longer offered", "catalogue:without-cup")}
    assert not shown(kept, "withdraw", "jam")
    assert not any(index_of(kept, name) for name in ("atea", "acup", "otea/web", "ocup/web"))
    assert len(index_of(kept, "ojam/web")) > len(shown(kept, "issue", "jam")) > 100
    issued = [one for one in messages(kept) if one["action"] == "issue"]
    late = [one["offer"] for one in issued if one["subject"].startswith("customer:new")]
    assert set(late[-20:]) == {"jam"}


def test_nothing_is_offered_that_is_out_of_stock_until_it_comes_back(scene: Scene) -> None:
    """By the command; one outlet that still has some is enough, and the decisions say the gate."""
    settings = Settings.from_env(scene.env())
    worker = scene.worker()
    scene.load(lookers("tea", name="before")).send(50)
    scene.drain()

    plan = printed(run(settings, "stock", "set", "tea", "0"))
    done = printed(run(settings, "stock", "set", "tea", "0", "--apply"))
    wait_until(lambda: withdrawn_by(worker, "stock") > 0, "tea is withdrawn", deadline_s=30)
    scene.load(lookers("tea", name="out")).send(50)
    scene.drain()
    printed(run(settings, "stock", "set", "tea", "7", "--outlet", "s1", "--apply"))
    shown_now = printed(run(settings, "stock", "show", "tea"))
    adoptions = f'streams_adoptions_total{{topic="{STOCK}"}} 2.0'
    wait_until(lambda: adoptions in metrics(worker), adoptions, deadline_s=30)
    scene.load(lookers("tea", name="back")).send(50)
    scene.finish()

    kept = scene.kept()
    said = Counter(one["subject"].split("-")[0] for one in messages(kept))
    gates = [
        json.loads(one.value or b"")["gates"]
        for one in kept.outputs
        if one.topic == "decision.log.v1" and (one.key or b"").startswith(b"customer:out")
    ]
    assert plan.splitlines()[-1] == "to write: tea: web 0; out of stock"
    assert done.splitlines()[-1] == "wrote 1 row"
    assert shown_now == "tea: s1 7, web 0\n"
    assert gates == [{"out_of_stock": 1}] * 50
    assert said["customer:before"] == 2 * len(shown(kept, "withdraw", "tea")) > 80
    assert said["customer:out"] == 0
    assert said["customer:back"] > 40


@pytest.mark.alone
def test_ten_thousand_open_offers_are_withdrawn_within_a_second_while_events_are_folded(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the broker's acknowledgement of the stock record until all are committed and counted."""
    worker = scene.worker()
    scene.load(lookers("tea")).send(10_000)
    scene.drain()
    new = scene.load(lookers("jam", name="new"), rate=300).start()
    scene.wait_folding(300)

    open_now = len(shown(scene.kept(), "issue", "tea"))
    set_stock(scene, "tea", web=0)
    began_s = time.monotonic()
    wait_until(
        lambda: withdrawn_by(worker, "stock") >= open_now,
        "all are withdrawn",
        deadline_s=30,
        every_s=0.02,
    )
    seconds = time.monotonic() - began_s
    new.stop()
    scene.finish()

    causes = [one["cause_id"] for one in messages(scene.kept()) if one["action"] == "withdraw"]
    number = sum(one.startswith("stock:tea") for one in causes)
    with capsys.disabled():
        print(f"\n{number} open offers withdrawn in {seconds:.2f} s while events were folded")
    assert number == open_now
    assert seconds <= 3 * number * RATE_MAX_S  # others use this machine too

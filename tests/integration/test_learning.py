"""From outcomes to better offers on real Kafka: counted once through kill -9, learned, adopted."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from streams.config import Settings
from tests.integration.broker import Bootstrap
from tests.integration.commands import printed, run
from tests.integration.feed import CLICK, OUTCOME, Source, headers
from tests.integration.reading import read_topics
from tests.integration.scene import MakeScene, Scene
from tests.integration.workers import Worker, wait_until

pytestmark = pytest.mark.timeout(240)
TTL_S = 45  # outcomes come in time although the worker is killed and started in between
FILES = {
    "policy.yaml": """
policy:
  currency: USD
  experiment_salt: one
  holdout_salt: two
  holdout_share: 0.3
  trial_grace: 0s
  exploration: {uniform: 0.2, silence: 0.0, scale_minor: 20, optimism: 0.0}
  contact:
    zone: UTC
    open_offers_max: 1
    channels:
      web:
        contact_cost_minor: 0
        marketing: {consent: unless-withdrawn}
""",
    "offers.yaml": "offers:"
    + "".join(
        f"""
  - offer: {name}
    purpose: marketing
    products: [{name}]
    triggers: [{{on: view_item, age_max: 12h, match: any}}]
    channels: [web]
    ttl: {TTL_S}s
    accepts: 0.3
    anyway: 0.1
    margin_minor: 100
    pitches: [{{pitch: plain, text: "Well?"}}]
"""
        for name in ("tea", "cup")
    ),
}
CUSTOMERS = 600
SILENT, IGNORED = 6, 5  # of so many offers one never arrives, one is never answered
Decision = dict[str, Any]


@pytest.fixture
def scene(kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path) -> Scene:
    """Topics for two partitions, and a catalogue whose two offers are alike."""
    directory = tmp_path / "offers"
    directory.mkdir()
    for name, text in FILES.items():
        (directory / name).write_text(text)
    return make_scene(kafka, settings={"offers_dir": str(directory)}).create_topics()


def shopping(kind: str, subject: str, item: str, **more: str) -> Source:
    """An event of now about one article."""
    items = [{"item_id": item, "quantity": 1, "price_minor": 500}]
    body = {"event_name": kind, "currency": "USD", "value_minor": 500, "items": items, **more}
    at_ms = time.time_ns() // 1_000_000
    sent = headers(CLICK, f"{kind}-{subject}", at_ms)
    return Source(CLICK, subject.encode(), orjson.dumps(body), sent)


def lookers(name: str) -> Iterator[Source]:
    """New customers look at something that is not on offer."""
    for number in count():
        yield shopping("view_item", f"customer:{name}-{number}", "jam")


def reported(offer_id: str, subject: str, outcome: str) -> Source:
    """What a channel says of an offer, now."""
    body = {"outcome": outcome, "offer_id": offer_id, "channel": "web"}
    sent = headers(OUTCOME, f"{offer_id}:{outcome}", time.time_ns() // 1_000_000)
    return Source(OUTCOME, subject.encode(), orjson.dumps(body), sent)


def decided(scene: Scene, name: str) -> list[Decision]:
    """The decisions on the customers of this name."""
    start = f"customer:{name}-".encode()
    found = read_topics(scene.bootstrap, [scene.full("decision.log.v1")])
    return [json.loads(one.value or b"") for one in found if (one.key or b"").startswith(start)]


def chosen(decisions: list[Decision], result: str) -> dict[str, list[Decision]]:
    """Offer -> the decisions with this result that chose it."""
    found: dict[str, list[Decision]] = {"tea": [], "cup": []}
    for one in decisions:
        if one["result"] == result:
            found[one["chosen"]["offer"]].append(one)
    return found


def answers(offered: dict[str, list[Decision]]) -> tuple[list[Source], Counter[str]]:
    """Outcomes, each said twice, and the trials of each offer that they make.

    Tea is taken by all who answer, the cup by nobody.
    """
    said: list[Source] = []
    trials: Counter[str] = Counter()
    for offer, decisions in offered.items():
        for number, one in enumerate(decisions):
            if number % SILENT == 0:
                continue
            trials[offer] += 1
            words = ["delivered"]
            if number % IGNORED:
                words.append("accepted" if offer == "tea" else "dismissed")
            offer_id = one["chosen"]["offer_id"]
            said += [reported(offer_id, one["subject"], word) for word in words for _ in range(2)]
    return said, trials


def bought(decisions: list[Decision]) -> list[Source]:
    """Who was held out buys a cup."""
    subjects = [one["subject"] for one in decisions]
    return [shopping("purchase", one, "cup", transaction_id=f"order-{one}") for one in subjects]


class Learned(NamedTuple):
    """What `streams learn` prints of an offer."""

    trials: float
    lift: float
    anyway: float
    held_out: int


def learned(settings: Settings) -> dict[str, Learned]:
    """What it prints now, by offer."""
    lines = printed(run(settings, "learn")).splitlines()
    found = [
        re.match(r"(tea|cup) +([\d.]+) +([\d.]+) +([\d.]+) \((\d+) trials\)", one) for one in lines
    ]
    return {
        one[1]: Learned(float(one[2]), float(one[3]), float(one[4]), int(one[5]))
        for one in found
        if one is not None
    }


def tell(scene: Scene, worker: Worker, said: list[Source], purchases: list[Source]) -> None:
    """Report and buy; half of what is said is underway when the worker is killed."""
    load, half = scene.load(iter(())), len(said) // 2
    for one in said[:half]:
        load.produce(one)
    scene.wait_folding(half // 3)
    worker.kill9()
    worker.wait()
    worker.start()
    for one in (*said[half:], *purchases):
        load.produce(one)
    load.stop()
    scene.drain()


def wait_counted(
    settings: Settings, trials: Mapping[str, int], held_out: Mapping[str, int]
) -> dict[str, Learned]:
    """Wait until so many trials of each offer are closed, and no more; what was learned of them."""
    wanted = {name: (trials[name], held_out[name]) for name in trials}
    found: dict[str, Learned] = {}

    def there() -> bool:
        found.update(learned(settings))
        return {name: (one.trials, one.held_out) for name, one in found.items()} == wanted

    wait_until(there, f"the trials {wanted} are closed", deadline_s=2 * TTL_S, every_s=1)
    return found


def wait_adopted(scene: Scene) -> str:
    """Send one customer after the other until a decision names what was learned; its version."""
    versions: list[str] = []

    def adopted() -> bool:
        name = f"asks{len(versions)}"
        scene.load(lookers(name)).send(1)
        scene.drain()
        versions.append(decided(scene, name)[0].get("acceptance_version", ""))
        return bool(versions[-1])

    wait_until(adopted, "a decision names what was learned", deadline_s=30)
    return versions[-1]


def factors(decision: Decision, offer: str) -> dict[str, float]:
    """What `offer` was judged by."""
    found = [one for one in decision["candidates"] if one["offer"] == offer]
    held: dict[str, float] = found[0]["factors"]
    return held


def test_what_came_of_offers_changes_the_next_ones_and_is_counted_once_through_kill_9(
    scene: Scene,
) -> None:
    """Two offers are alike: one is taken, the other is bought without an offer and not with one."""
    settings = Settings.from_env(scene.env())
    worker = scene.worker(supervised=False)
    scene.load(lookers("first")).send(CUSTOMERS)
    scene.drain()
    first = decided(scene, "first")
    offered, held_out = chosen(first, "offer"), chosen(first, "holdout")
    said, trials = answers(offered)
    tell(scene, worker, said, bought(held_out["cup"]))

    controls = {name: len(decisions) for name, decisions in held_out.items()}
    table = wait_counted(settings, trials, controls)
    written = printed(run(settings, "learn", "--publish", "--apply"))
    version = wait_adopted(scene)
    scene.load(lookers("later")).send(CUSTOMERS)
    scene.drain()
    later = decided(scene, "later")
    repeated = printed(run(settings, "decision", "repeat", later[-1]["decision_id"]))
    figures = scene.finish()

    before, after = chosen(first, "offer"), chosen(later, "offer")
    tea, cup = factors(later[-1], "tea"), factors(later[-1], "cup")
    assert figures.outcomes["duplicate"] == len(said) // 2
    assert min(len(before["tea"]), len(before["cup"])) > CUSTOMERS // 5
    assert table["tea"].lift > 1.3
    assert table["cup"].lift < 0.3
    assert table["cup"].anyway > 3.0
    assert table["tea"].anyway < 1.0
    assert f"written acceptance@{version} " in written
    assert {one["acceptance_version"] for one in later} == {version}
    for name, found in (("tea", tea), ("cup", cup)):
        assert found["learned"] == pytest.approx(table[name].lift, abs=0.01)
        assert found["learned_anyway"] == pytest.approx(table[name].anyway, abs=0.01)
    assert (len(after["tea"]) > CUSTOMERS // 2, after["cup"]) == (True, [])
    assert repeated.split()[-1] == "identical"

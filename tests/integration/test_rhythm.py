"""A rhythm on real Kafka: its category is due once, through kill -9 and restart."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.integration.broker import Bootstrap
from tests.integration.feed import DAY_MS, POS, Source, headers
from tests.integration.scene import MakeScene
from tests.integration.test_timers import fired_count, seen
from tests.integration.workers import wait_until

pytestmark = pytest.mark.timeout(180)
RHYTHM_DAYS = (26, 16, 6)  # ago: every ten days is due on the sixth day after the last
CATALOGUE = """
policy:
  currency: USD
  experiment_salt: one
  holdout_salt: two
  timers: {rhythm_due_at: "00:00"}
  contact:
    zone: UTC
    open_offers_max: 4
    channels:
      web:
        contact_cost_minor: 0
        marketing: {consent: unless-withdrawn}
offers:
  - offer: again
    purpose: marketing
    categories: [TEA]
    triggers: [{on: rhythm_due, age_max: 36h}]
    channels: [web]
    ttl: 5s
    accepts: 0.5
    margin_minor: 100
    pitches: [{pitch: plain, text: "Tea?"}]
"""


@pytest.fixture
def offers(tmp_path: Path) -> str:
    """A catalogue with one row, whose offers expire within seconds."""
    (tmp_path / "offers").mkdir()
    (tmp_path / "offers" / "offers.yaml").write_text(CATALOGUE)
    return str(tmp_path / "offers")


def regulars(number: int) -> Iterator[Source]:
    """So many customers who bought tea on `RHYTHM_DAYS`, one purchase after the other."""
    now_ms = time.time_ns() // 1_000_000
    for visit, ago in enumerate(RHYTHM_DAYS):
        for one in range(number):
            key, name = f"customer:regular-{one}".encode(), f"regular-{one}-{visit}"
            body = _sale(10 * one + visit)
            yield Source(POS, key, orjson.dumps(body), headers(POS, name, now_ms - ago * DAY_MS))


def _sale(number: int) -> dict[str, object]:
    line = {
        "item_id": "tea",
        "item_category": "TEA",
        "quantity": 1,
        "extended_amount_minor": 500,
    }
    return {
        "transaction_type": "sale",
        "store_id": "s1",
        "workstation_id": "w1",
        "business_day": "2025-01-31",
        "sequence_number": number,
        "currency": "USD",
        "line_items": [line],
        "total_minor": 500,
    }


def test_a_rhythm_makes_its_category_due_once_under_kill_9(
    kafka: Bootstrap, make_scene: MakeScene, offers: str
) -> None:
    """Three purchases make a rhythm that is due today; the worker dies while they are folded."""
    customers_count = 300
    scene = make_scene(kafka, settings={"offers_dir": offers}).create_topics()
    worker = scene.worker("worker-1")
    feed = scene.load(regulars(customers_count))

    for _ in RHYTHM_DAYS:
        feed.send(customers_count)
        worker.kill9_if_running()
    total = 2 * customers_count  # each rhythm makes an offer, which expires
    wait_until(lambda: fired_count(scene) >= total, f"{total} timers fired", deadline_s=40)
    scene.finish()

    today_ms = time.time_ns() // 1_000_000 // DAY_MS * DAY_MS
    found = [one.fired for one in seen(scene.kept()) if one.fired.kind == "rhythm_due"]
    assert {one.due_ms for one in found} <= {today_ms, today_ms - DAY_MS}
    assert Counter(one.subject for one in found) == Counter(
        f"customer:regular-{number}" for number in range(customers_count)
    )

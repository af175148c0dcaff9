"""Timers on real Kafka: each fires once and in time, through kill -9, restart and rebalance."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import NamedTuple

import orjson
import pytest

from tests.integration.broker import Bootstrap
from tests.integration.feed import CLICK, DAY_MS, POS, Body, Source, headers
from tests.integration.kept import Fired, Kept, Unit
from tests.integration.scene import MakeScene, Scene
from tests.integration.workers import Worker, wait_until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]
CART_S, OFFER_S, LAPSE_S = 4, 5, 4
HOUR_MS = 3_600_000
KINDS = ("cart", "look", "back")
# What each customer's timers must come to: their offer expires too, since nobody answers it.
EXPECTED = {
    "cart": Counter(cart_abandoned=1, expiry=1),
    "look": Counter(expiry=1),
    "back": Counter(lapsing=1, expiry=1),
}
DELAY_MAX_S = 3.0  # the promise is 1 s on a machine that does nothing else
POLICY = """
policy:
  currency: USD
  experiment_salt: one
  holdout_salt: two
  timers: {{cart_abandoned_after: {cart_s}s}}
  contact:
    zone: UTC
    open_offers_max: 4
    channels:
      web:
        contact_cost_minor: 0
        marketing: {{consent: unless-withdrawn{quiet}}}
offers:
"""
OFFER = """
  - offer: {name}
    purpose: marketing
    triggers: [{{on: {trigger}, age_max: 12h, match: any}}]
    channels: [web]
    ttl: {ttl_s}s
    accepts: 0.5
    anyway: 0.0
    margin_minor: 100
    pitches: [{{pitch: plain, text: "Well?"}}]
"""
TRIGGERS = {"reminder": "cart_abandoned", "back": "lapsing", "look": "view_item"}


class Seen(NamedTuple):
    """A timer that fired, where, and when the row that says so was written."""

    fired: Fired
    partition: int
    written_ms: int


@pytest.fixture
def offers(tmp_path: Path) -> str:
    """A catalogue whose offers expire within seconds."""
    return _written(tmp_path, quiet="")


@pytest.fixture
def silent_nights(tmp_path: Path) -> str:
    """The same for who sleeps at night."""
    return _written(tmp_path, quiet=', quiet_hours: {from: "21:00", until: "08:00"}')


def _written(folder: Path, *, quiet: str) -> str:
    rows = [OFFER.format(name=name, trigger=on, ttl_s=OFFER_S) for name, on in TRIGGERS.items()]
    (folder / "offers").mkdir()
    (folder / "offers" / "offers.yaml").write_text(
        "".join([POLICY.format(cart_s=CART_S, quiet=quiet), *rows])
    )
    return str(folder / "offers")


def customers(*kinds: str, ahead_ms: int = 0) -> Iterator[Source]:
    """One event of one new customer each; theirs is `ahead_ms` in the future."""
    for number in count():
        kind = kinds[number % len(kinds)]
        at_ms = time.time_ns() // 1_000_000 + ahead_ms
        topic, body = CLICK, _click("add_to_cart" if kind == "cart" else "view_item")
        if kind == "back":
            at_ms += LAPSE_S * 1_000 - 90 * DAY_MS
            topic, body = POS, _sale(number)
        key = f"customer:{kind}-{number}".encode()
        yield Source(topic, key, orjson.dumps(body), headers(topic, f"{kind}-{number}", at_ms))


def _click(name: str) -> Body:
    item = {"item_id": "tea", "quantity": 1, "price_minor": 500}
    return {"event_name": name, "currency": "USD", "items": [item]}


def _sale(number: int) -> Body:
    line = {"item_id": "tea", "quantity": 1, "extended_amount_minor": 500}
    return {
        "transaction_type": "sale",
        "store_id": "s1",
        "workstation_id": "w1",
        "business_day": "2025-01-31",
        "sequence_number": number,
        "currency": "USD",
        "line_items": [line],
        "tenders": [{"tender_type": "card", "amount_minor": 500}],
        "total_minor": 500,
    }


def seen(kept: Kept) -> list[Seen]:
    """Every timer that fired, in the order of the commits of its partition."""
    times = {(one.partition, one.offset): one.time_ms for one in kept.changelog}
    return [
        Seen(fired, number, times[number, unit.changelog_offset])
        for number, units in kept.units.items()
        for unit in units
        for fired in unit.ledger.fired
        if fired.kind
    ]


def by_subject(found: list[Seen]) -> dict[str, Counter[str]]:
    """Subject -> how often each kind of its timers fired."""
    kinds: dict[str, Counter[str]] = {}
    for one in found:
        kinds.setdefault(one.fired.subject, Counter())[one.fired.kind] += 1
    return kinds


def ready_times(workers: list[Worker]) -> dict[int, list[int]]:
    """Partition -> when any worker had restored it, in ms."""
    found: dict[int, list[int]] = {}
    for line in "\n".join([one.text() for one in workers]).splitlines():
        said, _, rest = line.partition("partition ready partition=")
        if rest:
            at = datetime.strptime(said[:23], "%Y-%m-%d %H:%M:%S,%f").astimezone()
            found.setdefault(int(rest.split()[0]), []).append(int(at.timestamp() * 1_000))
    return found


def delays_s(found: list[Seen], workers: list[Worker]) -> list[float]:
    """Seconds from due, or from the last readiness before it fired, to its commit; rising."""
    ready = ready_times(workers)
    delays = []
    for one in found:
        since_ms = max(at_ms for at_ms in ready[one.partition] if at_ms <= one.written_ms)
        delays.append(max(0, one.written_ms - max(one.fired.row_ms, since_ms)) / 1_000)
    return sorted(delays)


def fired_count(scene: Scene) -> int:
    """How many timers have fired by now, as the last ledger rows count them."""
    units = scene.kept().units.values()
    counts = [ones[-1].ledger.counts for ones in units]
    return sum(
        number for one in counts for name, number in one.items() if name.startswith("timer|")
    )


def test_every_timer_fires_once_and_in_time_under_kill_9(
    kafka: Bootstrap, make_scene: MakeScene, offers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thirty fall due a second while two workers are killed, and one leaves and comes back."""
    draw = Random(7)
    scene = make_scene(kafka, partitions=4, settings={"offers_dir": offers}).create_topics()
    workers = [scene.worker("worker-1"), scene.worker("worker-2")]
    scene.wait_owners(*workers)
    feed = scene.load(customers(*KINDS), rate=20).start()

    kills = 0
    for _ in range(4):
        time.sleep(draw.uniform(1.5, 4.0))
        kills += draw.choice(workers).kill9_if_running()
    workers[1].terminate()
    workers[1].start()
    for _ in range(2):
        time.sleep(draw.uniform(3.0, 5.0))
        kills += draw.choice(workers).kill9_if_running()
    customers_count = feed.stop()
    wanted = {
        f"customer:{KINDS[number % 3]}-{number}": EXPECTED[KINDS[number % 3]]
        for number in range(customers_count)
    }
    total = sum(one.total() for one in wanted.values())
    wait_until(lambda: fired_count(scene) >= total, f"{total} timers fired", deadline_s=40)
    scene.finish()

    found = seen(scene.kept())
    delays = delays_s(found, workers)
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    with capsys.disabled():
        print(f"\n{len(found)} timers, {kills} kills: p50 {p50} s, p99 {p99} s, max {delays[-1]} s")
    assert kills >= 4
    assert by_subject(found) == wanted
    assert p99 <= DELAY_MAX_S


def test_what_came_due_during_a_long_stop_fires_at_once_and_starves_no_input(
    kafka: Bootstrap, make_scene: MakeScene, offers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two thousand carts are left while no worker runs; the next one folds meanwhile."""
    carts = 2_000
    scene = make_scene(kafka, settings={"offers_dir": offers}).create_topics()
    first = scene.worker("worker-1")
    ahead_ms = 15_000
    due_s = time.monotonic() + ahead_ms / 1_000 + CART_S
    scene.load(customers("cart", ahead_ms=ahead_ms)).send(carts)
    scene.drain()
    code = first.terminate()
    time.sleep(max(0.0, due_s - time.monotonic()) + 2.0)

    second = scene.worker("worker-1")
    input_ = scene.load(customers("look"), rate=500).start()
    wait_until(lambda: fired_count(scene) >= carts, "the carts fired", deadline_s=40)
    input_.stop()
    scene.finish()

    kept = scene.kept()
    found = [one for one in seen(kept) if one.fired.kind == "cart_abandoned"]
    delays = delays_s(found, [second])
    with capsys.disabled():
        print(f"\n{carts} due at once: the last {delays[-1]} s after its partition was ready")
    assert code == 0
    assert Counter(one.fired.subject for one in found) == Counter(
        f"customer:cart-{number}" for number in range(carts)
    )
    assert {number: folded_between(units) > 0 for number, units in kept.units.items()} == {
        0: True,
        1: True,
    }


def test_the_clock_of_old_data_ends_its_nights(
    kafka: Bootstrap, make_scene: MakeScene, silent_nights: str
) -> None:
    """Views of a night long ago are answered when later events bring the morning; one kill -9."""
    lookers, night_ms = 200, 1_738_364_400_000  # 2025-01-31T23:00:00Z
    settings = {"offers_dir": silent_nights, "decision_clock": "event"}
    scene = make_scene(kafka, settings=settings).create_topics()
    worker = scene.worker("worker-1")
    ago_ms = night_ms - time.time_ns() // 1_000_000
    scene.load(customers("look", ahead_ms=ago_ms)).send(lookers)
    scene.drain()

    worker.kill9()
    morning = customers("cart", ahead_ms=ago_ms + 10 * HOUR_MS)
    scene.load(morning).send(lookers)
    wait_until(lambda: fired_count(scene) >= lookers, "the nights ended", deadline_s=40)
    scene.finish()

    found = [one.fired for one in seen(scene.kept()) if one.fired.kind == "quiet_over"]
    assert {one.due_ms for one in found} == {night_ms + 9 * HOUR_MS}
    assert Counter(one.subject for one in found) == Counter(
        f"customer:look-{number}" for number in range(lookers)
    )


def folded_between(units: list[Unit]) -> int:
    """Records folded by the units from the first to the last in which a cart was left."""
    left = [any(one.kind == "cart_abandoned" for one in unit.ledger.fired) for unit in units]
    first, last = left.index(True), len(left) - left[::-1].index(True)
    return sum(run.next - run.first for unit in units[first:last] for run in unit.ledger.runs)

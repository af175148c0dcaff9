"""Limits that all customers share, on real Kafka: never overshot, and nearly all of it used."""

import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import orjson
import pytest

from streams.codec.rows import decode_row
from streams.config import Settings
from streams.core.leases.rows import Held, Lease
from streams.core.leases.saying import HELD_KEY, lease_key
from tests.integration.broker import Bootstrap
from tests.integration.commands import printed, run
from tests.integration.feed import CLICK, POS, Body, Source, headers
from tests.integration.kept import Kept
from tests.integration.scene import MakeScene, Scene
from tests.integration.workers import wait_until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]
STOCK, BUDGET_MINOR, DISCOUNT_MINOR, CONTACTS = 300, 20_000, 150, 80
BUYING, SCARCE = 60, 3
POLICY = """
policy:
  currency: USD
  experiment_salt: one
  holdout_salt: two
  contact:
    zone: UTC
    open_offers_max: 4
    channels:
      web:
        contact_cost_minor: 0
        marketing: {consent: unless-withdrawn}
      contact-centre:
        contact_cost_minor: 0
        capacity: {max: %d, window: 90d, bid_price_minor: 1}
        marketing: {consent: unless-withdrawn}
offers:
"""
OFFER = """
  - offer: {name}
    purpose: marketing
    triggers: [{{on: {on}, age_max: 12h}}]
    channels: [{channel}]
    ttl: {ttl}
    accepts: 0.5
    anyway: 0.0
    price_minor: 500
    margin_minor: 400
    pitches: [{{pitch: plain, text: "Well?"}}]
    {more}
"""
LEVELS = f"price_levels: [{{level: off, discount_minor: {DISCOUNT_MINOR}}}]"
OFFERS = [
    OFFER.format(name="tea", on="view_item", channel="web", ttl="1h", more=f"stock: {STOCK}"),
    OFFER.format(
        name="voucher",
        on="search",
        channel="web",
        ttl="1h",
        more=f"budget_minor: {BUDGET_MINOR}\n    {LEVELS}",
    ),
    OFFER.format(name="call", on="add_to_cart", channel="contact-centre", ttl="1h", more=""),
]


def written(folder: Path, *offers: str) -> dict[str, str]:
    """Settings of a worker with these offers."""
    (folder / "offers").mkdir()
    text = "".join([POLICY % CONTACTS, *offers])
    (folder / "offers" / "offers.yaml").write_text(text)
    return {"offers_dir": str(folder / "offers")}


def customers(*names: str) -> Iterator[Source]:
    """One event of one new customer each."""
    for number in count():
        name = names[number % len(names)]
        yield _event(number, CLICK, _click(name))


def buyers() -> Iterator[Source]:
    """Each looks; of ten, one buys what was offered some thirty events later."""
    for number in count():
        yield _event(number, CLICK, _click("view_item"))
        if number % 10 == 0 and number >= 30:
            yield _event(number - 30, POS, _sale(number))


def _event(number: int, topic: str, body: Body) -> Source:
    at_ms = time.time_ns() // 1_000_000
    key = f"customer:{number}".encode()
    return Source(topic, key, orjson.dumps(body), headers(topic, f"{topic[:3]}-{number}", at_ms))


def _click(name: str) -> Body:
    if name == "search":
        return {"event_name": name, "search_term": "tea"}
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


def messages(kept: Kept) -> list[dict[str, Any]]:
    """Every offer message."""
    offers = [one for one in kept.outputs if one.topic.startswith("offer.")]
    return [msgspec.json.decode(one.value or b"") for one in offers]


def issued_in(kept: Kept) -> Counter[str]:
    """Offer -> how often it was issued."""
    return Counter(one["offer"] for one in messages(kept) if one["action"] == "issue")


def nearly_used(issued: Counter[str]) -> bool:
    """Whether little is left of each limit."""
    spent = issued["voucher"] * DISCOUNT_MINOR
    return (
        issued["tea"] >= STOCK * 0.95
        and spent >= BUDGET_MINOR * 0.9
        and issued["call"] >= CONTACTS * 0.9
    )


def rows_of(kept: Kept, key: bytes) -> list[Any]:
    """The rows of all partitions whose keys begin so."""
    return [
        decode_row(row)
        for rows in kept.latest_rows().values()
        for name, row in rows.items()
        if name.startswith(key)
    ]


def told(scene: Scene, *, busy: bool = False) -> dict[str, dict[str, Any]]:
    """What `streams limits` tells of each limit, every token of which is in one place.

    On a slow machine a home may be `busy` whenever it is looked at; it then says so.
    """
    said = printed(run(Settings.from_env(scene.env()), "limits", "--json"))
    found = {one["kind"]: one for one in orjson.loads(said)["limits"]}
    for one in found.values():
        if busy and not one["settled"]:
            continue
        assert one["settled"], one
        assert one["limit"] == one["leased"] + one["at_home"], one
        assert one["leased"] == one["taken"] + one["at_hand"] + one["on_its_way"], one
        assert one["left"] == one["at_home"] + one["on_its_way"] + one["at_hand"], one
        assert min(one["left"], one["at_home"], one["on_its_way"], one["at_hand"]) >= 0, one
        assert min(part["on_its_way"] for part in one["partitions"]) >= 0, one
    return found


def gates(kept: Kept) -> Counter[str]:
    """Candidates stopped, by gate, in the decision log."""
    found: Counter[str] = Counter()
    for one in kept.outputs:
        if one.topic == "decision.log.v1":
            found.update(msgspec.json.decode(one.value or b"")["gates"])
    return found


def test_nothing_is_overshot_under_kill_9(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thousands want a stock, a budget and a scarce channel while two workers are killed."""
    draw = Random(11)
    scene = make_scene(kafka, partitions=4, settings=written(tmp_path, *OFFERS)).create_topics()
    workers = [scene.worker("worker-1"), scene.worker("worker-2")]
    scene.wait_owners(*workers)
    feed = scene.load(customers("view_item", "search", "add_to_cart"), rate=300).start()

    amid = told(scene, busy=True)
    kills = 0
    for _ in range(5):
        time.sleep(draw.uniform(1.0, 3.0))
        kills += draw.choice(workers).kill9_if_running()
    # Tokens that lie idle in one partition come home within a minute.
    wait_until(lambda: nearly_used(issued_in(scene.kept())), "limits are used", deadline_s=75)
    time.sleep(2.0)
    demand = feed.stop()
    scene.finish()

    limits, kept = told(scene), scene.kept()
    issued = issued_in(kept)
    spent = issued["voucher"] * DISCOUNT_MINOR
    with capsys.disabled():
        print(
            f"\n{demand} customers, {kills} kills: {issued['tea']} of {STOCK} pieces, {spent} of "
            f"{BUDGET_MINOR} minor units, {issued['call']} of {CONTACTS} contacts"
        )
    stopped = gates(kept)
    assert kills >= 4
    assert nearly_used(issued)
    assert issued["tea"] <= STOCK
    assert spent <= BUDGET_MINOR
    assert issued["call"] <= CONTACTS
    assert min(stopped["sold_out"], stopped["budget"], stopped["capacity"]) > 100
    assert limits["stock"]["taken"] == issued["tea"] >= amid["stock"]["taken"]
    assert limits["budget"]["taken"] == spent >= amid["budget"]["taken"]
    assert limits["capacity"]["taken"] == issued["call"] >= amid["capacity"]["taken"]
    assert {one["on_its_way"] for one in limits.values()} == {0}
    assert {one["acted"] for one in limits.values()} == {4}


def test_pieces_come_back_and_those_that_were_bought_do_not(
    kafka: Bootstrap, make_scene: MakeScene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Offers expire in seconds; what is at hand, open, left and bought sums up to the stock."""
    more = f"stock: {BUYING}\n    products: [tea]"
    tea = OFFER.format(name="tea", on="view_item", channel="web", ttl="1s", more=more)
    scene = make_scene(kafka, partitions=4, settings=written(tmp_path, tea)).create_topics()
    workers = [scene.worker("worker-1"), scene.worker("worker-2")]
    scene.wait_owners(*workers)
    feed = scene.load(buyers(), rate=100).start()
    time.sleep(5.0)
    kills = workers[0].kill9_if_running()
    time.sleep(12.0)
    feed.stop()
    scene.finish()

    kept = scene.kept()
    found = messages(kept)
    issued = sum(one["action"] == "issue" for one in found)
    bought = sum(one["action"] == "withdraw" for one in found)
    leases: list[Lease] = rows_of(kept, lease_key("stock:tea"))
    held: list[Held] = rows_of(kept, HELD_KEY)
    at_hand = sum(one.at_hand for one in leases)
    opened = sum(len(one.offers) for one in held)
    out = sum(tokens for one in leases for of in one.out.values() for tokens in of.values())
    with capsys.disabled():
        print(
            f"\n{issued} issued of a stock of {BUYING}: {bought} bought, {opened} open, "
            f"{at_hand} at hand, {BUYING - out} left; {kills} kill"
        )
    assert bought > 0
    assert issued > BUYING
    assert at_hand + opened + bought == out <= BUYING
    limit = told(scene)["stock"]
    assert (limit["taken"], limit["open"]) == (opened + bought, opened)
    assert (limit["at_hand"], limit["at_home"], limit["on_its_way"]) == (at_hand, BUYING - out, 0)

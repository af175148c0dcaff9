"""A sweep finds every open offer that is lost, whatever is under way, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.codec.exchanges import encode_exchange
from streams.core import events
from streams.core.decide.record import Action
from streams.core.events import FORWARD_TOPIC, Event
from streams.core.identity.routing import Exchange, Send
from streams.core.profile.contact import OpenOffer
from streams.core.profile.profile import new_profile
from streams.kafka.ledger import Swept
from streams.kafka.partitioner import partition_for
from streams.worker import sweeping
from tests.integration.sweeps import index_rows
from tests.strategies_profiles import HOUR_MS, item, offer, on, policy, view
from tests.worker.shop import CHECKPOINT, NOWHERE, PARTITIONS, Shop

RULES = policy(
    offer("tea", products=frozenset({"tea"}), categories=frozenset(), triggers=on("view_item")),
    offer(
        "cup",
        products=frozenset({"cup"}),
        categories=frozenset(),
        triggers=on("view_item"),
        channels=("email",),
    ),
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A worker that offers tea on the web, and cups by mail."""
    made = Shop(tmp_path, RULES)
    yield made
    made.stores.close_all()


def look(shop: Shop, article: str, *names: str) -> None:
    """Each of these customers looks at the article."""
    for name in names:
        body: events.Body = view(item(article, None))
        subject, topic = f"customer:{name}", "clickstream.event.v1"
        shop.tell(
            Event(
                event_id=f"{article}-{name}-{shop.records}",
                subject=subject,
                event_time_ms=shop.clock_ms,
                topic=topic,
                body=body,
            )
        )


def ended(shop: Shop) -> list[tuple[str, str, str]]:
    """Customer, reason and cause of each withdrawal that was committed."""
    shop.commit()
    found = [one for one in shop.sent if one.action is Action.WITHDRAW]
    return sorted((one.subject.partition(":")[2], one.reason, one.cause_id) for one in found)


def swept(shop: Shop) -> list[Swept]:
    """What the ledgers of the open unit say."""
    return [one for part in shop.unit.partitions.values() for one in part.ledger.swept]


def test_stock_and_catalogue_end_what_they_concern(shop: Shop) -> None:
    """With their reason and cause, each in the ledger; the others stay open."""
    look(shop, "tea", "ann", "bob")
    look(shop, "cup", "cat", "dan")
    shop.commit()

    shop.lack("tea")
    shop.turn(9)
    ledgers = swept(shop)
    first = ended(shop)
    tea_only = {name: row for name, row in RULES.offers.items() if name == "tea"}
    shop.adopt(offers=tea_only, policy_version="v2")
    shop.turn(9)

    cause = f"stock:tea:{shop.held.adopted.policy.stock.out['tea'].offset}"
    assert first == [("ann", "out of stock", cause), ("bob", "out of stock", cause)]
    assert {(one.subject, one.count) for one in ledgers} == {
        ("customer:ann", 1),
        ("customer:bob", 1),
    }
    gone = "no longer offered"
    assert ended(shop)[2:] == [("cat", gone, "catalogue:v2"), ("dan", gone, "catalogue:v2")]
    assert not any(shop.index(number) for number in range(PARTITIONS))
    assert shop.turn(9) == 0
    assert not any(one.touched for one in shop.unit.partitions.values())


def test_rows_of_a_commit_under_way_are_found(shop: Shop) -> None:
    """The store has none of them yet."""
    look(shop, "tea", "ann")
    works = [one.take(NOWHERE) for one in shop.unit.partitions.values() if one.touched]
    shop.unit.started_s = 0.0
    shop.lack("tea")

    shop.turn(9)

    assert [one.subject for one in swept(shop)] == ["customer:ann"]
    for work in works:
        work.partition.written(work, CHECKPOINT)
    assert len(ended(shop)) == 1


def test_an_offer_taken_away_by_the_open_unit_is_passed_over(shop: Shop) -> None:
    """The store still has its row; it takes no turn."""
    look(shop, "tea", "ann")
    shop.commit()
    (number,) = [one.number for one in shop.unit.partitions.values() if shop.index(one.number)]
    opened = shop.unit.partitions[number]
    sweeping.reindex(opened, b"customer:ann", {"x": _open()}, None)
    shop.lack("tea")

    assert opened.index.keys((b"a", b"tea"), b"", 9) == []


def test_what_came_back_and_went_again_unseen_is_looked_at_again(shop: Shop) -> None:
    """An offer was made between two turns, while it was there."""
    shop.lack("tea")
    shop.turn(9)
    shop.lack()
    look(shop, "tea", "ann")
    shop.commit()
    shop.lack("tea")

    shop.turn(9)

    assert [name for name, *_ in ended(shop)] == ["ann"]


def test_a_new_worker_finds_what_is_left(shop: Shop) -> None:
    """Half was swept when the last one ended; nothing told it so but the index."""
    look(shop, "tea", *[f"c{number}" for number in range(12)])
    shop.commit()
    shop.lack("tea")
    shop.turn(2)
    before = len(ended(shop))

    shop.start()
    while shop.turn(3):
        shop.commit()

    assert 0 < before < 12
    assert len(ended(shop)) == len({name for name, *_ in ended(shop)}) == 12


def test_nothing_ends_that_is_offered_again_in_time(shop: Shop) -> None:
    """It came back before its turn came."""
    look(shop, "tea", *[f"c{number}" for number in range(8)])
    shop.commit()
    shop.lack("tea")
    shop.turn(1)
    before = len(ended(shop))
    shop.lack()

    while shop.turn(3):
        shop.commit()

    assert 0 < before < 8
    assert len(ended(shop)) == before


def test_a_row_that_ends_by_its_own_time_ends_its_offers(shop: Shop) -> None:
    """No version has to be adopted for it; the clock is that of the partition."""
    until_ms = shop.clock_ms + HOUR_MS
    row = offer("tea", products=frozenset({"tea"}), valid_until_ms=until_ms)
    shop.adopt(offers={"tea": row})
    look(shop, "tea", "ann")
    shop.commit()
    early = (shop.turn(9), ended(shop))
    for opened in shop.unit.partitions.values():
        opened.ledger.clock_ms = until_ms

    shop.turn(9)

    assert early == (0, [])
    assert [(name, reason) for name, reason, _ in ended(shop)] == [("ann", "no longer offered")]


def test_a_part_that_brings_open_offers_is_indexed(shop: Shop) -> None:
    """Whatever a release before this one put into it."""
    part = new_profile("customer:ann")
    part.contact.open_offers["x"] = _open()
    send = Send(Exchange.BACK, "customer:ann", "customer:ann", part, "customer:bob")
    value, headers = encode_exchange(send, 1)

    shop._fold(FORWARD_TOPIC, (b"customer:ann", value, headers))
    shop.commit()

    number = partition_for(b"customer:ann", PARTITIONS)
    assert shop.index(number) == index_rows(part, b"customer:ann") != set()


def test_a_unit_and_a_turn_take_only_so_many(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger row stays small, and so does what one turn looks up for nothing."""
    monkeypatch.setattr(sweeping, "SWEPT_MAX", 3)
    monkeypatch.setattr(sweeping, "NAMES_MAX", 2)
    look(shop, "tea", *[f"c{number}" for number in range(20)])
    shop.commit()
    shop.lack("a", "b", "c", "d", "tea")
    shop.turn(9)  # the first look asks the index what it holds

    assert shop.turn(9) == 0
    assert max(len(one.ledger.swept) for one in shop.unit.partitions.values()) == 3
    shop.commit()
    while shop.turn(9):
        assert max(len(one.ledger.swept) for one in shop.unit.partitions.values()) <= 3
        shop.commit()
    shop.lack("a2", "b2", "c2", "d2", "e2")
    assert shop.turn(9) > 0
    while shop.turn(9):
        assert not any(one.touched for one in shop.unit.partitions.values())
    assert len(ended(shop)) == 20


def _open() -> OpenOffer:
    return OpenOffer("tea", "web", "main", "marketing", 1, 10**14, "tea")

"""What is due in the table fires into the open unit, once, and is written down in the ledger."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from rocksdict import WriteBatch

from streams.codec.rows import decode_row, encode_row
from streams.config import Settings
from streams.core.fold_policy import DAY_MS
from streams.core.identity.links import Link
from streams.core.profile.profile import Profile, new_profile
from streams.core.timers import CART_ABANDONED
from streams.kafka.ledger import Checkpoint, Fired, Ledger
from streams.kafka.rows import Identity, RowCodec
from streams.kafka.table import Stores
from streams.kafka.timers import timer_key
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.adopting import Adopted
from streams.worker.firing import FIRED_MAX, Firing, arrange, disarm
from streams.worker.shadowing import Shadow
from tests.core.timed import RULES
from tests.strategies_profiles import HOUR_MS, NOON, cart, event, item, run

ANN = "customer:ann"
NOWHERE = Identity(cluster_id="", changelog_topic="", changelog_topic_id="", topic_ids={})
CHECKPOINT = Checkpoint(cluster_id="", changelog_topic_id="", position=1, written_ms=1)
LEFT_MS = NOON + HOUR_MS  # when a cart of noon is left


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenPartition]:
    """A partition whose clock stands at noon."""
    stores = Stores(tmp_path, "app")
    codec = RowCodec(decode=decode_row, encode=encode_row)
    ledger = Ledger(clock_ms=NOON, positions={"a": 1})
    yield OpenPartition(0, stores.open(0), ledger, codec)
    stores.close_all()


@pytest.fixture
def unit(opened: OpenPartition) -> Unit:
    """The unit of a worker with this partition; nothing is ever sent."""
    made = Unit(cast("Any", None), NOWHERE, cast("Any", None), lambda *_: None)
    made.partitions[0] = opened
    return made


def firing(unit: Unit, **settings: Any) -> Firing:
    """What fires into `unit` by `RULES`."""

    def begin(opened: OpenPartition) -> Any:
        unit.touch(opened)
        return RULES

    return Firing(Settings(**settings), unit, begin)


def leave_cart(opened: OpenPartition, subject: str = ANN, at_ms: int = NOON) -> Profile:
    """Somebody puts tea into the cart, and their timer is set."""
    profile = new_profile(subject)
    run(profile, [event("c", cart(item("sku", "tea")), at_ms, subject)], RULES)
    arrange(opened, subject.encode(), profile, RULES)
    opened.put(subject.encode(), profile)
    return profile


def commit(opened: OpenPartition) -> None:
    """Write the unit as if Kafka had taken it."""
    work = opened.take(NOWHERE)
    opened.written(work, CHECKPOINT)
    opened.settled()


def rows_of(opened: OpenPartition) -> list[bytes]:
    """The keys of its timer rows."""
    return [timer_key(*one) for one in opened.timers.due(10**14, 99)]


def test_a_cart_that_was_left_fires_into_the_unit(opened: OpenPartition, unit: Unit) -> None:
    """It takes a number and the clock, sends what it decided, and has its next row."""
    leave_cart(opened)
    commit(opened)
    opened.ledger.clock_ms = LEFT_MS + 7

    count = firing(unit, decision_clock="event").fire(opened, 9)

    ledger = opened.ledger
    assert (count, opened.touched, ledger.folded) == (1, True, 1)
    assert ledger.fired == [Fired(0, ANN, LEFT_MS, CART_ABANDONED, LEFT_MS, LEFT_MS + 7)]
    assert ledger.counts == {"timer|cart_abandoned": 1}
    assert unit.totals.counts["timer", CART_ABANDONED] == 1
    assert [topic for topic, *_ in unit._outputs] == ["offer.web.v1", "decision.log.v1"]
    assert opened.read(ANN.encode()).timers.row_ms == LEFT_MS + 7 + DAY_MS  # the offer's expiry
    commit(opened)
    assert rows_of(opened) == [timer_key(LEFT_MS + 7 + DAY_MS, ANN.encode())]


def test_a_timer_s_decision_has_a_shadow_too(opened: OpenPartition, unit: Unit) -> None:
    """On a topic of its own, after the live decision."""
    leave_cart(opened)
    commit(opened)
    opened.ledger.clock_ms = LEFT_MS + 7
    settings = Settings(decision_clock="event")
    shadow = Shadow(settings, unit, RULES)
    shadow.follow(Adopted(versions={}, policy=RULES))
    beside = Firing(settings, unit, lambda _: RULES, shadow)

    beside.fire(opened, 9)

    sent = [topic for topic, *_ in unit._outputs]
    assert sent == ["offer.web.v1", "decision.log.v1", "decision.shadow.v1"]
    assert unit._outputs[1][1] == unit._outputs[2][1]


def test_what_fired_is_not_due_again_before_its_unit_commits(
    opened: OpenPartition, unit: Unit
) -> None:
    """The store still has the row."""
    leave_cart(opened)
    commit(opened)
    opened.ledger.clock_ms = LEFT_MS
    fires = firing(unit, decision_clock="event")

    assert (fires.fire(opened, 9), fires.fire(opened, 9)) == (1, 0)


def test_a_row_that_comes_too_early_is_moved(opened: OpenPartition, unit: Unit) -> None:
    """The cart changed meanwhile, which wrote nothing; now the row goes where it belongs."""
    profile = leave_cart(opened)
    run(profile, [event("d", cart(item("other")), NOON + HOUR_MS // 2, ANN)], RULES)
    arrange(opened, ANN.encode(), profile, RULES)
    opened.put(ANN.encode(), profile)
    commit(opened)
    opened.ledger.clock_ms = LEFT_MS

    firing(unit, decision_clock="event").fire(opened, 9)

    assert opened.ledger.fired == [Fired(0, ANN, LEFT_MS, "", 0, LEFT_MS)]
    assert opened.ledger.counts == {}
    assert unit.totals.counts == {("timer", "moved"): 1}
    commit(opened)
    assert rows_of(opened) == [timer_key(LEFT_MS + HOUR_MS // 2, ANN.encode())]


@pytest.mark.parametrize("row", [Link("customer:bob", NOON, "login"), None])
def test_a_timer_of_nobody_is_taken_away(
    opened: OpenPartition, unit: Unit, row: Link | None
) -> None:
    """Whoever it was for was erased, or is another row's part now."""
    leave_cart(opened)
    opened.dirty[ANN.encode()] = row
    commit(opened)
    opened.ledger.clock_ms = LEFT_MS

    firing(unit, decision_clock="event").fire(opened, 9)

    assert opened.ledger.fired == [Fired(0, ANN, LEFT_MS, "", 0, LEFT_MS)]
    commit(opened)
    assert rows_of(opened) == []


def test_a_profile_that_becomes_a_link_leaves_no_timer(opened: OpenPartition) -> None:
    """Its row is taken away in the same unit."""
    profile = leave_cart(opened)
    commit(opened)

    disarm(opened, ANN.encode(), profile)
    disarm(opened, ANN.encode(), profile)

    assert profile.timers.row_ms == 0
    commit(opened)
    assert rows_of(opened) == []


def test_timers_fire_by_the_wall_clock(opened: OpenPartition, unit: Unit) -> None:
    """No event has to come; the decision clock goes on with it, and the delay is measured."""
    before_ms = time.time_ns() // 1_000_000
    leave_cart(opened, at_ms=before_ms - HOUR_MS)
    commit(opened)

    firing(unit).fire(opened, 9)

    assert opened.ledger.clock_ms >= before_ms
    (due_ms,) = unit.totals.due_times_ms
    assert due_ms in {before_ms, opened.timers.ready_ms}


def test_a_clock_of_old_data_waits_for_its_events(opened: OpenPartition, unit: Unit) -> None:
    """The wall clock is years ahead of them."""
    leave_cart(opened)
    commit(opened)

    assert firing(unit, decision_clock="event").fire(opened, 9) == 0
    assert (opened.touched, unit.totals.due_times_ms) == (False, [])


def test_a_turn_and_a_unit_fire_only_so_many(opened: OpenPartition, unit: Unit) -> None:
    """Input has its turn, and the ledger row stays small, whatever a long stop left due."""
    batch = WriteBatch(raw_mode=True)
    for number in range(FIRED_MAX + 20):
        batch.put(timer_key(NOON, b"customer:%d" % number), b"1")
    opened._store.write(batch, CHECKPOINT)
    fires = firing(unit, decision_clock="event")

    assert fires.fire(opened, 30) == 30
    assert fires.fire(opened, FIRED_MAX) == FIRED_MAX - 30
    assert fires.fire(opened, 30) == 0
    commit(opened)
    assert fires.fire(opened, 99) == 20

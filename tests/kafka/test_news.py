"""News for the shell: whoever looks for what is due looks at once, not at its next turn."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.config import Settings
from streams.kafka import shell
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.ledger import Ledger
from streams.kafka.rows import Identity
from streams.kafka.shell import Shell
from streams.kafka.table import Stores
from streams.kafka.unit import OpenPartition
from tests.kafka.test_unit import CODEC

TURN_S = 2.0


@pytest.fixture
def looking(tmp_path: Path) -> Iterator[Shell]:
    """A shell that has one partition."""
    with EmbeddedBroker() as broker:
        settings = Settings(
            broker_urls=f"kafka://{broker.bootstrap}", broker_kind="embedded", state_dir=tmp_path
        )
        made = Shell(
            settings,
            Identity(cluster_id="c", changelog_topic="t", changelog_topic_id="t", topic_ids={}),
            (),
            codec=CODEC,
            on_committed=lambda *_: None,
            accept_reset=False,
        )
        stores = Stores(tmp_path, "news")
        made.unit.partitions[0] = OpenPartition(0, stores.open(0), Ledger(), CODEC, 4)
        yield made
        stores.close_all()
        made.close()


def test_news_is_looked_at_at_once_and_again_until_a_unit_has_ended(
    looking: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unit that is open may be of before the news."""
    monkeypatch.setattr(shell, "TIMER_TURN_S", TURN_S)
    turns: list[float] = []

    def fire(_opened: OpenPartition, _count_max: int) -> int:
        turns.append(time.monotonic())
        return 0

    async def run() -> float:
        task = asyncio.create_task(looking.fire_when_due(fire))
        await asyncio.sleep(0.1)
        assert len(turns) == 1
        told_s = time.monotonic()
        looking.tell_news()
        await asyncio.sleep(0.5)
        task.cancel()
        return told_s

    told_s = asyncio.run(run())

    assert turns[1] - told_s < TURN_S / 4
    assert len(turns) > 4

"""Stock Faust doing the same step: its own aiokafka transport, agent, RocksDB table and producer.

At-least-once with Faust's defaults. The row in the table is the same bytes, so that the difference
is Faust's and not that of an encoding. Run it as `python -m tests.bench.stock`.
"""

import os
import sys
from typing import Any

import faust

from streams.codec.outputs import dead_letter_headers, encode_decision, encode_offer
from streams.codec.rows import encode_row
from streams.codec.sources import decode
from streams.config import Settings
from streams.core.errors import DecodeError
from streams.core.events import CHANNELS, SOURCE_TOPICS
from streams.core.step import step
from tests.bench.profiles import limits_of, policy_of, read

TYPED = {"key_type": bytes, "value_type": bytes}
RAW = {**TYPED, "key_serializer": "raw", "value_serializer": "raw"}


class Fold:
    """The agent's body: one event at a time, as Faust's documentation shows it."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self._policy = policy_of(settings)
        self._limits = limits_of(settings)
        prefix = settings.topic_prefix
        self._topics = {prefix + one: one for one in SOURCE_TOPICS}
        self.sources = app.topic(*self._topics, **RAW)
        self._table = app.Table("profiles", partitions=settings.partitions, **TYPED)
        self._letters = {name: app.topic(f"{name}.dlq", **RAW) for name in self._topics}
        self._offers: dict[str, Any] = {
            one: app.topic(f"{prefix}offer.{one}.v1", **RAW) for one in CHANNELS
        }
        self._decisions = app.topic(f"{prefix}decision.log.v1", **RAW)
        self._clock_ms = [0] * settings.partitions
        self._folded = [0] * settings.partitions

    async def run(self, stream: Any) -> None:
        """Fold every event of the stream."""
        async for event in stream.events():
            await self._one(event.message)

    async def _one(self, message: Any) -> None:
        topic, number = self._topics[message.topic], message.partition
        append_ms = int(message.timestamp * 1000)
        headers = list(message.headers)
        key = message.key
        try:
            event = decode(topic, key, message.value, headers, append_ms, self._limits)
        except DecodeError as error:
            letter_headers = dead_letter_headers(
                headers, topic=topic, partition=number, offset=message.offset, error=error
            )
            letters = self._letters[message.topic]
            await letters.send(
                key=key, value=message.value, partition=number, headers=letter_headers
            )
            return
        profile = read(self._table.get(key), event.subject)
        now_ms = self._clock_ms[number] = max(self._clock_ms[number], append_ms)
        self._folded[number] += 1
        result = step(
            profile, event, policy=self._policy, now_ms=now_ms, fold_sequence=self._folded[number]
        )
        self._table[key] = encode_row(profile)
        for offer in result.offers:
            body, out = encode_offer(offer, now_ms)
            topic_of = self._offers[offer.channel]
            await topic_of.send(key=key, value=body, partition=number, headers=out)
        if result.decision is not None:
            body, out = encode_decision(result.decision)
            await self._decisions.send(key=key, value=body, partition=number, headers=out)


def main() -> None:
    """Run the stock worker until SIGTERM."""
    settings = Settings.from_env(os.environ)
    app = faust.App(
        settings.application_id,
        broker=f"kafka://{settings.bootstrap_servers}",
        store="rocksdb://",
        datadir=str(settings.state_dir),
        topic_partitions=settings.partitions,
        web_enabled=False,
    )
    fold = Fold(app, settings)
    app.agent(fold.sources)(fold.run)
    sys.argv = ["stock", "worker", "--loglevel", "warn", "--without-web"]
    app.main()


if __name__ == "__main__":
    main()

"""A worker without Kafka: two partitions on disk, its own fold, timers and sweeps.

Its clock is that of old data. What it sends to its own forward topic comes back to it at once; a
commit writes the stores as after one.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from streams.codec.outputs import decode_offer
from streams.codec.rows import decode_row, encode_row
from streams.codec.sources import encode_event
from streams.config import Settings
from streams.core.decide.record import OfferMessage
from streams.core.events import FORWARD_TOPIC, Event
from streams.core.offers import Policy
from streams.core.profile.profile import Profile
from streams.core.stock import Out, Stock
from streams.kafka.chunks import Chunk
from streams.kafka.ledger import LEDGER_KEY, Checkpoint, decode_ledger
from streams.kafka.partitioner import partition_for
from streams.kafka.rows import Identity, RowCodec
from streams.kafka.table import Stores
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.adopting import Adopted, Adopting
from streams.worker.agents import Folding
from streams.worker.firing import Firing
from streams.worker.sweeping import Sweeping
from tests.strategies_profiles import NOON

NOWHERE = Identity(cluster_id="", changelog_topic="", changelog_topic_id="", topic_ids={})
CHECKPOINT = Checkpoint(cluster_id="", changelog_topic_id="", position=1, written_ms=1)
PARTITIONS = 2
INDEX = b"\x00index"


@dataclass
class Record:
    """A record as librdkafka hands it over."""

    parts: tuple[bytes, bytes | None, list[tuple[str, bytes]]]
    at: int
    time_ms: int

    def key(self) -> bytes:
        """Its key."""
        return self.parts[0]

    def value(self) -> bytes | None:
        """Its value."""
        return self.parts[1]

    def headers(self) -> list[tuple[str, bytes]]:
        """Its headers."""
        return self.parts[2]

    def timestamp(self) -> tuple[int, int]:
        """When it was appended."""
        return 2, self.time_ms

    def offset(self) -> int:
        """Where it is."""
        return self.at


@dataclass
class Held:
    """What is adopted: as much of `Adopting` as the fold looks at."""

    adopted: Adopted


@dataclass
class Shop:
    """One worker; `sent` are its committed offer messages, `clock_ms` the time of its events."""

    directory: Path
    policy: Policy
    sent: list[OfferMessage] = field(default_factory=list)
    under_way: list[tuple[bytes, bytes | None, Any]] = field(default_factory=list)
    clock_ms: int = NOON
    records: int = 0

    def __post_init__(self) -> None:
        """Begin with empty stores."""
        self.stores = Stores(self.directory, "app")
        self.held = Held(Adopted(versions={}, policy=self.policy))
        self.start()

    def start(self) -> None:
        """Open what the stores hold, as a worker that was just given these partitions."""
        settings = Settings(partitions=PARTITIONS, decision_clock="event")
        self.unit = Unit(cast("Any", None), NOWHERE, cast("Any", None), lambda *_: None)
        codec = RowCodec(decode=decode_row, encode=encode_row)
        for number in range(PARTITIONS):
            store = self.stores.open(number)
            ledger = decode_ledger(store.get(LEDGER_KEY) or b"{}")
            self.unit.partitions[number] = OpenPartition(number, store, ledger, codec, 10)
        self.folding = Folding(settings, cast("Adopting", self.held), self.unit)
        begin, current = self.folding.begin, self.folding.current
        self.firing = Firing(settings, self.unit, begin)
        self.sweeping = Sweeping(settings, self.unit, begin, current)

    def adopt(self, **changes: Any) -> None:
        """Put a catalogue or a stock in force, from the next unit on."""
        self.held.adopted = Adopted(
            versions={}, policy=replace(self.held.adopted.policy, **changes)
        )

    def lack(self, *articles: str) -> None:
        """Let these articles, and no others, be out of stock."""
        before = self.held.adopted.policy.stock
        self.records += 1
        out = {one: before.gone(one) or Out(self.records, None) for one in articles}
        self.adopt(stock=Stock(self.records + 1, out))

    def tell(self, event: Event) -> None:
        """Fold `event`, and whatever it makes the partitions say to each other."""
        self.clock_ms = max(self.clock_ms, event.event_time_ms)
        self._fold(event.topic, encode_event(event, source="/tests"))
        while self.under_way:
            self._fold(FORWARD_TOPIC, self.under_way.pop(0))

    def _fold(self, topic: str, parts: tuple[bytes, bytes | None, Any]) -> None:
        self.records += 1
        record: Any = Record(parts, self.records, self.clock_ms)
        number = partition_for(parts[0], PARTITIONS)
        self.folding.fold(Chunk(topic, number, 1, self.records, [record]))
        self._take_forwards()

    def _take_forwards(self) -> None:
        outputs = self.unit._outputs
        own = [one for one in outputs if one[0] == FORWARD_TOPIC]
        self.under_way += [(key or b"", value, headers) for _, value, key, _, headers in own]
        self.unit._outputs = [one for one in outputs if one[0] != FORWARD_TOPIC]

    def turn(self, count_max: int = 3) -> int:
        """Let timers fire and sweeps go on; how much there was to do."""
        partitions = [*self.unit.partitions.values()]
        return sum(
            does(one, count_max)
            for one in partitions
            for does in (self.firing.fire, self.sweeping.sweep)
        )

    def commit(self) -> None:
        """End the unit."""
        for one in self.unit.partitions.values():
            if one.touched:
                one.written(one.take(NOWHERE), CHECKPOINT)
                one.settled()
        outputs, self.unit._outputs = self.unit._outputs, []
        self.unit.started_s = 0.0
        self.sent += [decode_offer(one[1] or b"") for one in outputs if one[0].startswith("offer.")]

    def rows(self, number: int) -> dict[bytes, bytes]:
        """The committed rows of a partition."""
        store = self.stores.open(number)
        return {key: store.get(key) or b"" for key in store.keys(b"", b"\xff")}

    def profiles(self, number: int) -> dict[bytes, Profile]:
        """The committed profiles of a partition."""
        rows = self.rows(number).items()
        read = {key: decode_row(data) for key, data in rows if not key.startswith(b"\x00")}
        return {key: row for key, row in read.items() if isinstance(row, Profile)}

    def index(self, number: int) -> set[bytes]:
        """The committed index rows of a partition."""
        return {key for key in self.rows(number) if key.startswith(INDEX)}

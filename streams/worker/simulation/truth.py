"""The truth file: what a feed put into Kafka, one JSON object a line, for tests to compare with.

Only records that the broker acknowledged are in it, in the order of the acknowledgements: inside
a partition that is the order of offsets. Fields: `topic` (without prefix), `partition`, `offset`,
`key`, `id`, `kind`, `event_time_ms`, `planted` (null, or what is wrong with the record).
"""

from collections.abc import Iterable, Iterator
from typing import IO

import msgspec

from streams.worker.simulation.records import Planted, SimulatedRecord

_ENCODER = msgspec.json.Encoder()


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One line: a record that is in Kafka for certain. `key` None means it has none."""

    topic: str
    partition: int
    offset: int
    key: str | None
    id: str
    kind: str
    event_time_ms: int
    planted: Planted | None


def write_fact(file: IO[bytes], record: SimulatedRecord, partition: int, offset: int) -> None:
    """Append the line of an acknowledged record."""
    fact = Fact(
        topic=record.topic,
        partition=partition,
        offset=offset,
        key=None if record.key is None else record.key.decode(),
        id=record.event_id,
        kind=record.kind,
        event_time_ms=record.event_time_ms,
        planted=record.planted,
    )
    file.write(_ENCODER.encode(fact) + b"\n")


def read_facts(lines: Iterable[bytes]) -> Iterator[Fact]:
    """The facts of a truth file's lines."""
    decoder = msgspec.json.Decoder(Fact)
    return (decoder.decode(line) for line in lines)

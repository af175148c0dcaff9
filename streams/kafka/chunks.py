"""Chunks of one partition, and what to make of the odd things librdkafka delivers."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from faust.types import TP, ConsumerMessage

from streams.core.errors import ConfigError, RestartError
from streams.kafka.ending import end_process
from streams.kafka.lag import Ends

log = logging.getLogger(__name__)

CHUNK_RECORDS_MAX = 1_000
SEEK_TRIES = 50
SEEK_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records of one partition, in order, as one assignment delivered them."""

    topic: str
    partition: int
    epoch: int
    number: int
    records: list[Message]


def cut(key: tuple[str, int], records: list[Message], *, epoch: int, number: int) -> list[Chunk]:
    """`records` of one partition in chunks, numbered on from `number`."""
    topic, partition = key
    return [
        Chunk(topic, partition, epoch, number + count, records[start : start + CHUNK_RECORDS_MAX])
        for count, start in enumerate(range(0, len(records), CHUNK_RECORDS_MAX), start=1)
    ]


def faust_message(chunks: list[Chunk]) -> ConsumerMessage:
    """`chunks` as the value of one message of Faust's, with the coordinates of the first."""
    chunk = chunks[0]
    offset = chunk.records[-1].offset() or 0
    return ConsumerMessage(
        chunk.topic,
        chunk.partition,
        offset,
        0.0,
        0,
        (),
        None,
        chunks,
        None,
        0,
        0,
        TP(chunk.topic, chunk.partition),
        generation_id=chunk.epoch,
    )


def whole_partitions(parts: list[TopicPartition], topics: frozenset[str]) -> set[int]:
    """The partition numbers of an assignment.

    Raises:
        ConfigError: a number came without all topics, so a customer would have two owners.
    """
    assigned: dict[int, set[str]] = {}
    for one in parts:
        assigned.setdefault(one.partition, set()).add(one.topic)
    problems = [
        f"partition {number} was assigned without {', '.join(sorted(topics - found))}; expected "
        f"all {len(topics)} source topics together; give them equal partition counts and run the "
        "same release in the whole group"
        for number, found in sorted(assigned.items())
        if found != topics
    ]
    if problems:
        raise ConfigError(problems=problems)
    return set(assigned)


def check_error(message: Message, problem: KafkaError, ends: Ends) -> None:
    """React to an error that came in place of a record."""
    if problem.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  # librdkafka's own name
        ends.reached(message.topic() or "", message.partition() or 0, message.offset() or 0)
        return
    where = f"{message.topic()} partition {message.partition()}: {problem.str()}"
    if problem.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001  # librdkafka's own name
        # Retention overtook us: the takeover of the next start counts what is gone.
        raise RestartError(cause="position out of range", what=where)
    if problem.fatal() or not problem.retriable():
        log.warning("kafka consumer: %s", where)
    if problem.fatal():
        raise RestartError(cause="consumer", what=where)


def seek(group: Consumer, part: TopicPartition) -> None:
    """Set the position of an assigned partition.

    Raises:
        RestartError: librdkafka did not get the partition started.
    """
    for _ in range(SEEK_TRIES):
        try:
            group.seek(part)
        except KafkaException as error:
            # Right after assign() it may still be starting the partition: "erroneous state".
            if error.args[0].code() != KafkaError._STATE:  # noqa: SLF001  # librdkafka's own name
                raise
            time.sleep(SEEK_PAUSE_S)
        else:
            return
    raise RestartError(cause="seek", what=f"{part.topic} partition {part.partition}")


def named(what: str, error: BaseException) -> BaseException:
    """`error`, librdkafka's turned into ours."""
    if isinstance(error, KafkaException):
        return RestartError(cause="broker", what=f"{what}: {error.args[0].str()}")
    return error


def end_if_failed(task: "asyncio.Future[Any]") -> None:
    """Done-callback: an error in `task` ends the process."""
    if not task.cancelled() and (error := task.exception()) is not None:
        end_process(error)

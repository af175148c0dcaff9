"""The transactional producer: what to do about each kind of error of a commit.

Retriable: the same call again, up to a minute (aborting a commit that was entered answers
_CONFLICT). Abortable: abort, then restart. Fenced, fatal or unknown: restart.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from streams.config import Settings
from streams.core.errors import FencedError, RestartError
from streams.kafka.clients import transactional_producer

Headers = Sequence[tuple[str, bytes | None]]

CALL_S = 30.0  # one call into librdkafka
RETRY_S = 60.0  # all calls of one step together
QUEUE_WAIT_S = 0.05
FENCED = {
    KafkaError._FENCED,  # noqa: SLF001  # librdkafka's local codes start with an underscore
    KafkaError.PRODUCER_FENCED,
    KafkaError.INVALID_PRODUCER_EPOCH,
}


class TransactionalProducer:
    """librdkafka's transactional producer, every error turned into ours."""

    def __init__(self, settings: Settings) -> None:
        """Register the transactional id; frees at once what a killed predecessor held.

        Raises:
            RestartError: no broker answered.
        """
        self._producer = Producer(transactional_producer(settings))
        self._largest: tuple[int, str] = (0, "")
        self._call("registering the transactional id", self._producer.init_transactions, CALL_S)

    def begin(self) -> None:
        """Open a transaction."""
        self._largest = (0, "")
        self._call("beginning a transaction", self._producer.begin_transaction)

    def produce(  # noqa: PLR0913, PLR0917  # hot path: a record's parts by position, as librdkafka takes them
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int,
        headers: Headers | None,
        on_delivery: Callable[[Any, Any], None] | None = None,
    ) -> None:
        """Add a record to the transaction; waits while librdkafka's queue is full.

        Raises:
            RestartError: the record cannot be sent, for example because it is too large.
        """
        size = len(value or b"") + len(key or b"")
        if size > self._largest[0]:
            self._largest = (size, topic)
        extra: dict[str, Any] = {"headers": list(headers)} if headers else {}
        if on_delivery is not None:
            extra["on_delivery"] = on_delivery
        deadline = 0.0
        while True:
            try:
                self._producer.produce(topic, value, key, partition, **extra)
            except BufferError:
                deadline = deadline or time.monotonic() + RETRY_S
                if time.monotonic() > deadline:
                    what = f"producing to {topic}: the queue did not drain within {RETRY_S:.0f} s"
                    raise RestartError(cause="broker slow", what=what) from None
                self._producer.poll(QUEUE_WAIT_S)
            except KafkaException as error:
                what = f"producing {size} bytes to {topic}: {error.args[0].str()}"
                raise RestartError(cause="record refused", what=what) from error
            else:
                return

    def commit(self, offsets: list[TopicPartition], metadata: Any) -> None:
        """Send the source offsets and commit.

        Raises:
            FencedError: a newer worker of this name, or of this group, took over.
            RestartError: anything else; nothing of the transaction is visible.
        """
        send, commit = self._producer.send_offsets_to_transaction, self._producer.commit_transaction
        self._call("sending source offsets", send, offsets, metadata, CALL_S)
        self._call("committing", commit, CALL_S)

    def _call(self, what: str, function: Callable[..., Any], *args: Any) -> None:
        deadline = time.monotonic() + RETRY_S
        while True:
            try:
                function(*args)
            except KafkaException as error:
                problem: KafkaError = error.args[0]
                if problem.retriable() and time.monotonic() < deadline:
                    continue
                raise self._translated(what, problem) from error
            else:
                return

    def _translated(self, what: str, problem: KafkaError) -> RestartError:
        said = f"{what}: {problem.name()}: {problem.str()}"
        if problem.code() in FENCED:
            return FencedError(cause="fenced", what=said)
        if problem.txn_requires_abort():
            try:
                self._producer.abort_transaction(CALL_S)
            except KafkaException as error:
                if error.args[0].code() in FENCED:  # it only comes out now who ended it
                    return FencedError(cause="fenced", what=said)
            size, topic = self._largest
            said += f"; largest record {size} bytes, to {topic}"
            return RestartError(cause="transaction aborted", what=said)
        return RestartError(cause="broker", what=said)

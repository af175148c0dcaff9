"""Outcomes on their way to the broker: sent, and waited for.

A report is answered when the broker has acknowledged its record. Its event id is made of what it
says (`contract.outcome_event`), so a report that was not answered may be sent again: it counts
once. Outcomes on their way are bounded by the producer's queue.
"""

import asyncio
import threading
from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams import metrics
from streams.channel.contract import OUTCOME_TOPIC, OutcomeReport, outcome_event, outcome_record
from streams.codec.sources import Limits
from streams.config import Settings
from streams.core.errors import RestartError
from streams.core.events import Channel
from streams.kafka.clients import outcome_producer
from streams.kafka.quiet import Grumbles, connect

POLL_S = 0.1
FLUSH_S = 8.0


class Outcomes:
    """Sends outcomes of one channel; `start`, then `stop`."""

    def __init__(
        self, settings: Settings, channel: Channel, ended: Callable[[BaseException], None]
    ) -> None:
        """Connect lazily; `ended` is told when no outcome can be sent any more.

        Raises:
            ConfigError: librdkafka does not know, or contradicts, a STREAMS_KAFKA_* setting.
        """
        self._channel = channel
        self._topic = settings.topic_prefix + OUTCOME_TOPIC
        self._limits = Limits(
            record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
        )
        self._ended = ended
        self._producer = connect(Producer, settings, Grumbles(), outcome_producer(settings))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="outcomes", daemon=True)

    def start(self) -> None:
        """Begin to hear the broker's answers."""
        self._thread.start()

    async def stop(self) -> None:
        """Send what is on its way, and end."""
        await asyncio.to_thread(self._producer.flush, FLUSH_S)
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    async def report(self, report: OutcomeReport, *, now_ms: int) -> str:
        """Return the event id of `report` when the broker has its record.

        Raises:
            RequestError: a worker would refuse it.
            RestartError: the broker did not take it in time, or at all.
        """
        event = outcome_event(report, self._channel, now_ms=now_ms)
        key, value, headers = outcome_record(
            event, self._channel, now_ms=now_ms, limits=self._limits
        )
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[KafkaError | None] = loop.create_future()

        def heard(error: KafkaError | None, _message: Message) -> None:
            loop.call_soon_threadsafe(_settle, answer, error)

        sent: list[tuple[str, str | bytes | None]] = [*headers]
        try:
            self._producer.produce(self._topic, value, key, headers=sent, on_delivery=heard)
        except BufferError:
            why = "too many outcomes are on their way"
            raise self._refused(why) from None
        except KafkaException as error:
            self._end_if_fatal(error.args[0])
            raise self._refused(error.args[0].str()) from error
        problem = await answer
        if problem is not None:
            self._end_if_fatal(problem)
            raise self._refused(problem.str())
        metrics.CHANNEL_OUTCOMES_TOTAL.labels("acknowledged").inc()
        return event.event_id

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self._producer.poll(POLL_S)

    def _refused(self, why: str) -> RestartError:
        metrics.CHANNEL_OUTCOMES_TOTAL.labels("unacknowledged").inc()
        what = f"writing an outcome to {self._topic}: {why}"
        return RestartError(cause="not acknowledged", what=what)

    def _end_if_fatal(self, problem: KafkaError) -> None:
        if problem.fatal():
            what = f"writing an outcome to {self._topic}: {problem.str()}"
            self._ended(RestartError(cause="broker refused", what=what))


def _settle(answer: asyncio.Future[KafkaError | None], error: KafkaError | None) -> None:
    if not answer.done():  # whoever asked may have gone away
        answer.set_result(error)

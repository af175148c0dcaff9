"""Clients that write nothing of their own: what went wrong is in the sentence of the error raised.

For whoever asks Kafka a question beside the work: the commands, a worker's pages, subscribers.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException

from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.kafka.clients import connection

ANSWER_MAX_S = 8.0
"""For a command, a broker that has not answered by then is away; it has 15 s to say so."""

SILENT_S = 60.0
"""Between two lines of one client that stays."""

Place = tuple[str, int]
"""Topic, as the broker names it, and partition."""

_Client = TypeVar("_Client")

log = logging.getLogger(__name__)
_quiet = logging.getLogger("streams.kafka.quiet.librdkafka")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False

_AWAY = (
    KafkaError._TRANSPORT,  # noqa: SLF001  # librdkafka's own codes start with an underscore
    KafkaError._TIMED_OUT,  # noqa: SLF001  # the same
    KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001  # the same
    KafkaError._RESOLVE,  # noqa: SLF001  # the same
    KafkaError._WAIT_COORD,  # noqa: SLF001  # the same
)


@dataclass
class Complaints:
    """The last thing that librdkafka complained about: the why behind a time-out."""

    last: str = ""

    def note(self, error: KafkaError) -> None:
        """Keep `error`, unless it is the summary that says less than what came before."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN or not self.last:  # noqa: SLF001  # librdkafka's own codes start with an underscore
            self.last = error.str()


@dataclass
class Grumbles(Complaints):
    """For clients that stay: the last complaint too, and one in `SILENT_S` is logged.

    A client that finds no broker complains several times a second.
    """

    said_s: float = -math.inf

    def note(self, error: KafkaError) -> None:
        """Keep `error`, and log it unless another was logged of late."""
        super().note(error)
        now_s = time.monotonic()
        if now_s - self.said_s >= SILENT_S:
            self.said_s = now_s
            log.warning("kafka client: %s", self.last)


def connect(
    make: Callable[[dict[str, Any]], _Client],
    settings: Settings,
    complaints: Complaints,
    properties: Mapping[str, Any],
) -> _Client:
    """Return a client with the settings' connection and `properties`: silent, making no topic.

    Raises:
        ConfigError: librdkafka does not know, or contradicts, a STREAMS_KAFKA_* setting.
    """
    shared = {
        "allow.auto.create.topics": False,
        "logger": _quiet,
        "error_cb": complaints.note,
    }
    try:
        # The last word is ours: what `properties` holds of connection() would log.
        return make({**connection(settings), **properties, **shared})
    except KafkaException as error:
        problem = f"the STREAMS_KAFKA_* settings do not fit: {error.args[0].str()}"
        raise ConfigError(problems=[problem]) from error


def no_answer(settings: Settings, doing: str, error: KafkaException, why: str = "") -> RestartError:
    """Return the one sentence for a broker that did not do what was asked."""
    reason: KafkaError = error.args[0]
    cause = "broker away" if reason.code() in _AWAY else "broker refused"
    got = why or reason.str()
    return RestartError(cause=cause, what=f"{doing} at {settings.bootstrap_servers}: {got}")

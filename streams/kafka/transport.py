"""The Faust transport `rdkafka://`: librdkafka under Faust's app, agents and lifecycle.

Registered under the entry point group `faust.transports`. Faust's own producer is not used:
everything a worker writes belongs to a unit of work.
"""

from collections.abc import Awaitable
from typing import Any, ClassVar

from faust.transport import base
from faust.types import TP
from faust.types.tuples import RecordMetadata

from streams.kafka.consumer import Consumer


class Producer(base.Producer):  # type: ignore[misc]  # Faust is untyped here
    """Refuses: a record sent past the unit would survive a transaction that did not."""

    async def send(self, *args: Any, **kwargs: Any) -> Awaitable[RecordMetadata]:
        """Refuse.

        Raises:
            NotImplementedError: always; use Unit.send.
        """
        raise NotImplementedError("records leave through Unit.send, inside the transaction")

    async def send_and_wait(self, *args: Any, **kwargs: Any) -> RecordMetadata:
        """Refuse, as `send` does."""
        raise NotImplementedError("records leave through Unit.send, inside the transaction")

    async def create_topic(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: `streams topics create` makes topics."""

    def key_partition(self, topic: str, key: bytes) -> TP:
        """Refuse: rows go to the partition number they came from."""
        raise NotImplementedError("a row goes to its source partition's number")


class Transport(base.Transport):  # type: ignore[misc]  # Faust is untyped here
    """What Faust asks a driver for."""

    Consumer: ClassVar[type[Consumer]] = Consumer
    Producer: ClassVar[type[Producer]] = Producer
    default_port = 9092
    driver_version = "rdkafka"

"""Faust's own offset keeping, switched off: positions travel with the transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from faust.transport.consumer import Consumer as FaustConsumer
from faust.types import TP

_NEVER = "the transport delivers chunks through getmany; Faust never asks for this"


class NoOffsets(FaustConsumer):  # type: ignore[misc]  # Faust is untyped here
    """Faust's consumer without its commits, seeks, gaps and pauses."""

    async def commit(
        self,
        topics: Any = None,  # noqa: ARG002  # Faust's signature
        start_new_transaction: bool = True,  # noqa: ARG002, FBT001, FBT002
    ) -> bool:
        """Nothing: offsets are part of the unit."""
        return False

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing: stock keeps an interval tree of offsets between batches; it ate a whole core."""

    def ack(self, message: Any) -> bool:
        """Forget the message; stock keeps every acked offset for a commit that never comes."""
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    async def perform_seek(self) -> None:
        """Nothing: the takeover seeks."""

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Nothing: the takeover seeks."""
        return {}

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Nothing: partitions are paused in librdkafka, by restore and back-pressure."""

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Nothing: see pause_partitions."""

    def on_buffer_full(self, tp: TP) -> None:
        """Nothing: back-pressure counts records, not Faust's messages."""

    def on_buffer_drop(self, tp: TP) -> None:
        """Nothing: see on_buffer_full."""

    def close(self) -> None:
        """Nothing: on_stop closes."""

    async def create_topic(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: `streams topics create` makes topics."""

    # Faust's base class demands the rest. Its tables ask for offsets; ours are not Faust's.

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:  # noqa: ARG002  # Faust's signature
        return True

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ASYNC109  # Faust's signature
        raise NotImplementedError(_NEVER)

    async def _seek(self, partition: TP, offset: int) -> None:
        raise NotImplementedError(_NEVER)

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    def _to_message(self, tp: TP, record: Any) -> Any:
        raise NotImplementedError(_NEVER)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Nothing: no partition belongs to a table of Faust's."""

    async def earliest_offsets(self, *_: TP) -> Mapping[TP, int]:
        """Nothing: no partition belongs to a table of Faust's."""
        return {}

    async def highwaters(self, *_: TP) -> Mapping[TP, int]:
        """Nothing: no partition belongs to a table of Faust's."""
        return {}

    async def position(self, tp: TP) -> int | None:  # noqa: ARG002  # Faust's signature
        """Unknown: the ledger keeps positions."""
        return None

    def highwater(self, tp: TP) -> int:  # noqa: ARG002  # Faust's signature
        """Unknown to Faust: see kafka/lag.py."""
        return 0

    def topic_partitions(self, topic: str) -> int | None:  # noqa: ARG002  # Faust's signature
        """Unknown to Faust: the assignment tells."""
        return None

    def key_partition(self, topic: str, key: bytes, partition: int | None = None) -> int | None:  # noqa: ARG002  # Faust's signature
        """Whatever the caller says: a row goes to its source partition's number."""
        return partition

"""How far the group of the workers has come, and how far there is to go."""

from collections.abc import Iterable

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin._listoffsets import OffsetSpec  # the public module does not export it

from streams.kafka.group import Members
from streams.kafka.quiet import ANSWER_MAX_S, Place


class Group(Members):
    """The consumer group of the workers, and the ends of the logs it works on."""

    def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return (topic, partition) -> log end offset."""
        return self._offsets(places, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # not annotated there

    def starts(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return (topic, partition) -> first offset that retention has left."""
        return self._offsets(places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # not annotated there

    def _offsets(self, places: Iterable[Place], which: OffsetSpec) -> dict[Place, int]:
        asked = {TopicPartition(*place): which for place in places}
        if not asked:
            return {}
        futures = self._admin.list_offsets(
            asked,
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=ANSWER_MAX_S,
        )
        try:
            return {(one.topic, one.partition): f.result().offset for one, f in futures.items()}
        except KafkaException as error:
            self._admin.poll(0)  # serves the callback that says why
            doing = "asking for the ends of logs"
            raise self._no_answer(doing, error) from error

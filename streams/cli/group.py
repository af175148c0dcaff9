"""Who works: the members of the consumer group, their pages, and how far the group has come.

A worker's client id is `<worker name>@<http host>:<http port>`, so the group itself says where each
worker can be asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._group import MemberDescription  # the public module does not export it
from confluent_kafka.admin._listoffsets import OffsetSpec  # the same

from streams.cli.reading import ANSWER_MAX_S, Complaints, Place, connect, no_answer
from streams.config import Settings

ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  # compared with, never bound to


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One running worker, as the group sees it."""

    name: str
    host: str
    port: int | None
    places: frozenset[Place]

    @property
    def address(self) -> str:
        """`host:port` of the worker's pages; the name when the client id does not tell."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.name if self.port is None else f"{host}:{self.port}"

    def owns(self, partition: int) -> bool:
        """Whether this worker folds `partition`: all topics of one number go to one worker."""
        return any(number == partition for _, number in self.places)


class Group:
    """The consumer group of the workers."""

    def __init__(self, settings: Settings) -> None:
        """Connect lazily: the first question finds out whether there is a broker."""
        self._settings = settings
        self._complaints = Complaints()
        self._admin = connect(AdminClient, settings, self._complaints, {})

    def members(self) -> list[Member]:
        """Return the running workers, by name; none when nobody runs.

        Raises:
            RestartError: the broker does not answer.
        """
        name = self._settings.application_id
        doing = f"asking for the members of group {name}"
        futures = self._admin.describe_consumer_groups([name], request_timeout=ANSWER_MAX_S)
        try:
            found = futures[name].result()
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return []
            raise self._no_answer(doing, error) from error
        return sorted(map(member, found.members), key=lambda one: one.name)

    def committed(self) -> dict[Place, int]:
        """Return (topic, partition) -> next offset to fold, where the group has committed one."""
        name = self._settings.application_id
        request = ConsumerGroupTopicPartitions(name)
        doing = f"asking for the offsets of group {name}"
        futures = self._admin.list_consumer_group_offsets([request], request_timeout=ANSWER_MAX_S)
        try:
            found = futures[name].result()
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return {}
            raise self._no_answer(doing, error) from error
        rows = found.topic_partitions or []
        return {(row.topic, row.partition): row.offset for row in rows if row.offset >= 0}

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
            doing = "asking for the ends of logs"
            raise self._no_answer(doing, error) from error

    def _no_answer(self, doing: str, error: KafkaException) -> Exception:
        self._admin.poll(0)  # serves the callback that says why
        return no_answer(self._settings, doing, error, self._complaints.last)


def member(found: MemberDescription) -> Member:
    """Return what the group says about one of its members."""
    name, _, address = found.client_id.rpartition("@")
    host, _, port = address.rpartition(":")
    named = bool(name) and port.isdecimal()
    # Pages bound to every address are reached at the one the broker sees the worker at.
    seen = found.host.removeprefix("/")
    assigned = found.assignment.topic_partitions if found.assignment else []
    return Member(
        name=name if named else found.client_id,
        host=seen if host in ANYWHERE else host,
        port=int(port) if named else None,
        places=frozenset((one.topic, one.partition) for one in assigned),
    )

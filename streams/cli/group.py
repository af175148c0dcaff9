"""Who works: the members of the consumer group, their pages, and how far the group has come.

A worker's client id is `<worker name>@<http host>:<http port>`, so the group itself says where each
worker can be asked.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._group import (  # the public module does not export them
    ConsumerGroupDescription,
    MemberDescription,
)
from confluent_kafka.admin._listoffsets import OffsetSpec  # the same

from streams.cli.reading import ANSWER_MAX_S, Complaints, Place, connect, no_answer
from streams.config import Settings

SETTLING = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
)
"""What a cluster answers about a group for a moment after it, or one of its brokers, started."""
SETTLE_PAUSE_S = 0.2
ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  # compared with, never bound to

_Answer = TypeVar("_Answer")


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

        def ask() -> Future[ConsumerGroupDescription]:
            return self._admin.describe_consumer_groups([name], request_timeout=ANSWER_MAX_S)[name]

        found = self._answer(f"asking for the members of group {name}", ask)
        members = [] if found is None else map(member, found.members)
        return sorted(members, key=lambda one: one.name)

    def committed(self) -> dict[Place, int]:
        """Return (topic, partition) -> next offset to fold, where the group has committed one."""
        name = self._settings.application_id
        request = [ConsumerGroupTopicPartitions(name)]

        def ask() -> Future[ConsumerGroupTopicPartitions]:
            asked = self._admin.list_consumer_group_offsets(request, request_timeout=ANSWER_MAX_S)
            return asked[name]

        found = self._answer(f"asking for the offsets of group {name}", ask)
        rows = [] if found is None else found.topic_partitions or []
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

    def _answer(self, doing: str, ask: Callable[[], Future[_Answer]]) -> _Answer | None:
        """Return the broker's answer, None when it has never heard of the group."""
        until = time.monotonic() + ANSWER_MAX_S
        while True:
            try:
                return ask().result()
            except KafkaException as error:
                code = error.args[0].code()
                if code == KafkaError.GROUP_ID_NOT_FOUND:
                    return None
                if code not in SETTLING or time.monotonic() > until:
                    raise self._no_answer(doing, error) from error
                time.sleep(SETTLE_PAUSE_S)

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

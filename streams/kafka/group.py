"""Who works: the members of the consumer group, where each can be asked, and how far they came.

A worker's client id is `<worker name>@<http host>:<http port>`, so the group itself says where each
worker's pages are. Nothing here joins the group.
"""

import ctypes
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._group import (  # the public module does not export them
    ConsumerGroupDescription,
    MemberDescription,
)

from streams.config import Settings
from streams.core.errors import RestartError
from streams.core.events import SOURCE_TOPICS
from streams.kafka.clients import probe_consumer
from streams.kafka.quiet import ANSWER_MAX_S, Complaints, Place, connect, no_answer

SETTLING = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError._WAIT_COORD,  # noqa: SLF001  # librdkafka's own codes start with an underscore
)
"""What a cluster answers about a group for a moment after it, or one of its brokers, started."""
SETTLE_PAUSE_S = 0.2
ANSWER_MIN_S = 0.5
"""The last question before time is up still has a chance."""
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


class Members:
    """The consumer group of the workers, asked from outside; any thread may, one at a time."""

    def __init__(self, settings: Settings, *, answer_max_s: float = ANSWER_MAX_S) -> None:
        """Connect lazily: the first question finds out whether there is a broker."""
        self._settings = settings
        self._answer_max_s = answer_max_s
        self._complaints = Complaints()

    def ask(self) -> list[Member]:
        """Return the running workers, by name; none when nobody runs.

        Raises:
            RestartError: the broker does not answer within `answer_max_s`, or refuses.
        """
        # librdkafka 2.16 drops an admin client's question after three refusals of a coordinator
        # that is coming up, and may abort when one times out (its issue 4605). A consumer waits
        # properly, so the admin client asks only a coordinator that has just answered one.
        until = time.monotonic() + self._answer_max_s
        self.committed([(self._settings.topic_prefix + SOURCE_TOPICS[0], 0)])
        name = self._settings.application_id
        found = self._answer(f"asking for the members of group {name}", self._describe, until)
        members = [] if found is None else map(member, found.members)
        return sorted(members, key=lambda one: one.name)

    def committed(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return (topic, partition) -> next offset to fold, where the group has committed one.

        Raises:
            RestartError: the broker does not answer within `answer_max_s`, or refuses.
        """
        asked = [TopicPartition(*place) for place in places]
        if not asked:
            return {}
        # A consumer with the group's id that never joins. The admin client's question for a
        # group's offsets ends the process where the coordinator is loading or has moved, as on a
        # broker just started: librdkafka 2.16 looks for a membership that no admin client has
        # (its issue 5040).
        properties = probe_consumer(self._settings, isolation="read_uncommitted")
        stranger = connect(Consumer, self._settings, self._complaints, properties)

        def ask(wait_s: float) -> list[TopicPartition]:
            try:
                rows = stranger.committed(asked, wait_s)
            except KafkaException:
                stranger.poll(0)  # serves the callback that says why
                raise
            wrong = next((row.error for row in rows if row.error is not None), None)
            if wrong is not None:
                raise KafkaException(wrong)
            return rows

        try:
            name = self._settings.application_id
            until = time.monotonic() + self._answer_max_s
            found = self._answer(f"asking for the offsets of group {name}", ask, until)
        finally:
            stranger.close()
        return {(row.topic, row.partition): row.offset for row in found or [] if row.offset >= 0}

    @cached_property
    def _admin(self) -> AdminClient:
        return connect(AdminClient, self._settings, self._complaints, {})

    def _describe(self, wait_s: float) -> ConsumerGroupDescription:
        name = self._settings.application_id
        asked: dict[str, Future[ConsumerGroupDescription]]
        asked = self._admin.describe_consumer_groups([name], request_timeout=wait_s)
        try:
            return asked[name].result()
        except KafkaException as error:
            if error.args[0].code() == KafkaError._TIMED_OUT:  # noqa: SLF001  # librdkafka's own codes start with an underscore
                # Destroying a client whose question was dropped may hang: this one never is.
                self._admin.poll(0)
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._admin))
                del self._admin
            raise

    def _answer(self, doing: str, ask: Callable[[float], _Answer], until: float) -> _Answer | None:
        """Return what `ask(seconds left)` does, None when the broker never heard of the group."""
        while True:
            try:
                return ask(max(ANSWER_MIN_S, until - time.monotonic()))
            except KafkaException as error:
                code = error.args[0].code()
                if code == KafkaError.GROUP_ID_NOT_FOUND:
                    return None
                if code not in SETTLING or time.monotonic() > until:
                    raise self._no_answer(doing, error) from error
                time.sleep(SETTLE_PAUSE_S)

    def _no_answer(self, doing: str, error: KafkaException) -> RestartError:
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

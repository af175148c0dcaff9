"""What Kafka says of one application: its topics, its group, its lag."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from confluent_kafka import (
    Consumer,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # exported at run time
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from streams.core.events import FORWARD_TOPIC, SOURCE_TOPICS
from tests.integration.reading import Place, patiently, read_places, watermarks


@dataclass(kw_only=True)
class Group:
    """One application on one broker; `prefix` is put before its topics' names."""

    bootstrap: str
    prefix: str
    partitions: int = 2

    @property
    def application(self) -> str:
        """Consumer group and prefix of the changelog."""
        return self.prefix.rstrip("-")

    @cached_property
    def admin(self) -> AdminClient:
        """Kept: the futures of a client that is thrown away fail."""
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 2})

    def alter_topic(self, topic: str, name: str, value: str) -> None:
        """Set one property of a topic, by its full name."""
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        self.admin.incremental_alter_configs([resource])[resource].result(30)

    def topic_property(self, topic: str, name: str) -> str:
        """One property of a topic, by its full name."""
        resource = ConfigResource(ResourceType.TOPIC, topic)
        return str(self.admin.describe_configs([resource])[resource].result(30)[name].value)

    def topics(self) -> dict[str, int]:
        """Name -> number of partitions of every topic there is."""
        known = self.admin.list_topics(timeout=30).topics
        return {name: len(topic.partitions) for name, topic in known.items()}

    def full(self, topic: str) -> str:
        """Name of a contract's topic in this scene."""
        return self.prefix + topic

    def committed(self) -> dict[Place, int]:
        """The group's offsets, by the contract's topic names."""
        parts = [
            TopicPartition(self.full(topic), number)
            for topic in SOURCE_TOPICS
            for number in range(self.partitions)
        ]
        # The admin client's way to ask crashes librdkafka 2.16 while the coordinator is loading.
        asker = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.application})
        try:
            found = patiently(lambda: asker.committed(parts, 5))
        finally:
            asker.close()
        return {
            (one.topic.removeprefix(self.prefix), one.partition): one.offset
            for one in found
            if one.offset >= 0
        }

    def lag(self) -> dict[Place, int]:
        """Records that no unit has folded yet, by place; empty when drained."""
        sources = [self.full(topic) for topic in SOURCE_TOPICS]
        committed = self.committed()
        behind = {}
        for (name, partition), (low, high) in watermarks(self.bootstrap, sources).items():
            place = (name.removeprefix(self.prefix), partition)
            start = max(low, committed.get(place, low))
            if start < high:
                behind[place] = (start, high - start)
        # Transaction markers take offsets in the forward topic: only records count there.
        asked = {
            (self.full(t), p): start for (t, p), (start, _) in behind.items() if t == FORWARD_TOPIC
        }
        real = (
            Counter(
                (one.topic, one.partition)
                for one in read_places(self.bootstrap, asked, prefix=self.prefix)
            )
            if asked
            else Counter()
        )
        return {
            place: real[place] if place[0] == FORWARD_TOPIC else lag
            for place, (_, lag) in behind.items()
            if place[0] != FORWARD_TOPIC or real[place]
        }

    def changelog_rows(self) -> int:
        """Rows in the changelog, old ones included."""
        changelog = f"{self.application}-profile-changelog"
        return sum(high - low for low, high in watermarks(self.bootstrap, [changelog]).values())

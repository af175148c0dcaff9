"""The outside observer: where a group's committed offsets are, and what a process costs meanwhile.

It sees only what any client of the broker sees, so every side is measured alike.
"""

import time
from dataclasses import dataclass

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from tests.bench.children import Child, ChildError

POLL_S = 0.05
ADMIN_TIMEOUT_S = 20.0
STALL_S = 120.0
# A fresh broker makes its offsets topic when the first group asks.
NOT_YET = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.GROUP_ID_NOT_FOUND,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """What one side did with a backlog, between its first seen commit and the last."""

    events: int
    seconds: float
    cpu_s: float
    rss_peak: int
    start_s: float
    """From process start to the first commit: imports, joining, restore."""

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU microseconds an event, all threads."""
        return self.cpu_s / self.events * 1e6


class Backlog:
    """The source records of one run, and how far a group has committed them."""

    def __init__(self, bootstrap: str, admin: AdminClient, topics: list[str], count: int) -> None:
        """See where the `count` partitions of every topic end now."""
        self._admin = admin
        probe = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench-probe"})
        self.ends = {
            (topic, number): probe.get_watermark_offsets(TopicPartition(topic, number))[1]
            for topic in topics
            for number in range(count)
        }
        probe.close()
        self.total = sum(self.ends.values())

    def done(self, group: str) -> int:
        """Records that `group` has committed, of all partitions together."""
        return sum(
            min(one.offset, self.ends[one.topic, one.partition])
            for one in self._committed(group)
            if one.offset > 0 and (one.topic, one.partition) in self.ends
        )

    def _committed(self, group: str) -> list[TopicPartition]:
        asked = [ConsumerGroupTopicPartitions(group)]
        try:
            future = self._admin.list_consumer_group_offsets(asked, request_timeout=ADMIN_TIMEOUT_S)
            return future[group].result().topic_partitions or []
        except KafkaException as error:
            if error.args[0].code() in NOT_YET:
                return []
            raise


def drain(backlog: Backlog, group: str, child: Child, *, until: float = 1.0) -> Drain:
    """Wait until `group` has committed `until` of the backlog and say what that cost.

    The span runs from the first commit seen to the last, so start-up and restore are outside it;
    the events of the first commit are left out of the count too. A side that commits only every
    few seconds is measured to `until` < 1, or waiting for its last commit would count as work.

    Raises:
        ChildError: the process ended, or committed nothing for two minutes, or all at once.
    """
    started = moved = time.monotonic()
    first_at = first_cpu = 0.0
    first = seen = rss_peak = 0
    goal = int(backlog.total * until)
    while seen < goal:
        time.sleep(POLL_S)
        child.check()
        done, now = backlog.done(group), time.monotonic()
        rss_peak = max(rss_peak, child.rss())
        if done > seen:
            seen, moved = done, now
            if first == 0:
                first, first_at, first_cpu = done, now, child.cpu_s()
        elif now - moved > STALL_S:
            raise ChildError(child, what=f"stopped at {seen} of {backlog.total} records")
    if seen == first:
        raise ChildError(child, what=f"committed {seen} records at once; load more")
    return Drain(
        events=seen - first,
        seconds=moved - first_at,
        cpu_s=child.cpu_s() - first_cpu,
        rss_peak=rss_peak,
        start_s=first_at - started,
    )

"""The outside observer: where a group's committed offsets are, and what a process costs meanwhile.

It sees only what any client of the broker sees, so every side is measured alike.
"""

import time
from dataclasses import dataclass
from functools import partial

from confluent_kafka import Consumer, TopicPartition

from tests.bench.children import Child, ChildError
from tests.integration.reading import patiently

POLL_S = 0.05
ANSWER_S = 20.0
STALL_S = 120.0


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

    def __init__(self, bootstrap: str, group: str, topics: list[str], partitions: int) -> None:
        """See where every partition ends now; asks as a consumer of `group` that never joins.

        The admin client could say the same, but librdkafka 2.16.0 segfaults in its requests to a
        group's coordinator while a fresh broker is still making its offsets topic.
        """
        self._asked = [
            TopicPartition(topic, number) for topic in topics for number in range(partitions)
        ]
        properties = {"bootstrap.servers": bootstrap, "group.id": group, "log_level": 0}
        self._consumer = Consumer(properties)
        self.ends = {
            (one.topic, one.partition): patiently(
                partial(self._consumer.get_watermark_offsets, one, timeout=ANSWER_S)
            )[1]
            for one in self._asked
        }
        self.total = sum(self.ends.values())

    def done(self) -> int:
        """Records that the group has committed, of all partitions together."""
        return sum(
            min(one.offset, self.ends[one.topic, one.partition])
            for one in self._consumer.committed(self._asked, ANSWER_S)
            if one.offset > 0
        )

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()

    def wait(self, child: Child) -> None:
        """Return when the group has committed all of it.

        Raises:
            ChildError: the process ended, or committed nothing for two minutes.
        """
        seen, moved = 0, time.monotonic()
        while seen < self.total:
            time.sleep(POLL_S)
            child.check()
            done = self.done()
            if done > seen:
                seen, moved = done, time.monotonic()
            elif time.monotonic() - moved > STALL_S:
                raise ChildError(child, what=f"stopped at {seen} of {self.total} records")


def drain(backlog: Backlog, child: Child, *, until: float = 1.0) -> Drain:
    """Wait until the group has committed `until` of the backlog and say what that cost.

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
        done, now = backlog.done(), time.monotonic()
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

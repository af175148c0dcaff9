"""Records as Kafka hands them over, valid but for what a test changes."""

import json
from dataclasses import dataclass, replace
from typing import Any

from streams.codec.envelope import Headers
from streams.codec.sources import Limits, decode
from streams.core.events import FORWARD_TOPIC, Event

TIME_MS = 1_738_318_520_123  # 2025-01-31T10:15:20.123Z
LIMITS = Limits(record_bytes_max=2_000_000, future_max_ms=1_000)
FORWARD_HEADERS: dict[str, bytes | None] = {
    "streams_topic": b"clickstream.event.v1",
    "streams_partition": b"3",
    "streams_offset": b"120045",
    "streams_key": b"device:8c4e",
    "streams_hops": b"1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The parts of a record; `decode` gives its event."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers | None
    append_time_ms: int = TIME_MS

    def decode(self, limits: Limits = LIMITS) -> Event:
        """Decode as a worker does."""
        return decode(self.topic, self.key, self.value, self.headers, self.append_time_ms, limits)


def cloud_headers(topic: str, **changes: bytes | None) -> dict[str, bytes | None]:
    """CloudEvents headers of a record of `topic`; `ce_` is put before the names in `changes`."""
    headers: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": b"e-1",
        "ce_source": b"/test",
        "ce_type": topic.encode(),
        "ce_time": b"2025-01-31T10:15:20.123Z",
        "content-type": b"application/json",
    }
    return headers | {f"ce_{name}": value for name, value in changes.items()}


def click(body: Any = None, /, **changes: Any) -> Record:
    """A page view of customer:1, or another `body` of that topic; `changes` are record parts."""
    body = {"event_name": "page_view"} if body is None else body
    record = Record(
        topic="clickstream.event.v1",
        key=b"customer:1",
        value=json.dumps(body).encode(),
        headers=list(cloud_headers("clickstream.event.v1").items()),
    )
    return replace(record, **changes)


def with_headers(record: Record, headers: dict[str, bytes | None]) -> Record:
    """The record with exactly these headers."""
    return replace(record, headers=list(headers.items()))


def forwarded(**changes: bytes | None) -> Record:
    """A page view of device:8c4e on its way to customer:1; `changes` are forward headers."""
    headers = cloud_headers("clickstream.event.v1") | FORWARD_HEADERS | changes
    return with_headers(click(topic=FORWARD_TOPIC), headers)

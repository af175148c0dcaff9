"""Events as lines of a file, as commands read them."""

import json

from streams.codec.envelope import format_time
from streams.codec.sources import encode_event
from streams.core.events import Event


def line(event: Event) -> str:
    """The event as a file has it."""
    _, value, _ = encode_event(event, source="/test")
    shown = {
        "specversion": "1.0",
        "id": event.event_id,
        "source": "/test",
        "type": event.topic,
        "time": format_time(event.event_time_ms).decode(),
        "subject": event.subject,
        "data": json.loads(value),
    }
    return json.dumps(shown)

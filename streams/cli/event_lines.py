"""Events in CloudEvents' JSON format, one a line.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

import msgspec

from streams.codec.envelope import JSON_TYPE, read_time_ms
from streams.codec.sources import Limits, decode
from streams.core.errors import DecodeError
from streams.core.events import SOURCE_TOPICS, Event


class EventLine(msgspec.Struct, frozen=True):
    """An event in CloudEvents' JSON format; `data` stays as it was written."""

    id: str
    type: str
    time: str
    subject: str
    data: msgspec.Raw
    source: str = "/step"
    specversion: str = "1.0"


def read_event(line: bytes, limits: Limits) -> Event:
    """The event in one line of a file.

    Raises:
        DecodeError: it is none.
    """
    what = "reading a line"
    try:
        one = msgspec.json.decode(line, type=EventLine)
    except msgspec.DecodeError as error:
        raise DecodeError(reason="undecodable", what=what, got=str(error)) from None
    if one.type not in SOURCE_TOPICS[:-1]:
        expected = f"type one of {', '.join(SOURCE_TOPICS[:-1])}"
        raise DecodeError(reason="envelope", what=what, expected=expected, got=repr(one.type))
    headers = [
        ("ce_specversion", one.specversion.encode()),
        ("ce_id", one.id.encode()),
        ("ce_source", one.source.encode()),
        ("ce_type", one.type.encode()),
        ("ce_time", one.time.encode()),
        ("content-type", JSON_TYPE),
    ]
    append_time_ms = read_time_ms(one.time.encode()) or 0
    key, value = one.subject.encode(), bytes(one.data)
    return decode(one.type, key, value, headers, append_time_ms, limits)

"""Records of source topics become events, or a reason that an operator can act on."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.reasons import REASONS
from streams.codec.sources import Limits, encode_event
from streams.core.errors import DecodeError
from streams.core.events import BODY_TYPES, SOURCE_TOPICS, Event, PageView, Sale
from tests.codec.records import LIMITS, TIME_MS, Record, click, cloud_headers
from tests.strategies import events, wire_value

GOLDEN = Path(__file__).parent.parent / "golden" / "sources.v1.jsonl"
GOLDEN_LINES = GOLDEN.read_text("utf-8").splitlines()

TILL = {
    "transaction_type": "sale",
    "store_id": "364",
    "workstation_id": "3",
    "business_day": "2025-01-31",
    "sequence_number": 4711,
    "currency": "USD",
    "line_items": [{"item_id": "1082185", "extended_amount_minor": 199}],
    "total_minor": 199,
}


def till(**changes: Any) -> Record:
    """A record with a minimal sale, `changes` in its value."""
    topic = "pos.transaction.v1"
    value = json.dumps(TILL | changes).encode()
    return click(topic=topic, value=value, headers=list(cloud_headers(topic).items()))


@given(events())
def test_an_encoded_event_decodes_to_itself(event: Event) -> None:
    """decode(encode(x)) == x, for every kind and every time."""
    key, value, headers = encode_event(event, source="/simulated/test")

    record = Record(
        topic=event.topic,
        key=key,
        value=value,
        headers=headers,
        append_time_ms=event.event_time_ms,
    )
    assert record.decode() == event


@pytest.mark.parametrize("line", GOLDEN_LINES)
def test_released_bytes_decode_and_lose_nothing(line: str) -> None:
    """What a released version wrote decodes for ever, each field where it was."""
    golden = json.loads(line)
    record = Record(
        topic=golden["topic"],
        key=golden["key"].encode(),
        value=golden["value"].encode(),
        headers=[(name, value.encode()) for name, value in golden["headers"].items()],
    )

    event = record.decode()

    assert (event.event_id, event.event_time_ms) == (golden["event_id"], golden["event_time_ms"])
    assert wire_value(event.body) == json.loads(golden["value"])


def test_golden_bytes_hold_every_kind() -> None:
    """A new kind must bring its golden bytes."""
    values = [json.loads(json.loads(line)["value"]) for line in GOLDEN_LINES]
    kinds = {kind.__struct_config__ for kinds in BODY_TYPES.values() for kind in kinds}

    missing = [
        config.tag
        for config in kinds
        if all(value.get(config.tag_field) != config.tag for value in values)
    ]
    assert missing == []


def test_a_receipt_counts_by_its_natural_id() -> None:
    """A till that sends a receipt twice under two ce_ids sends one event."""
    event = till().decode()

    assert event.event_id == "pos:364:3:2025-01-31:4711"
    assert isinstance(event.body, Sale)


def test_a_newer_minor_version_decodes() -> None:
    """Unknown fields are ignored, at every depth."""
    line = {"item_id": "1", "extended_amount_minor": 1, "colour": {"r": [1, None, "x"]}}

    newer = till(line_items=[line], loyalty={"points": 3}).decode()

    older = till(line_items=[{"item_id": "1", "extended_amount_minor": 1}]).decode()
    assert newer == older


def test_an_older_minor_version_decodes() -> None:
    """A record with nothing but what its kind requires is an event."""
    body = click({"event_name": "page_view"}).decode().body

    assert body == PageView(page_location=None, session_id=None)


def test_an_optional_field_may_be_null() -> None:
    """Null says as much as absent."""
    body = click({"event_name": "page_view", "page_title": None}).decode().body

    assert body == PageView()


@pytest.mark.parametrize("key", [None, b""])
def test_a_record_without_key_is_keyless(key: bytes | None) -> None:
    """Without a subject nobody's profile can be meant."""
    with pytest.raises(DecodeError, match="key: expected kind:value, got none") as caught:
        replace(click(), key=key).decode()
    assert caught.value.reason == "keyless"


@pytest.mark.parametrize(
    "key",
    [
        b"customer",
        b"customer:",
        b":1",
        b"person:1",
        b"Customer:1",
        b"customer:1\n",
        b"customer:a b",
        b"customer:a\x00b",
        "customer:a\u0085b".encode(),
        "customer:a\u00a0b".encode(),
        b"customer:" + b"x" * 201,
        b" customer:1",
        b"\x00ledger",
        b"\xff\xfe",
        b"customer:\xed\xa0\x80",
    ],
)
def test_a_key_that_is_no_subject_is_refused(key: bytes) -> None:
    """kind:value, a known kind, 1 to 200 characters, no blanks and no controls, in UTF-8."""
    with pytest.raises(DecodeError, match="key: expected kind:value") as caught:
        replace(click(), key=key).decode()
    assert caught.value.reason == "key"


@pytest.mark.parametrize(
    "subject",
    [
        "customer:1",
        "card:0",
        "device:a:b",
        "email-sha256:00ff",
        "handle:@ada€😀",
        "card:" + "x" * 200,
    ],
)
def test_a_subject_of_each_kind_is_accepted(subject: str) -> None:
    """The event's subject is the key, as it came."""
    assert replace(click(), key=subject.encode()).decode().subject == subject


def test_a_value_at_the_limit_is_decoded_and_one_byte_more_is_not() -> None:
    """The bound is on the value's bytes, and inclusive."""
    record = click()
    length = len(record.value or b"")

    fits = record.decode(Limits(record_bytes_max=length, future_max_ms=0))

    assert fits.event_id == "e-1"
    with pytest.raises(DecodeError, match=f"expected at most {length - 1} bytes, got") as caught:
        record.decode(Limits(record_bytes_max=length - 1, future_max_ms=0))
    assert caught.value.reason == "oversized"


def test_a_time_ahead_is_accepted_up_to_the_bound() -> None:
    """An event may lie `future_max_ms` after its append time, and not a millisecond more."""
    ahead_ms = LIMITS.future_max_ms

    fits = click(append_time_ms=TIME_MS - ahead_ms).decode()

    assert fits.event_time_ms == TIME_MS
    with pytest.raises(DecodeError, match=r"expected at most 1000 ms after .*, got 1001 ms") as no:
        click(append_time_ms=TIME_MS - ahead_ms - 1).decode()
    assert no.value.reason == "future"


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"not json",
        b"{",
        b'{"event_name":"page_view"',
        b'{"event_name":"page_view"}}',
        b'{"event_name":"page_view","page_title":"\xff"}',
        b'{"event_name":"page_view","page_title":"\\ud800"}',
        b'{"event_name":"review","item_id":"a","rating":NaN}',
        b'{"event_name":"review","item_id":"a","rating":Infinity}',
        b'\xef\xbb\xbf{"event_name":"page_view"}',
        b'{"event_name":"page_view","x":' + b"[" * 100_000,
        b'{"x":' * 20_000,
        b'{"event_name":5,"cut":',
    ],
)
def test_what_is_not_json_is_undecodable(value: bytes | None) -> None:
    """Also when the shape breaks before the JSON does."""
    with pytest.raises(DecodeError, match="expected JSON in UTF-8") as caught:
        click(value=value).decode()
    assert caught.value.reason == "undecodable"


@pytest.mark.parametrize("topic", SOURCE_TOPICS)
@given(
    key=st.none() | st.binary() | st.just(b"customer:1"),
    value=st.none() | st.binary(),
    headers=st.none() | st.lists(st.tuples(st.text(), st.none() | st.binary())),
)
def test_any_bytes_decode_or_raise_decode_error(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: list[tuple[str, bytes | None]] | None,
) -> None:
    """No record can crash an agent with anything but DecodeError."""
    record = Record(topic=topic, key=key, value=value, headers=headers)

    with pytest.raises(DecodeError) as caught:
        record.decode()
    assert caught.value.reason in REASONS

"""CloudEvents headers: what is read, and what is refused by name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.envelope import format_time, read_time_ms
from streams.core.errors import DecodeError
from tests.codec.records import TIME_MS, click, cloud_headers, with_headers
from tests.strategies import TIME_MAX_MS, TIME_MIN_MS

TOPIC = "clickstream.event.v1"


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        (b"2025-01-31T10:15:20.123Z", TIME_MS),
        (b"2025-01-31T10:15:20Z", TIME_MS - 123),
        (b"2025-01-31T10:15:20.1Z", TIME_MS - 23),
        (b"2025-01-31T12:15:20.123+02:00", TIME_MS),
        (b"2025-01-31T04:45:20.123-05:30", TIME_MS),
        (b"2025-01-31T10:15:20.123999Z", TIME_MS),
        (b"2025-01-31T10:15:20.123999999Z", TIME_MS),
        (b"2024-02-29T00:00:00Z", 1_709_164_800_000),
        (b"1990-01-01T00:00:00Z", TIME_MIN_MS),
        (b"2099-12-31T23:59:59.999Z", TIME_MAX_MS),
        (b"1989-12-31T23:30:00-00:30", TIME_MIN_MS),
    ],
)
def test_time_is_read_to_the_millisecond_rounded_down(text: bytes, time_ms: int) -> None:
    """RFC 3339 with any offset and up to nine digits of a second."""
    assert read_time_ms(text) == time_ms


@pytest.mark.parametrize(
    "text",
    [
        None,
        b"",
        b"now",
        b"1738318520123",
        b"2025-01-31",
        b"2025-01-31T10:15Z",
        b"2025-01-31T10:15:20",
        b"2025-01-31 10:15:20Z",
        b"2025-01-31t10:15:20z",
        b"2025-01-31T10:15:20.Z",
        b"2025-01-31T10:15:20,5Z",
        b"2025-01-31T10:15:20.1234567890Z",
        b"2025-01-31T10:15:20Z\n",
        b" 2025-01-31T10:15:20Z",
        b"2025-01-31T10:15:20+0200",
        b"2025-01-31T10:15:20+24:00",
        b"2025-01-31T10:15:20+02:60",
        b"2025-02-29T10:15:20Z",
        b"2025-13-01T10:15:20Z",
        b"2025-00-10T10:15:20Z",
        b"2025-01-31T24:00:00Z",
        b"2025-01-31T10:60:00Z",
        b"2016-12-31T23:59:60Z",
        b"0000-01-01T00:00:00Z",
        b"0001-01-01T00:00:00+23:59",
        b"9999-12-31T23:59:59-23:59",
        b"1989-12-31T23:59:59.999Z",
        b"2100-01-01T00:00:00Z",
        "\uff12\uff10\uff12\uff15-01-31T10:15:20Z".encode(),
        b'2025-01-31T10:15:20Z"',
    ],
)
def test_other_text_is_no_time(text: bytes | None) -> None:
    """No guessing: a time without offset, a leap second, a year out of range are refused."""
    assert read_time_ms(text) is None


@given(st.integers(TIME_MIN_MS, TIME_MAX_MS))
def test_a_written_time_reads_back(time_ms: int) -> None:
    """Writing and reading a time gives the same milliseconds."""
    assert read_time_ms(format_time(time_ms)) == time_ms


@given(st.integers(TIME_MIN_MS, TIME_MAX_MS))
def test_a_written_time_is_that_of_the_standard_library(time_ms: int) -> None:
    """To the millisecond, in UTC."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)

    expected = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert format_time(time_ms) == expected.encode()


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2098, 1, 1)),  # noqa: DTZ001  # offset drawn below
    st.integers(-1439, 1439),
)
def test_offsets_agree_with_the_standard_library(moment: datetime, minutes: int) -> None:
    """Reading agrees with `datetime` for every offset and every microsecond."""
    sign = "-" if minutes < 0 else "+"
    text = f"{moment.isoformat(timespec='microseconds')}{sign}{abs(minutes) // 60:02}:"
    text += f"{abs(minutes) % 60:02}"

    since = (
        moment.replace(tzinfo=UTC) - timedelta(minutes=minutes) - datetime(1970, 1, 1, tzinfo=UTC)
    )
    assert read_time_ms(text.encode()) == since // timedelta(milliseconds=1)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_time_in_range_or_none(text: bytes) -> None:
    """Nothing else comes out, whatever goes in."""
    time_ms = read_time_ms(text)

    assert time_ms is None or TIME_MIN_MS <= time_ms <= TIME_MAX_MS


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("specversion", b"0.3", r"'ce_specversion': expected b'1.0', got b'0.3'"),
        ("specversion", None, r"'ce_specversion': expected b'1.0', got null"),
        ("type", b"pos.transaction.v1", r"'ce_type': expected b'clickstream.event.v1', got b'pos"),
        ("type", None, r"'ce_type': expected .*, got null"),
        ("subject", b"customer:2", r"'ce_subject': expected b'customer:1', got b'customer:2'"),
        ("id", b"", r"'ce_id': expected 1 to 200 characters, got nothing"),
        ("id", None, r"'ce_id': expected 1 to 200 characters, got nothing"),
        ("id", b"x" * 201, r"'ce_id': expected 1 to 200 characters, got 201 characters"),
        ("id", b"\xff", r"'ce_id': expected UTF-8, got b'\\xff'"),
        ("source", b"", r"'ce_source': expected 1 to 2048 characters, got nothing"),
        ("source", b"x" * 2_049, r"'ce_source': expected 1 to 2048 characters, got 2049 char"),
        ("source", b"\xc0\x80", r"'ce_source': expected UTF-8"),
        ("time", b"yesterday", r"'ce_time': expected an RFC 3339 time .*, got b'yesterday'"),
        ("time", None, r"'ce_time': expected an RFC 3339 time .*, got null"),
    ],
)
def test_a_wrong_header_is_named(name: str, value: bytes | None, message: str) -> None:
    """The message says which header, what was expected and what came."""
    record = with_headers(click(), cloud_headers(TOPIC, **{name: value}))

    with pytest.raises(DecodeError, match=message) as caught:
        record.decode()
    assert caught.value.reason == "envelope"


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"])
def test_a_missing_header_is_named(name: str) -> None:
    """Each required header is required."""
    headers = cloud_headers(TOPIC)
    del headers[name]

    with pytest.raises(DecodeError, match=f"header '{name}'") as caught:
        with_headers(click(), headers).decode()
    assert caught.value.reason == "envelope"


@pytest.mark.parametrize("headers", [None, []])
def test_no_headers_at_all_are_refused(headers: list[tuple[str, bytes]] | None) -> None:
    """A record without headers is no CloudEvent."""
    with pytest.raises(DecodeError, match="ce_specversion"):
        replace(click(), headers=headers).decode()


@pytest.mark.parametrize(
    "media_type",
    [b"application/json", b"application/json; charset=utf-8", b"Application/JSON ;a=b", None, b""],
)
def test_json_is_accepted_however_it_is_written(media_type: bytes | None) -> None:
    """Parameters and case of the media type do not matter; absent means JSON."""
    headers = cloud_headers(TOPIC) | {"content-type": media_type}

    assert with_headers(click(), headers).decode().event_id == "e-1"


@pytest.mark.parametrize(
    "media_type", [b"application/cloudevents+json", b"application/avro", b"text/json", b"\xff"]
)
def test_other_media_types_are_refused(media_type: bytes) -> None:
    """Structured mode and other formats are not ours to guess."""
    headers = cloud_headers(TOPIC) | {"content-type": media_type}

    with pytest.raises(DecodeError, match="'content-type': expected b'application/json'"):
        with_headers(click(), headers).decode()


def test_a_subject_header_equal_to_the_key_is_accepted() -> None:
    """`ce_subject` may repeat the key."""
    record = with_headers(click(), cloud_headers(TOPIC, subject=b"customer:1"))

    assert record.decode().subject == "customer:1"


def test_a_doubled_envelope_header_is_refused() -> None:
    """Two ids would make two readers count differently."""
    record = click()
    doubled = replace(record, headers=[*(record.headers or ()), ("ce_id", b"e-2")])

    with pytest.raises(DecodeError, match="'ce_id': expected one, got two"):
        doubled.decode()


def test_doubled_foreign_headers_are_ignored() -> None:
    """Kafka allows doubled headers; tracing uses them."""
    record = click()
    traced = replace(record, headers=[("trace", b"1"), *(record.headers or ()), ("trace", None)])

    assert traced.decode().event_id == "e-1"

"""The schemas of keys and headers say what the code writes and refuse what it refuses."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.envelope import Headers, Ways
from streams.codec.outputs import dead_letter_headers, forward_headers
from streams.codec.reasons import REASONS
from streams.core.errors import DecodeError
from streams.core.events import BODY_TYPES, SOURCE_TOPICS
from tests.codec.records import FORWARD_HEADERS, click, cloud_headers, forwarded, with_headers
from tests.codec.schema_files import SCHEMAS, VALIDATORS

CLICK = "clickstream.event.v1"
KEYS = ["customer", "person:1", "customer:", "card:a b", "card:1\n", "card:" + "x" * 201, ""]


def shown(headers: Headers) -> dict[str, str]:
    """Headers as the schemas describe them: name -> text."""
    return {name: (value or b"").decode() for name, value in headers}


def as_bytes(headers: dict[str, str]) -> dict[str, bytes | None]:
    """The other way round, for an example of a schema."""
    return {name: text.encode() for name, text in headers.items()}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_the_schema_refuses_the_code_refuses(key: str) -> None:
    """Subjects have one pattern."""
    assert not VALIDATORS["subject.v1"].is_valid(key)
    with pytest.raises(DecodeError, match="key: expected kind:value"):
        replace(click(), key=key.encode()).decode()


@pytest.mark.parametrize("key", SCHEMAS["subject.v1"]["examples"])
def test_an_example_of_a_key_is_a_subject(key: str) -> None:
    """One example of each kind, and the code takes them all."""
    assert replace(click(), key=key.encode()).decode().subject == key


@pytest.mark.parametrize("example", SCHEMAS["cloudevents.headers.v1"]["examples"][:1])
def test_an_example_of_headers_is_read(example: dict[str, str]) -> None:
    """What the schema shows is enough for an event."""
    assert with_headers(click(), as_bytes(example)).decode().event_id == example["ce_id"]


@pytest.mark.parametrize("example", SCHEMAS["identity.forward.headers.v1"]["examples"])
def test_an_example_of_forward_headers_is_read(example: dict[str, str]) -> None:
    """What the schema shows is enough for a forwarded event."""
    record = with_headers(forwarded(), as_bytes(example))

    assert record.decode().topic == CLICK


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ce_specversion", "0.3"),
        ("ce_id", ""),
        ("ce_id", "x" * 201),
        ("ce_source", ""),
        ("ce_source", "x" * 2_049),
        ("ce_type", "orders.v1"),
        ("ce_time", "2025-01-31"),
        ("ce_time", "2025-01-31T10:15:20"),
        ("ce_time", "2025-01-31T10:15:20Z\n"),
        ("content-type", "application/cloudevents+json"),
        ("content-type", "application/jsonx"),
    ],
)
def test_headers_that_the_schema_refuses_the_code_refuses(name: str, text: str) -> None:
    """One header wrong at a time."""
    headers = cloud_headers(CLICK) | {name: text.encode()}

    assert not VALIDATORS["cloudevents.headers.v1"].is_valid(shown(list(headers.items())))
    with pytest.raises(DecodeError, match=f"header '{name}'"):
        with_headers(click(), headers).decode()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("streams_topic", "identity.forward.v1"),
        ("streams_partition", "-1"),
        ("streams_offset", "1e3"),
        ("streams_hops", "0"),
        ("streams_hops", "4"),
        ("streams_returns", "10"),
        ("streams_returns", "x"),
        ("streams_key", ""),
    ],
)
def test_forward_headers_that_the_schema_refuses_the_code_refuses(name: str, text: str) -> None:
    """One header wrong at a time."""
    record = forwarded(**{name: text.encode()})

    assert not VALIDATORS["identity.forward.headers.v1"].is_valid(shown(record.headers or ()))
    with pytest.raises(DecodeError, match=r"streams_|hops|returns"):
        record.decode()


@pytest.mark.parametrize("name", FORWARD_HEADERS)
def test_the_schema_requires_every_forward_header(name: str) -> None:
    """As the code does."""
    headers = shown([pair for pair in forwarded().headers or () if pair[0] != name])

    assert not VALIDATORS["identity.forward.headers.v1"].is_valid(headers)


@given(
    topic=st.sampled_from(list(BODY_TYPES)),
    partition=st.integers(0, 9_999),
    offset=st.integers(0, 10**18 - 1),
    come=st.builds(Ways, st.integers(1, 3), st.integers(0, 9))
    | st.builds(Ways, st.just(0), st.integers(1, 9)),
)
def test_written_forward_headers_validate(
    topic: str, partition: int, offset: int, come: Ways
) -> None:
    """What the code writes, the schema allows."""
    original = list(cloud_headers(topic).items())

    headers = forward_headers(
        original, topic=topic, partition=partition, offset=offset, key=b"card:1", come=come
    )

    VALIDATORS["identity.forward.headers.v1"].validate(shown(headers))


@given(
    topic=st.sampled_from(SOURCE_TOPICS),
    offset=st.integers(0, 10**18 - 1),
    reason=st.sampled_from(sorted(REASONS)),
    what=st.text(),
)
def test_written_dead_letter_headers_validate(
    topic: str, offset: int, reason: str, what: str
) -> None:
    """What the code writes, the schema allows."""
    error = DecodeError(reason=reason, what=what)

    headers = dead_letter_headers(None, topic=topic, partition=0, offset=offset, error=error)

    VALIDATORS["dead-letter.headers.v1"].validate(shown(headers))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("product.catalogue.v1", {"version": "1", "valid_from": "2025-01-31T00:00:00Z"}),
        ("product.catalogue.v1", {"version": "current", "rows_count": 1}),
        ("offer.catalogue.v1", {"version": "1", "file": "offers.yaml", "text": ""}),
        ("model.snapshot.v1", {"version": "1", "valid_from": "soon", "rows_count": 1}),
        ("stock.level.v1", {"item_id": "a", "as_of": "2025-01-31T00:00:00Z"}),
        ("profile-changelog.key.v1", "\x00other"),
        ("profile-changelog.ledger.v1", {"format": 2}),
        ("identity.forward.v1", {"event_name": "nap"}),
    ],
)
def test_a_row_that_breaks_its_rules_is_refused(name: str, value: Any) -> None:
    """Schemas of topics that no code reads yet still say no."""
    assert not VALIDATORS[name].is_valid(value)

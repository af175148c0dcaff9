"""A forwarded event stays the event it was, and cannot be forwarded for ever."""

from dataclasses import replace

import pytest

from streams.codec.envelope import RETURNS_MAX, Forward, Headers, Ways, read_forward, ways
from streams.codec.outputs import forward_headers
from streams.core.errors import DecodeError
from streams.core.events import FORWARD_TOPIC, PageView
from streams.core.identity.policy import HOPS_MAX
from tests.codec.records import FORWARD_HEADERS, Record, click, forwarded

ONCE = Ways(hops=1)


def forward(record: Record, *, subject: str, come: Ways, offset: int = 7) -> Record:
    """The record that forwards `record` to `subject`."""
    headers: Headers = forward_headers(
        record.headers,
        topic=record.topic,
        partition=2,
        offset=offset,
        key=record.key or b"",
        come=come,
    )
    return replace(record, topic=FORWARD_TOPIC, key=subject.encode(), headers=headers)


def test_a_forwarded_event_differs_in_its_subject_alone() -> None:
    """Original topic, id, time and body; the subject is the one it was forwarded to."""
    original = click(key=b"device:1")

    event = forward(original, subject="customer:1", come=ONCE).decode()

    assert event == replace(original, key=b"customer:1").decode()
    assert (event.topic, event.body) == ("clickstream.event.v1", PageView())


def test_where_an_event_first_came_from_stays() -> None:
    """Three hops later the headers still name the source record; only the count moved."""
    first = forward(click(key=b"device:1"), subject="card:2", come=ONCE)
    second = forward(first, subject="card:3", come=ways(first.headers).on(), offset=8)

    third = forward(second, subject="customer:1", come=ways(second.headers).on(), offset=9)

    assert read_forward(third.headers) == Forward(
        topic="clickstream.event.v1", partition=2, offset=7, key=b"device:1", ways=Ways(3)
    )
    assert third.decode().subject == "customer:1"
    assert len(third.headers or ()) == len(first.headers or ())


def test_a_fourth_hop_is_refused_when_forwarding() -> None:
    """A cycle of links ends as a dead letter."""
    with pytest.raises(DecodeError, match="expected at most 3 hops, got 4") as caught:
        Ways(HOPS_MAX).on()
    assert caught.value.reason == "hops"


def test_a_fourth_hop_is_refused_when_decoding() -> None:
    """Whoever wrote it."""
    with pytest.raises(DecodeError, match="expected at most 3 hops, got 4") as caught:
        forwarded(streams_hops=b"4").decode()
    assert caught.value.reason == "hops"


def test_what_is_sent_back_starts_anew() -> None:
    """Its subject left a person while it was on its way; the count of that is kept."""
    far = forward(click(key=b"device:1"), subject="customer:1", come=Ways(HOPS_MAX))

    back = forward(far, subject="device:1", come=ways(far.headers).on(returns=True))
    again = forward(back, subject="customer:2", come=ways(back.headers).on())

    assert read_forward(back.headers).ways == Ways(0, 1)
    assert read_forward(again.headers).ways == Ways(1, 1)
    assert again.decode().subject == "customer:2"


def test_what_is_sent_back_for_ever_is_refused() -> None:
    """When it is sent, and when somebody sent it nevertheless."""
    for refused in (
        lambda: Ways(1, RETURNS_MAX).on(returns=True),
        lambda: forwarded(streams_returns=b"10").decode(),
    ):
        with pytest.raises(DecodeError, match="expected at most 9 returns, got 10") as caught:
            refused()
        assert caught.value.reason == "hops"


def test_a_source_record_has_no_hops() -> None:
    """Only forwarded events carry the count."""
    assert ways(click().headers) == Ways()
    assert ways(None) == Ways()


def test_stray_forward_headers_of_a_producer_are_replaced() -> None:
    """A source record cannot claim to come from elsewhere."""
    liar = click(
        headers=[*(click().headers or ()), ("streams_offset", b"99"), ("streams_returns", b"2")]
    )

    first = forward(liar, subject="customer:2", come=ONCE)

    assert read_forward(first.headers).offset == 7
    assert read_forward(first.headers).ways == ONCE
    assert first.decode().subject == "customer:2"


@pytest.mark.parametrize("count", [b"3", b"x", None])
def test_a_source_record_with_a_count_of_hops_is_refused(count: bytes | None) -> None:
    """The count is ours; one that a producer set would end its events when they are forwarded."""
    liar = click(headers=[*(click().headers or ()), ("streams_hops", count)])

    with pytest.raises(DecodeError, match="'streams_hops': expected none, got") as caught:
        liar.decode()
    assert caught.value.reason == "envelope"


@pytest.mark.parametrize("name", list(FORWARD_HEADERS))
def test_a_missing_forward_header_is_named(name: str) -> None:
    """A record of the forward topic that nobody of ours wrote is a dead letter."""
    with pytest.raises(DecodeError, match=f"header '{name}'") as caught:
        forwarded(**{name: None}).decode()
    assert caught.value.reason == "envelope"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("streams_topic", b"identity.forward.v1", "expected a source topic"),
        ("streams_topic", b"orders", "expected a source topic, got 'orders'"),
        ("streams_hops", b"0", "expected 1 to 3, got 0"),
        ("streams_hops", b"-1", "expected an integer >= 0"),
        ("streams_hops", b"one", "expected an integer >= 0"),
        ("streams_returns", b"", "expected an integer >= 0"),
        ("streams_partition", b"1.5", "expected an integer >= 0"),
        ("streams_offset", b"9" * 19, "expected an integer >= 0"),
        ("streams_key", b"", "expected the original key"),
        ("ce_subject", b"device:other", "expected b'device:8c4e', got b'device:other'"),
        ("ce_type", b"pos.transaction.v1", "expected b'clickstream.event.v1'"),
    ],
)
def test_a_wrong_forward_header_is_named(name: str, value: bytes, message: str) -> None:
    """The message says which header, what was expected and what came."""
    with pytest.raises(DecodeError, match=f"header '{name}': {message}") as caught:
        forwarded(**{name: value}).decode()
    assert caught.value.reason == "envelope"


def test_a_doubled_forward_header_is_refused() -> None:
    """Two counts of hops would hide a cycle."""
    record = forwarded()
    doubled = replace(record, headers=[*(record.headers or ()), ("streams_hops", b"1")])

    with pytest.raises(DecodeError, match="'streams_hops': expected one, got two"):
        doubled.decode()


def test_hops_of_a_broken_count_is_refused() -> None:
    """The count is read as strictly as when decoding."""
    with pytest.raises(DecodeError, match="streams_hops"):
        ways([("streams_hops", None)])

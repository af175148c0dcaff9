"""Exchanges between partitions, as records of the forward topic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.exchanges import WAYS_MAX, decode_exchange, encode_exchange, is_exchange
from streams.codec.rows import encode_row
from streams.core.errors import DecodeError
from streams.core.identity.links import Link
from streams.core.identity.routing import Exchange, Send
from streams.core.profile.profile import Profile, new_profile
from tests.codec.schema_files import VALIDATORS

ANN, PHONE = "customer:ann", "device:phone"
PARTS = st.sampled_from([None, new_profile(PHONE)])


def said(part: Profile | None = None) -> tuple[bytes, bytes, list[tuple[str, bytes | None]]]:
    """Key, value and headers of a join."""
    value, headers = encode_exchange(Send(Exchange.JOIN, ANN, PHONE, part, "login", 7, "card:1"), 2)
    return ANN.encode(), value, headers


@given(st.sampled_from(Exchange), PARTS, st.integers(0, 2**60), st.integers(1, WAYS_MAX))
def test_what_is_said_is_read(
    exchange: Exchange, part: Profile | None, since_ms: int, hops: int
) -> None:
    """decode(encode(x)) == x, with the number of its ways."""
    send = Send(exchange, ANN, PHONE, part, "login", since_ms, "card:1")

    value, headers = encode_exchange(send, hops)

    assert is_exchange(headers)
    assert decode_exchange(ANN.encode(), value, headers) == (send, hops)


@given(st.sampled_from(Exchange), st.integers(0, 2**59), st.integers(1, WAYS_MAX))
def test_what_is_said_is_in_the_words_of_the_schema(
    exchange: Exchange, since_ms: int, hops: int
) -> None:
    """Header by header."""
    _, headers = encode_exchange(Send(exchange, ANN, PHONE, None, "login", since_ms), hops)

    shown = {name: (text or b"").decode() for name, text in headers}
    VALIDATORS["identity.exchange.headers.v1"].validate(shown)


def test_an_event_is_no_exchange() -> None:
    """Whatever its headers are."""
    assert not is_exchange([("ce_id", b"1")])
    assert not is_exchange(None)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("streams_exchange", b"steal", "header 'streams_exchange'"),
        ("streams_since", b"yesterday", "header 'streams_since'"),
        ("streams_hops", b"-1", "header 'streams_hops'"),
        ("streams_subject", b"nobody", "header 'streams_subject'"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(name: str, text: bytes, expected: str) -> None:
    """With its name; the record becomes a dead letter."""
    key, value, headers = said()

    with pytest.raises(DecodeError, match=expected) as caught:
        decode_exchange(key, value, [pair for pair in headers if pair[0] != name] + [(name, text)])

    assert caught.value.reason == "envelope"


@pytest.mark.parametrize(
    ("value", "got"), [(b"P\x09", "row begins"), (encode_row(Link(ANN, 1, "x")), "another row")]
)
def test_a_part_that_is_no_profile_is_refused(value: bytes, got: str) -> None:
    """Nothing of it reaches a row."""
    key, _, headers = said()

    with pytest.raises(DecodeError, match=got) as caught:
        decode_exchange(key, value, headers)

    assert caught.value.reason == "undecodable"


def test_too_many_ways_are_refused() -> None:
    """A chain of people that long is a mistake."""
    with pytest.raises(DecodeError) as caught:
        encode_exchange(Send(Exchange.LEAVE, ANN, PHONE), WAYS_MAX + 1)

    assert caught.value.reason == "hops"

"""Offers and decisions survive the wire; dead letters keep what they were."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.codec.outputs import (
    DETAIL_BYTES_MAX,
    DLQ_HEADERS,
    dead_letter_headers,
    decode_decision,
    decode_offer,
    encode_decision,
    encode_offer,
    offer_topic,
    strip_dead_letter_headers,
)
from streams.core.decide.record import DecisionRecord, OfferMessage
from streams.core.errors import DecodeError
from streams.core.events import CHANNELS
from tests.codec.records import TIME_MS, click
from tests.strategies import decisions, offers

ERROR = DecodeError(reason="schema", what="decoding a record of x: field 'y'", got="5")
headers_lists = st.lists(st.tuples(st.text(max_size=9), st.none() | st.binary(max_size=9)))


@given(offers())
def test_an_encoded_offer_decodes_to_itself(offer: OfferMessage) -> None:
    """decode(encode(x)) == x."""
    value, _ = encode_offer(offer, TIME_MS)

    assert decode_offer(value) == offer


@settings(max_examples=50)  # views are large
@given(decisions())
def test_an_encoded_decision_decodes_to_itself(decision: DecisionRecord) -> None:
    """decode(encode(x)) == x, the same record gives the same bytes, and is named by its id."""
    value, headers = encode_decision(decision)

    assert decode_decision(value) == decision
    assert encode_decision(decode_decision(value)) == (value, headers)
    assert ("ce_id", decision.decision_id.encode()) in headers
    assert ("ce_type", b"decision.log.v1") in headers


@given(offers())
def test_an_offer_has_the_envelope_of_its_topic(offer: OfferMessage) -> None:
    """Two messages about one offer have two ids; the type is the topic of its channel."""
    _, headers = encode_offer(offer, TIME_MS)

    assert headers == [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"{offer.offer_id}:{offer.action.value}".encode()),
        ("ce_source", b"/streams"),
        ("ce_type", f"offer.{offer.channel}.v1".encode()),
        ("ce_time", b"2025-01-31T10:15:20.123Z"),
        ("ce_subject", offer.subject.encode()),
        ("content-type", b"application/json"),
    ]


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel_has_its_topic(channel: str) -> None:
    """offer.<channel>.v1."""
    assert offer_topic(channel) == f"offer.{channel}.v1"


@pytest.mark.parametrize(
    ("value", "reason"), [(b"", "undecodable"), (b"{", "undecodable"), (b"{}", "schema")]
)
def test_what_is_no_output_is_refused(value: bytes, reason: str) -> None:
    """Commands that read outputs get the same error as the worker reading sources."""
    with pytest.raises(DecodeError, match=r"decoding a record of offer.<channel>.v1") as offer:
        decode_offer(value)
    with pytest.raises(DecodeError, match=r"decoding a record of decision.log.v1") as decision:
        decode_decision(value)

    assert [offer.value.reason, decision.value.reason] == [reason, reason]


def test_a_dead_letter_keeps_its_headers_and_says_why() -> None:
    """Original headers first, as they came; then reason, sentence and place."""
    headers = dead_letter_headers(
        [("ce_id", b"1"), ("x", None), ("x", b"\xff")],
        topic="pos.transaction.v1",
        partition=3,
        offset=120_045,
        error=ERROR,
    )

    assert headers == [
        ("ce_id", b"1"),
        ("x", None),
        ("x", b"\xff"),
        ("dlq_reason", b"schema"),
        ("dlq_detail", b"decoding a record of x: field 'y': got 5"),
        ("dlq_topic", b"pos.transaction.v1"),
        ("dlq_partition", b"3"),
        ("dlq_offset", b"120045"),
    ]


@given(headers_lists)
def test_stripping_gives_the_original_headers_back(
    original: list[tuple[str, bytes | None]],
) -> None:
    """A retried dead letter is the record that it was; names of ours were nobody else's."""
    kept = [(name, value) for name, value in original if name not in DLQ_HEADERS]
    headers = dead_letter_headers(original, topic="t", partition=0, offset=1, error=ERROR)

    assert strip_dead_letter_headers(headers) == kept


def test_a_second_death_replaces_the_first_reason() -> None:
    """A record that was retried unstripped carries one reason: the last."""
    first = dead_letter_headers(None, topic="t", partition=0, offset=1, error=ERROR)

    second = dead_letter_headers(first, topic="t", partition=2, offset=9, error=ERROR)

    assert second == dead_letter_headers(None, topic="t", partition=2, offset=9, error=ERROR)


def test_no_headers_strip_to_none() -> None:
    """A dead letter without headers is possible for a reader of any topic."""
    assert strip_dead_letter_headers(None) == []


def test_a_long_sentence_is_cut_at_a_character() -> None:
    """The room for headers is bounded, and what is there is UTF-8."""
    error = DecodeError(reason="schema", what="€" * DETAIL_BYTES_MAX)

    headers = dict(dead_letter_headers(None, topic="t", partition=0, offset=1, error=error))

    detail = headers["dlq_detail"]
    assert detail == ("€" * (DETAIL_BYTES_MAX // 3)).encode()


def test_a_real_refusal_becomes_a_dead_letter() -> None:
    """The reason in the header is the plain word of the closed set."""
    with pytest.raises(DecodeError) as caught:
        click(value=b"no").decode()

    headers = dict(dead_letter_headers(None, topic="t", partition=0, offset=1, error=caught.value))
    assert headers["dlq_reason"] == b"undecodable"

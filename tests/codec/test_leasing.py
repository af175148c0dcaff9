"""Exchanges about tokens, as records of the forward topic; and the rows that hold them."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.leasing import decode_said, encode_said, is_leasing
from streams.codec.rows import decode_row, encode_row
from streams.core.errors import DecodeError
from streams.core.leases.limits import TOKENS_MAX
from streams.core.leases.rows import Held, HeldOffer, Known, Lease, LeaseRow
from streams.core.leases.saying import Said, Verb
from tests.codec.schema_files import VALIDATORS

GOLDEN = Path(__file__).parents[1] / "golden"
SAID = Said(verb=Verb.ASK, name="stock:tea", sender=1, window=0, tokens=2)
ROWS: dict[str, LeaseRow] = {
    "lease": Lease(
        window=20_114,
        at_hand=7,
        used=3,
        lot=10,
        asked=True,
        again_ms=1_738_318_520_100,
        waited_ms=1_000,
        tight=True,
        base=61.25,
        out={20_113: {0: 5}, 20_114: {0: 10, 3: 2}},
        recall_ms=1_738_318_520_200,
        recall_waited_ms=2_000,
    ),
    "held": Held(offers={"0f34": HeldOffer("tea", 1, 150)}),
    "known": Known(limits={"capacity:store/86400000": 40, "stock:tea": 300}),
}
"""What the golden rows `<name>.v1.row` were written from."""


@given(
    st.sampled_from(Verb),
    st.sampled_from(["stock:tea", "capacity:store/86400000"]),
    st.integers(0, 3),
    st.integers(0, 2**40),
    st.integers(0, TOKENS_MAX),
)
def test_what_is_said_is_read(verb: Verb, name: str, sender: int, window: int, tokens: int) -> None:
    """decode(encode(x)) == x, in the words of the schema."""
    said = Said(verb=verb, name=name, sender=sender, window=window, tokens=tokens)

    key, value, headers = encode_said(said)

    assert is_leasing(headers)
    assert decode_said(key, value, 4) == said
    VALIDATORS["identity.lease.v1"].validate(msgspec.json.decode(value))


@pytest.mark.parametrize("headers", [None, [], [("streams_exchange", b"join")]])
def test_other_records_are_not_about_tokens(
    headers: list[tuple[str, bytes | None]] | None,
) -> None:
    """The header says it."""
    assert not is_leasing(headers)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (b"\x00lease:stock:tea", None, "schema"),
        (b"\x00lease:stock:tea", b"\xff", "schema"),
        (b"\x00lease:stock:tea", b'{"verb": "take"}', "schema"),
        (b"\x00lease:stock:tea", msgspec.json.encode(SAID).replace(b":1", b":4"), "schema"),
        (b"\x00lease:stock:tea", msgspec.json.encode(SAID).replace(b":2", b":-2"), "schema"),
        (b"\x00lease:stock:tea", msgspec.json.encode(SAID).replace(b":0", b":-1"), "schema"),
        (b"\x00lease:stock:other", msgspec.json.encode(SAID), "key"),
        (None, msgspec.json.encode(SAID), "key"),
    ],
)
def test_what_says_nothing_is_refused(key: bytes | None, value: bytes | None, reason: str) -> None:
    """It becomes a dead letter."""
    with pytest.raises(DecodeError) as caught:
        decode_said(key, value, 4)

    assert caught.value.reason == reason


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(value: bytes) -> None:
    """No record can end a worker."""
    with pytest.raises(DecodeError):
        decode_said(b"\x00lease:stock:tea", value, 4)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_holds_tokens_decodes(name: str) -> None:
    """Golden bytes of the first format."""
    golden = (GOLDEN / f"{name}.v1.row").read_bytes()

    assert decode_row(golden) == ROWS[name]
    assert encode_row(ROWS[name]) == golden

"""Large decisions in the log: less than 4 kB, the same decision, and nothing that lies."""

import binascii
import zlib

import msgspec
import pytest
from hypothesis import given, settings

from streams.codec.outputs import decode_decision, encode_decision
from streams.codec.packed import (
    INFLATED_BYTES_MAX,
    PLAIN_BYTES_MAX,
    PackedDecision,
    pack,
    read_packed,
    unpack,
)
from streams.core.decide.record import DecisionRecord
from streams.core.decide.view import ItemFact
from streams.core.errors import DecodeError
from streams.core.profile.profile import new_profile
from tests.strategies import decisions
from tests.strategies_profiles import event, run, view


def small() -> DecisionRecord:
    """One real decision."""
    (result,) = run(new_profile("customer:1"), [event("a", view())])
    assert result.decision is not None
    return result.decision


def of_size(plain_bytes: int) -> DecisionRecord:
    """That decision, about an item with so long a name that its JSON has `plain_bytes`."""
    made = small()
    missing = plain_bytes - len(msgspec.json.encode(named(made, "")))
    return named(made, "n" * missing)


def named(made: DecisionRecord, name: str) -> DecisionRecord:
    """`made` with an item of this name in the cart."""
    item = ItemFact("sku", None, None, None, name)
    return msgspec.structs.replace(made, view=msgspec.structs.replace(made.view, cart=(item,)))


def repacked(plain: bytes) -> bytes:
    """A packed `small` with other bytes inside."""
    made = small()
    value = msgspec.json.decode(pack(made, msgspec.json.encode(made)), type=PackedDecision)
    text = binascii.b2a_base64(plain, newline=False).decode()
    return msgspec.json.encode(msgspec.structs.replace(value, deflated=text))


@settings(max_examples=50)  # views are large
@given(decisions())
def test_a_packed_decision_decodes_to_itself(decision: DecisionRecord) -> None:
    """Whatever its size: inside is the very JSON that a plain one would be."""
    plain = msgspec.json.encode(decision)

    packed = pack(decision, plain)

    assert unpack(packed) == plain
    assert decode_decision(packed) == decision
    assert unpack(plain) == plain


@pytest.mark.parametrize(("extra", "packs"), [(0, False), (1, True)])
def test_a_decision_is_packed_above_the_bound(extra: int, packs: bool) -> None:  # noqa: FBT001  # a case of the table
    """4,096 bytes are logged as they are, one more is not."""
    decision = of_size(PLAIN_BYTES_MAX + extra)

    value, _ = encode_decision(decision)

    assert (read_packed(value) is not None) is packs
    assert len(value) <= PLAIN_BYTES_MAX
    assert unpack(value) == msgspec.json.encode(decision)
    assert decode_decision(value) == decision


def test_a_decision_of_the_releases_before_is_read_however_large() -> None:
    """They logged every decision plain."""
    decision = of_size(2 * PLAIN_BYTES_MAX)

    assert decode_decision(msgspec.json.encode(decision)) == decision


def test_a_packed_decision_says_plainly_whose_it_is_and_what_came_of_it() -> None:
    """What finds a decision can be read without inflating it."""
    decision = of_size(PLAIN_BYTES_MAX + 1)

    packed = read_packed(encode_decision(decision)[0])

    assert packed is not None
    assert msgspec.structs.astuple(packed)[:5] == (
        decision.decision_id,
        decision.subject,
        decision.decision_time_ms,
        decision.policy_version,
        decision.result,
    )


def test_an_item_called_deflated_packs_nothing() -> None:
    """A plain record may hold that word as a key."""
    made = small()
    bought = msgspec.structs.replace(made.view, refused={"deflated": 1})
    named_so = msgspec.structs.replace(made, view=bought)
    value = msgspec.json.encode(named_so).replace(b'"deflated":1', b'"deflated":"1"')

    assert read_packed(value) is None
    assert decode_decision(msgspec.json.encode(named_so)) == named_so


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (b"not deflated", "undecodable"),
        (zlib.compress(b"{}")[:-3], "undecodable"),
        (zlib.compress(b"{}") + b"more", "undecodable"),
        (zlib.compress(b" " * (INFLATED_BYTES_MAX + 1)), "undecodable"),
        (zlib.compress(b"{"), "undecodable"),
        (zlib.compress(b"{}"), "schema"),
        (zlib.compress(repacked(b"x")), "schema"),
    ],
)
def test_what_is_damaged_inside_is_refused(inside: bytes, reason: str) -> None:
    """A bomb, a cut, a second one inside the first: an error with a reason, nothing else."""
    with pytest.raises(DecodeError) as caught:
        decode_decision(repacked(inside))

    assert caught.value.reason == reason


def test_text_that_is_no_base64_is_refused() -> None:
    """With the field that holds it."""
    value = repacked(b"").replace(b'"deflated":""', '"deflated":"é"'.encode())

    with pytest.raises(DecodeError, match="field 'deflated'"):
        decode_decision(value)


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("decision_id", "0" * 32),
        ("subject", "customer:2"),
        ("decision_time_ms", 1),
        ("policy_version", "another"),
        ("result", "holdout"),
    ],
)
def test_a_packed_decision_that_contradicts_itself_is_refused(field: str, other: object) -> None:
    """Whoever reads only the plain fields must not be told something else."""
    made = small()
    document = msgspec.json.decode(pack(made, msgspec.json.encode(made)))

    with pytest.raises(DecodeError, match="another decision than the fields beside it name"):
        decode_decision(msgspec.json.encode(document | {field: other}))

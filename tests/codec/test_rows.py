"""Rows of the table: equal rows give equal bytes, and bytes once written decode for ever."""

import zlib
from copy import deepcopy

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.rows import FORMAT, PLAIN_BYTES_MAX, decode_row, encode_row, tally_key
from streams.core.errors import ProfileVersionError
from streams.core.events import Event
from streams.core.profile.articles import Articles
from streams.core.profile.profile import Joined, Profile, new_profile
from tests.codec.golden_rows import (
    GOLDEN,
    LINK,
    as_of_5,
    crowded,
    erased_profile,
    golden_profile,
    golden_tally,
    timed_profile,
    waiting_profile,
)
from tests.strategies_profiles import (
    FEW,
    HOUR_MS,
    MANY,
    NOON,
    anything,
    event,
    run,
    void,
)


def test_a_row_of_format_1_decodes_with_what_it_knew() -> None:
    """Golden bytes of the first release: counts, money and words are those of the same events."""
    older = decode_row((GOLDEN / "profile.v1.row").read_bytes())
    today = as_of_5(golden_profile())

    assert isinstance(older, Profile)
    assert (older.counts, older.cart, older.recent_ids) == (
        today.counts,
        today.cart,
        today.recent_ids,
    )
    assert older.buying.purchases == today.buying.purchases
    assert older.buying.spend["EUR"].lifetime_minor == today.buying.spend["EUR"].lifetime_minor
    assert older.buying.first_purchase_ms == today.buying.first_purchase_ms
    assert older.buying.days == today.buying.days
    assert older.contact.consents == today.contact.consents


def test_a_row_of_format_1_is_written_in_the_latest_at_the_next_fold() -> None:
    """And goes on as it would have: a void finds the receipt that format 1 remembered."""
    older = decode_row((GOLDEN / "profile.v1.row").read_bytes())
    assert isinstance(older, Profile)
    before_minor = older.buying.spend["EUR"].lifetime_minor

    run(older, [event("late void", void(6, 1), NOON + 20 * HOUR_MS)])

    assert older.buying.spend["EUR"].lifetime_minor == before_minor - 1_250
    assert "tea" not in older.categories.traits
    assert encode_row(older)[:2] == b"P\x08"
    assert decode_row(encode_row(older)) == older


def test_a_row_of_the_latest_format_decodes_to_what_was_written() -> None:
    """Golden bytes: equal rows, equal bytes; a change here needs a new format."""
    row = (GOLDEN / "profile.v8.row").read_bytes()

    assert decode_row(row) == waiting_profile()
    assert encode_row(waiting_profile()) == row
    assert encode_row(LINK) == (GOLDEN / "link.v4.row").read_bytes()
    assert encode_row(golden_tally()) == (GOLDEN / "tally.v2.row").read_bytes()


@pytest.mark.parametrize("version", [2, 3])
def test_a_row_of_an_earlier_format_decodes(version: int) -> None:
    """Golden bytes: 2 linked nobody, 3 knew no trials; nothing else is missing."""
    today = as_of_5(golden_profile())
    today.contact.trials.clear()

    assert decode_row((GOLDEN / f"profile.v{version}.row").read_bytes()) == today


def test_a_row_of_format_4_decodes() -> None:
    """Golden bytes: it erased nobody, and knew no departments; nothing else is missing."""
    assert decode_row((GOLDEN / "profile.v4.row").read_bytes()) == as_of_5(timed_profile())


def test_a_row_of_format_5_decodes() -> None:
    """Golden bytes, plain and deflated: its cart knew no departments; nothing else is missing."""
    row = (GOLDEN / "profile.v5.row").read_bytes()

    assert decode_row(row) == as_of_5(erased_profile())
    assert decode_row(b"D\x05" + zlib.compress(row[2:])) == as_of_5(erased_profile())


def test_a_row_of_format_6_decodes() -> None:
    """Golden bytes, plain and deflated: its articles are those of its purchases."""
    row = (GOLDEN / "profile.v6.row").read_bytes()

    assert decode_row(row) == erased_profile()
    assert decode_row(b"D\x06" + zlib.compress(row[2:])) == erased_profile()


def test_a_row_of_format_7_decodes() -> None:
    """Golden bytes, plain and deflated: what waits knew neither terms nor outlet."""
    row = (GOLDEN / "profile.v7.row").read_bytes()

    assert decode_row(row) == erased_profile()
    assert decode_row(b"D\x07" + zlib.compress(row[2:])) == erased_profile()


def test_the_parts_of_an_earlier_row_know_their_articles_too() -> None:
    """Each by its own purchases; one that was compacted has none."""
    profile = golden_profile()
    profile.joined = {"card:1": Joined(0, "till", golden_profile()), "card:2": Joined(0, "till")}
    older = deepcopy(profile)
    for one in (older, older.joined["card:1"].part):
        assert one is not None
        one.buying.articles = Articles()

    row = encode_row(older)

    assert decode_row(b"P\x06" + row[2:]) == profile


def test_a_tally_decodes() -> None:
    """Golden bytes of both formats: the first knew no campaign. Its key is no subject's."""
    before = golden_tally()
    before.campaign = ""

    assert tally_key("tea") == b"\x00tally:tea"
    assert decode_row((GOLDEN / "tally.v1.row").read_bytes()) == before
    assert decode_row((GOLDEN / "tally.v2.row").read_bytes()) == golden_tally()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_link_of_an_earlier_format_decodes(version: int) -> None:
    """Golden bytes."""
    assert decode_row((GOLDEN / f"link.v{version}.row").read_bytes()) == LINK


@FEW
@given(anything)
def test_any_profile_survives_its_bytes(history: list[Event]) -> None:
    """decode(encode(x)) == x, and equal bytes again."""
    profile = new_profile("customer:1")
    run(profile, history)

    row = encode_row(profile)

    assert decode_row(row) == profile
    assert encode_row(decode_row(row)) == row


def test_a_long_row_is_deflated() -> None:
    """It decodes to what was written, equal profiles give equal bytes, and a short one is plain."""
    profile = crowded()

    row = encode_row(profile)

    assert row[:2] == b"D\x08"
    assert len(row) < PLAIN_BYTES_MAX < len(msgspec.msgpack.encode(profile))
    assert decode_row(row) == profile
    assert encode_row(decode_row(row)) == row
    assert encode_row(golden_profile())[:2] == b"P\x08"


@pytest.mark.parametrize("length", [2, 40, 900])
def test_a_deflated_row_that_was_cut_is_refused(length: int) -> None:
    """Anywhere."""
    with pytest.raises(ProfileVersionError, match="is damaged"):
        decode_row(encode_row(crowded())[:length])


def test_a_row_that_inflates_without_end_is_refused() -> None:
    """A damaged row may claim anything: no more than a megabyte is looked at."""
    with pytest.raises(ProfileVersionError, match="is damaged"):
        decode_row(b"D\x02" + zlib.compress(b"\x81" * 50_000_000))


def test_a_row_says_its_kind_and_format() -> None:
    """Two bytes in front."""
    assert encode_row(new_profile("customer:1"))[:2] == b"P" + bytes([FORMAT])
    assert encode_row(LINK)[:2] == b"L\x04"


def _changed(row: bytes, fields: list[object]) -> bytes:
    return row[:2] + msgspec.msgpack.encode(fields)


def test_an_older_row_without_the_last_fields_reads_with_their_defaults() -> None:
    """Within a format a struct may grow at its end."""
    row = encode_row(golden_profile())
    fields = msgspec.msgpack.decode(row[2:])

    older = decode_row(_changed(row, fields[:-5]))

    assert isinstance(older, Profile)
    assert (older.half_lives, older.situation) == (0, new_profile("").situation)
    assert older.buying == golden_profile().buying


def test_a_newer_row_with_more_fields_reads_without_them() -> None:
    """A rolled-back release ignores what it does not know."""
    row = encode_row(golden_profile())
    fields = msgspec.msgpack.decode(row[2:])

    assert decode_row(_changed(row, [*fields, {"new": 1}])) == golden_profile()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (b"P\x09\x91\xa1x", "begins with b'P\\t'"),
        (b"X\x01\x91\xa1x", "begins with b'X\\x01'"),
        (b"", "begins with b''"),
        (b"P\x01", "is damaged"),
        (b"P\x01\xc1", "is damaged"),
        (b"P\x02\xc1", "is damaged"),
        (b"P\x02\x91\xa3\x00\x00\x80", "is damaged"),
        (b"P\x02\xdc\x00\x20" + b"\x91" * 100_000, "is damaged"),
        (b"L\x01\x91\xa1x", "is damaged"),
        (b"D\x02\x00", "is damaged"),
        (b"D\x01\x00", "begins with b'D\\x01'"),
    ],
)
def test_a_row_of_another_kind_or_format_is_refused(row: bytes, expected: str) -> None:
    """With what to do about it."""
    with pytest.raises(ProfileVersionError, match="changelog") as caught:
        decode_row(row)

    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "prefix",
    [b"P\x01", b"P\x02", b"P\x05", b"D\x05", b"P\x06", b"D\x06", b"P\x08", b"D\x08", b"L\x03"],
)
@MANY
@given(data=st.binary())
def test_any_bytes_decode_or_are_refused(prefix: bytes, data: bytes) -> None:
    """Nothing else comes out of a damaged store."""
    try:
        row = decode_row(prefix + data)
    except ProfileVersionError:
        return
    assert isinstance(row, Profile)

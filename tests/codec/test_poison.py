"""Bad input never poisons a profile: a record is refused with a reason, or folds to sound numbers.

That any bytes decode or are refused is in `test_sources` and `test_hostile`; here are the mistakes
that producers make, from the bytes to the row.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from streams.codec.rows import decode_row, encode_row
from streams.config import Settings
from streams.core.errors import DecodeError
from streams.core.fold import Outcome, fold
from streams.core.fold_policy import DAY_MS, FoldPolicy
from streams.core.profile.profile import Profile, new_profile
from tests.codec.records import LIMITS, TIME_MS, Record, click, cloud_headers, with_headers
from tests.core.lexicons import lexicon

POLICY = FoldPolicy(lateness_max_ms=7 * DAY_MS, handles=frozenset({"ourshop"}), lexicon=lexicon())
DIGITS = "1234567890" * 4
RECEIPT: dict[str, Any] = {
    "transaction_type": "sale",
    "store_id": "s1",
    "workstation_id": "w1",
    "business_day": "2025-01-31",
    "sequence_number": 7,
    "currency": "EUR",
    "line_items": [{"item_id": "sku", "quantity": 1, "extended_amount_minor": 100}],
    "total_minor": 100,
}
HINDI = "\u092c\u0939\u0941\u0924 \u0905\u091a\u094d\u091b\u0940 \u0915\u0949\u092b\u093c\u0940"
ARABIC = "\u202b\u0627\u0644\u0642\u0647\u0648\u0629 \u0631\u0627\u0626\u0639\u0629\u202c #coffee"
CHINESE = "\u5496\u5561\u5f88\u597d\u559d\uff0c\u8c22\u8c22\u4f60\u4eec"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 9
ZALGO = "c" + "\u0301" * 900


def record(topic: str, value: str) -> Record:
    """A record of `topic` with this JSON text."""
    found = with_headers(click(), cloud_headers(topic))
    return Record(
        topic=topic,
        key=b"customer:1",
        value=value.encode("utf-8", "surrogatepass"),
        headers=found.headers,
    )


def receipt(mark: str, value: str) -> Record:
    """A sale in whose JSON `mark` was replaced by `value`."""
    text = json.dumps(RECEIPT)
    assert mark in text
    return record("pos.transaction.v1", text.replace(mark, value, 1))


def post(content: Any, name: str = "@OurShop") -> Record:
    """A post that names us."""
    body = {
        "type": "Create",
        "actor": {"id": "https://social.example/1"},
        "object": {
            "type": "Note",
            "content": content,
            "tag": [{"type": "Mention", "name": name}],
        },
    }
    return record("social.activity.v1", json.dumps(body))


def folded(one: Record) -> Profile:
    """A profile after the record."""
    profile = new_profile("customer:1")
    assert fold(profile, one.decode(), POLICY, now_ms=TIME_MS) is Outcome.APPLIED
    return profile


def numbers(value: Any) -> Iterator[float]:
    """Every number anywhere in `value`."""
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers(one)


def sound(profile: Profile) -> bool:
    """Whether all numbers are finite, and it is what its bytes say."""
    finite = all(math.isfinite(one) for one in numbers(to_builtins(profile)))
    return finite and decode_row(encode_row(profile)) == profile


@pytest.mark.parametrize(
    ("mark", "value", "reason"),
    [
        ('"quantity": 1', '"quantity": -1', "schema"),
        ('"quantity": 1', '"quantity": 0', "schema"),
        ('"quantity": 1', '"quantity": 1.5', "schema"),
        ('"quantity": 1', f'"quantity": {DIGITS}', "schema"),
        ('"total_minor": 100', f'"total_minor": {DIGITS}', "schema"),
        ('"total_minor": 100', f'"total_minor": -{DIGITS}', "schema"),
        ('"total_minor": 100', '"total_minor": 1e40', "schema"),
        ('"total_minor": 100', '"total_minor": 1e999', "schema"),
        ('"total_minor": 100', '"total_minor": NaN', "undecodable"),
        ('"total_minor": 100', '"total_minor": -Infinity', "undecodable"),
        ('"total_minor": 100', '"total_minor": "100"', "schema"),
        ('"EUR"', '"eur"', "schema"),
        ('"EUR"', '"EURO"', "schema"),
        ('"EUR"', '"\u20ac"', "schema"),
        ('"EUR"', "978", "schema"),
        ('"2025-01-31"', '"2025-02-30"', "schema"),
        ('"sku"', '""', "schema"),
    ],
)
def test_a_wrong_receipt_is_refused(mark: str, value: str, reason: str) -> None:
    """With the reason that its dead letter tells."""
    with pytest.raises(DecodeError) as caught:
        receipt(mark, value).decode()

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("mark", "value"),
    [
        ('"total_minor": 100', '"total_minor": 1000000000000'),
        ('"total_minor": 100', '"total_minor": -1000000000000'),
        ('"quantity": 1', '"quantity": 100000'),
        ('"EUR"', '"XXX"'),
        ('"sku"', '"an article that no catalogue lists"'),
        ('"sku"', '"\\u0000"'),
        ('"item_id": "sku",', '"item_id": "sku", "item_category": "", "item_brand": "",'),
    ],
)
def test_an_odd_receipt_folds_to_sound_numbers(mark: str, value: str) -> None:
    """At the ends of the bounds, in a currency nobody knows, of an article nobody lists."""
    assert sound(folded(receipt(mark, value)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2065-01-31T10:15:20Z", "future"),
        ("2025-01-31T10:15:22Z", "future"),
        ("9999-12-31T23:59:59Z", "envelope"),
        ("0001-01-01T00:00:00Z", "envelope"),
    ],
)
def test_an_event_from_the_future_is_a_dead_letter(text: str, reason: str) -> None:
    """By more than the clocks may differ, be it by years."""
    one = with_headers(click(), cloud_headers("clickstream.event.v1", time=text.encode()))

    with pytest.raises(DecodeError) as caught:
        one.decode()

    assert caught.value.reason == reason


def test_an_event_of_the_long_past_is_late() -> None:
    """And leaves the profile as it was."""
    profile = folded(click())
    before = encode_row(profile)
    headers = cloud_headers("clickstream.event.v1", time=b"1995-01-31T10:15:20Z", id=b"old")
    old = with_headers(click(), headers).decode()

    outcome = fold(profile, old, POLICY, now_ms=TIME_MS)

    assert outcome is Outcome.LATE
    assert encode_row(profile) == before


def test_a_post_of_a_megabyte_is_refused() -> None:
    """By its bytes, or where a deployment lets them in, by its length."""
    giant = post("x" * 1_000_000)
    usual = Settings().record_bytes_max

    with pytest.raises(DecodeError) as by_bytes:
        giant.decode(limits=type(LIMITS)(record_bytes_max=usual, future_max_ms=1_000))
    with pytest.raises(DecodeError) as by_length:
        giant.decode()

    assert (by_bytes.value.reason, by_length.value.reason) == ("oversized", "schema")


@pytest.mark.parametrize(
    "content", [HINDI, ARABIC, CHINESE, FAMILY, ZALGO, "\u0000", "\u2028" * 99]
)
def test_a_post_in_any_script_is_a_mention(content: str) -> None:
    """Emoji, right to left, marks upon marks: heard where it can be, and never an exception."""
    profile = folded(post(content))

    assert (profile.care.mentions, profile.care.complaints) == (1, 0)
    assert sound(profile)


def test_a_hashtag_is_heard_in_a_post_of_another_script() -> None:
    """Right to left as well."""
    assert "coffee" in folded(post(ARABIC)).worlds.topics.traits


@given(st.text(max_size=400))
def test_any_text_folds_to_sound_numbers(content: str) -> None:
    """Whatever people write, with whatever they tag."""
    assert sound(folded(post(content, name=content[:300])))

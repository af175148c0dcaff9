"""Messages of refused values: which field, what was expected, what came."""

from typing import Annotated, Any

import msgspec
import pytest

from streams.codec.reasons import REASONS, clip, in_words
from streams.core.errors import DecodeError
from tests.codec.records import click

ITEM = {"event_name": "view_item", "currency": "EUR", "items": [{"item_id": "sku-1"}]}


def test_reasons_are_the_closed_set_of_the_dead_letter_metric() -> None:
    """The metric's help text and the runbook name exactly these."""
    assert {
        "undecodable",
        "schema",
        "oversized",
        "keyless",
        "key",
        "envelope",
        "future",
        "hops",
    } == REASONS


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], ": expected object, got a list of 0"),
        (5, ": expected object, got 5"),
        ({}, ": field 'event_name': expected a value, got none"),
        ({"event_name": 5}, ": field 'event_name': expected str, got 5"),
        ({"event_name": "nap"}, ": field 'event_name': expected one of page_view, .*, got 'nap'"),
        (ITEM | {"items": [{}]}, r": field 'items\[0\].item_id': expected a value, got none"),
        (ITEM | {"items": []}, ": field 'items': expected array of length >= 1, got a list of 0"),
        (
            ITEM | {"items": [{"item_id": "a", "quantity": 0}]},
            r": field 'items\[0\].quantity': expected int >= 1, got 0",
        ),
        (
            ITEM | {"currency": "euro"},
            ": field 'currency': expected an ISO 4217 code .*, got 'euro'",
        ),
        (ITEM | {"currency": {"a": 1}}, ": field 'currency': expected str, got an object of 1"),
        (
            ITEM | {"value_minor": 10**30},
            ": field 'value_minor': .*, got an integer of more than 64 bits",
        ),
        (ITEM | {"value_minor": None, "items": None}, ": field 'items': expected array, got null"),
    ],
)
def test_a_message_names_the_field_and_what_came(value: Any, message: str) -> None:
    """STYLE: what was being decoded, the field, expected, got."""
    with pytest.raises(DecodeError, match=f"decoding a record of clickstream.event.v1{message}"):
        click(value).decode()


def test_malformed_json_is_called_by_its_name() -> None:
    """The library's sentence starts with an abbreviation, which stays as it is."""
    with pytest.raises(DecodeError, match="expected JSON in UTF-8, got JSON is malformed: "):
        click(value=b"x").decode()


def test_a_pattern_without_words_is_not_quoted() -> None:
    """A regular expression is nothing an operator can act on."""
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert("a", Annotated[str, msgspec.Meta(pattern="^b$")])

    assert in_words(refused.value) == "expected a text of another form"
    assert in_words(refused.value, {"^b$": "a b"}) == "expected a b"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "True"),
        (-5, "-5"),
        (2**64 - 1, "18446744073709551615"),
        ("x" * 24, "'" + "x" * 24 + "'"),
        ("x" * 25, "'" + "x" * 24 + "'..."),
        (b"x" * 25, "b'" + "x" * 24 + "'..."),
        ({"a": 1}, "an object of 1 fields"),
    ],
)
def test_a_value_is_clipped(value: object, text: str) -> None:
    """At most 24 characters of text, and no insides of objects."""
    assert clip(value) == text

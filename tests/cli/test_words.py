"""Values in words: what reaches a terminal is readable and harmless."""

import pytest

from streams.cli.words import age, apart, clean, gap, money, readable, utc


def test_time_is_shown_in_utc() -> None:
    """A reader in any zone reads the same time."""
    assert utc(1_738_316_096_789) == "2025-01-31T09:34:56Z"


@pytest.mark.parametrize(
    ("amount_minor", "currency", "shown"),
    [(499, "EUR", "4.99 EUR"), (499, "JPY", "499 JPY"), (1_499, "KWD", "1.499 KWD")],
)
def test_money_has_the_digits_of_its_currency(amount_minor: int, currency: str, shown: str) -> None:
    """Yen have no minor unit and dinars a thousandth."""
    assert money(amount_minor, currency) == shown


def test_money_that_rounds_to_nothing_has_no_sign() -> None:
    """Minus nothing is no amount."""
    assert money(-0.3, "USD") == "0.00 USD"
    assert money(-0.6, "USD") == "-0.01 USD"


@pytest.mark.parametrize(
    ("amount_minor", "currency", "shown"),
    [
        (0.0, "USD", "0.00 USD"),
        (0.3, "USD", "under 0.01 USD"),
        (-0.3, "JPY", "under 1 JPY"),
        (-87.0, "USD", "0.87 USD"),
    ],
)
def test_a_gap_that_is_there_is_not_told_as_none(
    amount_minor: float, currency: str, shown: str
) -> None:
    """It has no sign: what lies where is told in words."""
    assert gap(amount_minor, currency) == shown


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        (0.4, 0.2, ("40.0%", "20.0%")),
        (0.0671, 0.0674, ("6.71%", "6.74%")),
        (0.067_123_44, 0.067_123_41, ("6.7123%", "6.7123%")),
    ],
)
def test_shares_are_told_apart(one: float, other: float, shown: tuple[str, str]) -> None:
    """Up to four digits: nobody reads more."""
    assert apart(one, other) == shown


@pytest.mark.parametrize(
    ("duration_ms", "shown"),
    [(59_999, "now"), (-5, "now"), (300_000, "5 min"), (273_600_000, "3 d 4 h")],
)
def test_age_has_two_units_at_most(duration_ms: int, shown: str) -> None:
    """What was long ago needs no minutes."""
    assert age(duration_ms) == shown


def test_escape_sequences_are_spelled_out() -> None:
    """A record value cannot move the cursor or colour the terminal."""
    assert clean("a\x1b[31mb\nc") == "a\\x1b[31mb\\nc"


def test_text_is_shown_as_text_up_to_the_bound() -> None:
    """Umlauts at the cut do not turn text into hex."""
    assert readable("ünï".encode(), 4) == "ün\n... 1 more bytes"


def test_other_bytes_are_shown_as_hex() -> None:
    """Offset, bytes, and their printable part."""
    assert readable(b"\xffA\x00") == f"00000000  {'ff 41 00':<48} .A."

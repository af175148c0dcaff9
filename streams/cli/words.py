"""Values in words a person reads in a terminal, or types: times, money, bytes from anywhere."""

from collections.abc import Iterable
from datetime import UTC, datetime

from streams.core.errors import ConfigError

# ISO 4217 currencies whose minor unit is not a hundredth; Source: ISO 4217 list one.
MINOR_DIGITS = (
    dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0)
    | dict.fromkeys(("UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0)
    | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
)
HEX_BYTES = 16
SHARE_DIGITS_MAX = 4


def utc(time_ms: int) -> str:
    """Return `time_ms` as UTC to the second: 2026-01-31T09:30:00Z."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_utc(flag: str, text: str | None, default_ms: int) -> int:
    """Return the moment that `text` names as ms since 1970 UTC, `default_ms` when it is None.

    Raises:
        ConfigError: `text`, given as `flag`, is no time with a zone.
    """
    if text is None:
        return default_ms
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        problem = f"{flag}: expected a time such as 2025-01-31T10:00:00Z, got {text!r}"
        raise ConfigError(problems=[problem])
    return int(moment.astimezone(UTC).timestamp() * 1_000)


def money(amount_minor: float, currency: str) -> str:
    """Return an amount in major units with its code: 4.99 EUR; one shown as nothing has no sign."""
    digits = MINOR_DIGITS.get(currency, 2)
    return f"{round(amount_minor / 10**digits, digits) + 0.0:.{digits}f} {currency}"


def gap(amount_minor: float, currency: str) -> str:
    """Return how far two amounts lie apart; a gap that rounds to nothing is told as one still."""
    size_minor = abs(amount_minor)
    shown = money(size_minor, currency)
    if size_minor and shown == money(0.0, currency):
        return f"under {money(1.0, currency)}"
    return shown


def apart(one: float, other: float) -> tuple[str, str]:
    """Return two shares in percent, with as many digits as it takes to tell them apart, up to 4."""
    for digits in range(1, SHARE_DIGITS_MAX):
        pair = f"{one:.{digits}%}", f"{other:.{digits}%}"
        if pair[0] != pair[1]:
            return pair
    return f"{one:.{SHARE_DIGITS_MAX}%}", f"{other:.{SHARE_DIGITS_MAX}%}"


def age(duration_ms: int) -> str:
    """Return a duration in its two largest units: 3 d 4 h, 5 min, now."""
    minutes = max(0, duration_ms) // 60_000
    days, hours, rest = minutes // 1_440, minutes // 60 % 24, minutes % 60
    units = ((days, "d"), (hours, "h"), (rest, "min"))
    shown = [f"{number} {unit}" for number, unit in units if number]
    return " ".join(shown[:2]) or "now"


def clean(text: str) -> str:
    """Return `text` with every control character spelled out.

    Record values come from anywhere: an escape sequence in one must not reach the terminal.
    """
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def readable(data: bytes, bytes_max: int | None = None) -> str:
    """Return `data` as text if it is UTF-8, else as hex, cut after `bytes_max` bytes."""
    part = data if bytes_max is None else data[:bytes_max]
    try:
        # A cut may part a character; that alone does not make it binary.
        text = part.decode("utf-8", errors="strict" if part == data else "ignore")
        data.decode("utf-8")
    except UnicodeDecodeError:
        shown = "\n".join(_hex_lines(part))
    else:
        shown = "\n".join(clean(line) for line in text.split("\n"))
    left = len(data) - len(part)
    return f"{shown}\n... {left} more bytes" if left else shown


def _hex_lines(data: bytes) -> Iterable[str]:
    for start in range(0, len(data), HEX_BYTES):
        part = data[start : start + HEX_BYTES]
        text = "".join(chr(one) if 32 <= one < 127 else "." for one in part)  # noqa: PLR2004  # the printable part of ASCII
        yield f"{start:08x}  {part.hex(' '):<{3 * HEX_BYTES}} {text}"

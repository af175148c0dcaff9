"""Why a record is refused: a closed set of words, and sentences that an operator can act on.

A message names what was being decoded, which field, what was expected and what came. Of a
customer's value it shows `CLIP_MAX` characters at most.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from streams.core.errors import DecodeError
from streams.core.events import BODY_TYPES
from streams.core.kinds.bounds import (
    CURRENCY_PATTERN,
    PART_PATTERN,
    SUBJECT_KINDS,
    SUBJECT_PATTERN,
)

CLIP_MAX = 24  # characters
INTEGER_BITS_MAX = 64
SUBJECT_WORDS = (
    f"kind:value, kind one of {', '.join(SUBJECT_KINDS)}, "
    "value 1 to 200 characters without blanks and controls"
)


class Reason(StrEnum):
    """Label of the dead-letter metric and value of the header `dlq_reason`."""

    UNDECODABLE = "undecodable"
    """The value is not JSON in UTF-8, or there is none."""
    SCHEMA = "schema"
    """The value is JSON, but not an event of this topic."""
    OVERSIZED = "oversized"
    """The value is larger than the limit."""
    KEYLESS = "keyless"
    """There is no key."""
    KEY = "key"
    """The key is not a subject, `kind:value`."""
    ENVELOPE = "envelope"
    """A CloudEvents header is missing or wrong, or one of a forwarded event's own headers."""
    FUTURE = "future"
    """The event time lies too far after the time the broker appended the record."""
    HOPS = "hops"
    """The event was forwarded too often: its links form a cycle or a long chain."""


REASONS: frozenset[str] = frozenset(Reason)

# How msgspec words its errors. What matches none of these gets a general sentence.
_AT_PATH = re.compile(r"(.*) - at `\$(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_REGEX = re.compile(r"Expected `str` matching regex (.*)", re.DOTALL)
# The patterns of the schemas' texts, as msgspec quotes them.
_PATTERN_WORDS = {
    repr(SUBJECT_PATTERN): SUBJECT_WORDS,
    repr(PART_PATTERN): "1 to 64 of A-Z a-z 0-9 . _ -",
    repr(CURRENCY_PATTERN): "an ISO 4217 code such as EUR",
}
_EXPECTED = re.compile(r"Expected (.*?)(?:, got .*)?", re.DOTALL)
_EXPECTED_INSTEAD = {
    "Invalid RFC3339 encoded date": "a date, YYYY-MM-DD",
    "Integer value out of range": f"an integer of at most {INTEGER_BITS_MAX} bits",
    "Number out of range": "a number of double precision",
}
_PATH_STEP = re.compile(r"\.([^.\[\]]+)|\[([0-9]+)\]")


def clip(value: object) -> str:
    """A short piece of `value`, for a message; of a container only its size."""
    if isinstance(value, dict):
        return f"an object of {len(value)} fields"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    # Python refuses to write out an integer of more than 4,300 digits.
    if isinstance(value, int) and value.bit_length() > INTEGER_BITS_MAX:
        return f"an integer of more than {INTEGER_BITS_MAX} bits"
    if isinstance(value, str | bytes) and len(value) > CLIP_MAX:
        return f"{value[:CLIP_MAX]!r}..."
    return "null" if value is None else repr(value)


def refuse_value(topic: str, value: bytes, error: Exception, *, of: str = "") -> DecodeError:
    """The error for a `value` of a record of `topic` that a msgspec decoder refused with `error`.

    `of` says which record it is, where that may be told.
    A decoder stops at the first field that breaks the shape; whether the rest is JSON at all is
    found out here, so that a truncated record is undecodable wherever it was cut.
    """
    what = f"decoding a record of {topic}{of}"
    try:
        document = msgspec.json.decode(value)
    except msgspec.ValidationError:
        document = None  # JSON with a number that no field of ours can hold
    except (msgspec.DecodeError, ValueError, RecursionError) as problem:
        got = _lower(str(problem))[: CLIP_MAX * 4]
        return DecodeError(reason=Reason.UNDECODABLE, what=what, expected="JSON in UTF-8", got=got)
    sentence, path = _parted(error)
    missing = _MISSING.fullmatch(sentence)
    if missing:
        field = f"{path}.{missing[1]}".lstrip(".")
        return DecodeError(
            reason=Reason.SCHEMA, what=f"{what}: field {field!r}", expected="a value", got="none"
        )
    return DecodeError(
        reason=Reason.SCHEMA,
        what=f"{what}: field {path.lstrip('.')!r}" if path else what,
        expected=_expected(topic, sentence, path),
        got=_found(document, path),
    )


def in_words(error: Exception, patterns: Mapping[str, str] | None = None) -> str:
    """What a msgspec decoder says with `error`, for who sent a request; a pattern in words.

    `patterns`, pattern -> what it asks for, are those beside the ones of events.
    """
    sentence, path = _parted(error)
    pattern = _pattern(sentence, patterns or {})
    sentence = _lower(sentence) if pattern is None else f"expected {pattern}"
    field = path.lstrip(".")
    return " ".join((f"at {field!r}: {sentence}" if field else sentence).replace("`", "").split())


def _parted(error: Exception) -> tuple[str, str]:
    """What a msgspec decoder says, and the path at which, without its `$`."""
    match = _AT_PATH.fullmatch(str(error))
    return (match[1], match[2]) if match else (str(error), "")


def _pattern(sentence: str, patterns: Mapping[str, str]) -> str | None:
    """What the pattern that `sentence` quotes asks for; None when it quotes none."""
    quoted = _REGEX.fullmatch(sentence)
    if quoted is None:
        return None
    known = _PATTERN_WORDS | {repr(one): words for one, words in patterns.items()}
    return known.get(quoted[1], "a text of another form")


def _expected(topic: str, sentence: str, path: str) -> str:
    pattern = _pattern(sentence, {})
    if pattern is not None:
        return pattern
    match = _EXPECTED.fullmatch(sentence)
    if match:
        return match[1].replace("`", "")
    configs = [body.__struct_config__ for body in BODY_TYPES.get(topic, ())]
    if configs and path == f".{configs[0].tag_field}":
        return f"one of {', '.join(str(config.tag) for config in configs)}"
    return _EXPECTED_INSTEAD.get(sentence, "one of the values of the schema")


def _found(document: Any, path: str) -> str:
    try:
        for name, index in _PATH_STEP.findall(path):
            document = document[name] if name else document[int(index)]
    except (KeyError, IndexError, TypeError):
        # A number out of range, or a doubled field: the decoder saw the first, here is the last.
        return "another"
    return clip(document)


def _lower(text: str) -> str:
    """As the middle of a sentence; JSON stays JSON."""
    return text if text.startswith("JSON") else text[:1].lower() + text[1:]

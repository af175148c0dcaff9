"""Bounds of the fields of events: generous, and the same in `schemas/<topic>.json`.

They keep one record from filling a profile or a log line. Strings count code points.
"""

import re
from typing import Annotated, Literal, TypeAlias, get_args

from msgspec import Meta

LINES_MAX = 1_000  # items of a click, lines of a receipt
TAGS_MAX = 200  # hashtags and mentions of a post
PARTS_MAX = 50  # tenders of a receipt, discounts of a line
AMOUNT_MAX = 10**12  # minor units: ten billion euro, either way
COUNT_MAX = 10**12
QUANTITY_MAX = 100_000  # fuel is sold by the hundredth of a gallon
# `$` also matches before a last line feed; this end does not, in Python and in ECMAScript.
END = r"(?![\s\S])"
SUBJECT_KINDS = ("customer", "card", "device", "email-sha256", "handle")
PART_PATTERN = rf"^[A-Za-z0-9._-]{{1,64}}{END}"
CURRENCY_PATTERN = rf"^[A-Z]{{3}}{END}"
SUBJECT_PATTERN = rf"^({'|'.join(SUBJECT_KINDS)}):[^\s\u0000-\u001f\u007f-\u009f]{{1,200}}{END}"

Identifier: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Word: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Name: TypeAlias = Annotated[str, Meta(max_length=300)]
Location: TypeAlias = Annotated[str, Meta(max_length=2_048)]
Text: TypeAlias = Annotated[str, Meta(max_length=20_000)]
Subject: TypeAlias = Annotated[str, Meta(pattern=SUBJECT_PATTERN)]
# A part of a receipt's natural id, which joins four of them by colons.
Part: TypeAlias = Annotated[str, Meta(pattern=PART_PATTERN)]
Currency: TypeAlias = Annotated[str, Meta(pattern=CURRENCY_PATTERN)]
Amount: TypeAlias = Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
Price: TypeAlias = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
Quantity: TypeAlias = Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=COUNT_MAX)]
Rating: TypeAlias = Annotated[float, Meta(ge=0, le=5)]
Fraction: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Channel: TypeAlias = Literal["email", "web", "app", "store", "contact-centre", "social"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)


def kind_name(class_name: str) -> str:
    """`ViewItem` -> `view_item`: the tag of a kind on the wire."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()

"""What an output record is, for a reader of a check's findings."""

from contextlib import suppress
from typing import Any

import msgspec
import xxhash

from tests.integration.kept import Output
from tests.integration.reading import Logged

ORIGIN = (
    *("exchange", "subject", "source", "since", "via"),
    *("topic", "partition", "offset", "hops", "returns"),
)


def label(output: Output) -> str:
    """What one output is, for a reader: its subject and its ids."""
    subject = "no key" if output.key is None else output.key.decode(errors="replace")
    fields: dict[str, str] = {}
    with suppress(msgspec.DecodeError):  # an exchange, or no JSON
        fields = msgspec.json.decode(output.value or b"", type=dict[str, Any])
    names = ("action", "offer_id", "decision_id")
    known = [f"{name} {fields[name]}" for name in names if fields.get(name)]
    came = [header(output, f"streams_{name}") for name in ORIGIN]
    if header(output, "streams_exchange") or header(
        output, "streams_lease"
    ):  # many between two subjects: told apart by its bytes
        known = [xxhash.xxh64_hexdigest(output.value or b"")]
    words = [subject, *(known or ["event", header(output, "ce_id")]), *came]
    return " ".join(filter(None, words))


def header(record: Logged | Output, name: str) -> str:
    """One header as text, empty if there is none."""
    return (dict(record.headers).get(name) or b"").decode(errors="replace")

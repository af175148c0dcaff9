"""A small run that is exact, for the tests that doctor it: what Kafka and RocksDB kept of it."""

from collections import Counter
from typing import Any

import msgspec

from tests.integration.kept import LEDGER_KEY, Expected, Kept, Ledger, Output, Run, Store
from tests.integration.reading import Logged

CLICK, POS, DLQ = "clickstream.event.v1", "pos.transaction.v1", "pos.transaction.v1.dlq"
OFFER, FORWARD = "offer.web.v1", "identity.forward.v1"
ANN, BOB = b"customer:ann", b"customer:bob"
ENVELOPE = (("ce_id", b"e"),)
BROKEN = Logged(POS, 0, 1, BOB, b"{", ENVELOPE, 5)


def offer_value(number: int, *, pitch: str = "tea") -> bytes:
    """The bytes of offer `number`."""
    return msgspec.json.encode({"offer_id": f"o{number}", "sequence": number, "pitch": pitch})


def ledger_of(**changes: Any) -> Ledger:
    """The ledger after two clicks, with `changes`."""
    first: dict[str, Any] = {
        "positions": {CLICK: 2},
        "runs": [Run(CLICK, 0, 2)],
        "counts": {f"{CLICK}|applied": 2},
        "clock_ms": 5,
        "folded": 2,
    }
    return Ledger(**(first | changes))


LAST = ledger_of(
    positions={CLICK: 3, POS: 2},
    runs=[Run(POS, 0, 2), Run(CLICK, 2, 3)],
    counts={f"{CLICK}|applied": 3, f"{POS}|applied": 1, f"{POS}|dead_lettered": 1},
    folded=4,
)


def changelog_row(offset: int, key: bytes, value: bytes | None) -> Logged:
    """A row of the changelog."""
    return Logged("changelog", 0, offset, key, value, (), 5)


def changelog_of(first: Ledger, last: Ledger) -> list[Logged]:
    """The changelog of two units that end with these ledgers."""
    return [
        changelog_row(0, ANN, b"ann 1"),
        changelog_row(1, LEDGER_KEY, msgspec.json.encode(first)),
        changelog_row(3, ANN, b"ann 2"),
        changelog_row(4, BOB, b"bob"),
        changelog_row(5, LEDGER_KEY, msgspec.json.encode(last)),
    ]


def offer_record(offset: int, value: bytes) -> Logged:
    """A record of the offer topic."""
    return Logged(OFFER, 0, offset, ANN, value, ENVELOPE, 5)


LETTER_HEADERS = (
    *ENVELOPE,
    ("dlq_reason", b"undecodable"),
    ("dlq_topic", POS.encode()),
    ("dlq_partition", b"0"),
    ("dlq_offset", b"1"),
)
LETTER = Logged(DLQ, 0, 0, BOB, b"{", LETTER_HEADERS, 5)
KEPT = Kept(
    sources=[
        *(Logged(CLICK, 0, offset, ANN, b"{}", ENVELOPE, 5) for offset in range(3)),
        Logged(POS, 0, 0, BOB, b"{}", ENVELOPE, 5),
        BROKEN,
    ],
    changelog=changelog_of(ledger_of(), LAST),
    outputs=[offer_record(0, offer_value(1)), offer_record(2, offer_value(2))],
    dead_letters=[LETTER],
    committed={(CLICK, 0): 3, (POS, 0): 2},
    stores=[Store("worker-1", 0, LAST, {ANN: b"ann 2", BOB: b"bob"})],
)
EXPECTED = Expected(
    rows={0: {ANN: b"ann 2", BOB: b"bob"}},
    counts={0: Counter(LAST.counts)},
    outputs={
        (OFFER, 0): [Output(ANN, offer_value(1), ENVELOPE), Output(ANN, offer_value(2), ENVELOPE)]
    },
    dead_letters={(POS, 0, 1): "undecodable"},
)

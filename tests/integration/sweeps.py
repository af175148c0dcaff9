"""What the oracle knows of global causes: the stock of a position, sweeps, and their index."""

from collections.abc import Sequence
from contextlib import suppress

from streams.codec.stock import TOPIC, StockRows
from streams.core.decide.losing import Lost, end_lost
from streams.core.errors import DecodeError
from streams.core.offers import Policy
from streams.core.profile.profile import Profile
from streams.core.stock import NO_STOCK, Stock
from tests.integration.kept import INDEX, Fired, Ledger, Swept
from tests.integration.reading import Logged


def stock_at(reference: Sequence[Logged], position: str, rows_max: int) -> Stock:
    """What was out of stock by the records before `position`; nothing where there is none."""
    if not position:
        return NO_STOCK
    rows = StockRows(rows_max)
    for record in reference:
        if record.topic == TOPIC and record.offset < int(position):
            with suppress(DecodeError):
                rows.add(record.key, record.value, record.offset)
    return rows.stock()


def in_order(ledger: Ledger, runs: int) -> list[Fired | Swept]:
    """What came due, or was swept, after so many runs of the unit."""
    swept = [(one.fired, 0, one) for one in ledger.swept if one.runs == runs]
    fired = [(number, 1, one) for number, one in enumerate(ledger.fired) if one.runs == runs]
    ordered: list[tuple[int, int, Fired | Swept]] = [*swept, *fired]
    return [one for _, _, one in sorted(ordered, key=lambda each: each[:2])]


def lose(one: Swept, row: object, policy: Policy, clock_ms: int) -> Lost:
    """End what `row` lost, as much as the ledger says."""
    assert one.clock_ms >= clock_ms, f"swept back in time: {one}"
    assert isinstance(row, Profile), f"swept nobody: {one}"
    lost = end_lost(row, policy, now_ms=one.clock_ms)
    assert lost.number == one.count > 0, f"{one}, but {lost.number} were lost"
    return lost


def index_rows(profile: Profile, key: bytes) -> set[bytes]:
    """Keys of the index rows of `profile`: by row and channel, and by what its offers sell."""
    names = set()
    for held in profile.contact.open_offers.values():
        names.add(("o", f"{held.offer}/{held.channel}"))
        if held.purpose == "marketing" and held.item_id:
            names.add(("a", held.item_id))
    return {INDEX + f"{kind}{len(name.encode()):03}{name}".encode() + key for kind, name in names}
